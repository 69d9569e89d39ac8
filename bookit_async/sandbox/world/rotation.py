"""Whose turn it is in a pool: pure, decided by the weights and by how many meetings each member has already."""

from collections.abc import Mapping
from fractions import Fraction

from .parts import Pool


def priority(pool: Pool, booked: Mapping[str, int]) -> list[str]:
    """The members' user ids, the one who is owed the next meeting first.

    Owed most is whoever would be least above their share halfway through one more meeting: shares approach the weights
    with the turns spread out, and two members of equal weight never differ by more than one. Ties go by the order of
    the pool.
    """

    def share(place: int) -> tuple[Fraction, int]:
        member = pool.members[place]
        return Fraction(2 * booked.get(member.user_id, 0) + 1, member.weight), place

    return [pool.members[place].user_id for place in sorted(range(len(pool.members)), key=share)]
