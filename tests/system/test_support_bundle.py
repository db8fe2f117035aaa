"""A support bundle: what the support needs, within a bound, and no secret in any byte of it."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from agent.ops.bundle.archive import MANIFEST, MAX_BUNDLE_BYTES, gathered, write
from agent.ops.bundle.masking import Masker
from agent.ops.bundle.members import Part, parts
from agent.settings import load_settings
from agent.state_dir import API_KEYS_DIR, DATABASE_FILE, LOCAL_KEY_FILE, PEPPER_FILE
from agent.store.sqlite import connect
from tests.lab.enrolling import keep, of_nobody
from tests.services.chain import STORE
from tests.system.agent_process import AgentFiles, running

PHONE, PIN = "13812345678", "482916"
TOKEN = "HQ1" + "ABCDEFG2" * 12
COUPON, SPOKEN = "XQ-7H3K-99ZT", "SPRINGTIME-4711"
API_KEY, HQ_KEY = "sk_" + secrets.token_urlsafe(32), "hk_" + secrets.token_urlsafe(32)
PASSWORD = "hunter2hunter2"
SECRETS = (PHONE, PIN, TOKEN, COUPON, SPOKEN, API_KEY, HQ_KEY, PASSWORD)
MARKER = "a_line_that_has_to_be_found"


def journal() -> str:
    """Lines of a log in which somebody forgot everything, in each form that lines have."""
    lines = [json.dumps({"timestamp": "2026-11-30T02:00:00Z", "event": MARKER})]
    for secret in SECRETS:
        lines += [
            json.dumps({"event": "it_failed", "why": f"can't take {secret} at T1"}),
            json.dumps({"event": "it_failed", "pin": secret, "scan": {"code": [secret]}}),
            json.dumps({"event": "it_failed", secret: 1, "nested": {"deep": [{"x": secret}]}}),
            f"Traceback: ValueError({secret!r})",
            f'{{"event": "broken off", "code": "{secret}',
        ]
    lines += [json.dumps({"event": "as_numbers", "member": int(PHONE), "pin": int(PIN)})]
    lines += [f"the PIN is {PIN}", f"密码:{PIN}", f"pin={PIN} password: {PASSWORD}"]
    return "\n".join(lines) + "\n"


def plant(files: AgentFiles, directory: Path) -> dict[str, str]:
    """Put secrets wherever something is taken from; return the environment to run with."""
    enrolment = of_nobody(STORE, root_key=files.chain.root_key)
    keep(msgspec.structs.replace(enrolment, private_key=HQ_KEY), files.state_dir)
    with files.config.open("a") as config:
        config.write(
            f'[receipt]\nheader = ["电话 {PHONE}"]\n'
            f'e_receipt_url = "https://x:{PASSWORD}@e.example/?key={PASSWORD}&r={{receipt}}"\n'
        )
    text = files.config.read_text()
    root_key = f'root_key = "{files.chain.root_key}"'
    hq = f'{root_key}\nurls = ["https://u:{PASSWORD}@127.0.0.1:1"]'
    files.config.write_text(text.replace(root_key, hq))
    state = files.state_dir
    (state / API_KEYS_DIR).mkdir(exist_ok=True)
    for secret in SECRETS:
        (state / f"copy of {secret}.txt").write_text(secret)
    (state / PEPPER_FILE).write_text(PASSWORD)
    (state / LOCAL_KEY_FILE).write_text(API_KEY)
    db = connect(str(state / DATABASE_FILE))
    db.execute(f'CREATE TABLE "left of {COUPON}" (token TEXT)')
    db.executemany(f'INSERT INTO "left of {COUPON}" VALUES (?)', [(s,) for s in SECRETS])
    db.commit()
    db.close()
    commands = directory / "bin"
    commands.mkdir()
    log = directory / "journal"
    log.write_text(journal())
    for name in ("journalctl", "systemctl"):
        command = commands / name
        command.write_text(f"#!/bin/sh\nexec cat {log}\n")
        command.chmod(0o755)
    return {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "STORE_AGENT_STORE__NAME": f"店 {PHONE} {TOKEN}",
    }


def members_of(bundle: Path) -> dict[str, bytes]:
    with tarfile.open(bundle) as archive:
        read = ((member.name, archive.extractfile(member)) for member in archive)
        return {name.partition("/")[2]: file.read() for name, file in read if file is not None}


def made(files: AgentFiles, bundle: Path, environ: Mapping[str, str]) -> dict[str, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli", "support-bundle", bundle, "--config", files.config],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
    assert bundle.stat().st_mode & 0o777 == 0o600
    return members_of(bundle)


def leaks(members: Mapping[str, bytes]) -> list[tuple[str, str]]:
    return [
        (name, secret)
        for name, content in members.items()
        for secret in SECRETS
        if secret.encode() in name.encode() + content
    ]


async def test_no_secret_is_in_any_byte_and_what_the_support_needs_is(
    files: AgentFiles, tmp_path: Path
) -> None:
    environ = plant(files, tmp_path)
    stopped = made(files, tmp_path / "stopped.tar.gz", environ)
    assert leaks(stopped) == []
    assert MARKER.encode() in stopped["log.txt"], "the control: lines of the log are there"
    assert leaks({"control": journal().encode()}), "the control: they did hold secrets"
    assert "no agent answers" in stopped["status.json"].decode()
    assert json.loads(stopped["database.json"])["rows"]["journal"] == 0
    assert json.loads(stopped["settings.json"])["store"]["code"] == "MB001"
    assert b"could not be made" not in b"".join(stopped.values())


async def test_of_a_running_agent_it_holds_the_status_and_the_figures(files: AgentFiles) -> None:
    settings = load_settings(files.config, {})
    async with running(files):
        made = {part.name: part.make for part in parts(settings, files.config, Masker())}
        status = json.loads(await asyncio.to_thread(made["status.json"]))
        assert (status["store"], status["line"]["upload"]) == ("MB001", "unconfigured")
        assert "store_agent_sales_recordable 1.0" in await asyncio.to_thread(made["metrics.txt"])


def a_bundle(file: Path, *of: Part) -> dict[str, bytes]:
    masker = Masker()
    write(file, gathered(of, masker), masked=masker.masked)
    return members_of(file)


def test_the_manifest_comes_first_and_tells_each_part_with_its_size(tmp_path: Path) -> None:
    def broken() -> str:
        raise OSError(f"no disk, and {TOKEN}")

    bundle = tmp_path / "bundle.tar.gz"
    members = a_bundle(bundle, Part("a.txt", "one", lambda: "12345"), Part("b.txt", "two", broken))
    assert [*members] == [MANIFEST, "a.txt", "b.txt"]
    told = members[MANIFEST].decode()
    assert "a.txt                     5 bytes  one" in told
    assert b"could not be made: OSError" in members["b.txt"]
    assert leaks(members) == []
    with pytest.raises(FileExistsError):
        a_bundle(bundle)


@pytest.mark.parametrize("sign", ["x", "饭"])
def test_however_much_there_is_the_bundle_stays_below_its_bound(tmp_path: Path, sign: str) -> None:
    much = sign * MAX_BUNDLE_BYTES
    of = [Part(f"{place}.txt", "much", lambda: f"{much}the newest", True) for place in range(3)]
    members = a_bundle(tmp_path / "bundle.tar.gz", *of, Part("late.txt", "first", lambda: much))
    told = members.pop(MANIFEST).decode()
    assert sum(map(len, members.values())) <= MAX_BUNDLE_BYTES
    assert members["0.txt"].endswith(b"the newest")
    assert b"bytes left out" in members["0.txt"]
    assert told.count("left out") == 4
