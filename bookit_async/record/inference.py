"""A world from answers: who is booked by what, and when they work. Pure; a sandbox's desk tells whether it fits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cmp_to_key
from random import Random, SystemRandom
from typing import Any, cast, get_args

from attrs import define, evolve, field, frozen

from ..sandbox.service.desk import Desk
from ..sandbox.world import (
    Condition,
    EndOfFlow,
    Host,
    Input,
    InputType,
    Link,
    MeetingType,
    Member,
    Outcome,
    Pool,
    Question,
    Redirect,
    Rule,
    Schedule,
    TriggerNode,
    World,
)
from ..sandbox.world.calendar import MINUTE, Span, milliseconds
from ..sandbox.world.journal import new_journal
from ..sandbox.world.mistakes import MAX_QUESTIONS, check
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import Redirected
from .asking import Answers, SeenLink, SeenNode, Submitted
from .calendars import (
    Starts,
    blurred,
    busy_times,
    days_ahead,
    hours_of,
    merged,
    missing,
    rounded,
    step_of,
    zone_of,
)
from .masks import DOMAIN, Masks

DEFAULT_FIELDS = ("First Name", "Last Name", "Email", "Additional Guest Emails")
"""Every form of a sandbox has them."""
_COMBINATIONS = 200


@frozen(kw_only=True)
class Page:
    """What was offered at once, in the terms of a world."""

    schedule: Schedule
    slots: tuple[tuple[Span, tuple[str, ...]], ...]
    """Each with the hosts who are free then, the next in turn first."""


@frozen(kw_only=True)
class Recording:
    """A world, and how well it fits."""

    world: World
    slots: int
    """How many were offered."""
    lost: int
    """How many of them the world does not offer."""
    added: int
    """How many the world offers that were not."""
    turned: int
    """How many of them have their hosts in another order."""
    notes: tuple[str, ...]
    """What else could not be had, a sentence each."""

    @property
    def fits(self) -> bool:
        """Whether playing it gives the same slots."""
        return not (self.lost or self.added or self.turned)


def infer(answers: Answers, *, mask_names: bool = False, blur: bool = False, random: Random | None = None) -> Recording:
    """Return the world of what was answered; *blur* moves busy times, so that nobody's calendar is told."""
    return _Inference(answers, Masks(answers, all_names=mask_names), milliseconds(answers.at)).record(
        (random or SystemRandom()) if blur else None
    )


@define(eq=False)
class _Inference:
    answers: Answers
    masks: Masks
    now: int
    kinds: dict[str, MeetingType] = field(factory=dict[str, MeetingType])
    _kinds_by_content: dict[Any, str] = field(factory=dict[Any, str])
    people: dict[str, str] = field(factory=dict[str, str])
    """Made-up user ids by those that were told."""
    zones: dict[str, str | None] = field(factory=dict[str, "str | None"])
    """Told zones by made-up user id."""
    pools: dict[frozenset[str], Pool] = field(factory=dict[frozenset[str], Pool])
    pages: list[Page] = field(factory=list[Page])
    notes: dict[str, None] = field(factory=dict[str, None])

    def record(self, blur: Random | None) -> Recording:
        links = tuple(map(self.link, self.answers.links))
        nodes = tuple(map(self.node, self.answers.nodes))
        hosts = self.hosts(blur)
        if self.masks.masked:
            self.note(f"{self.masks.masked} names in which somebody may stand were replaced")
        world = World(
            hosts=hosts,
            meeting_types=tuple(self.kinds.values()),
            pools=tuple(self.pools.values()),
            nodes=nodes,
            links=links,
        )
        check(world)
        lost, added, turned = _compared(world, self.pages, self.answers)
        slots = sum(len(page.slots) for page in self.pages)
        return Recording(world=world, slots=slots, lost=lost, added=added, turned=turned, notes=tuple(self.notes))

    def note(self, sentence: str) -> None:
        self.notes[sentence] = None

    # What is booked

    def link(self, seen: SeenLink) -> Link:
        link_id = self.masks.of("Link", seen.link_id)
        if not seen.supported:
            self.note("of links that are not for one meeting type, which kind they are was not told")
            return Link(link_id=link_id, kind="multi")
        return Link(link_id=link_id, schedule=self.closed() if seen.offer is None else self.schedule(seen.offer))

    def closed(self) -> Schedule:
        """Return what offers nothing."""
        self.note("where nothing was open, neither the meeting type nor its hosts were told")
        kind = MeetingType(name="Nothing open")
        self.kinds.setdefault(kind.name, kind)
        return Schedule(meeting_type=kind.name, host=self.person(""))

    def schedule(self, offer: Offer) -> Schedule:
        """Return what an offer is of, and keep what it offers."""
        kind = self.kind(offer)
        free = dict.fromkeys((*offer.host_ids, *(one for slot in offer.slots for one in slot.host_ids)))
        known = dict.fromkeys(one.user_id for one in offer.hosts)
        several = [*{**free, **known}] if offer.pooled else [*free] or [*known]
        members = [self.person(one) for one in several or [""]]
        for host in offer.hosts:
            self.zones[self.person(host.user_id)] = self.zones[self.person(host.user_id)] or host.timezone
        length = self.kinds[kind].minutes * MINUTE
        spans = [
            (Span(one.start_milliseconds, one.end_milliseconds), tuple(map(self.person, one.host_ids)))
            for one in offer.slots
        ]
        if offer.pooled:
            schedule = Schedule(meeting_type=kind, pool=self.pool(members, [hosts for _, hosts in spans]).pool_id)
        else:
            if len(members) > 1:
                self.note("meetings with several hosts at once are recorded with the first alone")
            schedule = Schedule(meeting_type=kind, host=members[0])
            spans = [(span, (members[0],)) for span, _ in spans]
        if any(span.end - span.start != length for span, _ in spans):
            self.note("slots that are not as long as most of their meeting type were left out")
        self.pages.append(Page(schedule=schedule, slots=tuple(spans)))
        return schedule

    def person(self, user_id: str) -> str:
        known = self.people.setdefault(user_id, _user_id(len(self.people)))
        self.zones.setdefault(known, None)
        return known

    def kind(self, offer: Offer) -> str:
        """Return the name of the meeting type that an offer is of."""
        lengths = Counter((one.end_milliseconds - one.start_milliseconds) // MINUTE for one in offer.slots)
        minutes = max(1, lengths.most_common(1)[0][0])
        own = [one for one in offer.form_fields if one.name not in DEFAULT_FIELDS]
        if len(own) > MAX_QUESTIONS:
            self.note(f"of forms with more than {MAX_QUESTIONS} questions the first were recorded")
        if not {one.name for one in offer.form_fields}.issuperset(DEFAULT_FIELDS[:3]):
            self.note("every form of a sandbox asks for First Name, Last Name and Email, which a form here does not")
        questions = tuple(
            Question(
                name=self.masks.of("Question", one.name),
                type=one.type,
                required=one.required,
                validation="email" if one.validation == "email" else None,
            )
            for one in own[:MAX_QUESTIONS]
        )
        content = (offer.meeting_type, minutes, questions)
        if content not in self._kinds_by_content:
            name = self.masks.of("Meeting type", offer.meeting_type or "Meeting")
            if name in self.kinds:
                name = f"{name} ({len(self.kinds) + 1})"
            self._kinds_by_content[content] = name
            self.kinds[name] = MeetingType(name=name, minutes=minutes, questions=questions)
        return self._kinds_by_content[content]

    def pool(self, members: Sequence[str], turns: Iterable[tuple[str, ...]]) -> Pool:
        """Return the pool of these hosts, in the order of their turns."""
        key = frozenset(members)
        if key not in self.pools:
            number = len(self.pools) + 1
            ordered = tuple(Member(user_id=one) for one in _in_order(members, turns))
            self.pools[key] = Pool(pool_id=f"pool-{number}", name=f"Pool {number}", members=ordered)
        return self.pools[key]

    # Where prospects are sent

    def node(self, seen: SeenNode) -> TriggerNode:
        declared = {one.name: one.type for one in seen.inputs.inputs}
        if unknown := {*declared.values()} - {*get_args(InputType)}:
            self.note(f"{len(unknown)} types of inputs that a sandbox does not know were recorded as STRING")
        inputs = tuple(
            Input(
                name=self.masks.of("Input", name),
                type=cast("InputType", kind) if kind in get_args(InputType) else "STRING",
            )
            for name, kind in declared.items()
        )
        if not seen.submitted:
            self.note("without --route nothing is known of where a node sends prospects: it ends the flow")
        return TriggerNode(
            name=self.masks.of("Node", seen.name),
            inputs=inputs,
            rules=self.rules(declared, seen.submitted),
            prefill=self.prefill(declared, seen.submitted),
        )

    def rules(self, declared: Mapping[str, str], submitted: Sequence[Submitted]) -> tuple[Rule, ...]:
        """Return rules that send each prospect where it was sent, where they can be told apart without its words."""
        features = [_features(one.prospect, declared) for one in submitted]
        outcomes = [self.outcome(one) for one in submitted]
        rules: dict[Rule, None] = {}
        for mine, outcome in zip(features, outcomes, strict=True):
            others = [one for one, other in zip(features, outcomes, strict=True) if other != outcome]
            if not others:
                break
            apart = {name: value for name, value in mine.items() if any(one[name] != value for one in others)}
            if all(any(one[name] != value for name, value in apart.items()) for one in others):
                rules[Rule(when=tuple(map(self.condition, apart, apart.values())), then=outcome)] = None
            else:
                self.note("prospects that differ in words alone, which are not recorded, all go where the first went")
        if outcomes:
            offered = (to for one, to in zip(submitted, outcomes, strict=True) if isinstance(one.outcome, Offer))
            rules[Rule(then=next(offered, outcomes[0]))] = None
        return tuple(rules)

    def condition(self, name: str, value: float | bool | None) -> Condition:  # noqa: FBT001 - a value of a prospect
        masked = self.masks.of("Input", name)
        if value is None or value is _GIVEN:
            return Condition(input=masked, test="missing" if value is None else "given")
        return Condition(input=masked, test="is", value=value)

    def outcome(self, one: Submitted) -> Outcome:
        if isinstance(one.outcome, Redirected):
            return Redirect(url=f"https://{DOMAIN}/redirected")
        if isinstance(one.outcome, Offer):
            return self.schedule(one.outcome)
        return self.closed() if isinstance(one.outcome, NoAvailability) else EndOfFlow()

    def prefill(self, declared: Mapping[str, str], submitted: Sequence[Submitted]) -> dict[str, str]:
        """Return which input each field of a form was filled from."""
        found: dict[str, str] = {}
        for one in submitted:
            for label, value in one.outcome.prefill.items() if isinstance(one.outcome, Offer) else ():
                name = next((name for name in declared if str(one.prospect.get(name, "")) == value), None)
                if name is not None:
                    known = label in DEFAULT_FIELDS
                    found[label if known else self.masks.of("Question", label)] = self.masks.of("Input", name)
        return found

    # When they work

    def starts(self) -> dict[str, dict[str, frozenset[int]]]:
        """Return when each host's slots of each meeting type start."""
        found: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for page in self.pages:
            length = self.kinds[page.schedule.meeting_type].minutes * MINUTE
            for span, hosts in page.slots:
                for host in hosts if span.end - span.start == length else ():
                    found[host][page.schedule.meeting_type].add(span.start)
        return {host: {name: frozenset(starts) for name, starts in of_host.items()} for host, of_host in found.items()}

    def hosts(self, blur: Random | None) -> tuple[Host, ...]:
        starts = self.starts()
        self.measure(starts)
        hosts = [self.host(user_id, number, starts.get(user_id, {})) for number, user_id in enumerate(self.zones, 1)]
        for host in hosts:
            for name, slot, parts in missing(host, self.kinds, starts.get(host.user_id, {}), self.now):
                if not parts and slot.start < self.earliest(starts, name):
                    notice = (slot.start - self.now) // MINUTE + 1
                    kind = self.kinds[name]
                    self.kinds[name] = evolve(kind, minimum_notice=max(kind.minimum_notice, notice))
        return tuple(self.with_busy(host, starts.get(host.user_id, {}), blur) for host in hosts)

    def measure(self, starts: Mapping[str, Starts]) -> None:
        """Note how far ahead each meeting type can be booked, and how far from each other its slots start."""
        for name, kind in self.kinds.items():
            of_kind = [one[name] for one in starts.values() if name in one]
            last = max((max(one) for one in of_kind), default=self.now) + kind.minutes * MINUTE
            self.kinds[name] = evolve(
                kind, slot_step=step_of(of_kind, kind.minutes), days_ahead=days_ahead(last, self.now)
            )

    @staticmethod
    def earliest(starts: Mapping[str, Starts], name: str) -> int:
        return min(min(one[name]) for one in starts.values() if name in one)

    def host(self, user_id: str, number: int, starts: Starts) -> Host:
        slots = {
            name: [Span(one, one + self.kinds[name].minutes * MINUTE) for one in some] for name, some in starts.items()
        }
        zone = zone_of(self.zones[user_id], [one for some in slots.values() for one in some])
        steps = {name: kind.slot_step for name, kind in self.kinds.items()}
        return Host(
            user_id=user_id,
            first_name="Host",
            last_name=str(number),
            email=f"host{number}@{DOMAIN}",
            timezone=zone,
            hours=hours_of(slots, steps, zone),
        )

    def with_busy(self, host: Host, starts: Starts, blur: Random | None) -> Host:
        parts = merged(one for _, _, some in missing(host, self.kinds, starts, self.now) for one in some)
        if blur is None:
            return evolve(host, busy=busy_times(parts, host.timezone))
        return rounded(evolve(host, busy=busy_times(blurred(parts, blur), host.timezone)))


_LARGEST = 1e6
"""Numbers from here on may be a phone's, or somebody's: they are not written."""
_GIVEN = float("inf")
"""Stands for a text, or a large number, that was given."""


def _features(prospect: Mapping[str, Any], declared: Mapping[str, str]) -> dict[str, float | bool | None]:
    """Return what of a prospect may be written: numbers, yes and no, and whether there is an answer at all."""
    return {name: _feature(prospect.get(name), kind) for name, kind in declared.items()}


def _feature(value: object, kind: str) -> float | bool | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    number = float(cast("float", value)) if kind == "DOUBLE" else _GIVEN
    return number if abs(number) < _LARGEST else _GIVEN


def _user_id(number: int) -> str:
    return f"005REC{number + 1:012}"


def _in_order(members: Sequence[str], turns: Iterable[tuple[str, ...]]) -> list[str]:
    """Return the members as they take turns; who comes before whom in most slots does so here."""
    ahead: Counter[tuple[str, str]] = Counter()
    for hosts, times in Counter(turns).most_common(_COMBINATIONS):
        for place, one in enumerate(hosts):
            for other in hosts[place + 1 :]:
                ahead[one, other] += times

    def compared(one: str, other: str) -> int:
        return ahead[other, one] - ahead[one, other]

    return sorted(members, key=cmp_to_key(compared))


def _compared(world: World, pages: Iterable[Page], answers: Answers) -> tuple[int, int, int]:
    """Return how many slots a sandbox does not offer, offers besides, and offers with hosts in another order."""
    desk = Desk(world, now=lambda: answers.at, journal=new_journal(Random(0)))  # noqa: S311 - secrets of nobody
    lost = added = turned = 0
    for page in pages:
        played = {one.span: one.host_ids for one in desk.slots(page.schedule)}
        wanted = dict(page.slots)
        lost += len(wanted.keys() - played.keys())
        added += len(played.keys() - wanted.keys())
        turned += sum(played[span] != wanted[span] for span in played.keys() & wanted.keys())
    return lost, added, turned
