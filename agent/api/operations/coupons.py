"""Operations on coupons: scan, redeem on a POS's own order, take back."""

from collections.abc import Awaitable, Callable

import msgspec

from agent.api.operation import Call, Operation, told
from agent.services.coupons.cases import CaseList, list_cases
from agent.services.coupons.redeem import (
    RedemptionAnswer,
    RedemptionOrder,
    ReversalAnswer,
    ReversalOrder,
    redeem,
    reverse,
)
from agent.services.coupons.same_code import SameCode
from agent.services.selling.scan import Scan, ScanAnswer, scan
from agent.store.idempotency import Answer


def coupon_operations(same_code: SameCode) -> tuple[Operation, ...]:
    """Return the operations on coupons."""
    return (
        Operation(
            method="POST",
            path="/api/v1/scans",
            name="scan",
            summary="Say what a scanned code is. Writes nothing.",
            order=Scan,
            answer=ScanAnswer,
            statuses={200: "what was scanned"},
            run=_scanning(same_code),
        ),
        Operation(
            method="GET",
            path="/api/v1/cases",
            name="cases",
            summary="Coupons of this store that were used twice, as head office judged them.",
            answer=CaseList,
            statuses={200: "the cases"},
            run=_cases,
        ),
        Operation(
            method="POST",
            path="/api/v1/redemptions",
            name="redeem",
            summary="Use a coupon on an order that the POS keeps itself.",
            order=RedemptionOrder,
            answer=RedemptionAnswer,
            statuses={201: "redeemed, on disk", 200: "not redeemed: see the verdict"},
            run=_redeem,
            writes=True,
        ),
        Operation(
            method="POST",
            path="/api/v1/redemptions/{redemption_id}/reversal",
            name="reverse",
            summary="Take a redemption back; its coupon is free again.",
            order=ReversalOrder,
            answer=ReversalAnswer,
            statuses={201: "reversed, on disk"},
            run=_reverse,
            writes=True,
        ),
    )


def _scanning(same_code: SameCode) -> Callable[[Call], Awaitable[Answer]]:
    async def run(call: Call) -> Answer:
        order: Scan = call.order
        if order.till is None and call.caller.till is not None:
            order = msgspec.structs.replace(order, till=call.caller.till)
        return told(await scan(call.desk, order, same_code))

    return run


async def _cases(call: Call) -> Answer:
    return told(await list_cases(call.desk))


async def _redeem(call: Call) -> Answer:
    return await redeem(call.desk, call.order, call.ticket)


async def _reverse(call: Call) -> Answer:
    return await reverse(call.desk, call.path["redemption_id"], call.order, call.ticket)
