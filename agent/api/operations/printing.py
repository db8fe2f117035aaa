"""Operations on what is printed: copies, the queue, people's word on it, the test page."""

from agent.api.operation import Call, Operation, told
from agent.domain.staff.cashier import Role
from agent.services.cash.close_shift import Closings
from agent.services.desk.wire import AtTill
from agent.services.printing.practice import print_practice
from agent.services.printing.print_queue import (
    PrintQueue,
    Resolution,
    TrialOrder,
    print_queue,
    print_trial,
    resolve,
)
from agent.services.printing.print_report import ReportPrint, print_report
from agent.services.printing.reprint import reprint
from agent.store.idempotency import Answer
from agent.store.printing.print_jobs import PrintJob


def print_operations(closings: Closings) -> tuple[Operation, ...]:
    """Return the operations on what is printed."""

    async def report(call: Call) -> Answer:
        shift_id = call.path["shift_id"]
        return await print_report(closings, call.desk, shift_id, call.caller, call.ticket)

    return (
        Operation(
            method="GET",
            path="/api/v1/prints",
            name="print_queue",
            summary="Say what waits for the printer, and what came out of late.",
            answer=PrintQueue,
            statuses={200: "the queue"},
            run=_queue,
        ),
        Operation(
            method="POST",
            path="/api/v1/prints/{subject}",
            name="reprint",
            summary="Print a numbered copy of the paper of a sale, refund or closed shift.",
            order=AtTill,
            answer=PrintJob,
            statuses={201: "queued, on disk"},
            run=_reprint,
            writes=True,
        ),
        Operation(
            method="POST",
            path="/api/v1/prints/{job_id}/resolution",
            name="resolve_print",
            summary="Say whether an unknown paper came out; if not, a copy is printed.",
            order=Resolution,
            answer=PrintJob,
            statuses={201: "the job, or the copy that was queued"},
            run=_resolve,
            writes=True,
        ),
        Operation(
            method="POST",
            path="/api/v1/shifts/{shift_id}/report/prints",
            name="print_report",
            summary="Print a shift's X report, or a copy of its Z report.",
            order=AtTill,
            answer=ReportPrint,
            statuses={201: "queued, on disk", 200: "a supervisor has to look at it"},
            run=report,
            writes=True,
            uses_approval=True,
        ),
        Operation(
            method="POST",
            path="/api/v1/test-prints",
            name="test_print",
            summary="Print a test page: width, Chinese, sizes, QR code.",
            order=TrialOrder,
            answer=PrintJob,
            statuses={201: "queued, on disk"},
            run=_test_print,
            writes=True,
            role=Role.SUPERVISOR,
        ),
        Operation(
            method="POST",
            path="/api/v1/practice-prints",
            name="print_practice",
            summary="Print a practice sheet: codes to scan in training mode.",
            order=AtTill,
            answer=PrintJob,
            statuses={201: "queued, on disk"},
            run=_practice,
            writes=True,
        ),
    )


async def _queue(call: Call) -> Answer:
    return told(await print_queue(call.desk))


async def _reprint(call: Call) -> Answer:
    return await reprint(call.desk, call.path["subject"], call.ticket)


async def _resolve(call: Call) -> Answer:
    return await resolve(call.desk, call.path["job_id"], call.order, call.ticket)


async def _practice(call: Call) -> Answer:
    return await print_practice(call.desk, call.ticket)


async def _test_print(call: Call) -> Answer:
    return await print_trial(call.desk, call.order, call.ticket)
