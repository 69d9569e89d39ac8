"""What the protocol takes for true of the service: where each of it comes from, and what happens if it is otherwise.

Nothing guessed may lead to a second meeting, a lost one or an untrue answer; the worst is an OutcomeUnknownError that
says why. A test plays each with a quirk of the sandbox, and `docs/unknown-outcomes.md` shows this table.
"""

from typing import Literal

from attrs import frozen


@frozen
class Guess:
    """One thing that is taken for true."""

    fact: str
    """The id of the row of `bookit_async.doctor` that asks the service about it."""
    claim: str
    source: Literal["documented", "seen", "guessed"]
    otherwise: str
    """What happens where the service is otherwise."""
    quirk: str | None


GUESSES: tuple[Guess, ...] = (
    Guess(
        "token-told-soon",
        "a token's answer says whether a meeting was booked with it, `settle` after it was at the latest",
        "documented",
        "with a lag up to `settle`: waits longer, no more",
        "lagging_token",
    ),
    Guess(
        "list-told-soon",
        "the list has a meeting `settle` after it was booked at the latest",
        "guessed",
        "with a lag up to `settle`: waits longer, no more. A longer one: set `settle` longer",
        "lagging_list",
    ),
    Guess(
        "lands-in-time",
        "a booking that was lost takes effect within `settle`, or never",
        "guessed",
        "with a delay up to `settle`: found. The gateway gives up after 29 seconds",
        "lagging_witnesses",
    ),
    Guess(
        "token-once",
        "the booking POST refuses a spent token",
        "guessed",
        "nothing, for nothing rests on it unless `token_fence=True`",
        "token_reuse",
    ),
    Guess(
        "link-once",
        "the booking POST refuses a spent single-use link",
        "documented",
        "nothing, for a lost booking is looked for before it is sent again",
        "link_reuse",
    ),
    Guess(
        "organizer-known",
        "an organizer whom the page names is that host",
        "seen",
        "an unknown organizer proves nothing: with a spent token, or `once=True`, the meeting is known without it; "
        "else the booking stays open and says so",
        "other_addresses",
    ),
    Guess(
        "address-kept",
        "the prospect's address comes back as it was sent",
        "guessed",
        "nothing, for it is not compared, and the list is asked for it in lower case, too",
        "addresses_lowered",
    ),
    Guess(
        "address-case",
        "the list is asked for by the address as it was booked",
        "documented",
        "nothing, for it is asked for as it was booked, and then in lower case",
        "addresses_exact",
    ),
    Guess(
        "window-start",
        "`start` and `end` bound a meeting's start",
        "documented",
        "nothing, for the list is asked a day around the slot and judged here",
        "whole_window",
    ),
    Guess(
        "window-filters",
        "the list leaves out what is not between `start` and `end`",
        "documented",
        "nothing, for the start of each meeting is looked at",
        "window_ignored",
    ),
    Guess(
        "past-listed",
        "with a `start`, the list has meetings that have begun",
        "documented",
        "a booking without a token that is settled only after its slot began is told as not booked",
        "past_not_listed",
    ),
    Guess(
        "empty-list",
        "no meetings are an empty list",
        "guessed",
        "what is answered with 404 counts as not seen: without a token the booking stays open",
        "empty_list_is_404",
    ),
    Guess(
        "list-whole",
        "the list is whole",
        "documented",
        "it is asked for again in parts, and one that still looks cut, or says that there is more, counts as not seen",
        "list_is_cut",
    ),
    Guess(
        "canceled-listed",
        "a canceled meeting stays listed",
        "guessed",
        "one that was lost, and canceled before anybody looked, counts as not booked; with a token it stays open",
        "cancelled_not_listed",
    ),
    Guess(
        "changes-read",
        "a meeting that was changed is read as it is now",
        "guessed",
        "what was accepted is told; a read that disagrees is made again, and is never told as the truth",
        "stale_reads",
    ),
    Guess(
        "canceled-readable",
        "a canceled meeting can be read by its id",
        "guessed",
        "a cancel whose answer was lost stays open, and says so",
        "cancelled_is_gone",
    ),
    Guess(
        "one-meeting-at-a-time",
        "a host has one meeting with a prospect at a time",
        "guessed",
        "two that may be the one that was booked: it stays open, and says so",
        None,
    ),
    Guess(
        "listed-id",
        "the list tells a meeting under the id that answered its booking",
        "documented",
        "nothing, unless one client books two meetings of one prospect at one time and loses an answer: it may be told "
        "the other's",
        "listed_under_another_id",
    ),
    Guess(
        "ids-unique",
        "meeting ids are unique",
        "guessed",
        "nothing, for whose a meeting is gets remembered by prospect",
        "ids_per_prospect",
    ),
    Guess(
        "limited-changed-nothing",
        "429 changed nothing",
        "documented",
        "nothing, for a booking that was answered so is looked for before it is sent again",
        "booked_despite_429",
    ),
    Guess(
        "refused-changed-nothing",
        "a refusal in known words changed nothing",
        "documented",
        "one in unknown words is looked for until it has settled, and told then",
        "booked_despite_400",
    ),
    Guess(
        "moved-id",
        "a moved meeting keeps its id",
        "documented",
        "the id that answers the move is the one that is told",
        "moved_gets_new_id",
    ),
    Guess(
        "not-sent",
        "a request that was not sent was not processed",
        "documented",
        "nobody could tell",
        None,
    ),
    Guess(
        "sent-once",
        "what is sent once arrives once",
        "guessed",
        "a second answer that says that it was booked already is looked up, and the meeting told. Two meetings of one "
        "sending, where the service makes them, nobody could prevent: the one in the answer is told",
        "sent_twice",
    ),
)
