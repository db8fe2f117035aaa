"""Operations on refunds: what may come back, what it would give, give it back."""

from agent.api.operation import Call, Operation, told
from agent.services.refunds.refund import Refund, RefundAnswer, RefundQuote, Refunds
from agent.services.refunds.refundable import Refundable, refundable
from agent.store.idempotency import Answer


def refund_operations(refunds: Refunds) -> tuple[Operation, ...]:
    """Return the operations on refunds."""

    async def quote(call: Call) -> Answer:
        return told(await refunds.quote(call.desk, call.path["sale_id"], call.order, call.caller))

    async def refund(call: Call) -> Answer:
        sale_id = call.path["sale_id"]
        return await refunds.refund(call.desk, sale_id, call.order, call.caller, call.ticket)

    return (
        Operation(
            method="GET",
            path="/api/v1/sales/{sale_id}/refundable",
            name="refundable",
            summary="Say what of a sale may still come back.",
            answer=Refundable,
            statuses={200: "what is left of the sale"},
            run=_refundable,
        ),
        Operation(
            method="POST",
            path="/api/v1/sales/{sale_id}/refund-quotes",
            name="quote_refund",
            summary="Say what certain pieces of a sale give back. Writes nothing.",
            order=RefundQuote,
            answer=RefundAnswer,
            statuses={200: "what is given back"},
            run=quote,
        ),
        Operation(
            method="POST",
            path="/api/v1/sales/{sale_id}/refunds",
            name="refund",
            summary="Give a sale back, wholly or in part. All of it in its own shift is a void.",
            order=Refund,
            answer=RefundAnswer,
            statuses={201: "recorded, on disk", 200: "not recorded: a supervisor has to approve"},
            run=refund,
            writes=True,
        ),
    )


async def _refundable(call: Call) -> Answer:
    return told(await refundable(call.desk, call.path["sale_id"]))
