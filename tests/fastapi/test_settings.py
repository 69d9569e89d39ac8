"""What an application sets: names, users, who is told of a booking, where it is mounted; and whose mistake is whose."""

import asyncio
import logging
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Header, Response
from openapi_spec_validator import validate

from bookit_async import BookIt, BookItError, InvalidInputError
from bookit_async.fastapi_router import Cancellation, MailedLinks, NewBooking, Seal, bookit_router, lifespan, problem
from bookit_async.sandbox import Sandbox
from tests.conftest import ADA, NODE
from tests.serving import served

from .line import Line
from .page import FORM, SECRET, Page, Time, application, iso, opened, slot, slots, wanted

User = Annotated[str | None, Header(alias="x-user")]


def user(x_user: User = None) -> str | None:
    return x_user


class TestTelling:
    async def test_a_booking_is_told_once_its_answer_stands(self, client: BookIt, sandbox: Sandbox) -> None:
        told: list[NewBooking] = []
        begun, gate = asyncio.Event(), asyncio.Event()

        async def on_booked(new: NewBooking) -> None:
            begun.set()
            await gate.wait()
            told.append(new)

        app = application(client, on_booked=on_booked)
        async with opened(app) as page:
            async with app.router.lifespan_context(app):
                offer = await page.offer()
                booked = await page.book(offer)
                assert await page.book(offer) == booked
                await begun.wait()
                assert not told, "the visitor does not wait for it"
                gate.set()
            (new,) = told  # stopping waits for it
        assert new.booked.meeting_id == sandbox.meetings[0].id
        assert new.booked.uid == booked["uid"]
        assert (new.trigger_node, new.link_id, new.timezone, new.subject) == (NODE, None, "Europe/London", None)
        assert (new.prospect, new.answers) == (ADA, FORM)
        assert ADA["Email"] not in repr(new)

    async def test_a_function_may_tell_too_and_a_link_is_told(self, client: BookIt) -> None:
        told: list[NewBooking] = []
        app = application(client, on_booked=told.append)
        async with opened(app) as page, app.router.lifespan_context(app):
            await page.book(await page.link_offer("Em30rva"))
        assert [(one.trigger_node, one.link_id, one.prospect) for one in told] == [(None, "Em30rva", {})]

    async def test_a_cancel_is_told_with_its_reason(self, client: BookIt, sandbox: Sandbox) -> None:
        told: list[Cancellation] = []
        app = application(client, on_canceled=told.append)
        async with opened(app) as page, app.router.lifespan_context(app):
            booked = await page.book(await page.offer())
            reference = {"meeting_ref": booked["meeting_ref"]}
            assert (await page.ask("meetings/moves", reference))["reason_welcome"] is True
            for reason in ("  We chose another. ", "  ", None):
                await page.ask("meetings/cancel", {**reference, "reason": reason}, status=204)
        assert [one.status for one in sandbox.meetings] == ["canceled"]
        assert [(one.meeting_id, one.reason, one.subject) for one in told] == [
            (sandbox.meetings[0].id, reason, None) for reason in ("We chose another.", None, None)
        ]
        assert "another" not in repr(told)

    async def test_no_reason_is_asked_for_where_nobody_hears_of_it(self, page: Page) -> None:
        booked = await page.book(await page.offer())
        reference = {"meeting_ref": booked["meeting_ref"]}
        assert (await page.ask("meetings/moves", reference))["reason_welcome"] is False
        await page.ask("meetings/cancel", {**reference, "reason": "x"}, status=204)

    async def test_its_failure_undoes_nothing_and_is_logged(
        self, client: BookIt, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(new: NewBooking) -> None:
            raise RuntimeError(str(new.prospect))

        app = application(client, on_booked=fail)
        async with opened(app) as page, app.router.lifespan_context(app):
            booked = await page.book(await page.offer())
        assert len(sandbox.meetings) == 1
        (line,) = [one.getMessage() for one in caplog.records if one.name == "bookit_async.web"]
        assert booked["uid"] in line
        assert "RuntimeError at " in line
        assert __file__ in line
        assert ADA["Email"] not in caplog.text

    @pytest.mark.parametrize("elsewhere", [False, True])
    async def test_a_lost_booking_is_told_when_it_is_found(
        self, far_client: BookIt, client: BookIt, line: Line, elsewhere: bool
    ) -> None:
        told: list[NewBooking] = []
        here = application(far_client, on_booked=told.append)
        there = application(client, on_booked=told.append)
        line.gate.set()
        line.cut = True
        async with opened(here) as page, opened(there) as other:
            lost = await page.book(await page.offer(), status=504)
            assert not told
            line.cut = False
            async with here.router.lifespan_context(here), there.router.lifespan_context(there):
                for _ in range(2 - elsewhere):
                    await (other if elsewhere else page).ask("bookings/settle", {"settle_id": lost["settle_id"]})
        (new,) = told
        assert new.booked.recovered
        assert (new.prospect, new.answers) == (ADA, {})


class TestUsers:
    @pytest.mark.parametrize("owner", ["ada", None])
    async def test_references_are_good_for_the_user_they_were_given_to(
        self, far_client: BookIt, line: Line, owner: str | None
    ) -> None:
        told: list[NewBooking] = []
        app = application(far_client, subject=user, on_booked=told.append)
        mine: dict[str, str] = {"x-user": owner} if owner else {}
        line.gate.set()
        async with opened(app) as page, app.router.lifespan_context(app):
            page.http.headers.update(mine)
            offer = await page.offer()
            line.cut = True
            lost = await page.book(offer, status=504)
            line.cut = False
            booked = await page.book(offer)
            other = await page.offer()
            reference = {"meeting_ref": booked["meeting_ref"]}
            asked: list[tuple[str, dict[str, Any]]] = [
                ("offers/refresh", {"offer_id": other["offer_id"]}),
                ("bookings", wanted(other, 3)),
                ("bookings/settle", {"settle_id": lost["settle_id"]}),
                ("meetings/show", reference),
                ("meetings/moves", reference),
                ("meetings/reschedule", {**reference, "slot": {"start": 1, "end": 2}, "timezone": "UTC"}),
                ("meetings/cancel", reference),
            ]
            for stranger in ({"x-user": "eve"}, {}):
                page.http.headers.pop("x-user", None)
                page.http.headers.update(stranger)
                for path, body in asked if owner else ():
                    found = await page.ask(path, body, status=404)
                    assert found["error"] == "ReferenceInvalidError"
            page.http.headers.update(mine)
            assert (await page.ask("meetings/show", reference))["start"] == booked["start"]
        assert [one.subject for one in told] == [owner]

    async def test_the_id_in_a_mail_is_good_for_whoever_has_the_mail(self, client: BookIt, sandbox: Sandbox) -> None:
        mailed = MailedLinks(cancel="https://a.example/c/", reschedule="https://a.example/r/")
        async with opened(application(client, subject=user, mailed_links=mailed)) as page:
            page.http.headers["x-user"] = "ada"
            await page.book(await page.offer())
            del page.http.headers["x-user"]
            await page.ask("meetings/show", {"meeting_ref": sandbox.meetings[0].id})


class TestMistakes:
    """Ours are 5xx and logged; a visitor's are 4xx and are not."""

    async def test_a_client_of_another_loop_is_our_mistake(
        self, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = BookIt(sandbox.api_key, transport=sandbox.transport)
        await asyncio.to_thread(asyncio.run, client.inputs(NODE))
        async with opened(application(client)) as page:
            found = await page.ask("offers", {"trigger_node": NODE, "prospect": ADA}, status=500)
            assert found["error"] == "SiteError"
            assert "problems" not in found
            link = await page.ask("offers", {"link_id": "Em30rva"}, status=500)
            assert link["error"] == "SiteError"
        lines = [one for one in caplog.records if one.name == "bookit_async.web"]
        assert [one.levelno for one in lines] == [logging.ERROR] * 2
        assert "loop" in lines[0].getMessage()

    @pytest.mark.parametrize(
        "said",
        [
            "link_id is no text",
            "api_key is missing",
            "base_url must be a URL",
            "startle: no member of ours",
            "this client belongs to another event loop",
            "cancel_link must be a URL",
        ],
    )
    def test_what_no_visitor_gives_is_our_mistake(self, said: str, caplog: pytest.LogCaptureFixture) -> None:
        assert (
            problem(
                InvalidInputError(problems=["guests[0] is no good", said]),
                operation="x",
            ).status_code
            == 500
        )
        assert said in caplog.text

    def test_an_error_of_the_application_is_ours_too(self) -> None:
        class OwnError(BookItError):
            what = "x"

        assert problem(OwnError(), operation="x").status_code == 500

    async def test_the_mapping_of_errors_can_be_used_by_other_routes(self, client: BookIt) -> None:
        app = application(client)

        @app.get("/own")
        async def own() -> Response:
            try:
                await client.availability(link_id="Gone0Xx")
            except BookItError as error:
                return problem(error, operation="own")
            raise AssertionError

        async with opened(app) as page:
            answer = await page.http.get("/own")
        assert (answer.status_code, answer.json()["error"]) == (404, "LinkNotFoundError")
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_many_problems_are_told_in_part(self, page: Page) -> None:
        offer = await page.offer()
        found = await page.book(offer, status=422, answers={f"{'x' * 400}{index}": "" for index in range(150)})
        assert len(found["problems"]) == 21
        assert found["problems"][-1].endswith(" more")
        assert max(map(len, found["problems"])) < 310


class TestGuests:
    @pytest.mark.parametrize(("setting", "most"), [({}, 10), ({"max_guests": 2}, 2), ({"max_guests": 0}, 0)])
    async def test_there_are_so_many_at_most(
        self, client: BookIt, sandbox: Sandbox, setting: dict[str, Any], most: int
    ) -> None:
        guests = [f"guest{index}@e.example" for index in range(most + 1)]
        async with opened(application(client, **setting)) as page:
            offer = await page.offer()
            found = await page.book(offer, guests=guests, status=422)
            assert found["problems"] == [f"guests: {most} at most"]
            assert not sandbox.meetings
            await page.book(offer, guests=guests[:-1])
        assert len(sandbox.meetings[0].guests) == most


WAYS = ["link", "token", "params"]
MAILED = MailedLinks(cancel="https://a.example/c/", reschedule="https://a.example/r/")


def site(client: BookIt, way: str, **options: Any) -> FastAPI:
    return application(client, mailed_links=MAILED if way == "params" else None, **options)


async def offered(page: Page, way: str) -> Any:
    return await (page.link_offer("Em30rva") if way == "link" else page.offer())


class TestOtherProcesses:
    """A worker that was started anew, and another one, know nothing of what was booked; the service does."""

    @pytest.mark.parametrize("way", WAYS)
    async def test_a_booking_that_comes_again_is_answered_with_its_meeting(
        self, client: BookIt, sandbox: Sandbox, way: str
    ) -> None:
        async with opened(site(client, way)) as page:
            offer = await offered(page, way)
            booked = await page.book(offer)
        async with opened(site(client, way)) as other:
            again = await other.book(offer)
            assert again["start"] == booked["start"] == iso(slot(offer)["start"])
            assert again["recovered"]
            assert await other.book(offer) == again
        assert len(sandbox.meetings) == 1

    @pytest.mark.parametrize("way", WAYS)
    async def test_of_a_meeting_that_is_found_it_is_told_when_it_is_and_nothing_else(
        self, client: BookIt, sandbox: Sandbox, way: str
    ) -> None:
        """Whoever says the address of somebody else must not get to move their meeting."""
        async with opened(site(client, way)) as page:
            offer = await offered(page, way)
            booked = await page.book(offer)
            assert booked["changeable"]
        async with opened(site(client, way)) as other:
            again = await other.book(offer)
            assert not again["changeable"]
            reference = {"meeting_ref": again["meeting_ref"]}
            found = await other.ask("meetings/show", reference)
            assert (found["start"], found["title"], found["changeable"]) == (booked["start"], None, False)
            further = {"meeting_ref": found["meeting_ref"]}
            move = {**further, "slot": {"start": 1, "end": 2}, "timezone": "UTC"}
            for path, body in (("moves", reference), ("moves", further), ("reschedule", move), ("cancel", further)):
                assert (await other.ask(f"meetings/{path}", body, status=403))["error"] == "ReferenceLimitedError"
        assert sandbox.meetings[0].status == "scheduled"

    async def test_the_slot_of_ones_own_meeting_is_not_said_to_be_taken(self, client: BookIt, sandbox: Sandbox) -> None:
        """With one host the slot is gone, with a pool it is open: neither may lead to another meeting or an untruth."""
        async with opened(application(client, look_first=False)) as page:
            offer = await page.link_offer("Em30rva")
            await page.book(offer)
        async with opened(application(client, look_first=False)) as careless:
            assert (await careless.book(offer, status=409))["error"] == "SlotTakenError"
        async with opened(application(client)) as other:
            await other.book(offer)
        assert len(sandbox.meetings) == 1

    @pytest.mark.parametrize(("look_first", "meetings"), [(True, 1), (False, 2)])
    async def test_looking_first_is_a_setting(
        self, client: BookIt, sandbox: Sandbox, look_first: bool, meetings: int
    ) -> None:
        async with opened(application(client)) as page:
            offer = await page.link_offer("Pool4Mm")
            index = next(index for index, one in enumerate(slots(offer)) if len(one["hosts"]) > 1)
            await page.book(offer, index)
        async with opened(application(client, look_first=look_first)) as other:
            await other.book(offer, index, slot={**slot(offer, index), "hosts": None})
        assert len(sandbox.meetings) == meetings

    @pytest.mark.parametrize("changed", ["canceled", "nameless"])
    async def test_without_its_meeting_it_says_that_there_is_one(
        self, page: Page, client: BookIt, changed: str
    ) -> None:
        offer = await page.offer()
        booked = await page.book(offer)
        if changed == "canceled":
            await page.ask("meetings/cancel", {"meeting_ref": booked["meeting_ref"]}, status=204)
        answers: dict[str, Any] = {**FORM, "Email": True} if changed == "nameless" else FORM
        async with opened(application(client)) as other:
            found = await other.book(offer, status=409, answers=answers)
        assert found["error"] == "TokenSpentError"


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"links": ["a"], "name": "two words"}, "name"),
            ({"links": ["a"], "name": ""}, "name"),
            ({"links": ["a"], "max_guests": -1}, "max_guests"),
            ({"links": ["a"], "body_limit": 10}, "body_limit"),
            ({"trigger_nodes": [], "max_guests": -1}, "trigger_nodes"),
        ],
    )
    def test_what_cannot_be_used_is_told(self, options: dict[str, Any], said: str) -> None:
        with pytest.raises(InvalidInputError, match=said):
            bookit_router(seal=Seal(SECRET), **options)

    async def test_two_routers_in_one_application_have_ids_of_their_own(
        self, client: BookIt, recwarn: pytest.WarningsRecorder
    ) -> None:
        app = application(client)
        router = bookit_router(links=["Pool4Mm"], seal=Seal(SECRET), name="partners", authorize=lambda: None)
        app.include_router(router, prefix="/partners")
        document = app.openapi()
        ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
        assert len(ids) == len(set(ids))
        assert {"bookit_book", "partners_book", "partners_meetings"} <= set(ids)
        validate(document)
        assert not recwarn
        assert app.url_path_for("partners_offer") == "/partners/offers"


class TestMounting:
    def inner(self) -> FastAPI:
        inner = FastAPI()
        inner.include_router(bookit_router(trigger_nodes=[NODE], seal=Seal([SECRET], now=Time())), prefix="/bookit")
        return inner

    async def test_a_mounted_one_uses_the_client_of_the_outermost(self, client: BookIt, sandbox: Sandbox) -> None:
        outer = FastAPI(lifespan=lifespan(lambda: client))
        middle = FastAPI()
        middle.mount("/inner", self.inner())
        outer.mount("/middle", middle)
        async with served(outer) as url, httpx.AsyncClient(base_url=f"{url}/middle/inner") as http:
            await Page(http).book(await Page(http).offer())
        assert len(sandbox.meetings) == 1

    async def test_the_outermost_waits_for_its_bookings(self, far_client: BookIt, line: Line, sandbox: Sandbox) -> None:
        outer = FastAPI(lifespan=lifespan(lambda: far_client))
        outer.mount("/inner", self.inner())
        async with served(outer) as url, httpx.AsyncClient(base_url=f"{url}/inner") as http:
            offer = await Page(http).offer()
            request = asyncio.create_task(http.post("/bookit/bookings", json=wanted(offer)))
            await line.reached.wait()
            request.cancel()
            asyncio.get_running_loop().call_later(0.05, line.gate.set)
        assert len(sandbox.meetings) == 1

    async def test_a_mounted_application_without_a_client_says_where_it_goes(self, client: BookIt) -> None:
        inner = self.inner()
        inner.router.lifespan_context = lifespan(lambda: client)
        outer = FastAPI()
        outer.mount("/inner", inner)
        async with opened(outer) as page:
            with pytest.raises(RuntimeError, match="outermost"):
                await page.http.get("/inner/bookit/inputs", params={"trigger_node": NODE})
