"""A received batch on its way into the database: parts of it, and the arrays for ingest.sql."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, Self

from agent.domain.coupons.case import CREDIBLE_LAG_MS
from sync.hq.intake.effects import Effects, Row, effects_of, parked
from sync.hq.intake.parking import Parking
from sync.protocol.batch import Event

_EVENT, _PARKED, _SALE, _REDEMPTION, _REVERSAL, _MOVEMENT = 7, 3, 11, 15, 5, 3
_REFUND, _CLOSING, _GIVEN, _PROMOTION = 11, 16, 4, 8
"""Columns of each kind of row in ingest.sql."""

_NO_ROW: Final[tuple[Row, ...]] = ()


@dataclass(frozen=True, kw_only=True)
class Received:
    """Consecutive events of a store's journal, at least one, and what they do."""

    store: str
    epoch: int
    prev_hash: bytes
    """Hash of the event before the first."""
    events: Sequence[Event]
    effects: Sequence[Effects]
    received_at: int

    @classmethod
    def of(
        cls, events: Sequence[Event], *, store: str, epoch: int, prev_hash: bytes, received_at: int
    ) -> Self:
        """Return the events with their effects worked out."""
        return cls(
            store=store,
            epoch=epoch,
            prev_hash=prev_hash,
            events=events,
            effects=_in_order(events, received_at),
            received_at=received_at,
        )

    @property
    def first_seq(self) -> int:
        """Place of the first event."""
        return self.events[0].envelope.seq

    @property
    def last_seq(self) -> int:
        """Place of the last event."""
        return self.events[-1].envelope.seq

    @property
    def last_hash(self) -> bytes:
        """Hash of the last event."""
        return self.events[-1].hash

    @property
    def newest_at(self) -> int:
        """The newest time that they tell, of those that are credible; 0 if none is."""
        return max((_credible_at(event, self.received_at) for event in self.events), default=0)

    @property
    def has_refunds(self) -> bool:
        """Whether something is given back."""
        return any(effect.refund for effect in self.effects)

    @property
    def has_closings(self) -> bool:
        """Whether a shift was closed."""
        return any(effect.closing for effect in self.effects)

    def closing_signers(self) -> dict[int, str]:
        """Return by which key each Z report is signed, by seq: 64 hex digits."""
        return {
            effect.seq: bytes.fromhex(str(effect.closing[-1])).hex()
            for effect in self.effects
            if effect.closing
        }

    def part(self, start: int, stop: int) -> "Received":
        """Return the events from index `start` to before `stop`."""
        return Received(
            store=self.store,
            epoch=self.epoch,
            prev_hash=self.events[start - 1].hash if start else self.prev_hash,
            events=self.events[start:stop],
            effects=self.effects[start:stop],
            received_at=self.received_at,
        )

    def halves(self) -> tuple["Received", "Received"]:
        """Return both halves; there must be two events at least."""
        middle = len(self.events) // 2
        return self.part(0, middle), self.part(middle, len(self.events))

    def all_parked(self, parking: Parking) -> "Received":
        """Return the same events without any effects."""
        return Received(
            store=self.store,
            epoch=self.epoch,
            prev_hash=self.prev_hash,
            events=self.events,
            effects=[parked(event, parking) for event in self.events],
            received_at=self.received_at,
        )

    def with_repeated(self, refunds: Mapping[int, Parking]) -> "Received":
        """Return the same events, of which those refunds, by seq, move nothing again."""
        effects = [
            effect.repeated(refunds[effect.seq]) if effect.seq in refunds else effect
            for effect in self.effects
        ]
        return replace(self, effects=effects)

    def with_parked(self, parkings: Mapping[int, Parking]) -> "Received":
        """Return the same events, of which those, by seq, have no effect."""
        effects = [
            parked(event, parkings[effect.seq]) if effect.seq in parkings else effect
            for event, effect in zip(self.events, self.effects, strict=True)
        ]
        return replace(self, effects=effects)

    def parkings(self) -> dict[int, Parking]:
        """Return why, by seq, for each event that is parked."""
        return {effect.seq: effect.parking for effect in self.effects if effect.parking}

    def arguments(self) -> list[object]:
        """Return the parameters of ingest.sql."""
        effects = self.effects
        return [
            self.store,
            self.epoch,
            self.first_seq - 1,
            self.prev_hash,
            self.last_seq,
            self.last_hash,
            self.received_at,
            *_columns(_EVENT, (effect.event for effect in effects)),
            *_columns(_PARKED, ((seq, *parking) for seq, parking in self.parkings().items())),
            *_columns(_SALE, (effect.sale for effect in effects if effect.sale)),
            *_columns(_REDEMPTION, chain.from_iterable(effect.redemptions for effect in effects)),
            *_columns(_REVERSAL, chain.from_iterable(effect.reversals for effect in effects)),
            *_columns(_MOVEMENT, chain.from_iterable(effect.movements for effect in effects)),
            *_columns(_REFUND, (effect.refund for effect in effects if effect.refund)),
            *_columns(_CLOSING, (effect.closing for effect in effects if effect.closing)),
            *_columns(_GIVEN, chain.from_iterable(effect.given for effect in effects)),
            *_columns(_PROMOTION, chain.from_iterable(effect.promotions for effect in effects)),
            self.newest_at,
        ]


def _in_order(events: Sequence[Event], received_at: int) -> list[Effects]:
    """What the events do, each use of a coupon with the newest time told before it."""
    worked_out = []
    newest = 0
    for event in events:
        effects = effects_of(event)
        worked_out.append(effects.after(newest) if effects.redemptions else effects)
        newest = max(newest, _credible_at(event, received_at))
    return worked_out


def _credible_at(event: Event, received_at: int) -> int:
    """When the event happened; 0 if its store's clock was ahead."""
    at = event.envelope.occurred_at
    return at if at <= received_at + CREDIBLE_LAG_MS else 0


def _columns(width: int, rows: Iterable[Row]) -> list[tuple[object, ...]]:
    """Rows turned into one array a column, `width` of them even without a row."""
    return list(zip(*rows, strict=True)) or [_NO_ROW] * width
