"""Hold and recall (挂单/取单): set a basket aside, and go on with it at any till of the store."""

from datetime import datetime

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.base.redaction import redact
from agent.services.desk.once import Ticket, once
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import Cashier, Reference
from agent.services.selling.errors import (
    BasketEmptyError,
    BasketNotEmptyError,
    NotHeldError,
    TooManyHeldError,
)
from agent.services.selling.open_basket import content_of, price_kept, tell_basket
from agent.services.selling.reckon import present_all
from agent.store.idempotency import Answer
from agent.store.selling import articles, baskets
from agent.store.sqlite import Connection

MAX_HELD = 100
"""Baskets held in one store; the list shows them all."""
MAX_USUAL_NAME_CHARS = 40


class HoldOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set the till's basket aside."""

    cashier: Cashier
    name: Reference | None = None
    """By which it is found again; None: the time and its first article. A mobile number in it is
    masked before it is kept."""


class RecallOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Go on with a held basket at this till."""

    cashier: Cashier


class HeldBasket(Struct, frozen=True, kw_only=True):
    """A basket set aside."""

    basket_id: str
    """By which it is recalled."""
    name: str
    """By which people find it."""
    till: str
    """Where it was held; it may be recalled at any till."""
    cashier: str
    held_at: Millis
    """When it was set aside."""
    lines_count: int
    """Lines in it."""
    pieces: int
    """Pieces in it; what is weighed is one."""
    coupons_count: int
    """Coupons in it."""


class HeldBaskets(Struct, frozen=True, kw_only=True):
    """Every basket that is held in this store, newest first."""

    held: tuple[HeldBasket, ...]
    """Newest first."""
    limit: int
    """No more can be held."""


class Discarded(Struct, frozen=True, kw_only=True):
    """A held basket is gone, its coupons are untouched."""

    basket_id: str
    """Of the basket that was deleted."""


async def hold(desk: StoreDesk, till: str, order: HoldOrder, ticket: Ticket) -> Answer:
    """Set the till's basket aside; raise BasketEmptyError or TooManyHeldError. Answer once."""
    now = desk.time.now()

    def work(db: Connection) -> Answer:
        kept = baskets.open_at(db, till)
        if kept is None:
            raise BasketEmptyError("there is nothing in the basket of this till")
        if baskets.count_held(db) >= MAX_HELD:
            raise TooManyHeldError(f"{MAX_HELD} baskets are held: recall or discard some")
        name = redact(order.name) if order.name else _usual_name(desk, db, kept, now)
        held = msgspec.structs.replace(kept, name=name, cashier=order.cashier, at=now)
        baskets.hold(db, held)
        return Answer(201, msgspec.json.encode(_held(held)))

    answer = await desk.database.write(lambda db: once(db, ticket, now, work))
    await tell_basket(desk, till)
    return answer


async def list_held(desk: StoreDesk) -> HeldBaskets:
    """Return what is held at all tills of the store."""
    kept = await desk.database.read(lambda db: baskets.held(db, MAX_HELD))
    return HeldBaskets(held=tuple(_held(one) for one in kept), limit=MAX_HELD)


async def recall(
    desk: StoreDesk, till: str, basket_id: str, order: RecallOrder, ticket: Ticket
) -> Answer:
    """Make a held basket the till's own, once; raise NotHeldError or BasketNotEmptyError.

    The answer, which is kept for repetition, holds no code: the basket itself tells them.
    """
    now = desk.time.now()
    held = await desk.database.read(lambda db: baskets.held_one(db, basket_id))
    presented = present_all(desk, content_of(held)) if held else ()

    def work(db: Connection) -> Answer:
        if baskets.open_at(db, till) is not None:
            raise BasketNotEmptyError("sell, hold or clear the basket of this till first")
        kept = baskets.recall(db, basket_id, till=till, cashier=order.cashier, at=now)
        if kept is None:
            raise NotHeldError("no such basket is held: it was recalled or discarded")
        return Answer(200, msgspec.json.encode(price_kept(desk, db, kept, presented)))

    answer = await desk.database.write(lambda db: once(db, ticket, now, work))
    await tell_basket(desk, till)
    return answer


async def discard(desk: StoreDesk, basket_id: str, ticket: Ticket) -> Answer:
    """Delete a held basket with its codes; raise NotHeldError. Answer once."""

    def work(db: Connection) -> Answer:
        if not baskets.discard(db, basket_id):
            raise NotHeldError("no such basket is held: it was recalled or discarded")
        return Answer(200, msgspec.json.encode(Discarded(basket_id=basket_id)))

    now = desk.time.now()
    return await desk.database.write(lambda db: once(db, ticket, now, work))


def _held(kept: baskets.Basket) -> HeldBasket:
    content = content_of(kept)
    return HeldBasket(
        basket_id=kept.basket_id,
        name=kept.name,
        till=kept.till,
        cashier=kept.cashier,
        held_at=kept.at,
        lines_count=len(content.lines),
        pieces=sum(line.quantity for line in content.lines),
        coupons_count=len(content.coupons),
    )


def _usual_name(desk: StoreDesk, db: Connection, kept: baskets.Basket, now: Millis) -> str:
    clock = datetime.fromtimestamp(now / 1000, desk.time.zone).strftime("%H:%M")
    first = [line.sku for line in content_of(kept).lines[:1]]
    found = list(articles.articles(db, first).values())
    name = found[0].name if found and found[0].name else "".join(first)
    return f"{clock} {name}".strip()[:MAX_USUAL_NAME_CHARS]
