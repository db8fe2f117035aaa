"""The operation that says how the store stands."""

from agent.api.operation import Call, Operation, told
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
