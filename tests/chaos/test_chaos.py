"""The chaos run counts rightly, and its verdict can be bad."""

from .orders import Order, Report, tally
from .run import failures


def test_the_tally_sees_what_goes_wrong() -> None:
    """A check that cannot fail is none: each kind of mistake is counted."""

    class Record:
        def __init__(self, number: int, meeting_id: str, status: str = "scheduled") -> None:
            self.prospect_email, self.id, self.status = order(number).email, meeting_id, status

    reports = [
        Report(order=order(0), result="booked", meeting_id="a"),
        Report(order=order(1), result="booked", meeting_id="b"),
        Report(order=order(2), result="recovered", meeting_id="gone"),
        Report(order=order(3), result="refused"),
        Report(order=order(4), result="unknown"),
        Report(order=order(5), result="unknown"),
    ]
    settled = [Report(order=order(4), result="recovered", meeting_id="e")]
    meetings = [
        Record(0, "a"),
        Record(1, "b"),
        Record(1, "b2"),
        Record(2, "c", "canceled"),
        Record(3, "d"),
        Record(4, "e"),
    ]
    found = tally(reports, settled, meetings)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert (found.asked, found.booked, found.recovered, found.refused, found.unknown) == (6, 2, 1, 1, 2)
    assert (found.duplicates, found.lost, found.surprises, found.settled) == (1, 1, 1, 1)
    assert failures(found) == [
        "1 duplicates",
        "1 lost",
        "1 surprises",
        "2 unknown of 6",
        "1 refused of 6",
        "only 1 of 2 unknown were settled rightly",
    ]


def order(number: int) -> Order:
    return Order(number=number, mode="token", desk="single0", uid=str(number))
