"""Receipts: the sales and refunds of a day, found by number, amount or article."""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.clock import Millis
from agent.domain.barcodes.article_code import gtins_in
from agent.domain.line.event_body import decode_body
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import FreeText, Till
from agent.services.selling.find_sale import ReceiptState, state_of
from agent.store import refunds
from agent.store.line import journal
from agent.store.line.journal import Recorded
from agent.store.selling import articles, receipts
from agent.store.sqlite import Connection

MAX_RECEIPTS = 200

BusinessDate = Annotated[date, Meta(description="Business date, YYYY-MM-DD.")]

_YUAN = re.compile(r"[¥￥]?([0-9]{1,9})(?:\.([0-9]{1,2}))?(?:元)?")


class ReceiptQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which receipts."""

    business_date: BusinessDate | None = None
    """None: the store's today; or any day when `query` is a whole receipt number."""
    till: Till | None = None
    """None: every till."""
    query: FreeText | None = None
    """A receipt number or its end, an amount in yuan, or an article by name, sku or GTIN."""
    limit: Annotated[int, Meta(ge=1, le=MAX_RECEIPTS)] = 50


class ReceiptKind(StrEnum):
    """What a receipt is of."""

    SALE = "sale"
    REFUND = "refund"


class ReceiptEntry(Struct, frozen=True, kw_only=True):
    """One receipt in the list."""

    kind: ReceiptKind
    sale_id: str
    """Of a refund: the sale that it gave back."""
    refund_id: str | None
    receipt: str
    till: str
    cashier: str
    occurred_at: Millis
    business_date: str
    amount_fen: int
    """Paid, or given back."""
    refunded_fen: int
    """Of a sale: given back of it so far."""
    pieces_back: int
    """Of a sale: pieces that came back so far; also those that were worth nothing."""
    pieces_left: int
    """Of a sale: pieces that may still come back."""
    state: ReceiptState
    prints: int
    """Papers of it that came out of the printer, copies included."""


class FoundReceipts(Struct, frozen=True, kw_only=True):
    """The newest first."""

    business_date: str | None
    """The day that was looked through; None: the one receipt of a whole number."""
    today: str
    """The business date of what is sold now; it begins at the hour that store IT has set."""
    receipts: tuple[ReceiptEntry, ...]
    more: bool
    """Whether there are more than were asked for."""


async def find_receipts(desk: StoreDesk, order: ReceiptQuery) -> FoundReceipts:
    """Return the receipts that fit."""
    today = desk.time.today()
    return await desk.database.read(lambda db: _find(desk, db, order, today))


def _find(desk: StoreDesk, db: Connection, order: ReceiptQuery, today: str) -> FoundReceipts:
    text = (order.query or "").strip()
    day = order.business_date.isoformat() if order.business_date else None
    events = _by_number(desk, db, text) if day is None else None
    if events is None:
        day = day or today
        events = journal.receipts_of_day(db, day, till=order.till)
    wanted = _Wanted(db, text) if text else None
    found = []
    for entry in _entries(desk, db, events, wanted):
        found.append(entry)
        if len(found) > order.limit:
            break
    return FoundReceipts(
        business_date=day,
        today=today,
        receipts=tuple(found[: order.limit]),
        more=len(found) > order.limit,
    )


def _by_number(desk: StoreDesk, db: Connection, text: str) -> Iterator[Recorded] | None:
    """The receipts of this whole number, whatever their day; None when `text` is not one."""
    prefix = f"{desk.name}-"
    till, dash, number = text[len(prefix) :].rpartition("-")
    if text[: len(prefix)].upper() != prefix or not dash or not _is_number(number):
        return None
    found = (receipts.seqs_of_number(db, one, int(number)) for one in (till, till.upper()))
    places = next((seqs for seqs in found if seqs), [])
    events = (journal.recorded_at(db, seq) for seq in places)
    return iter([event for event in events if event is not None])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def _entries(
    desk: StoreDesk,
    db: Connection,
    events: Iterator[Recorded],
    wanted: "_Wanted | None",
) -> Iterator[ReceiptEntry]:
    for event in events:
        body = decode_body(event.kind, event.body)
        if isinstance(body, SaleRecorded | SaleRefunded):
            receipt = receipt_text(desk.name, event.till, body.receipt_no)
            if wanted is None or wanted.fits(receipt, body):
                yield _entry(desk, db, event, body, receipt)


def _entry(
    desk: StoreDesk,
    db: Connection,
    event: Recorded,
    body: SaleRecorded | SaleRefunded,
    receipt: str,
) -> ReceiptEntry:
    refund = body if isinstance(body, SaleRefunded) else None
    back = () if refund else refunds.of_sale(db, body.sale_id)
    pieces_back = sum(one.quantity for one in refunds.pieces_back(db, body.sale_id)) if back else 0
    return ReceiptEntry(
        kind=ReceiptKind.REFUND if refund else ReceiptKind.SALE,
        sale_id=body.sale_id,
        refund_id=refund.refund_id if refund else None,
        receipt=receipt,
        till=event.till,
        cashier=event.cashier,
        occurred_at=event.occurred_at,
        business_date=event.business_date,
        amount_fen=_amount(body),
        refunded_fen=sum(kept.refunded_fen for kept in back),
        pieces_back=pieces_back,
        pieces_left=0 if refund else sum(line.quantity for line in body.lines) - pieces_back,
        state=state_of(desk, db, event.seq),
        prints=receipts.prints(db, refund.refund_id if refund else body.sale_id),
    )


def _amount(body: SaleRecorded | SaleRefunded) -> int:
    return body.payable_fen if isinstance(body, SaleRecorded) else body.refunded_fen


class _Wanted:
    """What was typed, in every way that it can be meant."""

    def __init__(self, db: Connection, text: str) -> None:
        self._text = text.casefold()
        self._amount_fen = _fen(text)
        known = (articles.article_by_gtin(db, gtin) for gtin in gtins_in(text))
        self._skus = {text, *(article.sku for article in known if article is not None)}

    def fits(self, receipt: str, body: SaleRecorded | SaleRefunded) -> bool:
        """Whether the receipt is one that was meant."""
        if receipt.casefold().endswith(self._text) or self._amount_fen == _amount(body):
            return True
        if any(line.sku in self._skus for line in body.lines):
            return True
        return isinstance(body, SaleRecorded) and any(
            self._text in line.name.casefold() for line in body.lines
        )


def _fen(text: str) -> int | None:
    """The amount in fen that is written as yuan, None for anything else."""
    yuan = _YUAN.fullmatch(text)
    return int(yuan[1]) * 100 + int((yuan[2] or "").ljust(2, "0")) if yuan else None
