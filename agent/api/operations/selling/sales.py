"""Operations on sales: quote, sell, find, list receipts."""

from agent.api.operation import Call, Operation, told
from agent.services.selling.find_sale import FoundSale, find_sale
from agent.services.selling.receipts import FoundReceipts, ReceiptQuery, find_receipts
from agent.services.selling.sell import Quote, Sale, SaleAnswer, quote, sell
from agent.store.idempotency import Answer


def sale_operations() -> tuple[Operation, ...]:
    """Return the operations on sales."""
    return (
        Operation(
            method="POST",
            path="/api/v1/quotes",
            name="quote",
            summary="Say what a basket with its coupons comes to. Writes nothing.",
            order=Quote,
            answer=SaleAnswer,
            statuses={200: "what is payable"},
            run=_quote,
        ),
        Operation(
            method="POST",
            path="/api/v1/sales",
            name="sell",
            summary="Record a paid sale with its coupons, points and stock movement.",
            order=Sale,
            answer=SaleAnswer,
            statuses={201: "recorded, on disk", 200: "not recorded: a coupon is not accepted"},
            run=_sell,
            writes=True,
        ),
        Operation(
            method="GET",
            path="/api/v1/sales",
            name="find_receipts",
            summary="List the sales and refunds of a day, the newest first.",
            query=ReceiptQuery,
            answer=FoundReceipts,
            statuses={200: "the receipts"},
            run=_find_receipts,
        ),
        Operation(
            method="GET",
            path="/api/v1/sales/{sale_id}",
            name="find_sale",
            summary="Find a sale and how far it has come on its way to head office.",
            answer=FoundSale,
            statuses={200: "the sale"},
            run=_find_sale,
        ),
    )


async def _quote(call: Call) -> Answer:
    return told(await quote(call.desk, call.order))


async def _sell(call: Call) -> Answer:
    return await sell(call.desk, call.order, call.ticket)


async def _find_receipts(call: Call) -> Answer:
    return told(await find_receipts(call.desk, call.query))


async def _find_sale(call: Call) -> Answer:
    return told(await find_sale(call.desk, call.path["sale_id"]))
