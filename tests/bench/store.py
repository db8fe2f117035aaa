"""A store's files, made ready before the clock starts: settings, the feed, a full journal."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.base.clock import Millis, SystemClock
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.timekeeper import Timekeeper
from agent.services.desk.trust import Trust
from agent.services.line.apply_changes import ChangeApplier
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection, connect
from sync.enrolment_file import Enrolment
from sync.protocol.messages import ChangesPage
from tests.bench import history
from tests.bench.history import Act
from tests.lab.enrolling import keep, key_of
from tests.lab.ports import free_port
from tests.lab.store_site import StorePlace

_CONFIG = """\
[store]
code = "{code}"

[paths]
state_dir = "{state_dir}"

[api]
port = {port}

[hq]
urls = {urls}
root_key = "{root_key}"
"""

ACKNOWLEDGE_TIMEOUT_S = 120.0
_POLL_S = 0.005

_FILLING = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000")
"""As fast as it goes: a file that is cut short is made anew."""


class Store:
    """One store: where its files are, and what is in them."""

    def __init__(self, code: str, *, directory: Path, campaign: int, root_key: str) -> None:
        self.code = code
        self.place = StorePlace(code=code, name="", directory=directory, port=free_port())
        self._campaign = campaign
        self._root_key = root_key

    async def prepare(self, page: ChangesPage, *, hq_url: str | None, enrolment: Enrolment) -> None:
        """Write settings and enrolment, and apply the whole feed `page`; no `hq_url`: no line."""
        self.set_up(hq_url=hq_url, enrolment=enrolment)
        database = Database(self.file)
        database.open()
        try:
            install_id = enrolment.install_id
            await database.write(
                lambda db: sync_state.found(db, store=self.code, install_id=install_id)
            )
            await ChangeApplier(self._desk(database)).apply(page)
        finally:
            database.close()

    def set_up(self, *, hq_url: str | None, enrolment: Enrolment) -> None:
        """Write settings and enrolment: a new PC, which knows nothing yet."""
        keep(enrolment, self.place.state_dir)
        self.key = key_of(enrolment, SystemClock())
        self.place.config_file.write_text(self._config(hq_url), "utf-8")

    def call(self, hq_url: str) -> None:
        """Let the agent speak with head office there, from its next start on."""
        self.place.config_file.write_text(self._config(hq_url), "utf-8")

    @property
    def file(self) -> Path:
        """The agent's database."""
        return self.place.state_dir / DATABASE_FILE

    def trade(self, coupon_ids: Sequence[str], *acts: Act) -> None:
        """Fill the journal: each coupon is used by a customer, who do `acts` in turn."""
        with self.database(read_only=False) as db:
            for setting in _FILLING:
                db.execute(f"PRAGMA {setting}")
            history.write(db, self.code, self._campaign, coupon_ids, acts)
        _sync(self.file)

    def acknowledge_all(self) -> None:
        """Mark the whole journal as received by head office."""
        with self.database(read_only=False) as db:
            now = SystemClock().wall()
            sync_state.acknowledge(db, journal.tip(db), backup_through=0, contact_at=now)

    async def acknowledged(self, seq: int) -> None:
        """Return when the agent has written down that head office holds `seq`; TimeoutError."""
        async with asyncio.timeout(ACKNOWLEDGE_TIMEOUT_S):
            with self.database() as db:
                while sync_state.get(db).acked.seq < seq:  # noqa: ASYNC110 - another process writes
                    await asyncio.sleep(_POLL_S)

    def last_seq(self) -> int:
        """Of the newest event; 0 without any."""
        with self.database() as db:
            return journal.tip(db).seq

    def lines(self) -> list[bytes]:
        """The whole journal, as it travels."""
        with self.database() as db:
            last = journal.tip(db).seq
            return list(journal.lines(db, self.code, after_seq=0, max_events=last))

    @contextmanager
    def database(self, *, read_only: bool = True) -> Iterator[Connection]:
        """A connection to the agent's database, beside the agent when it only reads."""
        db = connect(str(self.file), read_only=read_only)
        try:
            yield db
        finally:
            db.close()

    def _desk(self, database: Database) -> StoreDesk:
        time = Timekeeper(
            clock=SystemClock(),
            zone=ZoneInfo("Asia/Shanghai"),
            contact_at=Millis(0),
            newest_journal=Millis(0),
        )
        trust = Trust(self._root_key)
        return StoreDesk(store=self.code, database=database, time=time, trust=trust)

    def _config(self, hq_url: str | None) -> str:
        return _CONFIG.format(
            code=self.code,
            state_dir=self.place.state_dir,
            port=self.place.port,
            urls="[]" if hq_url is None else f'["{hq_url}"]',
            root_key=self._root_key,
        )


def _sync(file: Path) -> None:
    """Write it to disk, so that nobody's durable commit has to wait for it later."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
