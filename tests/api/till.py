"""A till: what a POS does with the local API over HTTP."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp

from tests.api.contract import Contract
from tests.services.chain import COLA, RICE

JSON = "application/json"
SCANS, QUOTES, SALES = "/api/v1/scans", "/api/v1/quotes", "/api/v1/sales"
REDEMPTIONS, SHIFTS = "/api/v1/redemptions", "/api/v1/shifts"
STATUS = "/api/v1/status"
BACK = {"till": "T1", "cashier": "C7", "why": "顾客退货"}
"""Of an order for `POST refunds`: all of the sale."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code; fails on anything but a complete problem document."""
        problem = self.json
        assert self.content_type == "application/problem+json"
        assert problem["status"] == self.status
        assert problem["type"] == f"/problems/{problem['code']}"
        return str(problem["code"])


class Till:
    """One client with its API key; it holds each answer against the `contract`, if it has one."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        port: int,
        key: str,
        *,
        contract: Contract | None = None,
    ) -> None:
        self._session = session
        self._contract = contract
        self.port = port
        self.key = key
        self.url = f"http://127.0.0.1:{port}"

    async def get(self, path: str, **headers: str) -> Answer:
        """GET `path`."""
        return await self.send("GET", path, headers=headers)

    async def post(
        self,
        path: str,
        order: Any,
        *,
        key: str | None = "",
        body: bytes | None = None,
        method: str = "POST",
    ) -> Answer:
        """POST an order under an Idempotency-Key: `key`, or a new one (""), or none (None)."""
        headers = {"Content-Type": JSON}
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid4())
        data = json.dumps(order).encode() if body is None else body
        return await self.send(method, path, headers=headers, data=data)

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        api_key: str | None = "",
    ) -> Answer:
        """Send just this; `api_key` is the till's own (""), another, or none (None)."""
        sent = dict(headers or {})
        if api_key is not None:
            sent.setdefault("Authorization", f"Bearer {api_key or self.key}")
        async with self._session.request(
            method,
            self.url + path,
            headers=sent,
            data=data,
            skip_auto_headers=("Content-Type",),
        ) as answer:
            body = await answer.read()
            if self._contract is not None:
                self._contract.check(method, path, answer.status, answer.content_type, body)
            return Answer(answer.status, body, answer.content_type, dict(answer.headers))


def cash(amount_fen: int) -> list[dict[str, object]]:
    """Return tenders: all of it in cash."""
    return [{"kind": "cash", "amount_fen": amount_fen}]


def redemption(code: str, *, order_fen: int = 12_000, **more: Any) -> dict[str, Any]:
    """Return an order for `POST redemptions`."""
    return {"till": "T1", "cashier": "C7", "code": code, "order_fen": order_fen} | more


def sale(*coupons: str, pay: int = 12_680, **more: Any) -> dict[str, Any]:
    """Return an order for `POST sales`: two bags of rice and two colas, 126.80 yuan."""
    return {
        "till": "T1",
        "cashier": "C7",
        "lines": [{"sku": RICE, "quantity": 2}, {"sku": COLA, "quantity": 2}],
        "coupons": list(coupons),
        "tenders": cash(pay),
    } | more
