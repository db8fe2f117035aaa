"""`store-agent cashier`: what store IT does with cashiers beside the running agent."""

import asyncio
import json
import shlex
import subprocess

from tests.api.page import CURRENT, Page
from tests.system.agent_process import COMMAND, START_TIMEOUT_S, AgentFiles, AgentProcess, running

PIN, WRONG = "2580", "2581"


async def cashier(
    files: AgentFiles, *arguments: str, pin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `store-agent cashier`; `pin` comes in by standard input."""
    by_stdin = () if pin is None else ("--pin-stdin",)
    return await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, "cashier", *arguments, *by_stdin, "--config", str(files.config)],
        input=None if pin is None else f"{pin}\n",
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


async def sign_in(agent: AgentProcess, number: str, pin: str) -> str:
    """Return who signed in, or the code of the refusal."""
    async with agent.till() as till:
        page = Page(till)
        answer = await page.sign_in(number, pin)
        return answer.code if answer.status != 201 else (await page.get(CURRENT)).json["name"]


async def test_who_is_added_may_sign_in_and_who_is_removed_may_not(files: AgentFiles) -> None:
    async with running(files) as agent:
        told = await cashier(files, "add", "1001", "--name", "安娜", pin=PIN)
        assert (told.returncode, told.stdout) == (0, "Cashier 1001 安娜 (cashier) may sign in.\n")
        assert await sign_in(agent, "1001", PIN) == "安娜"
        listed = await cashier(files, "list", "--json")
        assert json.loads(listed.stdout) == [
            {"cashier": "1001", "name": "安娜", "role": "cashier", "locked_ms": 0}
        ]
        assert (await cashier(files, "remove", "1001")).returncode == 0
        assert await sign_in(agent, "1001", PIN) == "sign_in_refused"
        assert "Nobody may sign in yet" in (await cashier(files, "list")).stdout


async def test_a_lock_is_ended_by_unlock_and_by_a_new_pin(files: AgentFiles) -> None:
    async with running(files) as agent:
        await cashier(files, "add", "1001", "--name", "安娜", pin=PIN)
        for unlocking, pin in (("unlock", None), ("set-pin", "9173")):
            for _ in range(5):
                assert await sign_in(agent, "1001", WRONG) == "sign_in_refused"
            assert await sign_in(agent, "1001", PIN) == "pin_locked"
            assert "locked for" in (await cashier(files, "list")).stdout
            assert (await cashier(files, unlocking, "1001", pin=pin)).returncode == 0
            assert await sign_in(agent, "1001", pin or PIN) == "安娜"


async def test_what_is_wrong_is_told_in_a_line(files: AgentFiles) -> None:
    async with running(files):
        for pin, said in (("12", "4 to 8 digits"), ("1234", "pin_too_simple"), ("", "4 to 8")):
            told = await cashier(files, "add", "1001", "--name", "安娜", pin=pin)
            assert told.returncode in (1, 2)
            assert said in told.stderr
            assert "Traceback" not in told.stderr
        for part in ("unlock", "remove"):
            told = await cashier(files, part, "10/../01 %")
            assert (told.returncode, told.stdout) == (1, "")
            assert "unknown_cashier" in told.stderr or "not_found" in told.stderr
    told = await cashier(files, "list")
    assert (told.returncode, told.stdout) == (1, "")
    assert "systemctl status store-agent" in told.stderr


async def test_the_pin_is_asked_twice_and_never_shown(files: AgentFiles) -> None:
    async with running(files) as agent:
        code, shown = await asyncio.to_thread(_on_terminal, files, PIN, PIN)
        assert code == 0
        assert "may sign in" in shown
        assert PIN not in shown
        assert await sign_in(agent, "1001", PIN) == "安娜"
        code, shown = await asyncio.to_thread(_on_terminal, files, PIN, WRONG)
        assert code == 2
        assert "differ; nothing was changed" in shown


def _on_terminal(files: AgentFiles, *pins: str) -> tuple[int, str]:
    """Add a cashier at a terminal, typing `pins`; return the exit code and what was shown."""
    command = [*COMMAND, "cashier", "add", "1001", "--name", "安娜", "--config", str(files.config)]
    with subprocess.Popen(
        ["script", "-qec", shlex.join(command), "/dev/null"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as terminal:
        assert terminal.stdin is not None
        assert terminal.stdout is not None
        shown = b""
        for asked, pin in zip((b"PIN: ", b"again: "), pins, strict=True):
            while not shown.endswith(asked):
                shown += terminal.stdout.read(1)
            terminal.stdin.write(f"{pin}\n".encode())
            terminal.stdin.flush()
        shown += terminal.stdout.read()
        terminal.stdin.close()
        return terminal.wait(START_TIMEOUT_S), shown.decode()
