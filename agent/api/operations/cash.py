"""Operations on shifts: open, move cash, open the drawer, X report, close."""

from msgspec import Struct

from agent.api.operation import Call, Operation, told
from agent.services.cash.close_shift import ClosingAnswer, ClosingOrder, Closings, ReportAnswer
from agent.services.cash.shift import (
    CashAnswer,
    CashOrder,
    CurrentShift,
    DrawerAnswer,
    DrawerOrder,
    OpenShift,
    ShiftOrder,
    current_shift,
    move_cash,
    open_drawer,
    open_shift,
)
from agent.services.desk.wire import Till
from agent.store.idempotency import Answer

ONE = "/api/v1/shifts/{shift_id}"


class WhichTill(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The till asked about."""

    till: Till


def shift_operations(closings: Closings) -> tuple[Operation, ...]:
    """Return the operations on shifts."""

    async def report(call: Call) -> Answer:
        return told(await closings.report(call.desk, call.path["shift_id"], call.caller))

    async def close(call: Call) -> Answer:
        return await closings.close(call.desk, call.path["shift_id"], call.order, call.ticket)

    return (
        Operation(
            method="POST",
            path="/api/v1/shifts",
            name="open_shift",
            summary="Open a shift of a till with the cash in its drawer.",
            order=ShiftOrder,
            answer=OpenShift,
            statuses={201: "opened, on disk"},
            run=_open,
            writes=True,
        ),
        Operation(
            method="GET",
            path="/api/v1/shifts/current",
            name="current_shift",
            summary="Say which shift of a till is open.",
            query=WhichTill,
            answer=CurrentShift,
            statuses={200: "the open shift, or none"},
            run=_current,
        ),
        Operation(
            method="POST",
            path=f"{ONE}/cash",
            name="move_cash",
            summary="Put cash into the drawer, or take it out, other than by sales.",
            order=CashOrder,
            answer=CashAnswer,
            statuses={201: "recorded, on disk"},
            run=_move_cash,
            writes=True,
        ),
        Operation(
            method="POST",
            path=f"{ONE}/drawer",
            name="open_drawer",
            summary="Open the drawer without a sale.",
            order=DrawerOrder,
            answer=DrawerAnswer,
            statuses={201: "recorded, on disk", 200: "not opened: a supervisor has to approve"},
            run=_open_drawer,
            writes=True,
        ),
        Operation(
            method="GET",
            path=f"{ONE}/report",
            name="shift_report",
            summary="The X report of a shift that runs, or the Z report of one that is closed.",
            answer=ReportAnswer,
            statuses={200: "the report, or that a supervisor has to look at it"},
            run=report,
        ),
        Operation(
            method="POST",
            path=f"{ONE}/closing",
            name="close_shift",
            summary="Close a shift by the count of its drawer: the signed Z report.",
            order=ClosingOrder,
            answer=ClosingAnswer,
            statuses={201: "closed, on disk"},
            run=close,
            writes=True,
        ),
    )


async def _open(call: Call) -> Answer:
    return await open_shift(call.desk, call.order, call.ticket)


async def _current(call: Call) -> Answer:
    return told(await current_shift(call.desk, call.query.till))


async def _move_cash(call: Call) -> Answer:
    return await move_cash(call.desk, call.path["shift_id"], call.order, call.ticket)


async def _open_drawer(call: Call) -> Answer:
    shift_id = call.path["shift_id"]
    return await open_drawer(call.desk, shift_id, call.order, call.caller, call.ticket)
