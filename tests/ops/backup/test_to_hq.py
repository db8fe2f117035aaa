"""Backups at head office: encrypted, whole, gone on with after a cut, and restored from there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.cli import main
from agent.ops.backup import sending
from agent.ops.backup.keys import make_key
from agent.ops.backup.nightly import Nightly
from agent.ops.backup.target import note_of
from agent.services.house.calendar import NotDoneError
from agent.services.house.status import backup_status
from agent.settings import load_settings
from agent.state_dir import DATABASE_FILE, FOR_HQ_DIR
from agent.store.house import backup_record
from agent.store.line import sync_state
from agent.store.sqlite import connect
from sync.enrolment_file import Enrolment
from sync.hq.cli import main as store_hq
from sync.hq.settings import BackupsSection
from tests.hq.conftest import hq_dsn, hq_template, keys_dir  # noqa: F401  # fixtures
from tests.hq.head_office import HeadOffice, head_office
from tests.lab.enrolling import enrol, keep
from tests.lab.line import Line, LineCut
from tests.ops.backup.mending import unmended
from tests.ops.backup.test_backup import Shop
from tests.services.chain import Chain
from tests.services.stopped_clock import StoppedClock

Said = pytest.CaptureFixture[str]
STORE = "MB001"


class ShopOfHq(Shop):
    """A store whose backups go to head office, over a line that can be cut."""

    def join(self, line: Line, enrolment: Enrolment, *, target: bool = False) -> None:
        host, port = line.address
        keep(enrolment, self.state_dir)
        recipient = self.key_for_hq()
        self.config.write_text(
            f'[store]\ncode = "{STORE}"\n[paths]\nstate_dir = "{self.state_dir}"\n'
            f'[hq]\nurls = ["http://{host}:{port}"]\n'
            f'[backup]\nto_hq = true\nrecipients = ["{recipient}"]\nmust_be_mounted = false\n'
            + (f'target = "{self.target}"\n' if target else "")
        )

    def key_for_hq(self) -> str:
        file = self.key.with_name("key-for-hq")
        return file.read_text().splitlines()[0].split()[-1] if file.exists() else make_key(file)

    def install_id(self) -> str:
        with closing(connect(str(self.state_dir / DATABASE_FILE), read_only=True)) as db:
            return sync_state.get(db).install_id

    async def back_up(self) -> int:
        return await asyncio.to_thread(self.run, "backup", "now")

    def nightly(self) -> Nightly:
        return Nightly(load_settings(self.config, {}), mend=unmended, settle_s=0)

    def waiting(self) -> list[Path]:
        return sorted((self.state_dir / FOR_HQ_DIR).glob("*.age"))


@pytest.fixture
async def hq(
    hq_dsn: str,  # noqa: F811
    keys_dir: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[HeadOffice]:
    directory = tmp_path / "at-hq"
    directory.mkdir()
    for name, value in (
        ("DATABASE__DSN", hq_dsn),
        ("PATHS__KEYS_DIR", str(keys_dir)),
        ("BACKUPS__DIRECTORY", str(directory)),
    ):
        monkeypatch.setenv(f"STORE_HQ_{name}", value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    section = BackupsSection(directory=str(directory), store_quota_mb=1)
    async with head_office(hq_dsn, keys_dir, backups=section) as hq:
        yield hq


@pytest.fixture
async def line(hq: HeadOffice) -> AsyncIterator[Line]:
    line = Line("127.0.0.1", int(hq.url.rpartition(":")[2]))
    await line.start()
    yield line
    await line.stop()


@pytest.fixture
async def shop(
    chain: Chain,
    clock: StoppedClock,
    tmp_path: Path,
    hq: HeadOffice,
    line: Line,
    monkeypatch: pytest.MonkeyPatch,
) -> ShopOfHq:
    monkeypatch.setattr(sending, "MAX_BACKUP_PART_BYTES", 2_000)
    shop = ShopOfHq(chain, clock, tmp_path)
    await hq.store(STORE, greeted=False)
    await shop.worked(2)
    shop.join(line, await enrol(hq.db, hq.key_store, STORE, install_id=shop.install_id()))
    return shop


async def test_a_backup_at_head_office_is_fetched_and_restored_on_another_pc(
    shop: ShopOfHq, hq: HeadOffice, tmp_path: Path, capsys: Said
) -> None:
    assert await shop.back_up() == 0
    assert "Head office keeps it" in capsys.readouterr().out
    (file,) = shop.waiting()
    assert await asyncio.to_thread(store_hq, ["backups", "list", STORE, "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["seq"]) == (file.name, 2)
    stick = tmp_path / "stick"
    stick.mkdir()
    fetch = ["backups", "fetch", STORE, "--to", str(stick)]
    assert await asyncio.to_thread(store_hq, fetch) == 0
    assert "backup restore" in capsys.readouterr().out
    assert await asyncio.to_thread(store_hq, fetch) == 1  # it is there: nothing is overwritten

    other = Shop(shop.chain, shop.clock, tmp_path / "other-pc")
    key = shop.key.with_name("key-for-hq")
    assert other.run("backup", "restore", f"{stick}/{file.name}", "--key", str(key)) == 0
    assert other.seq() == 2


async def test_after_cuts_only_what_is_missing_is_sent(shop: ShopOfHq, line: Line) -> None:
    cuts = line.sever_after(700)
    assert await shop.back_up() == 0
    assert cuts.is_set()
    (file,) = shop.waiting()
    assert line.counts.bytes_to_target < file.stat().st_size * 2
    record = backup_record.read(shop.state_dir)
    assert record.sent == record.good


async def test_without_head_office_no_backup_counts_and_the_same_one_is_sent_later(
    shop: ShopOfHq, hq: HeadOffice, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TRIES", 1)
    await line.cut(LineCut.REFUSE)
    nightly = shop.nightly()
    with pytest.raises(NotDoneError):
        await nightly.work()
    status = backup_status(shop.state_dir, configured=True)
    assert (status.last_error, status.last_good_at) == ("not_sent", None)
    made = shop.waiting()
    await line.mend()
    await nightly.work()
    assert shop.waiting() == made
    status = backup_status(shop.state_dir, configured=True)
    assert (status.last_error, status.last_good_seq) == ("", 2)


async def test_what_head_office_refuses_is_told_and_a_disk_of_our_own_has_it_all_the_same(
    shop: ShopOfHq, hq: HeadOffice, line: Line, capsys: Said
) -> None:
    shop.join(line, await enrol(hq.db, hq.key_store, STORE), target=True)
    await hq.db.execute("DELETE FROM store_key")
    assert await shop.back_up() == 1
    assert "key_unknown" in capsys.readouterr().err
    (file,) = shop.backups()
    assert note_of(file).exists()
    status = backup_status(shop.state_dir, configured=True)
    assert (status.last_error, status.last_good_file) == ("not_sent", str(file))
    assert main(["backup", "verify", "--config", str(shop.config)]) == 0
