"""Port: the store's journal as the uploader sees it. The outbox is its part past `acked`."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from sync.protocol.messages import HelloAnswer, ParkedChange, Point, RowResult
from sync.protocol.rollouts import Running


class OutboxPosition(Struct, frozen=True, kw_only=True):
    """Where the store stands, as its database says."""

    store: str
    install_id: str
    epoch: int
    """0 before HQ gave one."""
    last: Point
    """The newest event; sync.protocol.position.ORIGIN in an empty journal."""
    acked: Point
    """HQ holds the journal up to here."""
    pruned_seq: int
    """Events up to here are no longer kept."""
    cursor: str
    """Feed position applied; empty before the first page."""
    hq_epoch: str
    """The incarnation of HQ's database that the cursor belongs to."""
    anew: bool = False
    """The database was restored, or begun anew, and HQ has not heard of it yet."""
    parked_count: int = 0
    """Changes of the feed that the store could not apply."""
    parked: tuple[ParkedChange, ...] = ()
    """Some of them, of every entity."""
    running: Running | None = None
    """What the store's PC runs."""


class Outbox(Protocol):
    """The journal, read and acknowledged. What changes it is on disk when it returns.

    Every method raises sync.errors.StoreUnavailableError when the database can't serve it just
    now; nothing has changed then, or the change may be repeated.
    """

    async def position(self) -> OutboxPosition:
        """Return where the store stands."""

    async def read(self, after_seq: int, max_events: int, max_bytes: int) -> list[bytes]:
        """Return the lines of the next committed events, exactly as hashed, in order.

        At most `max_events`, and at most `max_bytes` counting a line feed for each, but at least
        one line if there is one. Empty: there is none.
        """

    async def wait_appended(self, after_seq: int) -> None:
        """Return when the journal holds a committed event past `after_seq`; at once if it does."""

    async def hash_at(self, seq: int) -> str | None:
        """Return the hash at `seq` (0: GENESIS), None when it isn't, or no longer, there."""

    async def trail(self) -> Sequence[Point]:
        """Return places of the journal from new to old, 64 at most, ORIGIN the last.

        Dense at the new end and sparse at the old, to find the last place shared with HQ; with
        the place at pruned_seq, the oldest that HQ can be served from.
        """

    async def acknowledge(
        self,
        through: Point,
        *,
        backup_through: int,
        server_time: int,
        results: Sequence[RowResult] = (),
    ) -> None:
        """Record that HQ confirmed the journal up to `through`, and what it said of single rows."""

    async def enter_epoch(self, epoch: int, acked: Point) -> None:
        """Go on under `epoch` (it may be the present one), sending what follows `acked`.

        `acked` may lie before what was acknowledged: HQ no longer holds that.
        """

    async def forget_cursor(self, hq_epoch: str) -> None:
        """Begin the feed anew, of HQ's incarnation `hq_epoch`; journal and outbox stay."""

    async def heard(self, answer: HelloAnswer) -> None:
        """Record what an answer to hello says whatever its action: HQ's clock and version, the
        numbers after which to go on, and that the feed tells of journals that the store lost."""
