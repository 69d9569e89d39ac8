"""Bodies that are packed in parts, or go on after their end."""

import gzip

import pytest

from bookit_async.transports.bodies import Body, UnusableBodyError

PARTS = gzip.compress(b'{"a": ') + gzip.compress(b"1") + gzip.compress(b"}")


@pytest.mark.parametrize("size", [1, 7, 25, 1000])
def test_a_body_may_be_packed_in_several_parts(size: int) -> None:
    body = Body("gzip", limit=100)
    for start in range(0, len(PARTS), size):
        body.add(PARTS[start : start + size])
        body.add(b"")
    assert body.whole() == b'{"a": 1}'


@pytest.mark.parametrize("size", [1, 1000])
def test_what_follows_and_is_no_part_is_told(size: int) -> None:
    body = Body("gzip", limit=100)
    wire = PARTS + b"more"
    pieces = [wire[start : start + size] for start in range(0, len(wire), size)]
    with pytest.raises(UnusableBodyError, match="the answer goes on after its end"):
        list(map(body.add, pieces))


def test_many_parts_are_no_way_around_the_limit() -> None:
    body = Body("gzip", limit=100)
    with pytest.raises(UnusableBodyError, match="larger than 100 bytes"):
        body.add(gzip.compress(b"x" * 60) * 2)
