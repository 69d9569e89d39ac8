"""Other people's projects, in which our plugin is loaded as it is for them."""

import pytest

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-o", "asyncio_default_fixture_loop_scope=function")
STRICT = ("--strict-markers", "-o", "filterwarnings=error")


@pytest.fixture(autouse=True)
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join((*QUIET, *STRICT)))
    return pytester
