"""What a slow phone pays for the booking page; `python -m benchmarks booking_page` tells how long it takes there."""

import pytest
from playwright.async_api import Browser

from benchmarks.booking_page import visit

from .conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_first_visit_is_small_and_asks_for_nothing_late(browser: Browser, site: Site) -> None:
    """All files at once, then the offer: no module is found out about from another one."""
    seen = await visit(browser, site.url)
    assert seen.page < 60 * 1024
    assert seen.waves <= 3
