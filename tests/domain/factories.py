"""Keys, claims, campaigns and facts of decisions, made as the tests need them."""

import base64
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.basket import Line
from agent.domain.coupons.campaign import AmountOff, Campaign
from agent.domain.coupons.decision import Decision, authenticate, decide, unusable
from agent.domain.coupons.facts import Facts
from agent.domain.coupons.token import PREFIX, Channel, Claims, TokenKind, encode_token
from agent.domain.outcome import Outcome, Reason
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context
from agent.domain.promotions.of_campaign import of_campaign
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.settle import Settled, Usable, settle
from agent.domain.trust.cose import sign1
from agent.domain.trust.keys import KeyRing, KeySet, SigningKey, kid_of
from agent.domain.trust.policy import CampaignClass, Limits, Policy

TOKEN_KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
"""RFC 8032 §7.1, test 1: as public as a private key can be."""
ROOT_KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
)
"""RFC 8032 §7.1, test 2."""
STRANGER_KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
)
"""RFC 8032 §7.1, test 3."""

NOW = Millis(1_770_000_000_000)
STORE, OTHER_STORE = "MB001", "MB002"
COUPON, OTHER_COUPON = "00112233445566778899aabb", "ffeeddccbbaa998877665544"
MEMBER, OTHER_MEMBER = "0123456789abcdef01234567", "76543210fedcba9876543210"


def raw_public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def kid(key: Ed25519PrivateKey) -> bytes:
    return kid_of(raw_public(key))


def signing_key(
    key: Ed25519PrivateKey = TOKEN_KEY,
    *,
    not_before: int = NOW - DAY_MS,
    not_after: int = NOW + DAY_MS,
    revoked: bool = False,
) -> SigningKey:
    """The entry of `key` in a key set; valid at NOW by default."""
    return SigningKey(
        kid=kid(key).hex(),
        public_key=raw_public(key).hex(),
        not_before=Millis(not_before),
        not_after=Millis(not_after),
        revoked=revoked,
    )


def key_set(*keys: SigningKey, version: int = 1) -> KeySet:
    return KeySet(version=version, keys=keys)


def ring(*keys: SigningKey) -> KeyRing:
    """A ring of `keys`; of the token key alone when none is given."""
    return KeyRing(key_set(*keys or (signing_key(),)))


_COUPON = Claims(
    code_id=COUPON,
    kind=TokenKind.COUPON,
    not_before=Millis(NOW - HOUR_MS),
    expires=Millis(NOW + HOUR_MS),
    store=STORE,
    campaign=1,
)


def claims(**changes: Any) -> Claims:
    """A coupon bound to STORE, good for an hour either side of NOW."""
    return msgspec.structs.replace(_COUPON, **changes)


FULL_CLAIMS = claims(
    received=NOW,
    store="MB001234",
    campaign=4_294_967_295,
    index=4_294_967_295,
    member=MEMBER,
    channel=Channel.OFFLINE,
)
"""Every claim, each as long as a large chain needs it."""


def token(content: Claims = _COUPON, key: Ed25519PrivateKey = TOKEN_KEY) -> str:
    return encode_token(content, kid=kid(key), key=key)


def raw(text: str) -> bytes:
    """The bytes behind a token's text."""
    body = text.removeprefix(PREFIX)
    return base64.b32decode(body + "=" * (-len(body) % 8))


def text_of(data: bytes) -> str:
    """The token's text of any bytes."""
    return PREFIX + base64.b32encode(data).decode().rstrip("=")


def refusal(code: str) -> Reason | None:
    """Why `code` is refused; None when it is believed."""
    result = authenticate(code, keys=ring(), now=NOW)
    if not isinstance(result, Decision):
        return None
    assert result.outcome is Outcome.REFUSED
    return result.reason


def signed_payload(payload: bytes) -> str:
    return text_of(sign1(payload, kid=kid(TOKEN_KEY), key=TOKEN_KEY))


def line(sku: str = "A1", amount_fen: int = 10_000, quantity: int = 1) -> Line:
    return Line(
        sku=sku,
        name=sku,
        quantity=quantity,
        unit_price_fen=amount_fen // quantity,
        amount_fen=amount_fen,
    )


_CAMPAIGN = Campaign(
    campaign=1,
    name="满30减5",
    rule=AmountOff(min_fen=3_000, off_fen=500),
    class_=CampaignClass.CHAIN,
    starts_at=Millis(NOW - DAY_MS),
    ends_at=Millis(NOW + DAY_MS),
)


def campaign(**changes: Any) -> Campaign:
    """满30减5, chain-wide, a day either side of NOW."""
    return msgspec.structs.replace(_CAMPAIGN, **changes)


LIMITS = Limits(
    per_redemption_fen=2_000,
    per_member_count=2,
    soft_count=5,
    hard_count=10,
    soft_sum_fen=5_000,
    hard_sum_fen=10_000,
    soft_contact_age_ms=HOUR_MS,
    hard_contact_age_ms=DAY_MS,
)
POLICY = Policy(version=3, limits=LIMITS, revocations_max_age_ms=HOUR_MS)

_FACTS = Facts(
    store=STORE,
    now=NOW,
    policy=POLICY,
    contact_age_ms=0,
    revocations_age_ms=0,
    feed_complete=True,
    on_order=True,
    campaign=_CAMPAIGN,
)


def facts(**changes: Any) -> Facts:
    """An order in STORE at NOW, HQ just heard."""
    return msgspec.structs.replace(_FACTS, **changes)


AT = datetime(2026, 2, 2, 10, 40)  # noqa: DTZ001  # the engine has local times


def decided(coupon: Claims, state: Facts, *basket: Line) -> Decision:
    """The decision on the only coupon of an order; of 100 yuan unless another basket is given."""
    refusal = unusable(coupon, state)
    if refusal is not None or state.campaign is None or not state.on_order:
        return decide(coupon, state)
    return settled(basket or (line(),), Usable(coupon, state.campaign, state)).decisions[
        coupon.code_id
    ]


def settled(basket: tuple[Line, ...], *coupons: Usable) -> Settled:
    """What a basket comes to with coupons alone."""
    gives = {one.campaign.campaign: of_campaign(one.campaign) for one in coupons}
    promotions = tuple(one for one in gives.values() if one is not None)
    return settle(basket, Prepared(Book(promotions=promotions)), Context(at=AT), coupons)
