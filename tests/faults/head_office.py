"""A head office without a network: one page of its feed for a store, and coupons for that store.

Everything is made from constants, so that two processes have the same head office.
"""

import hashlib
from collections.abc import Iterator

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Raw, Struct

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.campaign import AmountOff, Campaign, PercentOff
from agent.domain.coupons.token import Channel, Claims, TokenKind, encode_token
from agent.domain.trust.document import sign_document
from agent.domain.trust.keys import KeySet, SigningKey, kid_of
from agent.domain.trust.policy import CampaignClass, Limits, Policy
from sync.protocol.changes import ArticleChange, DocumentChange, MemberChange, StockChange
from sync.protocol.messages import Change, ChangesPage, Entity

STORE = "MB001"
SKUS = tuple(f"A{number:03d}" for number in range(20))
PRICE_FEN = 1_250
STOCK = 5_000
"""Pieces of each article before the first sale."""
MEMBERS = tuple(f"{number:024x}" for number in range(1, 6))
POINTS = 100
"""Points of each member before the first sale."""
CURSOR = "1"
BOUND, CHAIN_WIDE = 1, 2
"""The campaigns: 5 yuan off, for this store alone; 10 % off, in every store of the chain."""

_BEGIN, _END = Millis(0), Millis(100 * 365 * DAY_MS)
_PLENTY = 1_000_000


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


_ROOT, _SIGNER = _key("root"), _key("signer")
_KID = kid_of(_SIGNER.public_key().public_bytes_raw())
ROOT_KEY = _ROOT.public_key().public_bytes_raw().hex()
"""What the store pins, hex."""


def coupon(number: int) -> str:
    """The token of one coupon: an even number is bound to STORE, an odd one is chain-wide."""
    bound = number % 2 == 0
    claims = Claims(
        code_id=f"{number:024x}",
        kind=TokenKind.COUPON,
        not_before=_BEGIN,
        expires=_END,
        store=STORE if bound else None,
        campaign=BOUND if bound else CHAIN_WIDE,
        channel=Channel.ONLINE if bound else Channel.OFFLINE,
    )
    return encode_token(claims, kid=_KID, key=_SIGNER)


def page(now: Millis) -> ChangesPage:
    """The whole feed, as HQ sends it at `now`."""
    return ChangesPage(
        cursor=CURSOR, more=False, hq_epoch="1", server_time=now, changes=tuple(_changes())
    )


def _changes() -> Iterator[Change]:
    yield _document(Entity.KEY_SET, _key_set())
    yield _document(Entity.POLICY, _policy())
    for campaign in _campaigns():
        yield _change(Entity.CAMPAIGN, str(campaign.campaign), campaign)
    for sku in SKUS:
        yield _change(Entity.ARTICLE, sku, ArticleChange(sku=sku, name="茶", price_fen=PRICE_FEN))
        yield _change(Entity.STOCK, sku, StockChange(sku=sku, quantity=STOCK, through_seq=0))
    for member in MEMBERS:
        known = MemberChange(
            member_id=member, tier="gold", points=POINTS, phone_masked="", through_seq=0
        )
        yield _change(Entity.MEMBER, member, known)


def _key_set() -> KeySet:
    signer = SigningKey(
        kid=_KID.hex(),
        public_key=_SIGNER.public_key().public_bytes_raw().hex(),
        not_before=_BEGIN,
        not_after=_END,
    )
    return KeySet(version=1, keys=(signer,))


def _policy() -> Policy:
    plenty = Limits(
        per_redemption_fen=_PLENTY,
        soft_count=_PLENTY,
        hard_count=_PLENTY,
        soft_sum_fen=_PLENTY,
        hard_sum_fen=_PLENTY,
    )
    return Policy(version=1, limits=plenty)


def _campaigns() -> Iterator[Campaign]:
    for number, kind, rule in (
        (BOUND, CampaignClass.BOUND, AmountOff(min_fen=500, off_fen=500)),
        (CHAIN_WIDE, CampaignClass.CHAIN, PercentOff(pay_bp=9_000)),
    ):
        yield Campaign(
            campaign=number, name=kind, rule=rule, class_=kind, starts_at=_BEGIN, ends_at=_END
        )


def _document(entity: Entity, document: KeySet | Policy) -> Change:
    signed = sign_document(document, root=_ROOT)
    return _change(entity, entity, DocumentChange(version=1, document=signed.hex()))


def _change(entity: Entity, key: str, body: Struct) -> Change:
    return Change(entity=entity, key=key, body=Raw(msgspec.json.encode(body)))
