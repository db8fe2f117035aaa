"""Messages of the protocol. Hashes are 64 hex digits, instants Unix milliseconds."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Raw, Struct

from sync.protocol.limits import (
    MAX_CURSOR_CHARS,
    MAX_SEQ,
    MAX_SERVER_TIME,
    MAX_TRAIL_POINTS,
    PROTOCOL,
)
from sync.protocol.revocations import Revocations
from sync.protocol.rollouts import Running

Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
StoreCode = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{2,8}\Z")]
Instant = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
ServerTime = Annotated[int, Meta(ge=0, le=MAX_SERVER_TIME)]
Short = Annotated[str, Meta(max_length=64)]
Cursor = Annotated[str, Meta(max_length=MAX_CURSOR_CHARS)]


class Point(Struct, frozen=True, array_like=True):
    """One place in a journal: `[seq, hash]`."""

    seq: Seq
    hash: Hash


class ParkedChange(Struct, frozen=True, kw_only=True):
    """A change that a store could not apply."""

    entity: str
    key: str
    why: str = ""


class Hello(Struct, frozen=True, kw_only=True):
    """`POST /sync/v1/hello`: where the store stands."""

    store: StoreCode
    install_id: Short
    """Made once for each installation."""
    epoch: Seq
    """The epoch that HQ gave; 0 before the first hello."""
    last_seq: Seq
    last_hash: Hash
    acked_seq: Seq
    """What HQ acknowledged, as the store remembers it."""
    cursor: Cursor
    hq_epoch: Short
    """The incarnation of HQ's database that the cursor belongs to; empty before the first."""
    protocol: int
    app_version: Short
    clock: Instant
    """The store's wall clock."""
    trail: Annotated[tuple[Point, ...], Meta(max_length=MAX_TRAIL_POINTS)] = ()
    """After `walk_back`: places of the journal from new to old, the last is [0, 00…]."""
    parked_count: Annotated[int, Meta(ge=0, le=MAX_SEQ)] | None = None
    """How many changes the store could not apply; None: an agent that does not tell."""
    parked: tuple[ParkedChange, ...] = ()
    """Some of them, of every entity: what MAX_PARKED_BYTES hold."""
    past: bool = False
    """Whether the store takes what HQ tells of the journals that it no longer has."""
    anew: bool = False
    """The store's database was restored from a backup, or begun anew after damage: what it recorded
    since is known to HQ at best. Said until HQ has given a new epoch."""
    running: Running | None = None
    """What the store runs; None: an agent that does not tell."""


class Action(StrEnum):
    """What HQ asks of the store."""

    CONTINUE = "continue"
    """Send what follows accepted_seq."""
    RESEND_FROM = "resend_from"
    """HQ knows less than it once acknowledged (restored backup): send again after accepted_seq."""
    WALK_BACK = "walk_back"
    """The journals differ: say hello again with a trail."""
    NEW_EPOCH = "new_epoch"
    """Go on under `epoch`, sending what follows accepted_seq."""
    RESEED = "reseed"
    """HQ's feed began anew: forget the cursor, then say hello again."""
    FENCED = "fenced"
    """Another machine has this store's identity: keep selling, stop sending."""
    UPGRADE = "upgrade"
    """HQ no longer speaks this protocol: keep the queue."""


class BatchLimits(Struct, frozen=True, kw_only=True):
    """What HQ takes in one batch."""

    events: int
    bytes: int


class HelloAnswer(Struct, frozen=True, kw_only=True):
    """HQ's answer to hello."""

    action: Action
    accepted_seq: Seq
    accepted_hash: Hash
    epoch: Seq
    hq_epoch: Short
    limits: BatchLimits
    server_time: ServerTime
    backup_through: Seq = 0
    detail: str = ""
    protocol: int = PROTOCOL
    """Version of the contract that HQ speaks."""
    app_version: Short = ""
    """Of store-hq; empty: one that does not tell."""
    past: bool = False
    """Whether the feed tells what the journal of `epoch` began without."""
    receipts_after: Seq = 0
    """The store's receipts go on after this number, at every till."""
    shifts_after: Seq = 0
    """Its Z reports, too."""
    compare: bool = False
    """People at HQ wait for a comparison of all that the store holds."""


class Introduction(Struct, frozen=True, kw_only=True):
    """`GET /sync/v1/store`: who the caller is to HQ, and who HQ is. Nothing is noted of it."""

    store: StoreCode
    """Whose key it is."""
    name: str
    server_time: ServerTime
    app_version: Short
    key_set: Annotated[str, Meta(pattern=r"\A[0-9a-f]*\Z", max_length=120_000)]
    """The newest key set, as DocumentChange holds it: proves the root key; empty: none yet."""


class BatchHead(Struct, frozen=True, kw_only=True):
    """First line of `POST /sync/v1/events`; the events' lines follow it, each ended by LF."""

    epoch: Seq
    first_seq: Annotated[int, Meta(ge=1, le=MAX_SEQ)]
    last_seq: Seq
    prev_hash: Hash
    """Hash of the event before first_seq."""


class RowState(StrEnum):
    """Why a row was not plainly applied."""

    DUPLICATE = "duplicate"
    """HQ already holds this event_id."""
    PARKED = "parked"
    """HQ holds it and could not apply it; it is shown there and never dropped."""


class RowResult(Struct, frozen=True, kw_only=True):
    """A row that was not plainly applied."""

    seq: Seq
    state: RowState
    code: Short
    detail: str = ""


class EventsAnswer(Struct, frozen=True, kw_only=True):
    """HQ's answer to a batch, after its synchronous commit."""

    accepted_through: Seq
    hash: Hash
    """HQ's hash at accepted_through."""
    server_time: ServerTime
    backup_through: Seq = 0
    """HQ's own backup holds the journal up to here."""
    results: tuple[RowResult, ...] = ()


class Entity(StrEnum):
    """What a change is about. `key` is its id, `body` its new state."""

    CAMPAIGN = "campaign"
    """body: agent.domain.campaign.Campaign"""
    ARTICLE = "article"
    PROMOTION = "promotion"
    """A promotion of the price book; gone when it ended long ago."""
    PRICE_RULES = "price_rules"
    """What all promotions share; one key."""
    STOCK = "stock"
    MEMBER = "member"
    COUPON = "coupon"
    HANDOUT = "handout"
    """A coupon that the store may give away."""
    OPAQUE_CODE = "opaque_code"
    """Coupons of the store that are known by a short code or a passphrase."""
    HANDOUT_GIVEN = "handout_given"
    PAST_EVENT = "past_event"
    PAST_END = "past_end"
    """Of what another PC did in this store, or this one before its disk was set back."""
    KEY_SET = "key_set"
    POLICY = "policy"
    CASE = "case"
    PARKED_EVENT = "parked_event"
    """An event of the store that HQ could not apply, or what became of it."""
    ROLLOUT = "rollout"
    """Settings that HQ stages, or the version of the agent that it wants."""


GONE = b"null"
"""The body of a change that says: the thing is no more, forget it (a tombstone)."""


class Change(Struct, frozen=True, kw_only=True):
    """One row of the change feed."""

    entity: str
    """An Entity; a store parks one that it does not know."""
    key: Annotated[str, Meta(max_length=128)]
    body: Raw


class ChangesPage(Struct, frozen=True, kw_only=True):
    """`GET /sync/v1/changes?cursor=`: the next changes in order."""

    cursor: Cursor
    """To be asked for next; applied in the same transaction as the changes."""
    more: bool
    """Whether the feed holds more right now."""
    hq_epoch: Short
    server_time: ServerTime
    changes: tuple[Change, ...]
    place: Seq = 0
    """How far the feed had come when HQ answered: it never goes back within an incarnation."""
    revocations: Revocations | None = None
    """With the last page: all revocations as of `server_time`. None: more is to come, or an HQ that
    does not state them."""
