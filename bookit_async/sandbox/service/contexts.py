"""What can be booked by whom, and what names it to the outside: tokens, legacy params, and links."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Literal

import orjson
from attrs import asdict, field, frozen

from ..._generated.models import BookMeetingRequest, BookRoundRobinMeetingRequest
from ..world import Link, Schedule, World
from ..world.quirks import Quirks
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

    def __init__(self, world: World, *, key: bytes, quirks: Quirks, spent: Iterable[str] = ()) -> None:
        self._links = {link.link_id: link for link in world.links}
        self._schedules = {rule.then for node in world.nodes for rule in node.rules if isinstance(rule.then, Schedule)}
        self._tokens = Tokens(key)
        self._spent = dict.fromkeys(spent, 0)
        self._quirks = quirks

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

    def routed(self, token: str, *, kind: TokenKind, at: int) -> Context:
        """Return what a token stands for that was unspent at that time, in milliseconds.

        One whose outcome has left the world since is as good as made up.
        """
        context = self._opened(token, kind)
        if self._spent.get(context.spends or "", at + 1) <= at:
            raise refusals.token_spent()
        return context

    def _opened(self, token: str, kind: TokenKind) -> Context:
        content = self._tokens.open(token, kind=kind)
        if content is None or (schedule := Schedule(**content.pop("schedule"))) not in self._schedules:
            raise refusals.invalid(f"Invalid {kind}")
        return Context(schedule=schedule, **content)

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
        if request.link_id:
            context = self.linked(request.link_id)
            if context.spends in self._spent and "link_reuse" not in self._quirks:
                raise refusals.link_spent()
            return context
        kind: TokenKind = "token" if request.token else "params"
        context = self._opened(request.token or request.params or "", kind)
        if context.spends in self._spent and "token_reuse" not in self._quirks:
            raise refusals.token_spent()
        return context

    def spend(self, context: Context, at: int) -> None:
        """Note that a meeting was booked: a submission is good for one, and so is a single-use link."""
        if context.spends is not None:
            self._spent.setdefault(context.spends, at)
