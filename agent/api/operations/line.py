"""The operation on the change feed: what is parked is tried again."""

from agent.api.operation import Call, Operation, told
from agent.domain.staff.cashier import Role
from agent.services.line.apply_changes import ChangeApplier, Retried
from agent.store.idempotency import Answer


def feed_operations(changes: ChangeApplier) -> tuple[Operation, ...]:
    """Return the operations on the feed; none takes an Idempotency-Key: repeated, it is so."""

    async def retry(_: Call) -> Answer:
        return told(await changes.try_again())

    return (
        Operation(
            method="POST",
            path="/api/v1/feed/retry",
            name="retry_feed",
            summary="Try again what head office told and this agent could not read. For IT and "
            "this PC's own commands.",
            answer=Retried,
            statuses={200: "what came of it"},
            run=retry,
            role=Role.IT,
        ),
    )
