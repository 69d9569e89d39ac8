"""What can be booked by whom, and what names it to the outside: tokens, legacy params, and links."""

from collections.abc import Mapping
from random import Random
from typing import Literal

import orjson
from attrs import evolve, frozen

from .._generated.models import BookMeetingRequest, BookRoundRobinMeetingRequest
from . import refusals
from .tokens import Tokens
from .world import Link, Schedule, World

TokenKind = Literal["token", "params"]


@frozen(kw_only=True)
class Context:
    """What a token, params or a link stands for; `token` is the one that it was found by, None for a link."""

    schedule: Schedule
    prefill: Mapping[str, str]
    kind: TokenKind | None = None
    token: str | None = None
    uid: str | None = None
    link: Link | None = None


class Contexts:
    """Everything that can be booked through, and what of it is spent."""

    def __init__(self, world: World, *, random: Random) -> None:
        self._links = {link.link_id: link for link in world.links}
        self._tokens = Tokens[Context](random)
        self._issued: dict[tuple[TokenKind, str, str, bytes], str] = {}
        self._spent: set[str] = set()

    def issue(self, context: Context, *, kind: TokenKind, node: str, uid: str, prospect: object) -> str:
        """A token for a routed prospect. The same submission sent again gets the same: a retry cannot book twice."""
        key = kind, node, uid, orjson.dumps(prospect, option=orjson.OPT_SORT_KEYS)
        if key not in self._issued:
            self._issued[key] = self._tokens.issue(evolve(context, kind=kind, uid=uid))
        return self._issued[key]

    def routed(self, token: str, *, kind: TokenKind) -> Context:
        """What an unspent token stands for."""
        context = self._tokens.find(token)
        if context is None or context.kind != kind:
            raise refusals.invalid(f"Invalid {kind}")
        if token in self._spent:
            raise refusals.token_spent()
        return evolve(context, token=token)

    def linked(self, link_id: str) -> Context:
        """What a link stands for, used or not: only a booking minds."""
        link = self._links.get(link_id)
        if link is None:
            raise refusals.link_not_found()
        if link.kind != "single" or link.schedule is None:
            raise refusals.link_unsupported()
        return Context(schedule=link.schedule, prefill={}, link=link)

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
        if context.link is not None and context.link.link_id in self._spent:
            raise refusals.link_spent()
        return context

    def spend(self, context: Context) -> None:
        """Note that a meeting was booked: a token is good for one, and so is a single-use link."""
        if context.token is not None:
            self._spent.add(context.token)
        if context.link is not None and context.link.single_use:
            self._spent.add(context.link.link_id)
