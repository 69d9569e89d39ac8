"""Keys, base URLs and other settings that cannot be used: told when the client is made, all at once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from bookit_async import AuthenticationError, BookIt, InvalidInputError, RetryPolicy
from bookit_async.sandbox import Sandbox

from ..conftest import NODE
from .script import CANARY, KEY, Script, shown

COPY = "api_key holds spaces, line breaks or characters outside ASCII: copy it again"
NO_URL = "base_url must be a URL of the form"
INSECURE = "base_url is http:// to another machine"

KEYS: list[tuple[str, Any, str]] = [
    ("empty", "", "api_key is missing"),
    ("blank", " ", COPY),
    ("a space at the end", f"{CANARY} ", COPY),
    ("a line break at the end, as files have", f"{CANARY}\n", COPY),
    ("a header injected", f"{CANARY}\r\nX-Other: 1", COPY),
    ("a header injected by a bare line feed", f"{CANARY}\nX-Other: 1", COPY),
    ("NUL", f"{CANARY}\0", COPY),
    ("Cyrillic", f"ключ-{CANARY}", COPY),
    ("a letter that Latin-1 has", f"{CANARY}é", COPY),
    ("a no-break space", f"{CANARY}\u00a0", COPY),
    ("a lone surrogate", f"{CANARY}\ud800", COPY),
    ("a whole file", CANARY * 1000, "api_key is longer than 1024 characters"),
    ("bytes", CANARY.encode(), "api_key must be a string"),
    ("a number", 5, "api_key must be a string"),
]


@pytest.mark.parametrize(("key", "sentence"), [row[1:] for row in KEYS], ids=[row[0] for row in KEYS])
def test_a_key_that_cannot_be_one(key: Any, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError) as caught:
        BookIt(key)
    assert caught.value.problems[0].startswith(sentence)
    assert CANARY not in shown(caught.value)
    with pytest.raises(InvalidInputError):
        BookIt(KEY, transport=Script()).with_options(api_key=key)
    if isinstance(key, str) and "\0" not in key and "\ud800" not in key:
        monkeypatch.setenv("BOOKIT_API_KEY", key)
        with pytest.raises(InvalidInputError):
            BookIt()


@pytest.mark.parametrize("key", [KEY, "x", "X" * 1024, "!#$%&'*+-.^_`|~:;,<>\"\\"])
async def test_a_wrong_key_is_told_by_the_service(sandbox: Sandbox, key: str) -> None:
    client = BookIt(key, transport=sandbox.transport)
    with pytest.raises(AuthenticationError, match="the API key was not accepted") as caught:
        await client.inputs(NODE)
    assert key not in shown(caught.value).replace("x-", "") or key == "x"
    assert sandbox.requests == []


URLS: list[tuple[str, Any, str]] = [
    ("no scheme", "api.leandata.com", NO_URL),
    ("nothing", "https://", NO_URL),
    ("another scheme", "ftp://api.leandata.com", NO_URL),
    ("a file", "file:///etc/passwd", NO_URL),
    ("a query", "https://api.leandata.com/?a=1", NO_URL),
    ("an empty fragment", "https://api.leandata.com#", NO_URL),
    ("a password", f"https://u:{CANARY}@api.leandata.com", NO_URL),
    ("a password without a name", f"https://:{CANARY}@api.leandata.com", NO_URL),
    ("a name that looks like a host", "https://api.leandata.com@evil.example", NO_URL),
    ("a backslash that ends the host for some", "http://localhost\\.evil.example", NO_URL),
    ("a port that is none", "https://api.leandata.com:port", NO_URL),
    ("a port beyond all", "https://api.leandata.com:65536", NO_URL),
    ("an open bracket", "https://[::1", NO_URL),
    ("a line break", "http://local\nhost", NO_URL),
    ("a header injected", "https://api.leandata.com/ HTTP/1.1\r\nX-Other: 1", NO_URL),
    ("a space in front", " https://api.leandata.com", NO_URL),
    ("not ASCII", "https://api.leandat\u0430.com", NO_URL),
    ("no text", 5, NO_URL),
    ("http to the service", "http://api.leandata.com", INSECURE),
    ("HTTP in capitals", "HTTP://api.leandata.com", INSECURE),
    ("http to a machine nearby", "http://192.168.0.1:8000", INSECURE),
    ("http to every address", "http://0.0.0.0:8000", INSECURE),
    ("http to a name that begins like the loopback", "http://127.0.0.1.evil.example", INSECURE),
    ("http to a name that ends like it", "http://evil.localhost.example", INSECURE),
    ("http to IPv6", "http://[2001:db8::1]", INSECURE),
]


@pytest.mark.parametrize(("url", "sentence"), [row[1:] for row in URLS], ids=[row[0] for row in URLS])
def test_a_base_url_that_cannot_be_used(url: Any, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = BookIt(KEY, transport=Script())
    with pytest.raises(InvalidInputError) as caught:
        BookIt(KEY, base_url=url)
    assert caught.value.problems[0].startswith(sentence)
    assert CANARY not in shown(caught.value)
    with pytest.raises(InvalidInputError):
        parent.with_options(base_url=url)
    if isinstance(url, str):
        monkeypatch.setenv("BOOKIT_BASE_URL", url)
        with pytest.raises(InvalidInputError):
            BookIt(KEY)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000",
        "http://LOCALHOST",
        "http://127.0.0.1:8000/",
        "http://127.255.3.4",
        "http://[::1]:8000",
        "https://proxy.example/leandata",
    ],
)
def test_the_loopback_needs_no_https(url: str) -> None:
    assert BookIt(KEY, base_url=url, transport=Script()).settings.base_url == url.rstrip("/")


def test_http_to_another_machine_has_to_be_allowed_by_name() -> None:
    with pytest.raises(InvalidInputError, match="allow_insecure=True"):
        BookIt(KEY, base_url="http://stub.internal:8000")
    client = BookIt(KEY, base_url="http://stub.internal:8000", transport=Script(), allow_insecure=True)
    assert client.settings.base_url == "http://stub.internal:8000"
    assert client.with_options(timeout=1).settings.allow_insecure
    client.with_options(base_url="http://other.internal")
    with pytest.raises(InvalidInputError, match="base_url must be a URL"):
        client.with_options(base_url="ftp://other.internal")


NOT_SECONDS: list[Any] = [
    -1,
    -0.001,
    float("nan"),
    float("inf"),
    86_401,
    10**400,
    True,
    False,
    "30",
    b"",
    [],
    Decimal(1),
]
NOT_COUNTS: list[Any] = [-1, 1.5, 4.0, float("nan"), True, "4", [], Decimal(4)]
POLICY = RetryPolicy()
NUMBERS: list[tuple[str, list[Any], str]] = [
    ("timeout", [0, *NOT_SECONDS], "timeout must be a positive number of seconds, a day at most"),
    ("deadline", [0, *NOT_SECONDS], "deadline must be a positive number of seconds, a day at most"),
    ("settle", [0, *NOT_SECONDS], "settle must be a positive number of seconds, a day at most"),
    ("grace", NOT_SECONDS, "grace must be a number of seconds from 0 to a day"),
    ("inputs_ttl", NOT_SECONDS, "inputs_ttl must be a number of seconds from 0 to a day"),
    ("max_connections", [0, 65_536, *NOT_COUNTS], "max_connections must be a whole number from 1 to 65535"),
    ("allow_insecure", [0, 1, "no", "", []], "allow_insecure must be True or False"),
    ("retries", [0, 3, 2.5, True, "3", [], RetryPolicy], "retries must be a RetryPolicy: give one, such as"),
    ("retries.attempts", [0, None, *NOT_COUNTS], "retries.attempts must be a whole number from 1 on"),
    ("retries.first_wait", [None, *NOT_SECONDS], "retries.first_wait must be a number of seconds from 0 to a day"),
    ("retries.longest_wait", [None, *NOT_SECONDS], "retries.longest_wait must be a number of seconds from 0 to a day"),
    ("retries.budget", [None, *NOT_COUNTS], "retries.budget must be a whole number from 0 on"),
]


@pytest.mark.parametrize(
    ("name", "value", "sentence"), [(name, one, said) for name, all_, said in NUMBERS for one in all_]
)
def test_a_setting_that_cannot_be_used(name: str, value: Any, sentence: str) -> None:
    whole, _, part = name.partition(".")
    given: Any = {whole: attrs.evolve(POLICY, **{part: value}) if part else value}
    with pytest.raises(InvalidInputError) as caught:
        BookIt(KEY, **given)
    (problem,) = caught.value.problems
    assert problem.startswith(sentence)
    if name in ("timeout", "deadline", "settle"):
        with pytest.raises(InvalidInputError):
            BookIt(KEY, transport=Script()).with_options(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"timeout": 1, "deadline": 86_400, "settle": 0.001},
        {"grace": 0, "inputs_ttl": 0.0, "max_connections": 1},
        {"retries": RetryPolicy(attempts=1, first_wait=0, longest_wait=0, budget=0)},
        dict.fromkeys(("timeout", "deadline", "settle", "grace", "inputs_ttl", "max_connections", "retries")),
    ],
)
def test_the_bounds_of_the_settings_can_be_used_and_none_is_the_default(given: Any) -> None:
    settings = BookIt(KEY, **given).settings
    for name, value in given.items():
        assert getattr(settings, name) == (getattr(BookIt(KEY).settings, name) if value is None else value)


def test_connections_are_not_counted_for_a_transport_of_ones_own() -> None:
    with pytest.raises(InvalidInputError, match="set it there"):
        BookIt(KEY, transport=Script(), max_connections=5)


def test_everything_wrong_is_told_at_once() -> None:
    wrong: Any = dict.fromkeys(("timeout", "deadline", "settle", "grace", "inputs_ttl", "max_connections"), -1)
    retries: Any = RetryPolicy(attempts=0, first_wait=-1, longest_wait=-1, budget=-1)
    both: Any = {"transport": Script(), "http_client": object(), "allow_insecure": "no"}
    with pytest.raises(InvalidInputError) as caught:
        BookIt(f"{CANARY}\n", base_url=f"ftp://{CANARY}", retries=retries, **wrong, **both)
    assert len(caught.value.problems) == 3 + len(wrong) + 4 + 1
    assert CANARY not in shown(caught.value)


# --- what settings of another kind were to be ---

HINTS: list[tuple[str, dict[str, Any], str]] = [
    ("a time delta", {"timeout": timedelta(seconds=5)}, r"timeout must be .*: give its \.total_seconds\(\)"),
    ("text", {"grace": "5"}, r"grace must be .*: give float\(\.\.\.\)"),
    ("a version in the path", {"base_url": "https://api.leandata.com/v1"}, "must end before the version"),
    ("a query", {"base_url": "https://api.leandata.com?a=1"}, r"without \? and #"),
    ("a user", {"base_url": "https://u:p@api.leandata.com"}, "without a user"),
    ("no scheme", {"base_url": "api.leandata.com"}, "it lacks https://"),
    ("a number for retries", {"retries": 3}, r"RetryPolicy\(attempts=4\), which counts the first sending too"),
    ("text for a choice", {"check_inputs": "no"}, "check_inputs must be True or False"),
]


@pytest.mark.parametrize(("given", "sentence"), [row[1:] for row in HINTS], ids=[row[0] for row in HINTS])
def test_a_setting_tells_what_to_give(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        BookIt(KEY, **given)


class _Secret:
    def get_secret_value(self) -> str:
        return KEY


def test_a_secret_tells_how_to_open_it() -> None:
    with pytest.raises(InvalidInputError, match=r"give its \.get_secret_value\(\)"):
        BookIt(_Secret())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("text", ["1", "true", " Yes ", "ON"])
def test_the_environment_allows_http(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKIT_ALLOW_INSECURE", text)
    assert BookIt(KEY, base_url="http://10.0.0.1:8000").settings.allow_insecure is True
    with pytest.raises(InvalidInputError, match="http:// to another machine"):
        BookIt(KEY, base_url="http://10.0.0.1:8000", allow_insecure=False)


@pytest.mark.parametrize("text", ["", "0", "False", "no", "off"])
def test_the_environment_does_not_allow_http(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKIT_ALLOW_INSECURE", text)
    with pytest.raises(InvalidInputError, match="BOOKIT_ALLOW_INSECURE=1 if that network"):
        BookIt(KEY, base_url="http://10.0.0.1:8000")


def test_the_environment_may_not_be_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKIT_ALLOW_INSECURE", "maybe")
    with pytest.raises(InvalidInputError, match=r"allow_insecure must be True or False \(or BOOKIT_ALLOW_INSECURE"):
        BookIt(KEY)
