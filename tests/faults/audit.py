"""A store's database against its own journal: nothing missing, nothing by halves, nothing more."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.line.chain import Envelope
from agent.domain.line.events import BODY_TYPES, EventKind
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection
from tests.faults import head_office

RECORDED = 201
"""Status of an answer that tells of an event."""
_MANY = 1_000_000


class AuditError(Exception):
    """What is in the database contradicts itself or can't be read."""


def audit(db: Connection) -> None:
    """Check every table of a store of `head_office` in one snapshot; raise AuditError.

    Nothing may have been pruned.
    """
    db.execute("BEGIN")
    try:
        _audit(db)
    except (msgspec.MsgspecError, ValueError, LookupError, TypeError) as error:
        raise AuditError(f"{type(error).__name__}: {error}") from error
    finally:
        db.execute("COMMIT")


def _audit(db: Connection) -> None:
    _same("integrity_check", [("ok",)], db.execute("PRAGMA integrity_check"))
    state = sync_state.get(db)
    journal.verify(db, state.store)
    books = _Books(state.store, fed=state.cursor == head_office.CURSOR)
    for line in journal.lines(db, state.store, after_seq=0, max_events=_MANY):
        books.enter(msgspec.json.decode(line, type=Envelope))
    for query, expected in books.tables().items():
        _same(query, expected, db.execute(query))
    told = db.execute("SELECT answer FROM idempotency WHERE status = ?", (RECORDED,))
    _same("first answers", books.told, [_event_told(answer) for (answer,) in told])


def _same(what: str, expected: Iterable[Any], found: Iterable[Any]) -> None:
    expected, found = Counter(expected), Counter(found)
    if expected != found:
        missing, more = sorted(expected - found, key=str), sorted(found - expected, key=str)
        raise AuditError(f"{what}: missing {missing[:3]}, more {more[:3]}")


def _event_told(answer: bytes) -> tuple[int, str]:
    """The seq that a client was told, and the id of the sale or redemption."""
    told = msgspec.json.decode(answer)
    about = told.get("sale_id") or told.get("redemption_id") or told["verdict"]["redemption_id"]
    return told["seq"], about


class _Books:
    """What the tables must hold, from the feed's page and the events after it."""

    def __init__(self, store: str, *, fed: bool) -> None:
        self._store = store
        self._sales: list[tuple[Any, ...]] = []
        self._receipts: Counter[str] = Counter()
        self._redemptions: dict[str, tuple[Any, ...]] = {}
        self._stock = dict.fromkeys(head_office.SKUS if fed else (), head_office.STOCK)
        self._points = dict.fromkeys(head_office.MEMBERS if fed else (), head_office.POINTS)
        self.told: list[tuple[int, str]] = []

    def enter(self, event: Envelope) -> None:
        """Take the next event of the journal."""
        match msgspec.json.decode(event.body, type=BODY_TYPES[EventKind(event.kind)]):
            case SaleRecorded() as sale:
                self._sell(event, sale)
                self.told.append((event.seq, sale.sale_id))
            case CouponRedeemed(redemption=redemption, order_ref=receipt):
                self._redeem(event, redemption, receipt or "", None)
                self.told.append((event.seq, redemption.redemption_id))
            case RedemptionReversed(redemption_id=redemption_id):
                self._redemptions[redemption_id] = (
                    *self._redemptions[redemption_id][:-1],
                    event.seq,
                )
                self.told.append((event.seq, redemption_id))

    def tables(self) -> dict[str, Iterable[Any]]:
        """The expected rows by the query that finds them."""
        return {
            "SELECT sale_id, seq, till, receipt_no, member_id, points_earned FROM sale": (
                self._sales
            ),
            "SELECT till, last_no FROM receipt_counter": self._receipts.items(),
            "SELECT redemption_id, coupon_id, seq, member_id, at_risk, discount_fen, till, "
            "receipt, occurred_at, sale_id, reversed_seq FROM redemption": (
                self._redemptions.values()
            ),
            "SELECT sku, quantity FROM stock": self._stock.items(),
            "SELECT member_id, points FROM member": self._points.items(),
            "SELECT entity, why FROM parked_change": (),
        }

    def _sell(self, event: Envelope, sale: SaleRecorded) -> None:
        self._receipts[event.till] += 1
        receipt_no = self._receipts[event.till]
        self._sales.append(
            (sale.sale_id, event.seq, event.till, receipt_no, sale.member_id, sale.points_earned)
        )
        if sale.receipt_no != receipt_no:
            raise AuditError(f"receipt {sale.receipt_no} of {event.till} where {receipt_no} is due")
        for line in sale.lines:
            if line.sku in self._stock:
                self._stock[line.sku] -= line.quantity
        if sale.member_id is not None:
            self._points[sale.member_id] += sale.points_earned
        receipt = receipt_text(self._store, event.till, receipt_no)
        for redemption in sale.redemptions:
            self._redeem(event, redemption, receipt, sale.sale_id)

    def _redeem(
        self, event: Envelope, redemption: Redemption, receipt: str, sale_id: str | None
    ) -> None:
        self._redemptions[redemption.redemption_id] = (
            redemption.redemption_id,
            redemption.coupon_id,
            event.seq,
            redemption.member_id,
            int(redemption.at_risk),
            redemption.discount_fen,
            event.till,
            receipt,
            event.occurred_at,
            sale_id,
            None,
        )
