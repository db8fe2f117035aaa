"""What is written before the clock starts is what trade would have left behind."""

from pathlib import Path

from agent.domain.line.events import EventKind
from agent.store.line import journal, sync_state
from agent.store.migrations import migrate
from agent.store.sqlite import Connection, connect
from tests.bench import history
from tests.bench.history import Trade

STORE = "MB001"
COUPONS = [f"{number:024x}" for number in range(7)]


def traded(path: Path) -> Connection:
    db = connect(str(path / "store.db"))
    migrate(db)
    sync_state.found(db, store=STORE, install_id="1")
    history.write(db, STORE, 1, COUPONS, (Trade.sell, Trade.redeem))
    return db


def test_journal_is_a_chain_of_sales_and_redemptions_in_turns(tmp_path: Path) -> None:
    db = traded(tmp_path)
    assert journal.verify(db, STORE) == len(COUPONS)
    kinds = [kind for (kind,) in db.execute("SELECT kind FROM journal ORDER BY seq")]
    assert kinds == ([EventKind.SALE_RECORDED, EventKind.COUPON_REDEEMED] * 4)[: len(COUPONS)]
    db.close()


def test_each_event_has_its_rows(tmp_path: Path) -> None:
    db = traded(tmp_path)
    used = db.execute("SELECT seq, coupon_id, sale_id IS NULL FROM redemption ORDER BY seq")
    assert used.fetchall() == [(n, coupon, n % 2 == 0) for n, coupon in enumerate(COUPONS, 1)]
    sold = db.execute("SELECT seq, receipt_no FROM sale ORDER BY seq").fetchall()
    assert sold == [(1, 1), (3, 2), (5, 3), (7, 4)]
    assert db.execute("SELECT count(*) FROM idempotency").fetchone() == (len(COUPONS),)
    db.close()
