"""Each class of the tree: what it says, what it hides, and that it survives a pickle and a copy."""

import copy
import inspect
import pickle
import traceback
from typing import Any

import pytest

from bookit_async import errors

SECRET = "ada@example.com"
ANSWER: dict[str, Any] = {
    "operation": "book_meeting",
    "status": 400,
    "request_id": "6f0c",
    "body": b'{"error": "ada@example.com"}',
    "sentence": "ada@example.com is a duplicate",
}
SEEN = " [HTTP 400, request id 6f0c]"

# class, how it is made, what str() says
TREE: list[tuple[type[errors.BookItError], dict[str, Any], str]] = [
    (errors.BookItError, {"operation": "get_meeting"}, "get_meeting: something went wrong."),
    (
        errors.InvalidInputError,
        {"operation": "book_meeting", "problems": ("timezone is not an IANA name.", "Company is required")},
        "book_meeting: timezone is not an IANA name; Company is required. Nothing was sent: correct the call.",
    ),
    (
        errors.NoAnswerError,
        {"operation": "list_meetings", "reason": "timed out waiting for the answer"},
        "list_meetings: no answer: timed out waiting for the answer.",
    ),
    (
        errors.NotSentError,
        {"operation": "book_meeting", "reason": "the host name did not resolve"},
        "book_meeting: not sent: the host name did not resolve. "
        "Nothing was processed: check base_url and the network, then call again.",
    ),
    (
        errors.OutcomeUnknownError,
        {"operation": "book_meeting", "reason": "the connection was lost"},
        "book_meeting: perhaps processed, the outcome is unknown: the connection was lost. "
        "Do not simply repeat it, or a meeting may be booked twice: `await client.settle(error)` finds out for a "
        "booking, client.meeting(meeting_id) for a meeting that was to be changed.",
    ),
    (
        errors.APIStatusError,
        ANSWER,
        "book_meeting: the service gave an error that this version does not know. "
        "Give LeanData's support the request id. For the service's own words see .sentence." + SEEN,
    ),
    (
        errors.AuthenticationError,
        ANSWER,
        "book_meeting: the API key was not accepted. Check api_key or BOOKIT_API_KEY; keys are issued by LeanData. "
        "For the service's own words see .sentence." + SEEN,
    ),
    (
        errors.RateLimitError,
        ANSWER,
        "book_meeting: too many requests. Nothing was processed: wait, then call again with fewer calls at once. "
        "For the service's own words see .sentence." + SEEN,
    ),
    (
        errors.ServerError,
        ANSWER,
        "book_meeting: the service failed or was too slow. "
        "It may have gone on and processed the request: read the meeting before writing again. "
        "For the service's own words see .sentence." + SEEN,
    ),
    (
        errors.TriggerNodeNotFoundError,
        ANSWER | {"trigger_node": "New Webform"},
        "book_meeting: no such trigger node: 'New Webform'. "
        "Names are exact and case-sensitive: copy it from the trigger node in LeanData." + SEEN,
    ),
    (
        errors.MissingInputError,
        ANSWER | {"name": "uid"},
        "book_meeting: required input missing: 'uid'. "
        "Add it; if it is an input of a trigger node, client.inputs(trigger_node) lists them all." + SEEN,
    ),
    (
        errors.HostNotReadyError,
        ANSWER | {"user_ids": ("005A", "005B")},
        "book_meeting: hosts that cannot be booked: 005A, 005B. Repeating cannot help: "
        "have their BookIt license and calendar connection repaired in LeanData." + SEEN,
    ),
    (
        errors.TokenSpentError,
        ANSWER,
        "book_meeting: a meeting was already booked with this token. Find it with client.meetings(prospect_email), "
        "and its open slots with client.availability(meeting_id=...); for another meeting, route again." + SEEN,
    ),
    (
        errors.SlotTakenError,
        ANSWER,
        "book_meeting: the selected time is no longer available. "
        "Nothing was booked: choose another slot, from .offer or a fresh offer." + SEEN,
    ),
    (
        errors.TooSoonError,
        ANSWER,
        "book_meeting: the selected time is inside the minimum booking notice. "
        "Nothing was booked: choose a later slot." + SEEN,
    ),
    (
        errors.LinkNotFoundError,
        ANSWER,
        "book_meeting: no such BookIt Link. link_id is the path segment after /l/ in the link's URL." + SEEN,
    ),
    (
        errors.LinkUnsupportedError,
        ANSWER,
        "book_meeting: this kind of BookIt Link cannot be booked through the API. "
        "Use a link of a single meeting type." + SEEN,
    ),
    (
        errors.LinkSpentError,
        ANSWER,
        "book_meeting: this single-use BookIt Link was already used. "
        "Ask for a new link; client.meetings(prospect_email) finds the meeting booked through it." + SEEN,
    ),
    (
        errors.MeetingNotFoundError,
        ANSWER,
        "book_meeting: no such meeting. "
        "Check the meeting id; client.meetings(prospect_email) lists the meetings of a prospect." + SEEN,
    ),
    (
        errors.RefusedInputError,
        ANSWER | {"name": "status"},
        "book_meeting: the service does not take what was sent as status. Nothing was changed: correct it; "
        "a token or params come from routing, whole and with the same API key." + SEEN,
    ),
    (
        errors.ResponseInvalidError,
        ANSWER | {"path": "$.availability.timeSlots[0].start_time"},
        "book_meeting: the answer is not of the documented shape at $.availability.timeSlots[0].start_time. "
        "If it was to change something, do not repeat it: it has. For a bug report, .body has the bytes." + SEEN,
    ),
]
EACH = pytest.mark.parametrize(("kind", "made", "text"), TREE, ids=[row[0].__name__ for row in TREE])


def test_the_table_and_all_hold_every_class() -> None:
    found = {
        name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.BookItError)
    }
    assert sorted(found) == errors.__all__
    assert set(found.values()) == {kind for kind, _, _ in TREE}


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn: list[tuple[int, str]] = []
    for line in inspect.getdoc(errors).splitlines():  # type: ignore[union-attr] # the module has a docstring
        name = line.lstrip("│├└─ ").partition(" ")[0]
        if isinstance(getattr(errors, name, None), type):
            drawn.append((len(line) - len(line.lstrip("│├└─ ")), name))
    parents: dict[int, str] = {}
    for depth, name in drawn:
        parents[depth] = name
        if depth:
            parent = parents[max(level for level in parents if level < depth)]
            assert getattr(errors, name).__bases__[0] is getattr(errors, parent)
    assert sorted(name for _, name in drawn) == errors.__all__


@EACH
def test_it_says_what_happened_and_what_to_do(kind: type[errors.BookItError], made: dict[str, Any], text: str) -> None:
    assert str(kind(**made)) == text


@EACH
def test_it_hides_body_and_sentence(kind: type[errors.BookItError], made: dict[str, Any], text: str) -> None:
    error = kind(**made)
    assert error.args == ()
    assert SECRET not in text + repr(error) + "".join(traceback.format_exception(error))


@EACH
def test_it_carries_what_it_was_made_from(kind: type[errors.BookItError], made: dict[str, Any], text: str) -> None:
    error = kind(**made)
    assert text.startswith(f"{error.operation}: ")
    for name, value in made.items():
        assert getattr(error, name) == value


@EACH
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_survives_a_pickle(kind: type[errors.BookItError], made: dict[str, Any], text: str, protocol: int) -> None:
    error = kind(**made)
    error.add_note("seen in the night run")
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own bytes
    assert (type(again), str(again), vars(again)) == (kind, text, vars(error))


@EACH
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_it_survives_a_copy(kind: type[errors.BookItError], made: dict[str, Any], text: str, copied: Any) -> None:
    error = kind(**made)
    again = copied(error)
    assert again is not error
    assert (type(again), str(again), vars(again)) == (kind, text, vars(error))


@EACH
def test_it_is_made_from_keywords_only(kind: type[errors.BookItError], made: dict[str, Any], text: str) -> None:
    with pytest.raises(TypeError):
        kind(*made.values())
    assert text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.NotSentError(reason="refused"), "NotSentError(operation=None, reason='refused')"),
        (
            errors.InvalidInputError(problems=["a", "b"], operation="book_meeting"),
            "InvalidInputError(operation='book_meeting', problems=('a', 'b'))",
        ),
        (
            errors.SlotTakenError(**ANSWER),
            "SlotTakenError(operation='book_meeting', status=400, request_id='6f0c')",
        ),
        (
            errors.HostNotReadyError(status=400, user_ids=["005A"]),
            "HostNotReadyError(operation=None, status=400, request_id=None, user_ids=('005A',))",
        ),
    ],
)
def test_repr(error: errors.BookItError, text: str) -> None:
    assert repr(error) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.BookItError(), "something went wrong."),
        (
            errors.APIStatusError(status=418),
            "the service gave an error that this version does not know. "
            "Answers of the service have a request id, and this one has none: check base_url. "
            "[HTTP 418, request id absent]",
        ),
        (
            errors.TriggerNodeNotFoundError(status=400),
            "no such trigger node. Names are exact and case-sensitive: copy it from the trigger node in LeanData. "
            "[HTTP 400, request id absent]",
        ),
        (
            errors.HostNotReadyError(status=400, user_ids=[]),
            "hosts that cannot be booked: see .sentence. Repeating cannot help: "
            "have their BookIt license and calendar connection repaired in LeanData. [HTTP 400, request id absent]",
        ),
        (
            errors.NotSentError(reason="{body} {operation}"),
            "not sent: {body} {operation}. Nothing was processed: check base_url and the network, then call again.",
        ),
    ],
)
def test_what_is_absent_is_left_out(error: errors.BookItError, text: str) -> None:
    assert str(error) == text


def test_invalid_input_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="naive"):
        raise errors.InvalidInputError(problems=["start is naive"])


def test_an_offer_stays_with_a_copy_and_out_of_a_pickle() -> None:
    offer: Any = lambda: "not to be pickled"  # noqa: E731 - stands in for an offer
    error = errors.SlotTakenError(**ANSWER, offer=offer)
    assert copy.copy(error).offer is error.offer
    assert pickle.loads(pickle.dumps(error)).offer is None  # noqa: S301 - our own bytes
    assert error.offer is not None
