"""The operations of the local API: routes and OpenAPI document are both made from this list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from agent.api.body import read_json, ticket, typed
from agent.base.problem import ProblemError
from agent.services.find_sale import FoundSale, find_sale
from agent.services.once import Ticket
from agent.services.redeem import (
    RedemptionAnswer,
    RedemptionOrder,
    ReversalAnswer,
    ReversalOrder,
    redeem,
    reverse,
)
from agent.services.scan import Scan, ScanAnswer, scan
from agent.services.sell import Quote, Sale, SaleAnswer, quote, sell
from agent.services.status import StatusReport, StatusSource
from agent.services.store_desk import StoreDesk
from agent.store.idempotency import Answer

Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation: where, what for, with what, and what comes back."""

    method: str
    path: str
    name: str
    summary: str
    order: type[Any] | None
    answer: type[Any]
    statuses: dict[int, str]
    """Successful statuses and what each means."""
    handler: Handler
    writes: bool = False
    """Takes an Idempotency-Key."""


class Operations:
    """The operations, bound to one store."""

    def __init__(self, desk: StoreDesk, status: StatusSource) -> None:
        self._desk = desk
        self._status = status
        self._running: set[tuple[str, str]] = set()

    def all(self) -> tuple[Operation, ...]:
        """Return every operation."""
        return (
            Operation(
                method="POST",
                path="/api/v1/scans",
                name="scan",
                summary="Say what a scanned code is. Writes nothing.",
                order=Scan,
                answer=ScanAnswer,
                statuses={200: "what was scanned"},
                handler=self._scan,
            ),
            Operation(
                method="POST",
                path="/api/v1/quotes",
                name="quote",
                summary="Say what a basket with its coupons comes to. Writes nothing.",
                order=Quote,
                answer=SaleAnswer,
                statuses={200: "what is payable"},
                handler=self._quote,
            ),
            Operation(
                method="POST",
                path="/api/v1/sales",
                name="sell",
                summary="Record a paid sale with its coupons, points and stock movement.",
                order=Sale,
                answer=SaleAnswer,
                statuses={201: "recorded, on disk", 200: "not recorded: a coupon is not accepted"},
                handler=self._sell,
                writes=True,
            ),
            Operation(
                method="GET",
                path="/api/v1/sales/{sale_id}",
                name="find_sale",
                summary="Find a sale and how far it has come on its way to head office.",
                order=None,
                answer=FoundSale,
                statuses={200: "the sale"},
                handler=self._find_sale,
            ),
            Operation(
                method="POST",
                path="/api/v1/redemptions",
                name="redeem",
                summary="Use a coupon on an order that the POS keeps itself.",
                order=RedemptionOrder,
                answer=RedemptionAnswer,
                statuses={201: "redeemed, on disk", 200: "not redeemed: see the verdict"},
                handler=self._redeem,
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
                handler=self._reverse,
                writes=True,
            ),
            Operation(
                method="GET",
                path="/api/v1/status",
                name="status",
                summary="Say how the store stands: line, outbox, limits.",
                order=None,
                answer=StatusReport,
                statuses={200: "the status"},
                handler=self._get_status,
            ),
        )

    async def _scan(self, request: web.Request) -> web.Response:
        order = typed(await read_json(request), Scan)
        return _json(200, msgspec.json.encode(await scan(self._desk, order)))

    async def _quote(self, request: web.Request) -> web.Response:
        order = typed(await read_json(request), Quote)
        return _json(200, msgspec.json.encode(await quote(self._desk, order)))

    async def _sell(self, request: web.Request) -> web.Response:
        value = await read_json(request)
        order = typed(value, Sale)
        return await self._once(
            ticket(request, value), lambda given: sell(self._desk, order, given)
        )

    async def _redeem(self, request: web.Request) -> web.Response:
        value = await read_json(request)
        order = typed(value, RedemptionOrder)
        return await self._once(
            ticket(request, value), lambda given: redeem(self._desk, order, given)
        )

    async def _reverse(self, request: web.Request) -> web.Response:
        value = await read_json(request)
        order = typed(value, ReversalOrder)
        redemption_id = request.match_info["redemption_id"]
        return await self._once(
            ticket(request, value),
            lambda given: reverse(self._desk, redemption_id, order, given),
        )

    async def _find_sale(self, request: web.Request) -> web.Response:
        found = await find_sale(self._desk, request.match_info["sale_id"])
        return _json(200, msgspec.json.encode(found))

    async def _get_status(self, request: web.Request) -> web.Response:
        return _json(200, msgspec.json.encode(await self._status.report()))

    async def _once(
        self, given: Ticket, work: Callable[[Ticket], Awaitable[Answer]]
    ) -> web.Response:
        running = (given.client, given.key)
        if running in self._running:
            raise ProblemError(409, "still_running", "the first request with this key still runs")
        self._running.add(running)
        try:
            answer = await work(given)
        finally:
            self._running.discard(running)
        return _json(answer.status, answer.body)


def _json(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json")
