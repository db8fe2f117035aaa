"""The audit finds each way in which a database may contradict its journal."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from tests.faults.audit import AuditError, audit
from tests.faults.desk import open_desk
from tests.faults.head_office import page
from tests.faults.till import EVENTS_A_ROUND, Till


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StoreDesk]:
    """A store after one till's first round."""
    async with open_desk(tmp_path) as opened:
        await ChangeApplier(opened).apply(page(opened.time.now()))
        till = Till(opened, name="T1", session=0, tell=lambda key, answer: None)
        await till.work_a_round(0)
        yield opened


async def test_a_whole_database_passes(desk: StoreDesk) -> None:
    await desk.database.read(audit)
    events = await desk.database.read(
        lambda db: db.execute("SELECT count(*) FROM journal").fetchone()[0]
    )
    assert events == EVENTS_A_ROUND


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
        "DELETE FROM sale WHERE receipt_no = 1",
        "UPDATE sale SET points_earned = points_earned + 1 WHERE receipt_no = 1",
        "UPDATE receipt_counter SET last_no = last_no + 1",
        "DELETE FROM redemption WHERE reversed_seq IS NOT NULL",
        "UPDATE redemption SET reversed_seq = 1 WHERE reversed_seq IS NULL",
        "UPDATE redemption SET discount_fen = 0 WHERE sale_id IS NOT NULL",
        "DELETE FROM idempotency WHERE key LIKE '%.1'",
        (
            "INSERT INTO idempotency (client, key, request_hash, status, answer, at)"
            " SELECT 'b', key, request_hash, 201, answer, at FROM idempotency"
        ),
        "UPDATE stock SET quantity = quantity + 1 WHERE sku = 'A000'",
        "UPDATE member SET points = points + 1",
    ],
)
async def test_a_table_that_contradicts_the_journal_is_found(desk: StoreDesk, change: str) -> None:
    await desk.database.write(lambda db: db.execute(change))
    with pytest.raises(AuditError):
        await desk.database.read(audit)


async def test_a_changed_event_is_found(desk: StoreDesk) -> None:
    await desk.database.write(
        lambda db: db.execute("UPDATE journal SET cashier = 'C2' WHERE seq = 2")
    )
    with pytest.raises(AuditError, match="broken at seq 2"):
        await desk.database.read(audit)
