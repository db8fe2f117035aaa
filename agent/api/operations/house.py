"""The operations that say how the store stands, and how its PC is."""

from agent.api.operation import Call, Operation, told
from agent.domain.staff.cashier import Role
from agent.services.house.checkup import Checkup, CheckupReport
from agent.services.house.status import StatusReport, StatusSource
from agent.store.idempotency import Answer


def status_operations(source: StatusSource) -> tuple[Operation, ...]:
    """Return the operations on the status."""

    async def status(call: Call) -> Answer:
        return told(await source.report(training=call.caller.training))

    return (
        Operation(
            method="GET",
            path="/api/v1/status",
            name="status",
            summary="Say how the store stands: line, outbox, limits.",
            answer=StatusReport,
            statuses={200: "the status"},
            run=status,
        ),
    )


def checkup_operations(checkup: Checkup) -> tuple[Operation, ...]:
    """Return the operations on the checkup; begun twice, it is one."""

    async def begin(_: Call) -> Answer:
        return told(checkup.start(), 202)

    async def report(_: Call) -> Answer:
        return told(checkup.report())

    return (
        Operation(
            method="POST",
            path="/api/v1/checkups",
            name="begin_checkup",
            summary="Begin to look at all that this PC needs, as `store-agent doctor` does.",
            answer=CheckupReport,
            statuses={202: "it runs; ask GET checkups/latest how far it is"},
            run=begin,
            role=Role.SUPERVISOR,
        ),
        Operation(
            method="GET",
            path="/api/v1/checkups/latest",
            name="latest_checkup",
            summary="Say how far the latest checkup is, and what it found.",
            answer=CheckupReport,
            statuses={200: "how far it is; started_at is null when none was made"},
            run=report,
            role=Role.SUPERVISOR,
        ),
    )
