"""`store-agent selftest` as a vendor runs it: beside the running agent, with the client's key."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.facts import facts
from tests.system.agent_process import AgentFiles, running


@pytest.fixture
def selftest(files: AgentFiles) -> Callable[..., Any]:
    key = files.run("api-key", "add", "pos-1").stdout.strip()

    async def run(*arguments: str, key: str = key) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(files.run, "selftest", "--key", key, *arguments)

    return run


async def test_a_right_key_passes_and_nothing_reaches_the_store(
    files: AgentFiles, selftest: Callable[..., Any]
) -> None:
    async with running(files):
        before = facts(files.state_dir)
        told = await selftest("--code", files.chain.token())
        after = facts(files.state_dir)
    assert (told.returncode, told.stderr) == (0, "")
    assert "✕" not in told.stdout
    assert "0 wrong 不符" in told.stdout
    assert "nothing of it reached the store" in told.stdout
    assert before == after


async def test_a_wrong_key_fails_and_says_what_to_do(
    files: AgentFiles, selftest: Callable[..., Any]
) -> None:
    async with running(files):
        told = await selftest(key="sk_wrong")
    assert told.returncode == 1
    assert "✕" in told.stdout
    assert "store-agent api-key add" in told.stdout
    assert "api_key_unknown" in told.stdout
    assert "sk_wrong" not in told.stdout
    assert "not tried: first" not in told.stdout


async def test_a_program_can_read_what_was_found(
    files: AgentFiles, selftest: Callable[..., Any]
) -> None:
    async with running(files):
        right, wrong = await selftest("--json"), await selftest("--json", key="sk_wrong")
    report = json.loads(right.stdout)
    assert (right.returncode, report["passed"]) == (0, True)
    marks = {check["name"]: check["mark"] for check in report["checks"]}
    assert marks["idempotency_repeated"] == "right"
    assert marks["redemption"] == "not_tried"
    failed = json.loads(wrong.stdout)
    assert (wrong.returncode, failed["passed"]) == (1, False)
    transcripts = {check["name"]: check["transcript"] for check in failed["checks"]}
    assert "→ 401" in transcripts["key"][1]


async def test_where_no_agent_runs_it_says_so(selftest: Callable[..., Any]) -> None:
    told = await selftest("--url", "127.0.0.1:9")
    assert told.returncode == 1
    assert "no answer" in told.stdout
    assert "systemctl status store-agent" in told.stdout
    assert "api-key add" not in told.stdout


@pytest.mark.parametrize("key", ["", "sk_1\nsk_2", "sk_é"])
async def test_what_can_t_be_a_key_is_told(selftest: Callable[..., Any], key: str) -> None:
    told = await selftest(key=key)
    assert (told.returncode, told.stdout) == (2, "")
    assert "the key is one word" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_key_may_come_from_a_file(files: AgentFiles) -> None:
    told = files.run("selftest", "--key-file", str(files.state_dir / "none"))
    assert told.returncode == 2
    assert "the key can't be read" in told.stderr
    assert files.run("selftest").returncode == 2


def test_it_knows_the_agent_by_its_answers_only() -> None:
    script = "import agent.ops.selftest.command, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "agent.ops.selftest.wire" in loaded
    inside = ("agent.api", "agent.services", "agent.store", "agent.domain", "sync")
    assert [name for name in loaded if name.startswith(inside)] == []
