"""The price book of one order, and its coupons as promotions need to know them."""

import dataclasses
from copy import copy
from datetime import UTC, datetime

from msgspec.structs import replace

from agent.base.clock import LAST_AT, Millis
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.facts import Facts
from agent.domain.coupons.token import Claims
from agent.domain.promotions.settle import Usable
from agent.services.desk.price_book import StoreBook
from agent.services.desk.store_desk import StoreDesk
from agent.store.sqlite import Connection


def order_book(desk: StoreDesk, db: Connection) -> StoreBook:
    """Return the price book with what coupons of campaigns give; no more of them on one order than
    the policy allows."""
    book, most = desk.book.of(db), desk.trust.policy.max_coupons
    rules = book.prepared.book.coupons
    if most >= rules.in_all:
        return book
    prepared = copy(book.prepared)
    prepared.book = replace(prepared.book, coupons=replace(rules, in_all=most))
    return dataclasses.replace(book, prepared=prepared)


def usable_of(desk: StoreDesk, claims: Claims, campaign: Campaign, facts: Facts) -> Usable:
    """Return a coupon that holds, as promotions need to know it."""
    received = None if claims.received is None else local(desk, claims.received)
    return Usable(claims, campaign, facts, received, local(desk, claims.expires))


def local(desk: StoreDesk, at: Millis) -> datetime:
    """Return an instant by the store's clocks."""
    instant = datetime.fromtimestamp(min(max(at, 0), LAST_AT) / 1000, UTC)
    return instant.astimezone(desk.time.zone).replace(tzinfo=None)
