"""What each entity of the change feed does to the store's tables.

A field that is not known is passed over, and named by `unknown_fields`. A value that is not known
raises, as everything does that can't be read: msgspec.MsgspecError, ValueError or OverflowError.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from agent.base.clock import Millis
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.opaque import OpaqueCoupons
from agent.services.line.apply_past import apply_handout_given, apply_past_end, apply_past_event
from agent.store import members, promotions, refunds, stock
from agent.store.coupons import campaigns, cases, coupon_states, handouts, opaque_codes
from agent.store.house import rollouts
from agent.store.line import parked_at_hq
from agent.store.line import told as told_things
from agent.store.selling import articles, sales
from agent.store.sqlite import Connection
from sync.protocol.changes import (
    ArticleChange,
    CaseChange,
    CouponChange,
    CouponState,
    DocumentChange,
    HandoutChange,
    HandoutGivenChange,
    MemberChange,
    ParkedEventChange,
    ParkedState,
    PastEndChange,
    PastEventChange,
    PriceRulesChange,
    PromotionChange,
    StockChange,
)
from sync.protocol.messages import Entity
from sync.protocol.rollouts import RolloutChange, RolloutState

BODIES: Final[dict[Entity, type[msgspec.Struct]]] = {
    Entity.CAMPAIGN: Campaign,
    Entity.ARTICLE: ArticleChange,
    Entity.PROMOTION: PromotionChange,
    Entity.PRICE_RULES: PriceRulesChange,
    Entity.STOCK: StockChange,
    Entity.MEMBER: MemberChange,
    Entity.COUPON: CouponChange,
    Entity.HANDOUT: HandoutChange,
    Entity.OPAQUE_CODE: OpaqueCoupons,
    Entity.CASE: CaseChange,
    Entity.HANDOUT_GIVEN: HandoutGivenChange,
    Entity.PAST_EVENT: PastEventChange,
    Entity.PAST_END: PastEndChange,
    Entity.KEY_SET: DocumentChange,
    Entity.POLICY: DocumentChange,
    Entity.PARKED_EVENT: ParkedEventChange,
    Entity.ROLLOUT: RolloutChange,
}
"""The type of each entity's body."""

FIELDS: Final = {
    entity: frozenset(body.__struct_encode_fields__) for entity, body in BODIES.items()
}
_names = msgspec.json.Decoder(dict[str, msgspec.Raw])


def unknown_fields(entity: Entity, body: bytes) -> str:
    """Return the names of the body's fields that this version does not know, as a JSON array;
    empty when it knows all of them."""
    names = sorted(_names.decode(body).keys() - FIELDS[entity])
    return msgspec.json.encode(names).decode() if names else ""


def is_known(entity: str, fields: str) -> bool:
    """Tell whether this version knows one of `fields`, which another version did not."""
    try:
        return not FIELDS[Entity(entity)].isdisjoint(msgspec.json.decode(fields))
    except ValueError:  # of an entity that an even newer version knew
        return False


def remove_told(db: Connection, entity: Entity, key: str) -> None:
    """Forget a thing that HQ says is gone; ValueError for a kind of which nothing ever is."""
    if not told_things.is_removable(entity):
        raise ValueError(f"of {entity} nothing is ever gone")
    told_things.remove(db, entity, key)


def _campaign(db: Connection, body: bytes) -> None:
    campaigns.put_campaign(db, msgspec.json.decode(body, type=Campaign))


def article_of(told: ArticleChange) -> tuple[articles.Article, str]:
    """Return an article as the store keeps it, with the keys of letters by which it is found."""
    article = articles.Article(
        sku=told.sku,
        gtin=told.gtin.zfill(14) if told.gtin else "",
        name=told.name,
        price_fen=told.price_fen,
        withdrawn=told.withdrawn,
        weighed=told.weighed,
        categories=told.categories,
        brand=told.brand,
        tax_bp=told.tax_bp,
        planned=told.planned,
    )
    return article, f"{told.mnemonic} {told.pinyin}".strip()


def _article(db: Connection, body: bytes) -> None:
    articles.put_article(db, *article_of(msgspec.json.decode(body, type=ArticleChange)))


def _promotion(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=PromotionChange)
    promotions.put_promotion(db, told.promotion.id, body)


def _price_rules(db: Connection, body: bytes) -> None:
    msgspec.json.decode(body, type=PriceRulesChange)
    promotions.put_rules(db, body)


def put_stock(db: Connection, body: bytes, sold: dict[str, int]) -> None:
    """Set the pieces of an article, less what was `sold` since HQ counted, by sku."""
    told = msgspec.json.decode(body, type=StockChange)
    stock.put_stock(db, told.sku, told.quantity - sold[told.sku])


def _member(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=MemberChange)
    earned = sales.points_earned_after(db, told.member_id, told.through_seq)
    taken = refunds.points_taken_after(db, told.member_id, told.through_seq)
    members.put_member(
        db,
        members.Member(
            member_id=told.member_id,
            tier=told.tier,
            points=told.points + earned - taken,
            phone_masked=told.phone_masked,
        ),
    )


def _coupon(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=CouponChange)
    if told.state is CouponState.FREE:
        coupon_states.free_coupon(db, told.coupon_id)
        return
    coupon_states.put_coupon_state(
        db,
        coupon_states.CouponRow(
            coupon_id=told.coupon_id,
            state=told.state,
            redemption_id=told.redemption_id,
            store=told.store,
            till=told.till,
            receipt=told.receipt,
            occurred_at=Millis(told.occurred_at),
        ),
    )


def _handout(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=HandoutChange)
    handouts.put(
        db,
        handouts.Handout(
            coupon_id=told.coupon_id,
            campaign=told.campaign,
            token=told.token,
            from_fen=told.from_fen,
            expires=Millis(told.expires),
        ),
    )


def _opaque_code(db: Connection, body: bytes) -> None:
    opaque_codes.put(db, msgspec.json.decode(body, type=OpaqueCoupons))


def _case(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=CaseChange)
    cases.put_case(db, told.case_id, told.state, body)


def _parked_event(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=ParkedEventChange)
    if told.state is ParkedState.APPLIED:
        parked_at_hq.forget(db, told.epoch, told.seq, told.code)
        return
    parked_at_hq.put(
        db,
        parked_at_hq.ParkedAtHq(
            epoch=told.epoch,
            seq=told.seq,
            code=told.code,
            event_id=told.event_id,
            kind=told.kind,
            detail=told.detail,
            settled=told.state is ParkedState.SETTLED,
            why=told.why,
            at=Millis(told.parked_at),
        ),
    )


def _rollout(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=RolloutChange)
    if told.state is RolloutState.WITHDRAWN:
        rollouts.withdraw(db, told.rollout)
    else:
        rollouts.put(db, told.rollout, msgspec.json.encode(told))


APPLIERS: Final[dict[Entity, Callable[[Connection, bytes], None]]] = {
    Entity.CAMPAIGN: _campaign,
    Entity.ARTICLE: _article,
    Entity.PROMOTION: _promotion,
    Entity.PRICE_RULES: _price_rules,
    Entity.MEMBER: _member,
    Entity.COUPON: _coupon,
    Entity.HANDOUT: _handout,
    Entity.OPAQUE_CODE: _opaque_code,
    Entity.CASE: _case,
    Entity.PARKED_EVENT: _parked_event,
    Entity.ROLLOUT: _rollout,
    Entity.HANDOUT_GIVEN: apply_handout_given,
    Entity.PAST_EVENT: apply_past_event,
    Entity.PAST_END: apply_past_end,
}
"""Those that need nothing besides the change itself."""
