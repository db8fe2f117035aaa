"""`store-agent status`, also `--check`: what store IT and monitoring are told of a real agent."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from agent.state_dir import DATABASE_FILE, LOCAL_KEY_FILE
from tests.lab.until import until
from tests.system.agent_process import AgentFiles, running

CALM = ("--free-mb", "0,0", "--unsynced-minutes", "60,60")
TIMEOUT_S = 30.0

Checked = Callable[..., Awaitable[tuple[int, str]]]


async def test_monitoring_is_told_by_one_line_and_the_exit_status(files: AgentFiles) -> None:
    async def checked(*options: str) -> tuple[int, str]:
        told = await asyncio.to_thread(files.run, "status", "--check", *options)
        assert (told.stderr, told.stdout.count("\n")) == ("", 1)
        return told.returncode, told.stdout

    code, said = await checked()
    assert (code, "no agent answers" in said) == (2, True)
    async with running(files):
        code, said = await checked(*CALM)
        assert (code, said.startswith("STORE MB001 OK - sales are recorded")) == (0, True)
        assert (await checked("--free-mb", "999999999,0"))[0] == 1
        assert (await checked("--free-mb", "x"))[0] == 3
        key = files.state_dir / LOCAL_KEY_FILE
        hidden = key.rename(files.state_dir / "hidden")
        assert (await checked())[0] == 3
        hidden.rename(key)
        await _without_its_database(files, checked)


async def _without_its_database(files: AgentFiles, checked: Checked) -> None:
    database = files.state_dir / DATABASE_FILE
    away = database.rename(files.state_dir / "elsewhere")

    async def is_told() -> bool:
        return (await checked(*CALM))[0] == 2

    await until("the check tells it", is_told, timeout_s=TIMEOUT_S)
    _, said = await checked("--json", *CALM)
    assert json.loads(said)["points"][0]["name"] == "recording"
    told = await asyncio.to_thread(files.run, "status")
    assert (told.returncode, "无法安全" in told.stdout) == (1, True)
    away.rename(database)


def test_wrong_settings_are_unknown_to_monitoring(files: AgentFiles) -> None:
    files.config.write_text("[stor]\n")
    told = files.run("status", "--check")
    assert (told.returncode, told.stdout.startswith("STORE UNKNOWN - ")) == (3, True)
