"""The sandbox under schemathesis, led from call to call by the links of the enriched document.

Whatever is generated, well formed or not, must get neither a server error nor an answer that is not documented.
"""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, cast

import hypothesis
from hypothesis import strategies as st

from bookit_async._generated.api import OPERATIONS
from bookit_async.sandbox import Sandbox
from codegen import documents
from tests.sandbox.worlds import OUTCOMES, small_world

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
DOCUMENT: dict[str, Any] = documents.load(Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml")
del DOCUMENT["security"]  # every call here has the right key; that a wrong one is refused needs no generated data
SETTINGS = hypothesis.settings(
    max_examples=60,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    suppress_health_check=cast("Any", [*hypothesis.HealthCheck]),
)
HALF_HOUR = 30 * 60 * 1000
UID = "3ac6f6f3-2bbd-4401-ab12-0ee9a654b6d1"
FORM = [
    {"name": name, "type": "text", "value": value}
    for name, value in (("First Name", "Grace"), ("Last Name", "Hopper"), ("Email", "grace@navy.example"))
]
WAYS = ("token", "linkId", "params", "meetingId")
"""What availability and bookings are identified by, exactly one each time."""


def useful() -> dict[str, list[Any]]:
    """Bodies that the sandbox's world has an answer to, by operation; what is generated would hardly hit on them."""
    plans = [{"Plan": plan} for plan in OUTCOMES]
    eight = int(NOW.timestamp() + 2 * 60 * 60) * 1000
    slots = [{"start_time": eight + n * HALF_HOUR, "end_time": eight + (n + 1) * HALF_HOUR} for n in range(4)]
    times = [{**slot, "timezone": "Europe/London"} for slot in slots]
    return {
        "retrieveInputs": [{"nodeName": "Plans"}] * 3,
        "routeAndFetchAvailability": [{"triggerNode": "Plans", "uid": UID, "prospect": plan} for plan in plans],
        "legacyRoute": [{"_ld_nodeName": "Plans", "_ld_uid": UID, "formData": plan} for plan in plans],
        "fetchAvailability": [{"linkId": link.link_id} for link in small_world().links],
        "bookMeeting": [
            {"linkId": link, "scheduledTime": time, "userFields": FORM} for link in ("open", "once") for time in times
        ],
        "rescheduleMeeting": [{"scheduledTime": time} for time in times],
        "bookRoundRobinMeeting": [
            {"linkId": "pool", "scheduledTime": {**time, "users": ["bob", "ann"]}, "userFields": FORM} for time in times
        ],
    }


USEFUL = useful()


def flatmap_body(context: Any, body: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([body, *USEFUL.get(context.operation.definition.raw["operationId"], ())])


def workflow() -> Any:
    """Return the state machine of the document, made here because schemathesis takes seconds to import."""
    import schemathesis

    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.config.checks.update(
        included_check_names=[
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_headers_conformance",
            "response_schema_conformance",
        ]
    )
    schema.config.phases.stateful.inference.algorithms = []  # the links are the document's own
    cast("Any", schema).hook(flatmap_body)

    class Workflow(schema.as_state_machine()):  # type: ignore[misc]  # made at run time
        """A sandbox of its own and a chain of calls to it; the counts are of all chains together."""

        answered: ClassVar[Counter[tuple[str, int]]] = Counter()
        held: ClassVar[Counter[str]] = Counter()

        def setup(self) -> None:
            self.sandbox = Sandbox(small_world(), now=NOW, seed=1, tcp=False)
            self.given: set[str | None] = {link.link_id for link in small_world().links}
            self.users: dict[int, list[str]] = {}

        def teardown(self) -> None:
            self.held.update(meeting.status for meeting in self.sandbox.meetings)

        def before_call(self, case: Any) -> None:
            """Complete a body that a link has put an id into: without what was generated beside it, with the form."""
            body: Any = case.body if case.body.__class__ is dict else {}
            ids = {way: body[way] for way in WAYS if isinstance(body.get(way), str) and body[way] in self.given}
            time: Any = body.get("scheduledTime")
            if len(ids) != 1:
                return
            if time.__class__ is dict and time.get("start_time") in self.users:
                time = {**time, "users": self.users[time["start_time"]]}
                case.body = {**ids, "userFields": FORM, "scheduledTime": time}
            else:
                case.body = {key: value for key, value in body.items() if key in ids or key not in WAYS}

        def call(self, case: Any, **kwargs: Any) -> Any:
            return case.call(app=self.sandbox.app, headers={"X-Api-Key": self.sandbox.api_key}, **kwargs)

        def after_call(self, response: Any, case: Any) -> None:
            """Remember what this answer gives to the calls after it."""
            self.answered[case.operation.definition.raw["operationId"], response.status_code] += 1
            answer: Any = response.json() if response.content else None
            if response.status_code != 200 or answer.__class__ is not dict:
                return
            self.given |= {answer.get("meetingId"), answer.get("params"), answer.get("routing", {}).get("token")}
            availability: Any = (answer.get("scheduling") or answer).get("availability") or {}
            hosts: Any = availability.get("indexToUserIdMap")
            for slot in availability.get("timeSlots", ()):
                self.users[slot["start_time"]] = [hosts[str(user)] for user in slot["users"]]

    return Workflow


def test_nothing_undocumented_is_answered_whatever_is_sent_in_whatever_order() -> None:
    chains = workflow()
    chains.run(settings=SETTINGS)
    succeeded = {operation_id for operation_id, status in chains.answered if status == 200}
    assert succeeded == OPERATIONS.keys()
    assert sum(chains.held.values()) > 10
