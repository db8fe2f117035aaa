"""The agent's process: it starts, tells, stops cleanly, and keeps what it acknowledged."""

import asyncio
import json
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from agent.api.entry.keys import LOOK_AGAIN_S
from agent.ops.start_refusal import EXIT_REFUSED
from agent.state_dir import API_KEYS_DIR, DATABASE_FILE, LOCAL_KEY_FILE
from agent.store.sqlite import connect
from sync.enrolment_file import ENROLMENT_FILE
from tests.api.till import Till, sale
from tests.lab.enrolling import keep, of_nobody
from tests.lab.ports import free_port
from tests.lab.process_tree import family
from tests.services.chain import STORE, Chain
from tests.services.facts import checked_events, facts
from tests.services.stopped_clock import NOON
from tests.system.agent_process import AgentFiles, running

SALES = "/api/v1/sales"


async def test_the_status_is_told_to_people_and_machines(files: AgentFiles) -> None:
    async with running(files) as agent:
        async with agent.till() as till:
            await till.post(SALES, sale())
        told = await asyncio.to_thread(files.run, "status", "--json")
        report = json.loads(told.stdout)
        assert (told.returncode, report["store"], report["outbox"]["pending"]) == (0, STORE, 1)
        told = await asyncio.to_thread(files.run, "status")
        assert told.returncode == 0
        for word in (STORE, "断网", "待同步"):
            assert word in told.stdout


async def test_nobody_else_on_this_pc_may_read_what_it_keeps(files: AgentFiles) -> None:
    files.state_dir.rename(files.state_dir.with_name("before"))
    files.state_dir.mkdir()
    files.state_dir.chmod(0o755)
    async with running(files):
        kept = [path for path in files.state_dir.rglob("*") if path.is_file()]
        assert files.state_dir / DATABASE_FILE in kept
        reached = [path for path in kept if path.parent.stat().st_mode & 0o077]
        assert [path.name for path in reached if path.stat().st_mode & 0o077] == []


async def test_the_status_never_goes_through_a_proxy(files: AgentFiles) -> None:
    proxy = {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    async with running(files):
        told = await asyncio.to_thread(files.run, "status", "--json", environ=proxy)
    assert told.returncode == 0, told.stderr


async def test_the_status_of_an_agent_that_does_not_run_says_what_to_do(files: AgentFiles) -> None:
    told = await asyncio.to_thread(files.run, "status")
    assert (told.returncode, told.stdout) == (1, "")
    assert "systemctl status store-agent" in told.stderr


async def test_a_key_that_can_t_be_read_is_not_taken_for_an_agent_that_is_away(
    files: AgentFiles,
) -> None:
    async with running(files):
        key = files.state_dir / LOCAL_KEY_FILE
        key.rename(files.state_dir / "kept")
        told = await asyncio.to_thread(files.run, "status")
        assert (told.returncode, told.stdout) == (1, "")
        assert f"there is no {key}" in told.stderr
        key.mkdir()  # no file mode keeps root from reading
        told = await asyncio.to_thread(files.run, "status")
        assert (told.returncode, told.stdout) == (1, "")
        assert "Is it running" not in told.stderr
        assert "runuser -u store-agent" in told.stderr


async def test_a_port_that_is_taken_is_told_with_how_to_see_by_whom(files: AgentFiles) -> None:
    with socket.create_server(("127.0.0.1", files.port)):
        told = await asyncio.to_thread(files.run, "run")
    assert (told.returncode, "Traceback" in told.stderr) == (1, False)
    assert f"127.0.0.1:{files.port} can't be listened on: address already in use" in told.stderr
    assert f"ss -ltnp 'sport = :{files.port}'" in told.stderr


async def test_the_status_of_something_else_on_the_port_is_no_traceback(files: AgentFiles) -> None:
    async with running(files):
        pass  # leaves its key behind
    async with await asyncio.start_server(_say_hello, "127.0.0.1", files.port):
        told = await asyncio.to_thread(files.run, "status")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "no agent answers" in told.stderr


def test_three_mistakes_in_the_settings_are_told_at_once(tmp_path: Path) -> None:
    files = _settings(tmp_path, '[stor]\ncode = "MB001"\n[api]\nprot = 1\n[log]\nlevel = "inf"\n')
    for command in (("check-config",), ("check-config", "--json"), ("run",)):
        told = files.run(*command)
        assert len(_criticals(told.stderr)) == (command == ("run",))
        assert (told.returncode, told.stdout) == (2, "")
        assert "mistakes in the settings" in told.stderr
        for hint in ("did you mean '[store]'", "did you mean '[api] port'", "did you mean 'info'"):
            assert hint in told.stderr


def test_good_settings_are_told_to_be_good(tmp_path: Path) -> None:
    files = _settings(tmp_path, f'[store]\ncode = "MB001"\n[api]\nport = {free_port()}\n')
    assert "good" in files.run("check-config").stdout
    told = files.run("check-config", "--json")
    assert (told.returncode, json.loads(told.stdout)["store"]["code"]) == (0, "MB001")


async def test_the_tills_open_whatever_enrolment_left(files: AgentFiles) -> None:
    (files.state_dir / ENROLMENT_FILE).write_text("{")
    drop_ins = files.config.with_name("agent.toml.d")
    drop_ins.mkdir()
    (drop_ins / "hq.toml").write_text('[hq]\nurls = ["http://127.0.0.1:9"]\n')
    async with running(files) as agent, agent.till() as till:
        told = await asyncio.to_thread(files.run, "status", "--json")
        assert told.returncode == 0, told.stderr
        assert (await till.post(SALES, sale())).status == 201


async def test_the_outbox_is_listed_beside_the_running_agent(files: AgentFiles) -> None:
    async with running(files) as agent:
        async with agent.till() as till:
            for _ in range(3):
                await till.post(SALES, sale())
        told = await asyncio.to_thread(files.run, "outbox", "list", "--json", "--limit", "2")
        shown = json.loads(told.stdout)
        assert (told.returncode, shown["pending"], shown["acked_seq"]) == (0, 3, 0)
        assert [event["seq"] for event in shown["events"]] == [1, 2]
        assert shown["events"][0]["kind"] == "sale.recorded"
        told = await asyncio.to_thread(files.run, "outbox", "list")
        assert "3 events to be synced" in told.stdout


async def test_times_are_those_of_the_store_wherever_this_pc_believes_to_be(
    files: AgentFiles,
) -> None:
    await _sell(files, 1)
    listed = await asyncio.to_thread(files.run, "outbox", "list", "--json")
    sold_at = json.loads(listed.stdout)["events"][0]["occurred_at"] / 1000
    in_store = datetime.fromtimestamp(sold_at, ZoneInfo("Asia/Shanghai"))
    elsewhere = {"TZ": "America/New_York", "COLUMNS": "200"}
    told = await asyncio.to_thread(files.run, "outbox", "list", environ=elsewhere)
    assert in_store.strftime("%Y-%m-%d %H:%M:%S") in told.stdout


@pytest.mark.parametrize("limit", ["-5", "0", "x"])
async def test_a_limit_that_is_no_number_of_events_is_refused(
    files: AgentFiles, limit: str
) -> None:
    told = await asyncio.to_thread(files.run, "outbox", "list", f"--limit={limit}")
    assert told.returncode == 2
    assert f"expected a whole number from 1, got '{limit}'" in told.stderr


async def test_a_whole_journal_is_verified_and_a_broken_one_is_found(files: AgentFiles) -> None:
    await _sell(files, 3)
    good = await asyncio.to_thread(files.run, "outbox", "verify", "--json")
    assert good.returncode == 0
    assert json.loads(good.stdout) | {"last_hash": ""} == {
        "whole": True,
        "checked": 3,
        "last_seq": 3,
        "last_hash": "",
        "broken": None,
        "differing": [],
    }
    _tamper(files, "UPDATE journal SET cashier = 'X' WHERE seq = 2")
    bad = await asyncio.to_thread(files.run, "outbox", "verify", "--json")
    assert (bad.returncode, json.loads(bad.stdout)["whole"]) == (1, False)
    bad = await asyncio.to_thread(files.run, "outbox", "verify")
    assert bad.returncode == 1
    assert "journal broken at seq 2" in bad.stderr
    assert "call head office" in bad.stderr.replace("\n", " ")


async def test_a_start_on_a_broken_chain_sets_it_aside_and_sells_on(files: AgentFiles) -> None:
    await _sell(files, 3)
    _tamper(files, "UPDATE journal SET cashier = 'X' WHERE seq = 2")
    before = facts(files.state_dir)
    async with running(files) as agent:
        async with agent.till() as till:
            assert (await till.post(SALES, sale())).status == 201
        agent.process.terminate()
        assert await agent.end() == 0
        _, told = await agent.output()
    [line] = _criticals(told)
    assert line["event"] == "database_set_aside"
    assert "broken at seq 2" in line["why"]
    assert line["next"] == f"store-agent recover {line['kept_in']}/{DATABASE_FILE}"
    assert facts(Path(line["kept_in"])) == before


async def test_the_start_on_another_stores_files_is_refused(files: AgentFiles) -> None:
    files.config.write_text(files.config.read_text().replace(STORE, "MB002"))
    told = await asyncio.to_thread(files.run, "run")
    assert told.returncode == EXIT_REFUSED
    assert "belongs to store MB001" in told.stderr


def _garbage(data: bytes) -> bytes:
    return b"\xa5" * len(data)


def _damaged_header(data: bytes) -> bytes:
    return b"\xa5" * 100 + data[100:]


def _damaged_pages(data: bytes) -> bytes:
    return data[:4_096] + b"\xa5" * (len(data) - 4_096)


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("damage", [_garbage, _damaged_header, _damaged_pages, _cut])
async def test_of_a_damaged_file_the_commands_say_to_keep_it(
    files: AgentFiles, damage: Callable[[bytes], bytes]
) -> None:
    await _sell(files, 200)
    database = files.state_dir / DATABASE_FILE
    database.write_bytes(damage(database.read_bytes()))
    for command in ("verify", "list"):
        told = await asyncio.to_thread(files.run, "outbox", command)
        assert told.returncode == 1
        words = told.stderr.replace("\n", " ")
        for said in ("as it is, copy it aside", "call head office"):
            assert said in words
        for wrong in ("Traceback", "room", "Has the agent run here"):
            assert wrong not in words


async def test_a_port_that_is_taken_is_told(files: AgentFiles) -> None:
    with socket.create_server(("127.0.0.1", files.port)):
        told = await asyncio.to_thread(files.run, "run")
    assert told.returncode == 1
    assert str(files.port) in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("address", ["nonsense", "/nowhere/notify"])
async def test_a_service_manager_that_can_not_hear_is_told_in_a_line(
    files: AgentFiles, address: str
) -> None:
    told = await asyncio.to_thread(files.run, "run", environ={"NOTIFY_SOCKET": address})
    assert told.returncode == 1
    lines = told.stderr.splitlines()
    assert [line for line in lines if line.startswith("store-agent does not start: NOTIFY_SOCKET")]
    assert "Traceback" not in {line.split(" ")[0] for line in lines}
    [critical] = _criticals(told.stderr)
    assert (critical["event"], "NOTIFY_SOCKET" in critical["why"]) == ("not_started", True)


async def test_a_second_agent_on_the_same_files_is_refused(files: AgentFiles) -> None:
    async with running(files) as agent:
        told = await asyncio.to_thread(files.run, "run")
        assert told.returncode == 1
        assert f"another store-agent (process {agent.process.pid})" in told.stderr
        async with agent.till() as till:
            assert (await till.post(SALES, sale())).status == 201


async def test_sigterm_stops_cleanly_and_leaves_no_process(files: AgentFiles) -> None:
    async with running(files) as agent, agent.till() as till:
        assert (await till.post(SALES, sale())).status == 201  # the connection stays open
        pid = agent.process.pid
        agent.process.send_signal(signal.SIGTERM)
        assert await agent.end() == 0
        stdout, stderr = await agent.output()
        assert stdout == ""
        assert "Traceback" not in stderr
        assert "error" not in {json.loads(line)["level"] for line in stderr.splitlines()}
    assert family(pid) == set()
    assert checked_events(files.state_dir, STORE) == 1


async def test_sigterm_stops_an_agent_whose_head_office_does_not_answer(
    files: AgentFiles,
) -> None:
    keep(of_nobody(STORE), files.state_dir)
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        port = silent.getsockname()[1]
        text = files.config.read_text().replace(
            "[hq]\n",
            f'[hq]\nurls = ["http://127.0.0.1:{port}"]\n',
        )
        files.config.write_text(text)
        async with running(files) as agent:
            async with agent.till() as till:
                assert (await till.post(SALES, sale())).status == 201
            agent.process.send_signal(signal.SIGTERM)
            assert await agent.end() == 0


class Acknowledged:
    """The sales that the till was told are recorded."""

    def __init__(self) -> None:
        self.sales: list[str] = []
        self._one_more = asyncio.Event()

    def add(self, sale_id: str) -> None:
        self.sales.append(sale_id)
        self._one_more.set()

    async def reach(self, count: int) -> None:
        """Return when there are so many."""
        while len(self.sales) < count:
            self._one_more.clear()
            await self._one_more.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_what_was_acknowledged_is_there_after_the_process_was_ended(
    files: AgentFiles, number: signal.Signals
) -> None:
    told = Acknowledged()
    for _ in range(3):
        async with running(files) as agent, agent.till() as till:
            tills = [asyncio.create_task(_sell_until_cut(till, told)) for _ in range(8)]
            await told.reach(len(told.sales) + 40)
            agent.process.send_signal(number)
            await agent.end()
            await asyncio.gather(*tills)
    async with running(files) as agent, agent.till() as till:
        for sale_id in told.sales:
            assert (await till.get(f"{SALES}/{sale_id}")).status == 200
        assert (await till.get(f"{SALES}/never-told")).status == 404
    assert checked_events(files.state_dir, STORE) >= len(told.sales) >= 120


async def test_a_new_key_counts_at_once_and_is_shown_once(files: AgentFiles) -> None:
    async with running(files) as agent, agent.till() as till:
        made = await asyncio.to_thread(files.run, "api-key", "add", "pos-1")
        key = made.stdout.strip()
        assert (await till.send("GET", "/api/v1/status", api_key=key)).status == 200
    kept = (files.state_dir / "api-keys" / "pos-1").read_text()
    assert key not in kept
    wrong = await asyncio.to_thread(files.run, "api-key", "add", "../pos")
    assert (wrong.returncode, wrong.stdout) == (2, "")


async def test_a_key_that_is_taken_away_counts_no_longer(files: AgentFiles) -> None:
    async with running(files) as agent, agent.till() as till:
        made = await asyncio.to_thread(files.run, "api-key", "add", "pos-1")
        listed = await asyncio.to_thread(files.run, "api-key", "list", "--json")
        assert json.loads(listed.stdout) == ["local", "pos-1"]
        removed = await asyncio.to_thread(files.run, "api-key", "remove", "pos-1")
        assert (removed.returncode, "pos-1" in removed.stdout) == (0, True)
        listed = await asyncio.to_thread(files.run, "api-key", "list")
        assert listed.stdout.split() == ["local"]
        await asyncio.sleep(LOOK_AGAIN_S)  # what the directory promises: a second at most
        key = made.stdout.strip()
        assert (await till.send("GET", "/api/v1/status", api_key=key)).status == 401
    for name, code in (("pos-1", 1), ("../api.key", 2)):
        told = await asyncio.to_thread(files.run, "api-key", "remove", name)
        assert (told.returncode, told.stdout) == (code, "")
        assert name in told.stderr


@pytest.mark.parametrize("command", [("add", "pos-1"), ("list",), ("remove", "pos-1")])
async def test_a_directory_of_keys_that_can_not_be_used_is_told(
    files: AgentFiles, command: tuple[str, ...]
) -> None:
    files.state_dir.mkdir(exist_ok=True)
    (files.state_dir / API_KEYS_DIR).touch()
    told = await asyncio.to_thread(files.run, "api-key", *command)
    assert (told.returncode, told.stdout) == (1, "")
    assert str(files.state_dir / API_KEYS_DIR) in told.stderr
    assert "Traceback" not in told.stderr


async def _sell(files: AgentFiles, count: int) -> None:
    """Sell so often, then stop the agent."""
    async with running(files) as agent:
        async with agent.till() as till:
            for _ in range(count):
                assert (await till.post(SALES, sale())).status == 201
        agent.process.send_signal(signal.SIGTERM)
        assert await agent.end() == 0


async def _sell_until_cut(till: Till, told: Acknowledged) -> None:
    with suppress(aiohttp.ClientError):
        while (answer := await till.post(SALES, sale())).status == 201:
            told.add(answer.json["sale_id"])


async def _say_hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    writer.close()


def _criticals(stderr: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in stderr.splitlines() if line.startswith("{"))
    return [line for line in lines if line["level"] == "critical"]


def _tamper(files: AgentFiles, statement: str) -> None:
    db = connect(str(files.state_dir / DATABASE_FILE))
    db.execute(statement)
    db.close()


def _settings(directory: Path, text: str) -> AgentFiles:
    files = AgentFiles(Chain(NOON), directory)
    files.config.write_text(text)
    return files
