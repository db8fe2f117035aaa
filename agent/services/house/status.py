"""Status: how the store stands, for the cashier, for store IT and for monitoring."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.trust.policy import Limits
from agent.services.cash.late_shifts import LateShift
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.clock_watch import ClockStep
from agent.services.house.devices import DeviceReport
from agent.services.house.exchange import Exchange, ExchangeStatus, exchange_of, told
from agent.services.house.fleet import Fleet, FleetStatus
from agent.services.house.recording import RecordingStatus
from agent.services.house.set_back import SetBackStatus, set_back_status
from agent.store.coupons import cases, redemptions
from agent.store.house import backup_record, quarantine
from agent.store.line import journal, parked, sync_state
from agent.store.line.sync_state import SyncState
from agent.store.line.unsynced import unsynced
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import Waiting
from agent.store.sqlite import Connection
from sync.transport.ways import WayState


class WayReport(Struct, frozen=True, kw_only=True):
    """One way to HQ: an address, over a network interface where the settings name any."""

    url: str
    """An address of head office."""
    interface: str
    """Empty: as the system's routes have it."""
    state: WayState
    """`in_use`; `ready`: used if those before it fail; `failing`: HQ is not reached this way, it is
    tried again by itself; `on_trial`: it answers again, and is used when it stays so."""
    last_error: str
    """Stable code of why it is not used; empty when it could be."""
    detail: str
    """What failed, in words."""


class LineStatus(Struct, frozen=True, kw_only=True):
    """The line to HQ."""

    online: bool
    since: Millis | None
    """Since when it is so, by this PC's clock."""
    upload: str
    """What the uploader does: unconfigured, starting, idle (HQ holds all there is), sending,
    backing_off (tried again by itself), fenced (another machine has this store's identity),
    upgrade_needed, rejected (a wrong key or address, most likely), stuck, stopped or crashed."""
    last_error: str
    """Stable code of the failure that holds; empty when all is well."""
    detail: str
    """What failed, in words."""
    attempt: int
    """Failures in a row."""
    next_try_in_ms: int | None
    """None: no wait is running."""
    ways: tuple[WayReport, ...] = ()
    """The ways to HQ, the preferred one first."""


class FeedFailure(Struct, frozen=True, kw_only=True):
    """How the change feed's last poll ended."""

    last_error: str
    """Stable code of its failure; empty when it went well."""
    detail: str
    """What failed, in words."""


class FeedStatus(FeedFailure, frozen=True, kw_only=True):
    """The change feed: what HQ tells this store."""

    age_ms: int | None
    """Since it was last complete; None: never yet."""
    revocations_age_ms: int | None
    """Since the coupons revoked here were last all that head office states; None: never, or they
    differ now. Coupons bound to the store then count at risk, as with a list that is too old."""


class OutboxStatus(Struct, frozen=True, kw_only=True):
    """What HQ has not acknowledged, and what could not be applied."""

    pending: int
    oldest_at: Millis | None
    parked_at_hq: int
    """Events that HQ holds and could not apply."""
    parked_here: int
    """Changes from HQ that this store could not apply: `store-agent feed parked` explains them."""


class LimitStatus(Struct, frozen=True, kw_only=True):
    """What was taken at risk and is not confirmed, beside the policy's limits."""

    count: int
    sum_fen: int
    limits: Limits


class BackupStatus(Struct, frozen=True, kw_only=True):
    """Backups: the last good one, and the last failure."""

    configured: bool
    """Whether any are to be made."""
    last_good_at: Millis | None
    """By this PC's clock; None: never yet."""
    last_good_file: str
    """Its path; empty: never yet."""
    last_good_seq: int
    """The newest event in it; 0: never yet."""
    last_error: str
    """Stable code of the last try's failure; empty when it went well."""
    detail: str
    """What failed, in words."""
    checked_at: Millis | None
    """When the whole database and its chain were last found in order; None: never yet."""
    set_aside: tuple[str, ...]
    """Directories of databases that were found damaged, or replaced, whose events were not brought
    in yet: `store-agent recover`."""


class StatusReport(Struct, frozen=True, kw_only=True):
    """How the store stands."""

    store: str
    version: str
    hq_version: str
    """Of store-hq at the last hello; empty: not known."""
    now: Millis
    """Effective time."""
    clock_skew_ms: int | None
    """How far this PC's clock is ahead of HQ's; None before the first contact of this run."""
    recording: RecordingStatus
    """Whether a sale can be recorded; the first thing to watch."""
    set_back: SetBackStatus
    """Whether this PC's data was damaged or set back."""
    exchange: ExchangeStatus
    """How this store stands with head office, in one word."""
    clock_step: ClockStep | None
    """The last time in this run that this PC's clock was set by a minute or more; None: never."""
    line: LineStatus
    feed: FeedStatus
    outbox: OutboxStatus
    at_risk: LimitStatus
    last_contact_at: Millis
    """HQ's clock at the last answer; 0 = never."""
    journal_seq: int
    acked_seq: int
    epoch: int
    policy_version: int
    late_shifts: tuple[LateShift, ...]
    """Shifts that are still open at the hour of [store] closing_reminder, or from earlier dates."""
    cases: int
    """Coupons used twice that concern this store, and are open."""
    devices: tuple[DeviceReport, ...]
    """Those that the settings name."""
    prints: Waiting
    """What is not on paper."""
    backup: BackupStatus
    fleet: FleetStatus
    training: bool
    """Whether who asks practises: the figures are the store's own all the same."""


NO_BACKUPS = BackupStatus(
    configured=False,
    last_good_at=None,
    last_good_file="",
    last_good_seq=0,
    last_error="",
    detail="",
    checked_at=None,
    set_aside=(),
)


def backup_status(state_dir: Path, *, configured: bool) -> BackupStatus:
    """Return how backups stand, by their record in `state_dir`."""
    record = backup_record.read(state_dir)
    good, failed = record.good, record.failed
    return BackupStatus(
        configured=configured,
        last_good_at=good.at if good else None,
        last_good_file=good.file if good else "",
        last_good_seq=good.seq if good else 0,
        last_error=failed.code if failed else "",
        detail=failed.detail if failed else "",
        checked_at=record.checked.at if record.checked else None,
        set_aside=tuple(one.directory for one in quarantine.listed(state_dir) if not one.recovered),
    )


class StatusSource:
    """Makes the report."""

    def __init__(
        self,
        desk: StoreDesk,
        *,
        version: str,
        recording: Callable[[], RecordingStatus],
        fleet: Fleet,
        line: Callable[[], LineStatus],
        feed: Callable[[], FeedFailure],
        devices: Callable[[], tuple[DeviceReport, ...]] = tuple,
        backup: Callable[[], BackupStatus] = lambda: NO_BACKUPS,
        clock_step: Callable[[], ClockStep | None] = lambda: None,
        late_shifts: Callable[[Connection], tuple[LateShift, ...]] = lambda _: (),
    ) -> None:
        self._desk = desk
        self._version = version
        self._recording = recording
        self._fleet = fleet
        self._line = line
        self._feed = feed
        self._devices = devices
        self._backup = backup
        self._clock_step = clock_step
        self._late_shifts = late_shifts

    async def report(self, *, training: bool = False) -> StatusReport:
        """Return how the store stands now, to one who practises or not."""
        return await self._desk.database.read(lambda db: self._report(db, training))

    def _report(self, db: Connection, training: bool) -> StatusReport:
        state, waiting = self._desk.contact.of(sync_state.get(db)), unsynced(db)
        exposure = redemptions.exposure(db)
        parked_at_hq, parked_here = parked.counts(db)
        now, line, backup = self._desk.time.now(), self._line(), self._backup()
        feed = self._feed_status(state, now)
        return StatusReport(
            store=self._desk.store,
            version=self._version,
            hq_version=state.hq_version,
            now=now,
            clock_skew_ms=self._desk.time.skew_ms(),
            recording=self._recording(),
            set_back=set_back_status(backup.set_aside, set_back_at=state.set_back_at, now=now),
            exchange=told(_exchange(line, feed)),
            clock_step=self._clock_step(),
            line=line,
            feed=feed,
            outbox=OutboxStatus(
                pending=waiting.pending,
                oldest_at=waiting.oldest_at,
                parked_at_hq=parked_at_hq,
                parked_here=parked_here,
            ),
            at_risk=LimitStatus(
                count=exposure.count,
                sum_fen=exposure.sum_fen,
                limits=self._desk.trust.policy.limits,
            ),
            last_contact_at=state.contact_at,
            journal_seq=journal.tip(db).seq,
            acked_seq=state.acked.seq,
            epoch=state.epoch,
            policy_version=self._desk.trust.policy.version,
            late_shifts=self._late_shifts(db),
            cases=cases.count_open_cases(db),
            devices=self._devices(),
            prints=print_jobs.waiting(db),
            backup=backup,
            fleet=self._fleet.status(db),
            training=training,
        )

    def _feed_status(self, state: SyncState, now: Millis) -> FeedStatus:
        polled = self._feed()
        return FeedStatus(
            last_error=polled.last_error,
            detail=polled.detail,
            age_ms=now - state.feed_at if state.feed_at else None,
            revocations_age_ms=now - state.revocations_at if state.revocations_at else None,
        )


def _exchange(line: LineStatus, feed: FeedStatus) -> Exchange:
    return exchange_of(
        line.upload,
        online=line.online,
        last_error=line.last_error,
        attempt=line.attempt,
        feed_error=feed.last_error,
        feed_complete=feed.age_ms is not None,
    )
