"""What an older head office holds is told, too: coupons that were handed out before the upgrade."""

import shutil
from pathlib import Path

import msgspec
import pytest

from agent.domain.coupons.events import GivenCoupon
from agent.domain.line.events import EventKind
from sync.hq import migrations
from sync.hq.database import connect
from sync.hq.migrations import migrate
from sync.hq.settings import DatabaseSection
from tests.hq.journal import NOON, Journal

STORE = "MB001"
_EVENT = """
INSERT INTO event (store, epoch, seq, received_at, duplicate, hash, line)
VALUES ($1, 1, $2, 0, false, '', $3)
"""
_SALE = """
INSERT INTO sale (store, epoch, seq, sale_id, till, receipt_no, occurred_at, total_fen,
    discount_fen, payable_fen, points_earned)
VALUES ($1, 1, $2, $3, 'T1', $2, $4, 0, 0, 0, 0)
"""


async def test_coupons_that_were_handed_out_before_the_upgrade_are_known_after_it(
    database_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "schema"
    newest = migrations._SCHEMA_DIR
    names = [path for path in newest.glob("*.sql") if path.name < "008_past.sql"]
    older.mkdir()
    for path in names:
        shutil.copy(path, older)
    journal = Journal(STORE)
    given = tuple(GivenCoupon(coupon_id=one * 24, campaign=1) for one in "ab")
    plain = journal.sell()
    giving = msgspec.structs.replace(plain, sale_id="s2", given=given)
    journal.append(EventKind.SALE_RECORDED, giving)
    connection = await connect(DatabaseSection(dsn=database_dsn))
    monkeypatch.setattr(migrations, "_SCHEMA_DIR", older)
    await migrate(connection)
    for seq, (line, sale) in enumerate(zip(journal.lines, (plain, giving), strict=True), 1):
        await connection.execute(_EVENT, STORE, seq, line)
        await connection.execute(_SALE, STORE, seq, sale.sale_id, NOON)

    monkeypatch.setattr(migrations, "_SCHEMA_DIR", newest)
    await migrate(connection)

    rows = await connection.fetch("SELECT seq, coupon_id, sale_id, occurred_at FROM handout_given")
    await connection.close()
    assert sorted(map(tuple, rows)) == [(2, one * 24, "s2", NOON) for one in "ab"]
