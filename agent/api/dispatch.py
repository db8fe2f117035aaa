"""From a request to an operation: read, check whose it is, run once, answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from agent.api.access import CALLER
from agent.api.body import read_json, ticket, typed
from agent.api.operation import Call, Operation
from agent.base.problem import ProblemError
from agent.services.caller import Caller
from agent.services.once import Ticket
from agent.services.store_desk import StoreDesk
from agent.services.wire import Till
from agent.store.idempotency import Answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Desks = Callable[[Caller], Awaitable[StoreDesk]]
"""Which desk serves a caller: the store's or the training ground's."""


class Dispatch:
    """Makes the handlers of operations."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks
        self._running: set[tuple[str, str]] = set()

    def handler(self, operation: Operation) -> Handler:
        """Return the handler of `operation`."""

        async def handle(request: web.Request) -> web.StreamResponse:
            caller = request[CALLER]
            check_is_own_till(caller, request.match_info)
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
            check_is_own(caller, call.order)
            answer = await self._run(operation, call)
            return web.Response(
                status=answer.status, body=answer.body, content_type="application/json"
            )

        return handle

    async def _run(self, operation: Operation, call: Call) -> Answer:
        if call.given is None:
            return await operation.run(call)
        return await self._once(call.given, call, operation)

    async def _once(self, given: Ticket, call: Call, operation: Operation) -> Answer:
        running = (given.client, given.key)
        if running in self._running:
            raise ProblemError(409, "still_running", "the first request with this key still runs")
        self._running.add(running)
        try:
            return await operation.run(call)
        finally:
            self._running.discard(running)


def check_is_own(caller: Caller, order: Any) -> None:
    """Hold a session to its own till and cashier, and an approval to the PIN that proved it."""
    if caller.cashier is None:
        return
    for field, own in (("till", caller.till), ("cashier", caller.cashier)):
        if getattr(order, field, own) != own:
            raise ProblemError(403, "not_your_till", f"this session's {field} is {own}")
    approved_by = getattr(order, "approved_by", None)
    if approved_by is not None and approved_by != caller.approved_by:
        raise ProblemError(403, "not_approved", "the supervisor has to give the PIN first")


def check_is_own_till(caller: Caller, path: Mapping[str, str]) -> None:
    """Hold a path that names a till to what a till may be called, and a session to its own."""
    if "till" not in path:
        return
    till = typed(path["till"], Till)
    if caller.cashier is not None and till != caller.till:
        raise ProblemError(403, "not_your_till", f"this session's till is {caller.till}")


def _query(request: web.Request, as_type: type[Any] | None) -> Any:
    if as_type is None:
        return None
    try:
        return msgspec.convert(dict(request.query), as_type, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError(422, "invalid_request", str(error)) from None
