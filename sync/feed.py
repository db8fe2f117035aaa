"""Port: where the changes from head office go."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sync.protocol.messages import Change, ChangesPage
from sync.protocol.snapshots import Snapshot


class FeedPosition(NamedTuple):
    """How far the feed is applied."""

    cursor: str
    """Empty before the first page."""
    hq_epoch: str
    """The incarnation of HQ's database that the cursor belongs to; empty: not known."""
    place: int = 0
    """How far the feed had come when HQ last told something of that incarnation; 0: not known."""
    revocations: int = 0
    """The version of the last statement of all revocations of that incarnation; 0: none."""


class Seeding(NamedTuple):
    """A snapshot that is being applied."""

    snapshot: Snapshot
    next_page: int
    """The first page that is not applied."""


class ChangeSink(Protocol):
    """The store's tables, as the downloader sees them. What it changes is on disk on return.

    Every method raises sync.errors.StoreUnavailableError when the database can't serve it just
    now; nothing has changed then, or the change may be repeated.
    """

    async def position(self) -> FeedPosition:
        """Return how far the feed is applied."""

    async def apply(self, page: ChangesPage) -> None:
        """Apply the changes in order and move the cursor, in one transaction.

        A page without changes counts too: with `more` false, the feed was complete at its
        server_time. A change that can't be applied is parked, never in the way of the next.
        """

    async def seeding(self) -> Seeding | None:
        """Return the snapshot that was begun and is not applied to its end."""

    async def begin_seeding(self, snapshot: Snapshot | None) -> None:
        """Let `snapshot` be applied from its first page; None: give up the one that was begun."""

    async def apply_seed(self, number: int, changes: Sequence[Change]) -> None:
        """Apply page `number` of the snapshot and note that it is, in one transaction.

        With the last one the cursor moves behind the snapshot, and what HQ told before and tells no
        more is gone; of what the store itself recorded nothing is touched. The feed is not complete
        before what follows is read.
        """

    async def forget_cursor(self, hq_epoch: str) -> None:
        """Begin the feed anew; `hq_epoch` may be empty: not known."""
