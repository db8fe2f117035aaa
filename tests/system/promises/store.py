"""One store of the chain: the agent's own parts on files of its own, stepped instead of running.

The uploader works until it would rest, the downloader until the feed is complete; then they stop.
"""

import asyncio
import shutil
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from agent.base.clock import Clock
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.timekeeper import Timekeeper
from agent.services.desk.trust import Trust
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.state_dir import DATABASE_FILE
from agent.store.house.examination import check_tail
from agent.store.line import journal, sync_state
from agent.store.line.sync_state import SyncState
from sync.client import HqClient
from sync.downloader import Downloader
from sync.enrolment_file import Enrolment
from sync.errors import TransportFailedError
from sync.protocol.messages import EventsAnswer
from sync.transport.link import LinkState
from sync.transport.request import Payload, Timeouts
from sync.uploader import Uploader, UploadStatus
from sync.waiting import first_of
from tests.lab.enrolling import key_of
from tests.lab.fresh_file import fresh_database
from tests.lab.line import Line

BATCH_EVENTS = 2
"""So that a short journal takes several batches."""
_ALL = -1
_TIMEOUTS = Timeouts(connect_ms=10_000, total_ms=10_000)


class Store:
    """A store's PC, on a line of its own."""

    def __init__(
        self, code: str, directory: Path, *, line: Line, enrolment: Enrolment, clock: Clock
    ) -> None:
        self.code = code
        self.line = line
        self.key = key_of(enrolment, clock)
        self.sent: list[Payload] = []
        """Every batch that left, whether or not it arrived."""
        self._directory = directory
        self._disk = self._new_place()
        self._root_key = enrolment.root_key
        self._clock = clock

    async def open(self) -> None:
        """Start, as the agent does."""
        self._disk.mkdir(parents=True, exist_ok=True)
        self.database = fresh_database(self._disk / DATABASE_FILE)
        self.database.open()
        trust = Trust(self._root_key)
        install_id = self.key.install_id
        await self.database.write(
            lambda db: sync_state.found(db, store=self.code, install_id=install_id)
        )
        await self.database.read(check_tail)
        await self.database.read(trust.load)
        time = Timekeeper(
            clock=self._clock,
            zone=ZoneInfo("Asia/Shanghai"),
            contact_at=(await self.database.read(sync_state.get)).contact_at,
            newest_journal=await self.database.read(journal.newest_at),
        )
        self.desk = StoreDesk(store=self.code, database=self.database, time=time, trust=trust)
        await self._connect()

    async def close(self) -> None:
        """Stop, as the agent does."""
        await self._downloader.stop()
        await self._client.stop()
        await asyncio.to_thread(self.database.close)

    async def kill(self) -> None:
        """Go on from the files as they are at this moment, without anybody having closed them."""
        left = self._disk
        self._disk = self._new_place()
        shutil.copytree(left, self._disk)
        await self.close()
        shutil.rmtree(left)
        await self.open()

    async def restart(self) -> Path:
        """Stop and start; return a copy of the files as they were meanwhile."""
        await self.close()
        copy = self.copy_disk()
        await self.open()
        return copy

    def copy_disk(self) -> Path:
        """Return a copy of the files as they are, open or not; nothing is being written."""
        copy = self._new_place()
        shutil.copytree(self._disk, copy)
        return copy

    async def restore_disk(self, copy: Path) -> None:
        """Go on from an earlier copy of the files; the present ones are gone."""
        await self.close()
        shutil.rmtree(self._disk)
        shutil.copytree(copy, self._disk)
        await self.open()

    def lose_batch(self, *, after: int) -> None:
        """Let the network lose a batch on its way to HQ, after so many that arrive."""
        self._client.lose_at = len(self.sent) + after

    async def upload(self) -> UploadStatus:
        """Bring the outbox to HQ as far as it gets; return how that went."""
        rest = _Rest()
        uploader = Uploader(
            outbox=JournalOutbox(self.desk),
            client=self._client,
            clock=self._clock,
            app_version="test",
            batch_events=BATCH_EVENTS,
            sleep=rest.sleep,
        )
        await uploader.start()
        await first_of(rest.fell_asleep(), uploader.join())
        status = uploader.status
        await uploader.stop()
        return status

    async def poll(self) -> bool:
        """Take in the feed; tell whether it is complete."""
        await self._downloader.poll()
        return not self._downloader.status.last_error

    async def lines(self) -> list[bytes]:
        """The whole journal."""
        return await self.database.read(
            lambda db: list(journal.lines(db, self.code, after_seq=0, max_events=_ALL))
        )

    async def past(self) -> list[tuple[str, bytes]]:
        """Kind and body of what HQ has told of journals that this disk does not have, in order."""
        return await self.database.read(
            lambda db: db.execute("SELECT kind, body FROM past_event ORDER BY place").fetchall()
        )

    async def sync_state(self) -> SyncState:
        """Where the store stands with HQ."""
        return self.desk.contact.of(await self.database.read(sync_state.get))

    async def _connect(self) -> None:
        host, port = self.line.address
        self._client = _KeepingClient(
            urls=[f"http://{host}:{port}"],
            credentials=self.key,
            timeouts=_TIMEOUTS,
            user_agent="store-agent/test",
            link=LinkState(),
            clock=self._clock,
        )
        self._client.sent = self.sent
        await self._client.start()
        changes = ChangeApplier(self.desk)
        self._downloader = Downloader(
            sink=changes, client=self._client, clock=self._clock, identify=changes.identity
        )

    def _new_place(self) -> Path:
        return self._directory / uuid4().hex


class _KeepingClient(HqClient):
    """Keeps a copy of each batch that it sends; one of them does not arrive."""

    sent: list[Payload]
    lose_at: int | None = None

    async def send(self, batch: Payload) -> EventsAnswer:
        self.sent.append(batch)
        if len(self.sent) - 1 == self.lose_at:
            raise TransportFailedError("timeout", "lost on its way")
        return await super().send(batch)


class _Rest:
    """A sleep without end; somebody waits for it to begin."""

    def __init__(self) -> None:
        self._asleep = asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        self._asleep.set()
        await asyncio.Event().wait()

    async def fell_asleep(self) -> None:
        await self._asleep.wait()
