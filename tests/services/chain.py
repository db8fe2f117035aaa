"""A chain of one store: keys, campaigns, articles, members, as head office would send them."""

import secrets
from collections.abc import Sequence
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import DAY_MS, Clock, Millis
from agent.base.setting_types import LogSection
from agent.domain.coupons.campaign import AmountOff, Campaign, PercentOff
from agent.domain.coupons.token import Channel, Claims, TokenKind, encode_token
from agent.domain.trust.document import sign_document
from agent.domain.trust.keys import KeySet, SigningKey, kid_of
from agent.domain.trust.policy import CampaignClass, Policy
from agent.opening import make_state_dir
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.timekeeper import Timekeeper
from agent.services.desk.trust import Trust
from agent.services.line.apply_changes import ChangeApplier
from agent.settings import ApiSection, HqSection, PathsSection, Settings, StoreSection
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from agent.store.line import sync_state
from sync.protocol.changes import (
    ArticleChange,
    CouponChange,
    CouponState,
    DocumentChange,
    MemberChange,
    StockChange,
)
from sync.protocol.messages import Change, ChangesPage, Entity
from tests.lab.fresh_file import fresh_database

STORE = "MB001"
OTHER_STORE = "MB002"
MEMBER = "0123456789abcdef01234567"
OTHER_MEMBER = "ffffffffffffffffffffffff"
COLA, COLA_FEN, COLA_GTIN = "COLA-330", 350, "6901234567892"
RICE, RICE_FEN = "RICE-5KG", 5_990
COLA_STOCK = 100

BOUND, TENTH_OFF, CHAIN_WIDE, STORED_VALUE, ENDED, MEMBERS_ONLY, COLA_ONLY = range(1, 8)
"""Campaign numbers."""
REVOKED_COUPON = "aa" * 12
USED_COUPON = "bb" * 12
"""Used in OTHER_STORE, as HQ told."""
USED_TILL, USED_RECEIPT = "T9", "MB002-T9-000042"


class Chain:
    """Head office's side: it signs tokens, and documents under its root key."""

    def __init__(self, now: Millis) -> None:
        self.now = now
        self.root = Ed25519PrivateKey.generate()
        self.key = Ed25519PrivateKey.generate()
        self.root_key = self.root.public_key().public_bytes_raw().hex()

    def settings(self, state_dir: Path, *, port: int = 0) -> Settings:
        """Return the settings of the store, never connected."""
        return Settings(
            store=StoreSection(code=STORE),
            paths=PathsSection(state_dir=str(state_dir)),
            api=ApiSection(port=port),
            hq=HqSection(root_key=self.root_key),
            log=LogSection(level="debug", format="json"),
        )

    def token(
        self,
        campaign: int = BOUND,
        *,
        store: str | None = STORE,
        kind: TokenKind = TokenKind.COUPON,
        coupon_id: str | None = None,
        member: str | None = None,
        days: tuple[int, int] = (-1, 30),
        received: int | None = None,
        channel: Channel = Channel.ONLINE,
        key: Ed25519PrivateKey | None = None,
    ) -> str:
        """Return a new code, good by default; `days` are its begin and end from now, `received` is
        the day on which the customer got it."""
        signing = key or self.key
        claims = Claims(
            code_id=coupon_id or secrets.token_hex(12),
            kind=kind,
            not_before=Millis(self.now + days[0] * DAY_MS),
            expires=Millis(self.now + days[1] * DAY_MS),
            received=None if received is None else Millis(self.now + received * DAY_MS),
            store=store,
            campaign=campaign,
            member=member,
            channel=channel,
        )
        return encode_token(claims, kid=_kid(signing), key=signing)

    def page(self) -> ChangesPage:
        """Return the whole feed of the store in one page."""
        used = CouponChange(
            coupon_id=USED_COUPON,
            state=CouponState.USED,
            store=OTHER_STORE,
            till=USED_TILL,
            receipt=USED_RECEIPT,
            occurred_at=Millis(self.now - DAY_MS),
        )
        revoked = CouponChange(coupon_id=REVOKED_COUPON, state=CouponState.REVOKED)
        return self._page(
            (
                _change(Entity.KEY_SET, "key_set", self._document(self._key_set())),
                _change(Entity.POLICY, "policy", self._document(Policy(version=1))),
                *(_change(Entity.CAMPAIGN, str(c.campaign), c) for c in self._campaigns()),
                *_goods(),
                _change(Entity.MEMBER, MEMBER, _member()),
                _change(Entity.COUPON, USED_COUPON, used),
                _change(Entity.COUPON, REVOKED_COUPON, revoked),
            )
        )

    def _page(self, changes: Sequence[Change]) -> ChangesPage:
        return ChangesPage(
            cursor="1", more=False, hq_epoch="e1", server_time=self.now, changes=tuple(changes)
        )

    def _key_set(self) -> KeySet:
        public = self.key.public_key().public_bytes_raw()
        key = SigningKey(
            kid=kid_of(public).hex(),
            public_key=public.hex(),
            not_before=Millis(self.now - DAY_MS),
            not_after=Millis(self.now + 365 * DAY_MS),
        )
        return KeySet(version=1, keys=(key,))

    def _document(self, document: KeySet | Policy) -> DocumentChange:
        signed = sign_document(document, root=self.root)
        return DocumentChange(version=document.version, document=signed.hex())

    def _campaigns(self) -> tuple[Campaign, ...]:
        twenty_off = AmountOff(min_fen=10_000, off_fen=2_000)
        return (
            self._campaign(BOUND, "满100减20", rule=twenty_off),
            self._campaign(TENTH_OFF, "9折", rule=PercentOff(pay_bp=9_000)),
            self._campaign(CHAIN_WIDE, "全国满100减20", class_=CampaignClass.CHAIN),
            self._campaign(STORED_VALUE, "储值卡", class_=CampaignClass.STORED_VALUE),
            self._campaign(ENDED, "已结束", ends_at=Millis(self.now - 1)),
            self._campaign(MEMBERS_ONLY, "会员专享", member_only=True),
            self._campaign(COLA_ONLY, "可乐9折", rule=PercentOff(pay_bp=9_000), skus=(COLA,)),
        )

    def _campaign(self, number: int, name: str, **rules: Any) -> Campaign:
        usual: dict[str, Any] = {
            "rule": AmountOff(min_fen=10_000, off_fen=2_000),
            "class_": CampaignClass.BOUND,
            "starts_at": Millis(self.now - 10 * DAY_MS),
            "ends_at": Millis(self.now + 30 * DAY_MS),
        }
        return Campaign(campaign=number, name=name, **(usual | rules))


async def deliver(chain: Chain, settings: Settings, clock: Clock) -> None:
    """Apply the chain's feed to the store's database, made if it is not there."""
    database = fresh_database(make_state_dir(settings) / DATABASE_FILE)
    database.open()
    try:
        await database.write(
            lambda db: sync_state.found(db, store=settings.store.code, install_id="i1")
        )
        desk = make_desk(database, settings, clock)
        await ChangeApplier(desk).apply(chain.page())
    finally:
        database.close()


def make_desk(database: Database, settings: Settings, clock: Clock) -> StoreDesk:
    """Return a desk over an open database."""
    time = Timekeeper(
        clock=clock,
        zone=ZoneInfo(settings.store.timezone),
        contact_at=Millis(0),
        newest_journal=Millis(0),
        day_begins=time_of_day.fromisoformat(settings.store.day_begins),
    )
    trust = Trust(settings.hq.root_key)
    return StoreDesk(store=settings.store.code, database=database, time=time, trust=trust)


def _goods() -> tuple[Change, ...]:
    cola = ArticleChange(sku=COLA, name="可乐 330ml", price_fen=COLA_FEN, gtin=COLA_GTIN)
    rice = ArticleChange(sku=RICE, name="大米 5kg", price_fen=RICE_FEN)
    stock = StockChange(sku=COLA, quantity=COLA_STOCK, through_seq=0)
    return (
        _change(Entity.ARTICLE, COLA, cola),
        _change(Entity.ARTICLE, RICE, rice),
        _change(Entity.STOCK, COLA, stock),
    )


def _member() -> MemberChange:
    return MemberChange(
        member_id=MEMBER, tier="gold", points=100, phone_masked="138****5678", through_seq=0
    )


def _change(entity: Entity, key: str, body: msgspec.Struct) -> Change:
    return Change(entity=entity, key=key, body=msgspec.Raw(msgspec.json.encode(body)))


def _kid(key: Ed25519PrivateKey) -> bytes:
    return kid_of(key.public_key().public_bytes_raw())
