"""Header parameters go out beside the headers that every request has, or are refused before anything is sent."""

import pytest
from attrs import evolve

from bookit_async import InvalidInputError
from bookit_async._generated.api import OPERATIONS
from bookit_async._generated.types import Call
from bookit_async.exchange.outgoing import outgoing
from bookit_async.settings import Settings

CALL = Call(OPERATIONS["getMeeting"], "/v1/meeting/a")
SETTINGS = Settings(api_key="k", base_url="https://api.example")


def test_headers_of_a_call_are_sent_beside_those_of_every_request() -> None:
    plain, more = outgoing(CALL, SETTINGS).headers, outgoing(evolve(CALL, headers=(("X-Dry-Run", "true"),)), SETTINGS)
    assert more.headers == {**plain, "X-Dry-Run": "true"}
    assert "X-Dry-Run" not in plain


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\r\nX-Api-Key: other", "x_dry_run holds line breaks or characters that cannot be seen: copy it again"),
        ("", "x_dry_run is empty"),
        ("é", "x_dry_run holds characters outside ASCII, which no header can carry"),
    ],
)
def test_what_no_header_can_carry_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        outgoing(evolve(CALL, headers=(("X-Dry-Run", text),)), SETTINGS)
    assert list(caught.value.problems) == [problem]
