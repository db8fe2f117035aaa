"""A store's till through its services: sales, refunds and shifts, each under a key of its own."""

import json
from typing import Any
from uuid import uuid4

import msgspec

from agent.services.desk.caller import Caller
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.refunds.refund import Refund, RefundAnswer, Refunds
from agent.services.selling.sell import Sale, SaleAnswer, sell
from agent.store.sqlite import Connection
from tests.services.chain import COLA, COLA_FEN, MEMBER, RICE

POS = Caller(client="pos")
SUPERVISOR_FROM = 5_000


def ticket() -> Ticket:
    return Ticket(client="pos", key=uuid4().hex, request_hash=b"")


async def sold(desk: StoreDesk, *, pay: int, lines: Any = None, **more: Any) -> SaleAnswer:
    """Sell two bags of rice and two colas (or `lines`), paid in cash."""
    order = {
        "till": "T1",
        "cashier": "C7",
        "lines": lines or [{"sku": RICE, "quantity": 2}, {"sku": COLA, "quantity": 2}],
        "tenders": [{"kind": "cash", "amount_fen": pay}],
    } | more
    answer = await sell(desk, msgspec.convert(order, Sale), ticket())
    told = msgspec.json.decode(answer.body, type=SaleAnswer)
    assert told.recorded, told
    return told


def refund_order(back_fen: int, *lines: tuple[int, int], **more: Any) -> Refund:
    """Return an order that gives (place, quantity)… back in cash; no line: everything left."""
    order = {
        "till": "T1",
        "cashier": "C7",
        "why": "退",
        "approved_by": "S1",
        "lines": [{"place": place, "quantity": quantity} for place, quantity in lines] or None,
        "tenders": [{"kind": "cash", "amount_fen": back_fen}] if back_fen else [],
    } | more
    return msgspec.convert(order, Refund)


async def refunded(
    desk: StoreDesk, sale_id: str, back_fen: int, *lines: tuple[int, int], **more: Any
) -> RefundAnswer:
    """Give lines of a sale back."""
    refunds = Refunds(supervisor_from_fen=SUPERVISOR_FROM)
    order = refund_order(back_fen, *lines, **more)
    answer = await refunds.refund(desk, sale_id, order, POS, ticket())
    return msgspec.json.decode(answer.body, type=RefundAnswer)


async def figure(desk: StoreDesk, query: str, *values: Any) -> Any:
    """Return the one value that a query finds."""

    def work(db: Connection) -> Any:
        row = db.execute(query, values).fetchone()
        return row[0] if row else None

    return await desk.database.read(work)


async def last_body(desk: StoreDesk) -> dict[str, Any]:
    """Return the body of the newest event."""
    body: dict[str, Any] = json.loads(
        await figure(desk, "SELECT body FROM journal ORDER BY seq DESC LIMIT 1")
    )
    return body


async def sell_colas(desk: StoreDesk, quantity: int) -> None:
    payable = quantity * COLA_FEN
    order = {
        "till": "T1",
        "cashier": "C7",
        "lines": [{"sku": COLA, "quantity": quantity, "unit_price_fen": COLA_FEN}],
        "member_id": MEMBER,
        "tenders": [{"kind": "cash", "amount_fen": payable}],
    }
    ticket = Ticket(client="c", key=str(quantity), request_hash=b"")
    answer = await sell(desk, msgspec.convert(order, Sale), ticket)
    assert answer.status == 201
