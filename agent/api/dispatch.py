"""From a request to an operation: read, check whose it is, run once, answer."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from agent.api.body import read_json, ticket, typed
from agent.api.entry.access import CALLER, MODE_HEADER, TRAINING_MODE
from agent.api.operation import Call, Operation
from agent.api.own import check_is_own, check_prices, needed_approval
from agent.api.problems import Handler
from agent.base.problem import ProblemError
from agent.services.desk.caller import Caller
from agent.services.desk.store_desk import StoreDesk
from agent.services.staff.approvals import Approvals
from agent.store import idempotency
from agent.store.idempotency import Answer

Desks = Callable[[Caller], Awaitable[StoreDesk]]
"""Which desk serves a caller: the store's or the training ground's."""

RECORDED = 201


class Dispatch:
    """Makes the handlers of operations."""

    def __init__(self, desks: Desks, approvals: Approvals) -> None:
        self._desks = desks
        self._approvals = approvals
        self._running: set[tuple[str, str]] = set()

    def handler(self, operation: Operation) -> Handler:
        """Return the handler of `operation`."""

        async def handle(request: web.Request) -> web.StreamResponse:
            caller = request[CALLER]
            if not caller.role.may_act_as(operation.role):
                raise ProblemError(403, "role_needed", f"needs the role {operation.role}")
            value = await read_json(request) if operation.order else None
            call = Call(
                desk=await self._desks(caller),
                caller=caller,
                path=request.match_info,
                order=typed(value, operation.order) if operation.order else None,
                query=_query(request, operation.query),
                given=ticket(request, caller, value) if operation.writes else None,
            )
            answer = await self._answer(operation, call)
            return web.Response(
                status=answer.status,
                body=answer.body,
                headers=_mode(call.desk) | (answer.headers or {}),
                content_type="application/json",
            )

        return handle

    async def _answer(self, operation: Operation, call: Call) -> Answer:
        if call.given is None:
            return await self._run(operation, call)
        running = (call.given.client, call.given.key)
        if running in self._running:
            raise ProblemError(409, "still_running", "the first request with this key still runs")
        self._running.add(running)
        try:
            return await self._run(operation, call)
        finally:
            self._running.discard(running)

    async def _run(self, operation: Operation, call: Call) -> Answer:
        if call.caller.session is None or operation.names_others or await _is_repeated(call):
            return await operation.run(call)
        check_is_own(call)
        await check_prices(call)
        by = needed_approval(operation, call)
        if by is None:
            return await operation.run(call)
        return await self._run_approved(operation, call, by)

    async def _run_approved(self, operation: Operation, call: Call, by: str) -> Answer:
        """Run a write with the approval of `by`, which is used up if it is recorded."""
        assert call.caller.session is not None  # noqa: S101 - only a session's write needs one
        taken = await self._approvals.take(call.caller.session, by)
        if taken is None:
            raise ProblemError(403, "not_approved", "the supervisor has to give the PIN first")
        recorded = False
        try:
            answer = await operation.run(call)
            recorded = answer.status == RECORDED
        finally:
            if not recorded:
                await self._approvals.give_back(taken)
        return answer


async def _is_repeated(call: Call) -> bool:
    """Whether the same request was answered before: it gets that answer, whoever asks now."""
    given = call.given
    if given is None:
        return False
    first = await call.desk.database.read(
        lambda db: idempotency.find(db, given.client, given.key, given.request_hash)
    )
    return first is not None


def _mode(desk: StoreDesk) -> dict[str, str]:
    """Confirm to who practises that nothing of it leaves this PC."""
    return {MODE_HEADER: TRAINING_MODE} if desk.training else {}


def _query(request: web.Request, as_type: type[Any] | None) -> Any:
    if as_type is None:
        return None
    try:
        return msgspec.convert(dict(request.query), as_type, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError(422, "invalid_request", str(error)) from None
