"""`store-agent enroll`: from a code of head office to an agent that syncs; the old PC is fenced."""

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest

from agent.base.clock import HOUR_MS, Millis, SystemClock
from agent.state_dir import CLOSING_KEY_FILE
from agent.store.cash.closing_key import load_closing_key
from sync.enrolment_file import ENROLMENT_FILE, read_enrolment
from sync.hq.closing_keys import list_closing_keys
from sync.hq.enrolment import make_code
from sync.hq.stores import add_store
from tests.lab.chain import Chain
from tests.lab.ports import free_port
from tests.lab.service import Service, console_script
from tests.lab.until import until

STORE = "ME001"
FIRST_S = 30.0


async def code_for(chain: Chain) -> str:
    now = SystemClock().wall()
    async with chain.hq.connection() as connection:
        return str(
            await make_code(
                connection, chain.hq.key_store, STORE, now=now, until=Millis(now + HOUR_MS)
            )
        )


class Pc:
    """A PC with the package's settings and nothing else."""

    def __init__(self, directory: Path, port: int) -> None:
        directory.mkdir()
        self.state_dir = directory / "state"
        self.config = directory / "agent.toml"
        self.config.write_text(
            f'[paths]\nstate_dir = "{self.state_dir}"\n[api]\nport = {port}\n'
            '[log]\nformat = "json"\n[hq]\npoll_seconds = 1\n'
        )
        command = [console_script("store-agent"), "run", "--config", str(self.config)]
        self.agent = Service("agent", command, log=directory / "agent.log")

    async def run(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(console_script("store-agent"), *words, "--config", str(self.config)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(), err.decode()

    async def state(self) -> str:
        """How the exchange with head office stands."""
        _, told, _ = await self.run("status", "--json")
        line = json.loads(told)["line"]
        return str(line["last_error"] or line["upload"])


async def stands_as(pc: Pc, state: str) -> bool:
    return await pc.state() == state


async def test_from_a_code_to_an_agent_that_syncs_and_the_pc_of_before_is_fenced(
    shared_chain: Chain, tmp_path: Path
) -> None:
    chain, hq = shared_chain, shared_chain.hq
    async with hq.connection() as connection:
        await add_store(connection, STORE, name="新店", now=SystemClock().wall())
    old, new = Pc(tmp_path / "old", free_port()), Pc(tmp_path / "new", free_port())

    code, told, wrong = await old.run("enroll", await code_for(chain), "--hq", hq.url, "--json")
    assert (code, wrong.startswith("It counts from")) == (0, True), wrong
    assert json.loads(told)["store"] == STORE
    file = old.state_dir / ENROLMENT_FILE
    assert (file.stat().st_mode & 0o777, old.state_dir.stat().st_mode & 0o777) == (0o600, 0o700)
    left = {path.name: path.stat().st_mode & 0o777 for path in old.state_dir.iterdir()}
    assert left == {ENROLMENT_FILE: 0o600, CLOSING_KEY_FILE: 0o600}
    await old.agent.start()
    try:
        await until("the old PC syncs", partial(stands_as, old, "idle"), timeout_s=FIRST_S)
        token = tmp_path / "token"
        token.write_text((await code_for(chain)).lower() + "\n")
        code, _, wrong = await new.run("enroll", "--token-file", str(token), "--hq", hq.url)
        assert code == 0, wrong
        await new.agent.start()
        await until("the new PC syncs", partial(stands_as, new, "idle"), timeout_s=FIRST_S)
        await old.agent.stop()
        await old.agent.start()
        await until("the old one is fenced", partial(stands_as, old, "fenced"), timeout_s=FIRST_S)
    finally:
        await new.agent.stop()
        await old.agent.stop()
    ids = {one.install_id for one in map(read_enrolment, (old.state_dir, new.state_dir)) if one}
    assert len(ids) == 2
    async with hq.connection() as connection:
        known = await list_closing_keys(connection, store=STORE)
    assert [(one.public_key, one.how) for one in known] == [
        (closing_key_in(pc), "enrolled") for pc in (old, new)
    ]


def closing_key_in(pc: Pc) -> str:
    key = load_closing_key(pc.state_dir / CLOSING_KEY_FILE)
    return key.public_key().public_bytes_raw().hex()


async def test_what_can_t_be_done_has_its_exit_status_and_changes_nothing(
    shared_chain: Chain, tmp_path: Path
) -> None:
    pc = Pc(tmp_path / "pc", 0)
    good = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"
    hq = ("--hq", shared_chain.hq.url)
    for words, stdin, status, said in (
        (["enroll"], "", 2, "no code"),
        (["enroll", "ABC", *hq], "", 2, "24 letters and digits"),
        (["enroll", good], "", 2, "no address of head office"),
        (["enroll", good, "--hq", "hq.example.com"], "", 2, "wrong value"),
        (["enroll", "--token-file", "-", *hq], "", 2, "24 letters and digits"),
        (["enroll", "--token-file", "/nowhere", *hq], "", 2, "/nowhere"),
        (["enroll", good, "--hq", "http://127.0.0.1:9"], "", 1, "not reached"),
        (["enroll", "--token-file", "-", *hq], good + "\n", 3, "code_unknown"),
    ):
        code, told, wrong = await pc.run(*words, stdin=stdin)
        assert (code, told) == (status, ""), (words, wrong)
        assert said in wrong, (words, wrong)
        assert "Traceback" not in wrong
    assert not pc.config.with_name("agent.toml.d").exists()
    assert not (pc.state_dir / ENROLMENT_FILE).exists()


pytestmark = pytest.mark.asyncio(loop_scope="session")
