"""What the store and head office recorded: two books that must come to the same."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from asyncpg import Connection

from agent.domain.line.chain import Envelope
from agent.domain.line.event_body import decode_body
from agent.domain.line.events import EventBody
from tests.e2e.shop import Shop
from tests.lab import books
from tests.lab.books import Figures
from tests.lab.until import until

PATIENCE_S = 20.0

Body = TypeVar("Body", bound=EventBody)

_COUPON_USES = "SELECT count(*) FROM coupon_use WHERE reversed_at IS NULL AND store = $1"


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The events since it was opened. Until then both books were settled and equal."""

    shop: Shop
    connection: Connection
    after_seq: int
    before: Figures
    coupons_before: int

    def kept(self) -> list[bytes]:
        """The lines that the store wrote."""
        return books.store_lines(self.shop.site)[self.after_seq :]

    async def held(self) -> list[bytes]:
        """The lines that head office holds."""
        lines = await books.hq_lines(self.connection, self.shop.site.code)
        return lines[self.after_seq :]

    def recorded(self, kind: type[Body]) -> list[Body]:
        """The store's events of one kind."""
        bodies = (_body_of(line) for line in self.kept())
        return [body for body in bodies if isinstance(body, kind)]

    async def settle(self) -> None:
        """Return when head office holds everything and both books say the same."""
        await _settled(self.shop, self.connection)

    async def moved(self) -> Figures:
        """What head office's figures changed by, without what did not change."""
        now = await books.hq_figures(self.connection, self.shop.site.code)
        return Figures(
            stock=_change(self.before.stock, now.stock),
            points=_change(self.before.points, now.points),
            cases=now.cases - self.before.cases,
        )

    async def coupons_in_use(self) -> int:
        """Coupons used since that count at head office."""
        return await _coupons(self.shop, self.connection) - self.coupons_before


@asynccontextmanager
async def open_ledger(shop: Shop) -> AsyncIterator[Ledger]:
    """Open a ledger once everything of before is settled."""
    async with shop.chain.hq.connection() as connection:
        await _settled(shop, connection)
        yield Ledger(
            shop=shop,
            connection=connection,
            after_seq=len(books.store_lines(shop.site)),
            before=await books.hq_figures(connection, shop.site.code),
            coupons_before=await _coupons(shop, connection),
        )


def _body_of(line: bytes) -> EventBody | None:
    envelope = msgspec.json.decode(line, type=Envelope)
    return decode_body(envelope.kind, envelope.body)


async def _settled(shop: Shop, connection: Connection) -> None:
    async def settled() -> bool:
        return (
            await books.is_drained(shop.site)
            and await books.is_settled(connection)
            and _agree(
                await books.hq_figures(connection, shop.site.code), books.store_figures(shop.site)
            )
        )

    await until("both books say the same", settled, timeout_s=PATIENCE_S)


def _agree(hq: Figures, store: Figures) -> bool:
    """Of articles that were never put into stock, only head office counts what was sold."""
    in_stock = {sku: hq.stock.get(sku) for sku in store.stock}
    return (in_stock, hq.points, hq.cases) == (store.stock, store.points, store.cases)


async def _coupons(shop: Shop, connection: Connection) -> int:
    return int(await connection.fetchval(_COUPON_USES, shop.site.code))


def _change(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    moved = {key: now.get(key, 0) - before.get(key, 0) for key in before.keys() | now.keys()}
    return {key: by for key, by in moved.items() if by}
