"""What the adapters share: requests, answers and failures."""

import ast
import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

from bookit_async import transports
from bookit_async.transports import TransportFailure, WireResponse

from .adapters import SECRET, a_request


def test_the_protocol_imports_no_http_library() -> None:
    tree = ast.parse(Path(transports.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"attrs", "collections.abc", "typing", "version"}


def test_reprs_hide_key_query_and_bodies() -> None:
    shown = repr(a_request("https://api.leandata.com")) + repr(WireResponse(200, {"a": "key-17"}, b'{"token": "t"}'))
    assert "https://api.leandata.com/v1/meeting" in shown
    assert not any(secret in shown for secret in (SECRET, "key-17", "token", "prospectEmail"))


def pickled(failure: TransportFailure) -> TransportFailure:
    again = pickle.loads(pickle.dumps(failure))  # noqa: S301 - our own bytes
    assert isinstance(again, TransportFailure)
    return again


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_failure_can_be_copied(again: Any) -> None:
    failure = again(TransportFailure("timed out", maybe_processed=True))
    assert (str(failure), failure.reason, failure.maybe_processed) == ("timed out", "timed out", True)
    assert repr(failure) == "TransportFailure('timed out', maybe_processed=True)"
