"""The books that the model keeps: what tills were told, and what HQ must hold after it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import msgspec

from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.line.chain import Envelope
from agent.domain.line.events import BODY_TYPES, EventBody, EventKind
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.store.idempotency import Answer


class PromiseBrokenError(AssertionError):
    """The chain did what it promised never to do."""


def keep(promise: int, what: str, expected: object, found: object) -> None:
    """Raise PromiseBrokenError unless `found` is what was expected."""
    if expected != found:
        raise PromiseBrokenError(
            f"promise {promise}, {what}:\nexpected {expected!r}\nfound    {found!r}"
        )


class Use(NamedTuple):
    """A use of a coupon that nobody has taken back."""

    store: str
    redemption: Redemption


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One event, as its store wrote it."""

    line: bytes
    envelope: Envelope
    body: EventBody

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Return the event that a journal's line tells."""
        envelope = msgspec.json.decode(line, type=Envelope)
        body = msgspec.json.decode(envelope.body, type=BODY_TYPES[EventKind(envelope.kind)])
        return cls(line=line, envelope=envelope, body=body)

    @property
    def event_id(self) -> str:
        """The id that it keeps wherever it goes."""
        return self.envelope.event_id

    @property
    def redemptions(self) -> tuple[Redemption, ...]:
        """The coupons that it uses."""
        match self.body:
            case SaleRecorded(redemptions=redemptions):
                return redemptions
            case CouponRedeemed(redemption=redemption):
                return (redemption,)
            case _:
                return ()

    @property
    def taken_back(self) -> dict[str, str]:
        """The redemptions that it takes back, with their coupons."""
        match self.body:
            case RedemptionReversed(redemption_id=redemption_id, coupon_id=coupon_id):
                return {redemption_id: coupon_id}
            case SaleRefunded() as refund:
                return {coupon.redemption_id: coupon.coupon_id for coupon in refund.uses_back}
            case _:
                return {}


@dataclass(kw_only=True)
class StoreBook:
    """What one store must know. A copy of the disk goes with a copy of the book."""

    journal: list[Fact] = field(default_factory=list)
    answers: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    """The request's hash and the first answer, by Idempotency-Key."""
    told_used: Mapping[str, Redemption] = field(default_factory=dict)
    """Redemptions, not of this journal, that HQ's feed has told for certain, by id."""
    told_revoked: frozenset[str] = frozenset()
    """Coupons whose revocation HQ's feed has told."""
    past: tuple[Fact, ...] = ()
    """What HQ's feed has told of journals that the store no longer has."""

    @property
    def known(self) -> list[Fact]:
        """What the store knows that it did."""
        return [*self.past, *self.journal]

    def copy(self) -> "StoreBook":
        """Return a book that goes its own way."""
        return StoreBook(
            journal=list(self.journal),
            answers=dict(self.answers),
            told_used=self.told_used,
            told_revoked=self.told_revoked,
            past=self.past,
        )

    def forget_told(self, fact: Fact) -> None:
        """The feed tells one use of a chain-wide coupon; it may have been the one taken back."""
        freed = set(fact.taken_back.values())
        self.told_used = {
            redemption_id: use
            for redemption_id, use in self.told_used.items()
            if use.bound or use.coupon_id not in freed
        }

    def sale(self, sale_id: str) -> SaleRecorded | None:
        """The sale, if the store knows of it."""
        bodies = (fact.body for fact in self.known)
        return next(
            (one for one in bodies if isinstance(one, SaleRecorded) and one.sale_id == sale_id),
            None,
        )

    def refunds(self, sale_id: str) -> list[SaleRefunded]:
        """What came back of a sale, as far as the store knows."""
        bodies = (fact.body for fact in self.known)
        return [one for one in bodies if isinstance(one, SaleRefunded) and one.sale_id == sale_id]

    def in_use(self) -> dict[str, Redemption]:
        """The redemptions that are not taken back, as far as the store knows, by coupon."""
        return {use.coupon_id: use for use in standing(self.known)}


@dataclass(kw_only=True)
class ChainBook:
    """What head office must come to hold."""

    stores: dict[str, StoreBook] = field(default_factory=dict)
    strays: dict[str, dict[str, Fact]] = field(default_factory=dict)
    """By store and event id: what HQ holds of a disk that was set back."""
    pieces: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Delivered to each store, by store and article."""
    revoked: set[str] = field(default_factory=set)

    def facts(self, store: str) -> list[Fact]:
        """Every event of the store that counts: its journal, and what HQ holds beside it."""
        journal = self.stores[store].journal
        by_id = self.strays.get(store, {}) | {fact.event_id: fact for fact in journal}
        return list(by_id.values())

    def repeated(self, store: str) -> list[Fact]:
        """Refunds, as HQ came to hold them, of what had come back before another disk's journal."""
        left: Counter[str] = Counter()
        found = []
        for fact in self.facts(store):
            if isinstance(fact.body, SaleRecorded):
                left[fact.body.sale_id] += fact.body.lines[0].quantity
            elif isinstance(fact.body, SaleRefunded):
                pieces = fact.body.lines[0].quantity
                if pieces > left[fact.body.sale_id]:
                    found.append(fact)
                else:
                    left[fact.body.sale_id] -= pieces
        return found

    def moving(self, store: str) -> list[Fact]:
        """The events of the store that move stock and points."""
        repeated = {fact.event_id for fact in self.repeated(store)}
        return [fact for fact in self.facts(store) if fact.event_id not in repeated]

    def uses(self) -> dict[str, list[Use]]:
        """The uses that nobody has taken back, by coupon."""
        found: dict[str, list[Use]] = {}
        for store in self.stores:
            for redemption in standing(self.facts(store)):
                found.setdefault(redemption.coupon_id, []).append(Use(store, redemption))
        return found

    def was_ever_used(self, coupon_id: str) -> bool:
        """Whether the coupon was used by anybody, taken back or not."""
        return any(
            redemption.coupon_id == coupon_id
            for store in self.stores
            for fact in self.facts(store)
            for redemption in fact.redemptions
        )

    def stray(self, store: str, facts: Iterable[Fact]) -> None:
        """Note what HQ holds, whatever becomes of the store's disk."""
        self.strays.setdefault(store, {}).update({fact.event_id: fact for fact in facts})


def standing(facts: Iterable[Fact]) -> list[Redemption]:
    """The redemptions among `facts` that none of them takes back."""
    facts = list(facts)
    gone = {redemption_id for fact in facts for redemption_id in fact.taken_back}
    return [
        redemption
        for fact in facts
        for redemption in fact.redemptions
        if redemption.redemption_id not in gone
    ]


def pieces_sold(facts: Iterable[Fact]) -> Mapping[str, int]:
    """Pieces in the sales among `facts` less those in the refunds, by article."""
    sold = Counter[str]()
    for fact in facts:
        if isinstance(fact.body, SaleRecorded):
            for line in fact.body.lines:
                sold[line.sku] += line.quantity
        elif isinstance(fact.body, SaleRefunded):
            for back in fact.body.lines:
                sold[back.sku] -= back.quantity
    return sold


def points_earned(facts: Iterable[Fact]) -> Mapping[str, int]:
    """Points in the sales among `facts` less those that refunds took back, by member."""
    earned = Counter[str]()
    for fact in facts:
        if isinstance(fact.body, SaleRecorded) and fact.body.member_id is not None:
            earned[fact.body.member_id] += fact.body.points_earned
        elif isinstance(fact.body, SaleRefunded) and fact.body.member_id is not None:
            earned[fact.body.member_id] -= fact.body.points_back
    return earned
