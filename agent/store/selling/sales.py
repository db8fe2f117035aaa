"""Sales, their gapless receipt numbers, and the stock and points that they move."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from agent.domain.line.event_body import names_of
from agent.domain.line.events import EventKind
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import UNGREETED
from agent.store.sqlite import Connection
from agent.store.stock import move_stock


class _MovedLine(Struct, frozen=True):
    sku: str
    quantity: int


class _MovedLines(Struct, frozen=True):
    lines: tuple[_MovedLine, ...]


_lines = msgspec.json.Decoder(_MovedLines)
_SIGNS = {
    name: sign
    for kind, sign in ((EventKind.SALE_RECORDED, 1), (EventKind.SALE_REFUNDED, -1))
    for name in names_of(kind)
}


class Receipt(Struct, frozen=True, kw_only=True):
    """Where a sale is found."""

    sale_id: str
    seq: int
    till: str
    receipt_no: int


_TAKE = """
INSERT INTO receipt_counter (till, last_no) SELECT :till, after + 1 FROM (
    SELECT coalesce(max(iif(epoch = 0, ungreeted_after, receipts_after)), 0) AS after
    FROM sync_state)
WHERE true ON CONFLICT (till) DO UPDATE SET last_no = max(last_no + 1, excluded.last_no)
RETURNING last_no
"""
_RECOUNT = """
INSERT INTO receipt_counter (till, last_no)
SELECT till, max(receipt_no) FROM (
    SELECT till, receipt_no FROM sale UNION ALL SELECT till, receipt_no FROM refund)
WHERE receipt_no <= ? GROUP BY till
"""


def has_bought(db: Connection, member_id: str) -> bool:
    """Whether this store knows of a sale to the member."""
    row = db.execute("SELECT 1 FROM sale WHERE member_id = ? LIMIT 1", (member_id,)).fetchone()
    return row is not None


def next_receipt_no(db: Connection, till: str) -> int:
    """Take the till's next receipt number in the caller's transaction."""
    return int(db.execute(_TAKE, {"till": till}).fetchone()[0])


def leave_ungreeted_numbers(db: Connection) -> None:
    """Let each till go on after its last number from before this installation was ungreeted."""
    if db.execute("DELETE FROM receipt_counter WHERE last_no > ?", (UNGREETED,)).rowcount:
        db.execute("DELETE FROM receipt_counter")
        db.execute(_RECOUNT, (UNGREETED,))


def add(db: Connection, sale: SaleRecorded, *, seq: int, till: str) -> None:
    """Record a sale, take its pieces out of stock and give its member the points."""
    note(db, sale, seq=seq, till=till)
    move_stock(db, ((line.sku, -line.quantity) for line in sale.lines))
    if sale.member_id is not None and sale.points_earned:
        db.execute(
            "UPDATE member SET points = points + ? WHERE member_id = ?",
            (sale.points_earned, sale.member_id),
        )


def note(db: Connection, sale: SaleRecorded, *, seq: int, till: str) -> None:
    """Record where a sale is found; HQ's figures contain it, or `add` moves them."""
    db.execute(
        "INSERT INTO sale (sale_id, seq, till, receipt_no, member_id, points_earned) "
        "VALUES (?,?,?,?,?,?)",
        (sale.sale_id, seq, till, sale.receipt_no, sale.member_id, sale.points_earned),
    )


def find(db: Connection, sale_id: str) -> Receipt | None:
    """Return where the sale is found, None if it was not made here."""
    row = db.execute(
        "SELECT seq, till, receipt_no FROM sale WHERE sale_id = ?", (sale_id,)
    ).fetchone()
    return Receipt(sale_id=sale_id, seq=row[0], till=row[1], receipt_no=row[2]) if row else None


class PiecesSold(Struct, frozen=True):
    """Pieces of certain articles in the sales after certain places, less those that came back,
    counted up to `through_seq`."""

    through_seq: int
    by_sku: dict[str, int]


def pieces_sold(
    db: Connection, after: dict[str, int], counted: PiecesSold | None, *, limit: int = -1
) -> PiecesSold:
    """Count the pieces of each article that were sold and did not come back after the seq given for
    it, out of the journal itself; go on from what was `counted` before, by up to `limit` events
    (-1: to the end)."""
    if not after:
        return PiecesSold(0, {})
    by_sku = dict(counted.by_sku) if counted else dict.fromkeys(after, 0)
    through = counted.through_seq if counted else min(after.values(), default=0)
    rows = db.execute(
        "SELECT seq, kind, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (through, limit)
    )
    for seq, kind, body in rows:
        through = seq
        sign = _SIGNS.get(kind)
        if sign is None:
            continue
        for line in _lines.decode(body).lines:
            if line.sku in after and seq > after[line.sku]:
                by_sku[line.sku] += sign * line.quantity
    return PiecesSold(through, by_sku)


def members_among(db: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Return those of the member ids that a sale here names."""
    rows = db.execute(
        "SELECT DISTINCT member_id FROM sale WHERE member_id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(ids).decode(),),
    )
    return frozenset(row[0] for row in rows)


def points_earned_after(db: Connection, member_id: str, seq: int) -> int:
    """Return the points that the member earned here after `seq`."""
    row = db.execute(
        "SELECT coalesce(sum(points_earned), 0) FROM sale WHERE member_id = ? AND seq > ?",
        (member_id, seq),
    ).fetchone()
    return int(row[0])
