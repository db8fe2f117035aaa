"""A till of the replay: scans and sells through the agent's local HTTP API, as a POS does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import NamedTuple
from uuid import uuid4

import aiohttp
import msgspec

from agent.domain.basket import Line
from agent.domain.selling.events import Tender, TenderKind
from agent.services.desk.wire import LineOrder
from agent.services.selling.scan import Scan, ScanAnswer
from agent.services.selling.sell import Sale
from tests.lab.store_site import StoreSite

REQUEST_TIMEOUT_S = 30.0
PAUSE_S = 0.05
"""Between a failure and the same request again."""

_AGAIN = {HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE}
"""What the API says when the same request with the same key may go well in a moment."""

_scan_answer = msgspec.json.Decoder(ScanAnswer)


class TillError(Exception):
    """The agent gave no answer that a till can work with."""


class Told(NamedTuple):
    """What the agent answered."""

    status: int
    body: bytes


class Till:
    """One workplace. With `patience_s` it asks again, under the same key, what got no answer."""

    def __init__(
        self, name: str, *, session: aiohttp.ClientSession, patience_s: float = 0.0
    ) -> None:
        self.name = name
        self._session = session
        self._patience_s = patience_s
        self.asked_again = 0
        """Requests that were repeated because no answer came."""

    async def scan(self, code: str, lines: tuple[Line, ...]) -> ScanAnswer:
        """Return what the agent says of the code on this basket."""
        told = await self._post("scans", Scan(code=code, lines=_ordered(lines)))
        return _scan_answer.decode(told.body)

    async def sell(self, order: Sale, *, key: str) -> Told:
        """Return the answer to the sale: 201 recorded, 200 not recorded."""
        return await self._post("sales", order, key=key)

    def order(
        self,
        lines: tuple[Line, ...],
        *,
        paid_fen: int,
        coupons: tuple[str, ...] = (),
        member_id: str | None = None,
    ) -> Sale:
        """A sale paid by WeChat, at the articles' own prices."""
        return Sale(
            till=self.name,
            cashier=f"C{self.name[1:]}",
            lines=_ordered(lines),
            coupons=coupons,
            member_id=member_id,
            tenders=(Tender(kind=TenderKind.WECHAT, amount_fen=paid_fen),),
        )

    async def _post(self, path: str, order: msgspec.Struct, *, key: str | None = None) -> Told:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = msgspec.json.encode(order)
        deadline = asyncio.get_running_loop().time() + self._patience_s
        while True:
            failure: object
            try:
                async with self._session.post(
                    f"/api/v1/{path}", data=body, headers=headers
                ) as answer:
                    told = Told(answer.status, await answer.read())
            except (aiohttp.ClientError, TimeoutError) as error:
                failure = repr(error)
            else:
                if told.status in (HTTPStatus.OK, HTTPStatus.CREATED):
                    return told
                failure = f"{told.status} {told.body.decode(errors='replace')}"
                if told.status not in _AGAIN:
                    raise TillError(f"POST {path}: {failure}")
            if asyncio.get_running_loop().time() >= deadline:
                raise TillError(f"POST {path}: {failure}")
            self.asked_again += 1
            await asyncio.sleep(PAUSE_S)


def new_key() -> str:
    """A fresh Idempotency-Key."""
    return str(uuid4())


@asynccontextmanager
async def opened(
    site: StoreSite, *, count: int, patience_s: float = 0.0
) -> AsyncIterator[list[Till]]:
    """The tills T1, T2, … of a store, each with a connection of its own."""
    async with aiohttp.ClientSession(
        site.url,
        connector=aiohttp.TCPConnector(limit=count),
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S),
        headers={
            "Authorization": f"Bearer {site.api_key()}",
            "Content-Type": "application/json",
        },
    ) as session:
        yield [Till(f"T{n}", session=session, patience_s=patience_s) for n in range(1, count + 1)]


def _ordered(lines: tuple[Line, ...]) -> tuple[LineOrder, ...]:
    return tuple(LineOrder(sku=line.sku, quantity=line.quantity) for line in lines)
