"""A store's PC under simulation: the agent's own parts on a real SQLite file, as agent.hq_line has
them, running. A write is done at once, where the agent has a thread for it.
"""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agent.base.clock import Clock
from agent.hq_claims import HqClaims
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.timekeeper import Timekeeper
from agent.services.desk.trust import Trust
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.store.database import Database, Work, open_writing
from agent.store.errors import CommitUnknownError, StoreError, WriteFailedError
from agent.store.group_commit import Job, commit, follow_up
from agent.store.line import journal, sync_state
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import Connection, connect
from sync.client import HqClient
from sync.downloader import Downloader
from sync.enrolment_file import Enrolment, read_enrolment
from sync.protocol.messages import Point
from sync.store_key import StoreKey
from sync.transport.link import LinkState
from sync.transport.request import Timeouts
from sync.uploader import Uploader, UploadState
from tests.lab.enrolling import keep, of_nobody
from tests.lab.fresh_file import fresh_database
from tests.simulation.head_office import HeadOffice
from tests.simulation.ledger import Ledger
from tests.simulation.loop import VirtualLoop
from tests.simulation.process import Process

BATCH_EVENTS = 2
"""So that a short journal takes several batches."""
POLL_S = 120.0
_TIMEOUTS = Timeouts(connect_ms=3_000, total_ms=10_000)
_PORT = 80

T = TypeVar("T")


class SimulatedDatabase(Database):
    """The store's database without threads; its process may die before and after each commit."""

    def __init__(self, path: Path, process: Process) -> None:
        super().__init__(path)
        self._process = process
        self.failing: list[type[Exception]] = []
        """What becomes of the next writes."""

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._writer = open_writing(self._path)
        self._reader = connect(str(self._path), read_only=True)

    def close(self) -> None:
        self._reader.close()
        self._writer.close()

    async def read(self, work: Work[T]) -> T:
        await self._process.reach("before a read")
        return work(self._reader)

    async def read_aside(self, work: Work[T]) -> T:
        return await self.read(work)

    async def _submit(self, job: Job) -> Any:
        await self._process.reach("before a commit")
        fails = self.failing.pop() if self.failing else None
        self._waiting += 1
        if fails is WriteFailedError:
            job.error = WriteFailedError("the disk says no")
        else:
            commit(self._writer, [job])
            follow_up(self._writer, [job])
            await self._process.reach("after a commit")
        if fails is CommitUnknownError:
            job.error = CommitUnknownError("the disk said nothing")
        self._answer([job], written=True)
        return await job.future


class _WitnessedOutbox(JournalOutbox):
    """Tells of each acknowledgement."""

    def __init__(self, desk: StoreDesk, pc: "Pc") -> None:
        super().__init__(desk)
        self._pc = pc

    async def acknowledge(self, through: Point, **told: Any) -> None:
        self._pc.on_acknowledged(self._pc.code, through)
        await super().acknowledge(through, **told)


class Pc:
    """One machine with the identity of a store."""

    def __init__(
        self,
        code: str,
        address: str,
        directory: Path,
        *,
        hq: HeadOffice,
        clock: Clock,
        loop: VirtualLoop,
    ) -> None:
        self.code = code
        self.address = address
        self.process: Process | None = None
        self.ledger = Ledger()
        self.ready = False
        """Whether its tills can be asked."""
        self.gone = False
        """Whether it is switched off for ever."""
        self.on_acknowledged: Callable[[str, Point], None] = lambda _code, _point: None
        self._directory = directory
        self._file = directory / "0" / "store.db"
        self._disks = 0
        self._hq = hq
        self._clock = clock
        self._loop = loop
        self._opened: list[SimulatedDatabase] = []

    @property
    def running(self) -> bool:
        """Whether its agent runs."""
        return self.process is not None and self.process.alive

    async def start(self) -> None:
        """Start the agent; it may die at once."""
        self.ready = False
        self._enrolment = self._on_disk()
        public_key = self._enrolment.key.public_key().public_bytes_raw()
        await self._hq.let_in(self.code, self._enrolment.install_id, public_key)
        process = self.process = Process(self.code)
        process.at_death(lambda: self._loop.network.forget(self.address))
        opening = process.spawn(self._open(process), f"open {self.code}")
        await asyncio.wait({opening})
        if not opening.cancelled() and (error := opening.exception()):
            raise error

    async def _open(self, process: Process) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh_database(self._file)
        database = self.database = SimulatedDatabase(self._file, process)
        database.open()
        self._opened.append(database)
        trust = Trust(self._hq.root_key)
        install_id = self._enrolment.install_id
        await database.write(
            lambda db: sync_state.found(db, store=self.code, install_id=install_id)
        )
        await database.read(trust.load)
        time = Timekeeper(
            clock=self._clock,
            zone=ZoneInfo("Asia/Shanghai"),
            contact_at=(await database.read(sync_state.get)).contact_at,
            newest_journal=await database.read(journal.newest_at),
        )
        desk = StoreDesk(store=self.code, database=database, time=time, trust=trust)
        self._client = HqClient(
            urls=[f"http://{self.address}:{_PORT}"],
            credentials=StoreKey(
                self._enrolment.key,
                install_id=install_id,
                answer_keys=self._hq.answer_keys,
                clock=self._clock,
            ),
            timeouts=_TIMEOUTS,
            user_agent="store-agent/simulated",
            link=LinkState(),
            clock=self._clock,
        )
        await self._client.start()
        self.uploader = Uploader(
            outbox=_WitnessedOutbox(desk, self),
            client=self._client,
            clock=self._clock,
            app_version="simulated",
            batch_events=BATCH_EVENTS,
        )
        sink = ChangeApplier(desk, on_news=self.uploader.greet_again)
        self.downloader = Downloader(
            sink=sink,
            client=self._client,
            clock=self._clock,
            identify=sink.identity,
            on_fenced=self.uploader.greet_again,
        )
        claims = HqClaims(
            database,
            self._client,
            clock=self._clock,
            identify=sink.identity,
            budget_ms=800,
            give_back_ms=10_000,
        )
        self.desk = StoreDesk(
            store=self.code, database=database, time=time, trust=trust, claims=claims
        )
        await self.uploader.start()
        self.ready = True
        process.spawn(self._poll_for_ever(), f"polls {self.code}")

    async def _poll_for_ever(self) -> None:
        while True:
            await self.downloader.poll()
            await asyncio.sleep(POLL_S)

    async def stop(self) -> None:
        """Kill the agent; nothing of it runs on return."""
        self.ready = False
        if self.process is not None:
            self.process.die()
            await self.process.buried()
            await self._client.stop()

    async def scrap(self) -> None:
        """End for good."""
        self.gone = True
        await self.stop()
        for database in self._opened:
            database.close()
        self._opened.clear()

    def _on_disk(self) -> Enrolment:
        """Who the machine is, as its disk and each copy of that says; an empty one is enrolled."""
        if (found := read_enrolment(self._file.parent)) is None:
            found = of_nobody(self.code)
            keep(found, self._file.parent)
        return found

    def copy_disk(self, to: Path) -> Path:
        """Copy the files as they are."""
        to.mkdir(parents=True)
        for file in self._file.parent.iterdir():
            shutil.copyfile(file, to / file.name)
        return to

    def take_disk(self, files: Path | None) -> None:
        """Go on from those files, None: with an empty disk; the agent does not run."""
        self._disks += 1
        self._file = self._directory / str(self._disks) / "store.db"
        if files is not None:
            shutil.copytree(files, self._file.parent)
            self.ledger = self.ledger.until(self.tip())
        else:
            self.ledger = Ledger()

    def tip(self) -> int:
        """The last place of the journal on the disk; read beside the agent."""
        return self.look(journal.tip).seq

    def prune(self) -> None:
        """Delete what need not be kept, as each night."""

        def work(db: Connection) -> None:
            journal.prune(db, through=2**40, limit=1_000)

        async def night() -> None:
            with suppress(StoreError):
                await self.database.write(work)

        assert self.process is not None
        self.process.spawn(night(), "night")

    def lines(self) -> dict[int, bytes]:
        """What the journal on the disk holds, by place; read beside the agent."""

        def work(db: Connection) -> dict[int, bytes]:
            first = journal.pruned_through(db)
            lines = journal.lines(db, self.code, after_seq=0, max_events=-1)
            return dict(enumerate(lines, first + 1))

        return self.look(work)

    def standing(self) -> SyncState:
        """Where the store stands with HQ; read beside the agent."""
        return self.look(sync_state.get)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database; read beside the agent."""
        return self.look(lambda db: db.execute(statement).fetchall())

    def look(self, work: Callable[[Connection], T]) -> T:
        """Read the disk beside the agent."""
        db = connect(str(self._file), read_only=True)
        try:
            return work(db)
        finally:
            db.close()

    @property
    def state(self) -> UploadState:
        """What the uploader is doing."""
        return self.uploader.status.state
