"""In what a service may be otherwise than its documentation is read here: each quirk plays one guess gone wrong."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from math import isfinite
from random import Random
from typing import cast

from attrs import frozen

GivenQuirks = Iterable[str] | Mapping[str, float | bool]
"""Names, or a mapping with a value where a quirk has one; True takes its default, False leaves it out."""


@frozen
class Quirk:
    """What a quirk stands for, the guess that it contradicts, and its value where it has one."""

    stands_for: str
    guess: str
    unit: str = ""
    """What the value counts; empty without one."""
    default: float = 1.0
    most: float = float("inf")


LAG = ("seconds of the sandbox's clock", 2.0)
SHARE = ("a share of the requests", 0.25, 1.0)

OF_STATE: Mapping[str, Quirk] = {
    "token_reuse": Quirk(
        "a booking takes a spent token, and makes another meeting; availability still refuses it",
        "a booking with a spent token is refused",
    ),
    "link_reuse": Quirk(
        "a booking takes a spent single-use link, and makes another meeting",
        "a booking through a spent single-use link is refused",
    ),
    "lagging_witnesses": Quirk(
        "a spent token still looks good, and a meeting is not listed yet, or listed as it was, for a while",
        "what is booked is seen at once",
        *LAG,
    ),
    "lagging_token": Quirk("only the spent token still looks good for a while", "both witnesses agree", *LAG),
    "lagging_list": Quirk("only the list lags", "both witnesses agree", *LAG),
    "stale_reads": Quirk(
        "a meeting that was moved or canceled is read by its id as it was, for a while",
        "a meeting is read as it is",
        *LAG,
    ),
    "other_addresses": Quirk(
        "calendars, and the answers to bookings, know hosts under another address than the page tells",
        "an organizer's address names one of the page's hosts",
    ),
    "addresses_lowered": Quirk(
        "the prospect's and the guests' addresses come back in lower case",
        "the prospect's address comes back as it was sent",
    ),
    "addresses_exact": Quirk(
        "the list finds a prospect's address only in the case in which it is told",
        "the list compares addresses without case",
    ),
    "whole_window": Quirk(
        "the list holds only meetings that lie whole between start and end",
        "start and end bound a meeting's start",
    ),
    "window_ignored": Quirk("the list holds meetings outside start and end, too", "the list is filtered as asked"),
    "past_not_listed": Quirk("a meeting that has begun is not listed", "with a start, past meetings are listed, too"),
    "empty_list_is_404": Quirk("an empty list is answered with 404", "no meetings are an empty list"),
    "list_is_cut": Quirk("the list ends after so many meetings, without a sign", "the list is whole", "meetings", 10.0),
    "cancelled_not_listed": Quirk("a canceled meeting is not listed", "a canceled meeting stays listed"),
    "cancelled_is_gone": Quirk(
        "a canceled meeting cannot be read by its id, nor canceled again: 404",
        "a canceled meeting stays what it is",
    ),
    "ids_per_prospect": Quirk(
        "a meeting's id is its number among the prospect's: two prospects' meetings have the same",
        "meeting ids are unique",
    ),
    "moved_gets_new_id": Quirk(
        "a move cancels the meeting and makes another, with a new id",
        "a meeting keeps its id",
    ),
    "booked_despite_429": Quirk(
        "a booking is made, and answered with the gateway's 429", "what is answered with 429 changed nothing", *SHARE
    ),
    "booked_despite_400": Quirk(
        "a booking is made, and answered with 400 and an unknown sentence", "a refused booking changed nothing", *SHARE
    ),
    "sent_twice": Quirk(
        "the gateway sends a request that changes something twice, and passes on the second answer",
        "a request reaches the service once",
        *SHARE,
    ),
}
"""In what happens, or when it is told."""

OF_WORDS: Mapping[str, Quirk] = {
    "wrong_key_is_403": Quirk("a wrong key is answered with 403", "a wrong key is a 401"),
    "no_gateway_ids": Quirk("answers have no ids of the gateway", "every answer has them"),
    "other_media_type": Quirk("answers are called `text/plain`", "answers are called JSON"),
    "limit_headers": Quirk("answers have rate-limit headers", "no header tells of limits"),
    "clock_is_off": Quirk("the `Date` of answers is 300 seconds ahead", "the clocks agree"),
    "new_fields": Quirk("every object of an answer has a field more", "answers hold what is documented"),
    "errors_in_message": Quirk("refusals stand under `message`", "refusals stand under `error`"),
    "node_in_other_words": Quirk("an unknown node is refused in other words", "the words are known"),
    "link_in_other_words": Quirk("an unknown link is refused in other words", "the words are known"),
    "meeting_in_other_words": Quirk("an unknown meeting is refused in other words", "the words are known"),
    "missing_in_other_words": Quirk("what is missing is refused in other words", "the words are known"),
    "spent_in_other_words": Quirk("a spent token is refused in other words", "the words are known"),
    "taken_in_other_words": Quirk("a taken slot is refused in other words", "the words are known"),
    "used_link_in_other_words": Quirk("a used single-use link is refused in other words", "the words are known"),
    "unsupported_link_is_400": Quirk("a link of another kind is refused with 400", "it is refused with 404"),
    "made_up_token_is_spent": Quirk("a token that is none is refused as one that is spent", "only a spent token is"),
    "any_status": Quirk("the list takes any status, and has nothing then", "it refuses a status that there is not"),
    "new_input_type": Quirk("text inputs are of type PICKLIST", "there are four types of inputs"),
    "inputs_by_name": Quirk("inputs are an object, by name", "inputs are a list"),
    "nodes_without_case": Quirk("a node is found without case", "a node's name is compared with case"),
    "page_without_form": Quirk("pages have no form", "a page has the form"),
    "index_map_incomplete": Quirk("the map of hosts lacks the last index", "the map has every index"),
    "hosts_untold": Quirk("pages tell nothing of their hosts", "pages tell who their hosts are"),
    "other_duration": Quirk("the duration of a meeting type counts five minutes more", "slots are as long as that"),
    "slots_unordered": Quirk("slots come last first", "slots come in order"),
    "times_in_seconds": Quirk("the times of slots are seconds", "times are milliseconds"),
    "zones_of_windows": Quirk("hosts' zones are named as Windows does", "zones are IANA's"),
    "pool_names_hosts": Quirk("a pooled page names its hosts in `userIds`", "it names none"),
    "labels_translated": Quirk("the form is in German", "the form has its English labels"),
    "logo_is_object": Quirk("a logo is an object with a URL", "a logo is text"),
    "pages_differ": Quirk("a page lacks a slot, each time another", "a page that is asked for twice is the same"),
    "nothing_is_a_list": Quirk("nothing to offer is an empty list of slots", "it is an empty object"),
    "list_in_object": Quirk("the list stands in an object", "the list is a bare array"),
    "listed_under_another_id": Quirk(
        "the list tells meetings under ids of its own, which name them, too", "it tells the ids that bookings answered"
    ),
    "start_in_iso_only": Quirk("the list refuses milliseconds", "the list takes both notations"),
    "list_begins_ever": Quirk("without bounds, the list has all meetings", "it begins now"),
    "status_ignored": Quirk("the list has meetings of any status", "the list is filtered as asked"),
    "meetings_flat": Quirk("meetings are told flat", "`bookIt` stands beside `calendarEvent`"),
    "modification_wants_meeting_id": Quirk("modification-info wants `meetingId`", "it wants `eventId`"),
    "scheduled_time_is_object": Quirk("`pageInfo.scheduledTime` is an object", "it is a text that holds JSON"),
    "page_without_event": Quirk("a meeting's page lacks the meeting", "it has the meeting"),
    "outcome_in_other_words": Quirk("`responseType` is `schedule`, not `calendar`", "the words are known"),
    "calendar_without_token": Quirk("routing gives no token", "routing gives a token"),
    "uid_once": Quirk("a `uid` is taken once", "a submission can be sent again"),
    "booking_wants_start": Quirk("a booking wants `startTime` and `endTime`", "it wants `start_time` and `end_time`"),
    "booked_without_id": Quirk("a booking is answered without the meeting's id", "the answer has it"),
    "selected_user_untold": Quirk("a pool's booking does not tell with whom", "the answer tells it"),
    "cancel_answers": Quirk("a cancel is answered with an object", "a cancel is answered with nothing"),
}
"""In how it is asked for or told alone: a fact gone wrong each, see `bookit_async/doctor/facts.py`."""

QUIRKS: Mapping[str, Quirk] = {**OF_STATE, **OF_WORDS}


@frozen
class Quirks:
    """The quirks of one sandbox, by name with their values."""

    values: Mapping[str, float]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def milliseconds(self, *names: str) -> int:
        """Return the longest lag of these quirks, 0 without any."""
        return round(max((self.values.get(name, 0.0) for name in names), default=0.0) * 1000)

    def happens(self, name: str, random: Random) -> bool:
        """Return whether the quirk happens to a request, by its share; nothing is drawn without the quirk."""
        return name in self.values and random.random() < self.values[name]


def read_quirks(given: GivenQuirks) -> Quirks:
    """Return the quirks of names or of a mapping that has no mistakes, each with its value."""
    return Quirks(
        {
            name: QUIRKS[name].default if value is True else float(value)
            for name, value in named(given).items()
            if value is not False
        }
    )


def named(given: GivenQuirks) -> Mapping[str, float | bool]:
    """Return the quirks as a mapping; one name may stand alone."""
    if isinstance(given, Mapping):
        return cast("Mapping[str, float | bool]", given)
    alone = isinstance(given, str) or not isinstance(given, Iterable)  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
    return dict.fromkeys(cast("tuple[str, ...]", (given,)) if alone else given, True)


def find_quirk_mistakes(given: GivenQuirks) -> Iterator[str]:
    """Yield what is wrong with the names and values of quirks."""
    for name, value in named(given).items():
        if (quirk := QUIRKS.get(name)) is None:
            near = get_close_matches(str(name), QUIRKS, n=1)
            meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(QUIRKS)}"
            yield f"quirks: there is no quirk {name!r}: {meant}"
        elif isinstance(value, bool) or (not quirk.unit and value == quirk.default):
            continue
        elif not quirk.unit:
            yield f"quirks: {name} takes no value: give its name alone, or True"
        elif not isinstance(value, int | float) or not isfinite(value) or not 0 < value <= quirk.most:  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
            bound = f" and up to {quirk.most:g}" if isfinite(quirk.most) else ""
            yield f"quirks: {name} counts {quirk.unit}: give a number above 0{bound}"
