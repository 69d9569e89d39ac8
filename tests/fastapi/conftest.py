from collections.abc import AsyncGenerator

import pytest

from bookit_async import BookIt
from bookit_async.sandbox import Sandbox
from tests.clock import Clock

from .line import Line
from .page import Page, application, opened


@pytest.fixture
async def page(client: BookIt) -> AsyncGenerator[Page]:
    async with opened(application(client)) as page:
        yield page


@pytest.fixture
async def line(sandbox: Sandbox) -> Line:
    return Line(sandbox.transport)


@pytest.fixture
def far_client(sandbox: Sandbox, line: Line) -> BookIt:
    """A client over the line, for which time passes only when it waits."""
    clock = Clock()
    return BookIt(sandbox.api_key, transport=line, clock=clock, sleep=clock.sleep)


@pytest.fixture
async def far_page(far_client: BookIt) -> AsyncGenerator[Page]:
    async with opened(application(far_client)) as page:
        yield page
