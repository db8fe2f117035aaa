"""Applies many changes of one kind at once, as a snapshot tells them: to the same effect as singly.

Whatever is not plain is left to be applied singly: a body that can't be read, a field that is not
known, a thing of which something is kept aside, a member who bought here.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from agent.services.line.appliers import BODIES, FIELDS, article_of
from agent.store import members, refunds, stock
from agent.store.coupons import coupon_states
from agent.store.line import parked
from agent.store.selling import articles, sales
from agent.store.sqlite import Connection
from sync.protocol.changes import (
    ArticleChange,
    CouponChange,
    CouponState,
    MemberChange,
    StockChange,
)
from sync.protocol.messages import Change, Entity

Sold = dict[str, int]
"""Pieces sold since HQ counted, by sku."""


def apply_in_bulk(
    db: Connection, entity: str, changes: Sequence[Change], sold: Sold
) -> Sequence[Change]:
    """Apply changes that are all of `entity`, no two of one thing; return those that are left."""
    put = _PUTS.get(entity)
    if put is None:
        return changes
    kept = parked.kept_keys(db, entity)
    plain = [change for change in changes if change.key not in kept]
    bodies = b"[%b]" % b",".join(bytes(change.body) for change in plain)
    try:
        told = _decoders[entity].decode(bodies)
        fields = _fields.decode(bodies)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return changes
    if any(not body.keys() <= FIELDS[Entity(entity)] for body in fields):
        return changes
    left = put(db, told, sold) | kept
    return [change for change in changes if change.key in left] if left else ()


def _articles(db: Connection, told: Sequence[ArticleChange], _: Sold) -> frozenset[str]:
    articles.put_articles(db, map(article_of, told))
    return frozenset()


def _stock(db: Connection, told: Sequence[StockChange], sold: Sold) -> frozenset[str]:
    stock.put_all(db, ((one.sku, one.quantity - sold[one.sku]) for one in told))
    return frozenset()


def _members(db: Connection, told: Sequence[MemberChange], _: Sold) -> frozenset[str]:
    ids = [one.member_id for one in told]
    bought = sales.members_among(db, ids) | refunds.members_among(db, ids)
    members.put_members(
        db,
        (
            (m.member_id, m.tier, m.points, m.phone_masked)
            for m in told
            if m.member_id not in bought
        ),
    )
    return bought


def _coupons(db: Connection, told: Sequence[CouponChange], _: Sold) -> frozenset[str]:
    coupon_states.put_coupon_states(
        db,
        (
            (c.coupon_id, c.state, c.redemption_id, c.store, c.till, c.receipt, c.occurred_at)
            for c in told
            if c.state is not CouponState.FREE
        ),
    )
    return frozenset(c.coupon_id for c in told if c.state is CouponState.FREE)


_PUTS: Final[dict[str, Callable[[Connection, Any, Sold], frozenset[str]]]] = {
    Entity.ARTICLE: _articles,
    Entity.STOCK: _stock,
    Entity.MEMBER: _members,
    Entity.COUPON: _coupons,
}
_decoders: Final = {
    entity: msgspec.json.Decoder(list[BODIES[Entity(entity)]])  # type: ignore[misc] # a value
    for entity in _PUTS
}
_fields = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
