"""What people said is kept beside the bookings, on both databases."""

from pathlib import Path

import pytest

from bookit_async.durable import StoreLostError
from bookit_async.mcp.confirmations import Claim, Confirmations

from ..durable.postgres import Postgres

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'agents.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database("agents")


async def test_what_one_process_keeps_another_reads(database: str) -> None:
    here, there = Confirmations(database), Confirmations(database)
    await here.open()
    await there.open()
    question = await here.ask("i1", "sealed", until=100.0, now=50.0)
    assert await there.ask("i1", "sealed otherwise", until=200.0, now=50.0) == question
    assert await there.by_code(question.code) == question
    assert await there.by_code("AAAA-AAAA") is None
    assert not await there.agreed("i1")
    await here.agree("i1")
    assert await there.agreed("i1")
    assert await there.came("i1") is None
    await here.note("i1", "done")
    assert await there.came("i1") == "done"
    assert await here.claim("p", "i1", now=1.0) == Claim("i1", 1.0)
    assert await there.claim("p", "i2", now=2.0) == Claim("i1", 1.0)
    assert await there.claim("p", "i2", now=2.0, gone="i3") == Claim("i1", 1.0)
    assert await there.claim("p", "i2", now=2.0, gone="i1") == Claim("i2", 2.0)
    await here.ask("i2", "sealed", until=9 * DAY, now=8 * DAY)
    assert await there.by_code(question.code) is None  # a week is long enough
    await here.close()
    await there.close()


async def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    for database in ("postgresql://127.0.0.1:9/none", f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}"):
        lost = Confirmations(database)
        with pytest.raises(StoreLostError):
            await lost.open()
        await lost.close()
