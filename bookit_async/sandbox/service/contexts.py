"""What can be booked by whom, and what names it to the outside: tokens, legacy params, and links."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Literal

import orjson
from attrs import asdict, field, frozen

from ..._generated.models import BookMeetingRequest, BookRoundRobinMeetingRequest
from ..world import Link, Schedule, World
from . import refusals
from .tokens import Tokens

TokenKind = Literal["token", "params"]


@frozen(kw_only=True)
class Context:
    """What a token, params or a link stands for.

    `spends` is what a booking through it uses up, None for a link that can be used again. A submission has one, so
    that its token and its params, however often asked for, are good for one meeting together.
    """

    schedule: Schedule
    prefill: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    uid: str | None = None
    link: Link | None = None
    spends: str | None = None


class Contexts:
    """Everything that can be booked through, and what of it is spent. `key` encrypts tokens and params."""

    def __init__(self, world: World, *, key: bytes, spent: Iterable[str] = ()) -> None:
        self._links = {link.link_id: link for link in world.links}
        self._schedules = {rule.then for node in world.nodes for rule in node.rules if isinstance(rule.then, Schedule)}
        self._tokens = Tokens(key)
        self._spent = set(spent)

    def issue(self, context: Context, *, kind: TokenKind, node: str, uid: str, prospect: object) -> str:
        """A token for a routed prospect. The same submission sent again gets the same: a retry cannot book twice."""
        submission = orjson.dumps([node, uid, prospect], option=orjson.OPT_SORT_KEYS)
        return self._tokens.seal(
            {
                "schedule": asdict(context.schedule),
                "prefill": context.prefill,
                "uid": uid,
                "spends": sha256(submission).hexdigest(),
            },
            kind=kind,
        )

    def routed(self, token: str, *, kind: TokenKind) -> Context:
        """What an unspent token stands for; one whose outcome has left the world since is as good as made up."""
        content = self._tokens.open(token, kind=kind)
        if content is None or (schedule := Schedule(**content.pop("schedule"))) not in self._schedules:
            raise refusals.invalid(f"Invalid {kind}")
        context = Context(schedule=schedule, **content)
        if context.spends in self._spent:
            raise refusals.token_spent()
        return context

    def linked(self, link_id: str) -> Context:
        """What a link stands for, used or not: only a booking minds."""
        link = self._links.get(link_id)
        if link is None:
            raise refusals.link_not_found()
        if link.kind != "single" or link.schedule is None:
            raise refusals.link_unsupported()
        return Context(schedule=link.schedule, link=link, spends=f"link {link_id}" if link.single_use else None)

    def to_book(self, request: BookMeetingRequest | BookRoundRobinMeetingRequest) -> Context:
        """What a booking names by exactly one of token, link and params."""
        if len([one for one in (request.token, request.link_id, request.params) if one]) != 1:
            raise refusals.missing_parameter("token, linkId or params")
        for base in filter(None, (request.cancel_link, request.reschedule_link)):
            if not request.params or not base.endswith(("/", "=")):
                raise refusals.invalid("cancelLink and rescheduleLink go with params, and end in / or =")
        if request.token:
            return self.routed(request.token, kind="token")
        if request.params:
            return self.routed(request.params, kind="params")
        context = self.linked(request.link_id or "")
        if context.spends in self._spent:
            raise refusals.link_spent()
        return context

    def spend(self, context: Context) -> None:
        """Note that a meeting was booked: a submission is good for one, and so is a single-use link."""
        if context.spends is not None:
            self._spent.add(context.spends)
