"""Backups: made beside the till, opened only with the key, brought back without doubling
anything."""

import asyncio
import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import decrypt

from agent.cli import main
from agent.ops.backup.keys import make_key
from agent.ops.backup.target import note_of
from agent.state_dir import DATABASE_FILE, PEPPER_FILE, WORK_DIR
from agent.store.house import backup_record, quarantine
from agent.store.line import journal, sync_state
from agent.store.sqlite import connect
from tests.faults.small_disk import on_small_disk
from tests.services.chain import Chain
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import StoppedClock
from tests.system.agent_process import COMMAND


class Shop(StoreOnDisk):
    """A store with settings for its commands, a target and a key."""

    def __init__(self, chain: Chain, clock: StoppedClock, directory: Path) -> None:
        super().__init__(chain, clock, directory / "state")
        self.target = directory / "target"
        self.key = directory / "key"
        self.config = directory / "agent.toml"
        self.target.mkdir()
        self.configure(make_key(self.key))

    def configure(self, *recipients: str, mounted: str = "false") -> None:
        self.config.write_text(
            f'[store]\ncode = "MB001"\n[paths]\nstate_dir = "{self.state_dir}"\n'
            f'[backup]\ntarget = "{self.target}"\nrecipients = {json.dumps(recipients)}\n'
            f"must_be_mounted = {mounted}\n"
        )

    def run(self, *arguments: str) -> int:
        return main([*arguments, "--config", str(self.config)])

    def backups(self) -> list[Path]:
        return sorted(self.target.glob("*.age"))

    def seq(self) -> int:
        db = connect(str(self.file), read_only=True)
        try:
            return journal.tip(db).seq
        finally:
            db.close()


@pytest.fixture
def shop(chain: Chain, clock: StoppedClock, tmp_path: Path) -> Shop:
    return Shop(chain, clock, tmp_path)


Said = pytest.CaptureFixture[str]


async def test_a_backup_is_made_while_the_till_sells_and_the_record_tells_of_it(
    shop: Shop, capsys: Said
) -> None:
    await shop.worked(3)
    (shop.state_dir / PEPPER_FILE).write_bytes(b"p" * 32)
    async with shop.opened() as desk:
        await shop.sell(desk)
        assert shop.run("backup", "now", "--json") == 0
        await shop.sell(desk)
    told = json.loads(capsys.readouterr().out)
    (file,) = shop.backups()
    good = backup_record.read(shop.state_dir).good
    assert good is not None
    assert (told["events"], good.seq, good.file) == (4, 4, str(file))
    assert file.stat().st_mode & 0o077 == 0
    assert not list((shop.state_dir / WORK_DIR).glob("*.db*"))

    assert shop.run("backup", "list", "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["file"], listed["note"]["seq"]) == (str(file), 4)
    assert shop.run("backup", "verify") == 0
    assert shop.run("backup", "verify", "--key", str(shop.key), "--json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["content"]["seq"] == 4


async def test_a_backup_opens_without_anything_of_ours(shop: Shop, tmp_path: Path) -> None:
    from agent.ops.backup.keys import read_identities

    await shop.worked(2)
    assert shop.run("backup", "now") == 0
    (file,) = shop.backups()
    plain = tmp_path / "plain.tar.gz"
    plain.write_bytes(decrypt(file.read_bytes(), read_identities(shop.key)))
    with tarfile.open(plain) as tar:
        assert DATABASE_FILE in tar.getnames()


async def test_the_pc_itself_can_t_read_its_backup(shop: Shop, tmp_path: Path) -> None:
    await shop.worked(1)
    assert shop.run("backup", "now") == 0
    (file,) = shop.backups()
    content = file.read_bytes()
    assert b"SQLite" not in content
    assert not any("AGE-SECRET" in path.read_text("latin-1") for path in _files(shop.state_dir))


async def test_a_restored_store_goes_on_anew_and_repeats_no_number_and_no_sale(
    shop: Shop, capsys: Said
) -> None:
    receipts = await shop.worked(3)
    assert shop.run("backup", "now") == 0
    async with shop.opened() as desk:
        later = [await shop.sell(desk, key="asked again"), await shop.sell(desk)]
    assert shop.run("backup", "restore", "--key", str(shop.key)) == 0
    assert shop.seq() == 3
    (aside,) = quarantine.listed(shop.state_dir)
    assert f"store-agent recover {aside.directory}" in capsys.readouterr().out

    async with shop.opened() as desk:
        assert (await desk.database.read(sync_state.get)).anew
        assert await shop.sell(desk, key="asked again") == later[0]
        assert await shop.sell(desk) not in receipts + later
    assert shop.run("recover", f"{aside.directory}/{DATABASE_FILE}", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["recorded"], report["known"], report["lost"]) == (2, 3, [])
    assert shop.seq() == 3 + 1 + 2
    assert quarantine.listed(shop.state_dir)[0].recovered


async def test_a_restore_beside_a_running_agent_is_refused(shop: Shop, capsys: Said) -> None:
    await shop.worked(1)
    assert shop.run("backup", "now") == 0
    async with shop.opened():
        assert shop.run("backup", "restore", "--key", str(shop.key)) == 1
    assert "systemctl stop store-agent" in capsys.readouterr().err


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1_000)


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("harm", [cut, flip, empty])
async def test_a_backup_that_was_harmed_is_found_and_restores_nothing(
    shop: Shop, harm: Callable[[Path], None], capsys: Said
) -> None:
    await shop.worked(2)
    assert shop.run("backup", "now") == 0
    (file,) = shop.backups()
    harm(file)
    assert shop.run("backup", "verify") == 1
    assert "not as it was written" in capsys.readouterr().err
    note_of(file).unlink()
    assert shop.run("backup", "verify", "--key", str(shop.key)) == 1
    assert "can't be opened" in capsys.readouterr().err
    assert shop.run("backup", "restore", "--key", str(shop.key)) == 1
    assert shop.seq() == 2
    assert quarantine.listed(shop.state_dir) == []


async def test_the_key_may_come_by_standard_input(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a shell of root's, since the agent's own user may not read the file."""
    await shop.worked(1)
    assert shop.run("backup", "now") == 0
    with shop.key.open() as key:
        monkeypatch.setattr("sys.stdin", key)
        assert shop.run("backup", "verify", "--key", "-") == 0


async def test_another_key_opens_nothing(shop: Shop, tmp_path: Path, capsys: Said) -> None:
    await shop.worked(1)
    assert shop.run("backup", "now") == 0
    make_key(tmp_path / "other")
    assert shop.run("backup", "restore", "--key", str(tmp_path / "other")) == 1
    assert "Is the key the one for this backup" in capsys.readouterr().err
    assert shop.run("backup", "restore", "--key", str(shop.config)) == 1
    assert "no private key of age" in capsys.readouterr().err


async def test_the_backup_of_a_damaged_database_is_none(shop: Shop, capsys: Said) -> None:
    await shop.worked(2)
    assert shop.run("backup", "now") == 0
    shop.spoil(-1)
    db = connect(str(shop.file))
    db.execute("UPDATE journal SET cashier = 'X' WHERE seq = 1")
    db.close()
    assert shop.run("backup", "now") == 1
    assert "is damaged" in capsys.readouterr().err
    record = backup_record.read(shop.state_dir)
    assert (record.good is not None, record.failed and record.failed.code) == (
        True,
        "database_damaged",
    )
    assert len(shop.backups()) == 1


async def test_a_disk_that_is_not_mounted_is_told(shop: Shop, capsys: Said) -> None:
    await shop.worked(1)
    shop.configure(shop.key.read_text().split()[3], mounted="true")
    assert shop.run("backup", "now") == 1
    assert "is on the disk of the journal itself" in capsys.readouterr().err
    shop.target.rmdir()
    assert shop.run("backup", "now") == 1
    assert "not a directory that is there" in capsys.readouterr().err
    shop.target.write_text("")
    assert shop.run("backup", "now") == 1
    failed = backup_record.read(shop.state_dir).failed
    assert failed is not None
    assert failed.code == "target_missing"
    assert list(shop.state_dir.glob("**/*.partial")) == []


@pytest.mark.parametrize(
    ("disk", "code", "said"),
    [
        ("good", 0, "read back and whole"),
        ("full", 1, "make room"),
        ("read-only", 1, "can't be written to: Read-only file system"),
    ],
)
async def test_on_a_disk_of_its_own_it_is_made_or_told_why_not(
    shop: Shop, tmp_path: Path, disk: str, code: int, said: str
) -> None:
    await shop.worked(1)
    shop.configure(shop.key.read_text().split()[3], mounted="true")
    content = tmp_path / "content"
    content.mkdir()
    (content / "somebody else's").touch()
    prefix = on_small_disk(shop.target, size=4 << 20, content=content, full=disk == "full")
    if disk == "read-only":
        prefix = (*prefix, "sh", "-ec", 'mount -o remount,ro "$1"; shift; exec "$@"', "sh")
        prefix = (*prefix, str(shop.target))
    told = await asyncio.to_thread(
        subprocess.run,
        [*prefix, *COMMAND, "backup", "now", "--config", str(shop.config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in told.stdout + told.stderr
    assert told.returncode == code


async def test_a_key_is_made_once_and_its_public_half_is_told(
    shop: Shop, tmp_path: Path, capsys: Said
) -> None:
    assert main(["backup", "new-key", str(tmp_path / "new")]) == 0  # without an agent's settings
    told = capsys.readouterr().out
    assert "AGE-SECRET" not in told
    assert (tmp_path / "new").read_text().splitlines()[0].split()[-1] in told
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert shop.run("backup", "new-key", str(tmp_path / "new")) == 1


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]
