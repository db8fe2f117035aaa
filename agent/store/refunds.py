"""Refunds: which pieces of which sale came back, and the stock and points that they move."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from agent.domain.refunds.events import SaleRefunded
from agent.domain.refunds.refund import Back
from agent.store.sqlite import Connection
from agent.store.stock import move_stock


class Kept(Struct, frozen=True, kw_only=True):
    """Where a refund is found, and what it gave."""

    refund_id: str
    seq: int
    till: str
    receipt_no: int
    refunded_fen: int


def add(db: Connection, refund: SaleRefunded, *, seq: int, till: str) -> None:
    """Record a refund, put its pieces back into stock and take the points from its member."""
    note(db, refund, seq=seq, till=till)
    move_stock(db, ((line.sku, line.quantity) for line in refund.lines))
    if refund.member_id is not None and refund.points_back:
        db.execute(
            "UPDATE member SET points = points - ? WHERE member_id = ?",
            (refund.points_back, refund.member_id),
        )


def note(db: Connection, refund: SaleRefunded, *, seq: int, till: str) -> None:
    """Record which pieces came back; HQ's figures contain them, or `add` moves them."""
    db.execute(
        "INSERT INTO refund (refund_id, sale_id, seq, till, receipt_no, refunded_fen, "
        "points_back, member_id) "
        "VALUES (?,?,?,?,?,?,?,?)",
        (
            refund.refund_id,
            refund.sale_id,
            seq,
            till,
            refund.receipt_no,
            refund.refunded_fen,
            refund.points_back,
            refund.member_id,
        ),
    )
    db.executemany(
        "INSERT INTO refund_line (refund_id, place, quantity, amount_fen) VALUES (?,?,?,?)",
        [(refund.refund_id, line.place, line.quantity, line.amount_fen) for line in refund.lines],
    )


def is_known(db: Connection, refund_id: str) -> bool:
    """Return whether the refund is recorded."""
    found = db.execute("SELECT 1 FROM refund WHERE refund_id = ?", (refund_id,)).fetchone()
    return found is not None


def of_sale(db: Connection, sale_id: str) -> tuple[Kept, ...]:
    """Return the refunds of a sale, the first one first."""
    rows = db.execute(
        "SELECT refund_id, seq, till, receipt_no, refunded_fen FROM refund "
        "WHERE sale_id = ? ORDER BY seq",
        (sale_id,),
    )
    return tuple(
        Kept(refund_id=row[0], seq=row[1], till=row[2], receipt_no=row[3], refunded_fen=row[4])
        for row in rows
    )


def pieces_back(db: Connection, sale_id: str) -> tuple[Back, ...]:
    """Return what came back of a sale so far."""
    rows = db.execute(
        "SELECT place, quantity, amount_fen FROM refund_line "
        "WHERE refund_id IN (SELECT refund_id FROM refund WHERE sale_id = ?)",
        (sale_id,),
    )
    return tuple(Back(place=row[0], quantity=row[1], amount_fen=row[2]) for row in rows)


def points_back(db: Connection, sale_id: str) -> int:
    """Return the points that the sale's refunds took from its member so far."""
    row = db.execute(
        "SELECT coalesce(sum(points_back), 0) FROM refund WHERE sale_id = ?", (sale_id,)
    ).fetchone()
    return int(row[0])


def members_among(db: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Return those of the member ids that a refund here names."""
    rows = db.execute(
        "SELECT DISTINCT member_id FROM refund WHERE member_id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(ids).decode(),),
    )
    return frozenset(row[0] for row in rows)


def points_taken_after(db: Connection, member_id: str, seq: int) -> int:
    """Return the points that refunds here took from the member after `seq`."""
    row = db.execute(
        "SELECT coalesce(sum(points_back), 0) FROM refund WHERE member_id = ? AND seq > ?",
        (member_id, seq),
    ).fetchone()
    return int(row[0])
