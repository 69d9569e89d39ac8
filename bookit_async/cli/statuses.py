"""The exit statuses, and by kind of error which one it is and what to do. Pure.

Kinds are named, not imported, so that nothing is loaded for them. A test looks that no error of the tree is missing.
"""

from collections.abc import Mapping
from typing import NamedTuple

DONE, FAILED, UNUSABLE, NO_MEETING, KEY, ABSENT, FASTER, OPEN, PARTLY, LATER, INTERRUPTED = (
    *range(9),
    75,
    130,
)

MEANINGS: Mapping[int, str] = {
    DONE: "done",
    FAILED: "any other failure",
    UNUSABLE: "cannot be carried out as written; nothing was sent",
    NO_MEETING: "no meeting to be had, or the person said no",
    KEY: "the API key is missing or refused",
    ABSENT: "no such trigger node, link or meeting",
    FASTER: "somebody was faster, it is too soon, or it is booked already",
    OPEN: "perhaps booked: `bookit settle` tells",
    PARTLY: "partly: some rows failed or are open, or there are differences",
    LATER: "nothing happened: try later",
    INTERRUPTED: "interrupted; what was in flight is in the journal",
}


class Verdict(NamedTuple):
    """What an error comes to on the command line."""

    status: int
    advice: str


_NAMES = "Names are exact: copy the name from the trigger node in LeanData."
_SETTLE = "Do not book again before `bookit settle` has told what became of it."
_OTHER_SLOT = "Nothing was booked: take another slot."
_SUPPORT = "Give LeanData's support the request id."

VERDICTS: Mapping[str, Verdict] = {
    "BookItError": Verdict(FAILED, "Look at what is said above."),
    "InvalidInputError": Verdict(UNUSABLE, "Correct the command; --help shows its arguments."),
    "NoAnswerError": Verdict(FAILED, "Look at what is said above, and at the network."),
    "NotSentError": Verdict(LATER, "Nothing happened: look at the network and the address, then try again."),
    "OutcomeUnknownError": Verdict(OPEN, _SETTLE),
    "APIStatusError": Verdict(FAILED, _SUPPORT),
    "AuthenticationError": Verdict(KEY, "`bookit auth status` says where the key comes from. LeanData issues keys."),
    "RateLimitError": Verdict(LATER, "Nothing happened: try again later, with fewer calls at once."),
    "ServerError": Verdict(LATER, "Try again later; look at the meeting before you change it again."),
    "TriggerNodeNotFoundError": Verdict(ABSENT, _NAMES),
    "MissingInputError": Verdict(FAILED, "Add it: `bookit inputs NODE` lists all inputs."),
    "RefusedInputError": Verdict(FAILED, "Nothing was booked: correct it."),
    "HostNotReadyError": Verdict(FAILED, "Have their BookIt license and their calendar repaired in LeanData."),
    "TokenSpentError": Verdict(FASTER, "A meeting exists: `bookit meetings list EMAIL` finds it."),
    "SlotTakenError": Verdict(FASTER, _OTHER_SLOT),
    "TooSoonError": Verdict(FASTER, "Nothing was booked: take a later slot."),
    "LinkNotFoundError": Verdict(ABSENT, "The id is what stands behind /l/ in the link's URL."),
    "LinkUnsupportedError": Verdict(ABSENT, "Use a link of a single meeting type."),
    "LinkSpentError": Verdict(FASTER, "Ask for a new link; `bookit meetings list EMAIL` finds the meeting."),
    "MeetingNotFoundError": Verdict(ABSENT, "`bookit meetings list EMAIL` lists a prospect's meetings."),
    "ResponseInvalidError": Verdict(FAILED, "Look whether it took effect before you repeat it, and report this."),
    "IntentConflictError": Verdict(UNUSABLE, "Nothing was sent: take a new id, or ask for exactly the same."),
    "IntentNotFoundError": Verdict(ABSENT, "Look at the journal that you named."),
    "IntentBrokenError": Verdict(OPEN, "`bookit meetings list EMAIL` tells whether it was booked. Please report this."),
    "DurableClosedError": Verdict(FAILED, "Please report this."),
    "OtherSecretsError": Verdict(
        UNUSABLE,
        "Put the secret back that the journal was sealed with: BOOKIT_SECRETS takes several, the newest first.",
    ),
    "StoreLostError": Verdict(LATER, "Nothing is lost: when the journal is there again, the same command goes on."),
    "ReferenceInvalidError": Verdict(UNUSABLE, "Begin anew."),
    "ReferenceExpiredError": Verdict(UNUSABLE, "Begin anew."),
    "ReferenceLimitedError": Verdict(UNUSABLE, "Begin anew."),
    "RequestTooLargeError": Verdict(FAILED, "Send less."),
    "SiteError": Verdict(FAILED, "Look into the log of the site."),
    "ReadAnswerLostError": Verdict(LATER, "It changes nothing: try again."),
}
"""By the name of the class; the last is an OutcomeUnknownError of something that changes nothing."""


def verdict_of(error: BaseException) -> Verdict:
    """Return what an error of the package comes to, that of the nearest kind it is of."""
    if getattr(error, "changes", True) is False and type(error).__name__ == "OutcomeUnknownError":
        return VERDICTS["ReadAnswerLostError"]
    return next(VERDICTS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in VERDICTS)


def table() -> list[str]:
    """Return the statuses as lines for people."""
    return [f"  {number:>3}  {means}" for number, means in MEANINGS.items()]
