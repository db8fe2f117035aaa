"""Uses of promotions that are limited per member or day, as far as this store knows."""

from collections.abc import Container, Iterable

from agent.domain.promotions.context import Used
from agent.domain.selling.events import SaleRecorded
from agent.store.sqlite import Connection

_TODAY = "SELECT count(*) FROM promotion_use WHERE promotion = ? AND business_date = ?"
_ADD = """
INSERT OR IGNORE INTO promotion_use (promotion, business_date, sale_id, member_id)
VALUES (?, ?, ?, ?)
"""
_MEMBER = "SELECT count(*) FROM promotion_use WHERE promotion = ? AND member_id = ?"


def add(
    db: Connection, sale: SaleRecorded, business_date: str, *, of: Container[str] | None = None
) -> None:
    """Note which promotions of the price book a sale used; `of`: those among them to note."""
    used = {one.promotion for one in sale.promotions or () if one.version}
    rows = [
        (promotion, business_date, sale.sale_id, sale.member_id)
        for promotion in sorted(used)
        if of is None or promotion in of
    ]
    if rows:
        db.executemany(_ADD, rows)


def take_back(db: Connection, sale_id: str) -> None:
    """Forget the uses of a sale of which nothing is left."""
    db.execute("DELETE FROM promotion_use WHERE sale_id = ?", (sale_id,))


def used(
    db: Connection, promotions: Iterable[str], business_date: str, member_id: str | None
) -> dict[str, Used]:
    """Return how many sales of this day, and of this member, used each; those without left out."""
    found = {}
    for promotion in promotions:
        (today,) = db.execute(_TODAY, (promotion, business_date)).fetchone()
        by_member = 0
        if member_id is not None:
            (by_member,) = db.execute(_MEMBER, (promotion, member_id)).fetchone()
        if today or by_member:
            found[promotion] = Used(by_member=by_member, today=today)
    return found
