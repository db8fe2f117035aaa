"""`store-agent doctor` as store IT runs it: beside a running agent, without one, and to mend."""

import asyncio
import json
import subprocess
from typing import Any

from agent.ops.doctor.registry import checks_for
from agent.settings import load_settings
from agent.state_dir import LOCAL_KEY_FILE
from tests.system.agent_process import AgentFiles, running

RESULTS = ("bad", "warn", "unknown", "good")
EXITS = {"good": 0, "bad": 1, "warn": 3, "unknown": 4}


def told(done: subprocess.CompletedProcess[str]) -> dict[str, list[Any]]:
    """What was told, by check; the exit status is the worst of it."""
    answer = json.loads(done.stdout)
    results = {one["result"] for one in answer["findings"]}
    worst = next(result for result in RESULTS if result in results)
    assert (answer["result"], done.returncode) == (worst, EXITS[worst])
    by_check: dict[str, list[Any]] = {}
    for one in answer["findings"]:
        assert one["said"]["zh-CN"]
        assert one["said"]["en"]
        by_check.setdefault(one["check"], []).append(one)
    return by_check


async def doctor(files: AgentFiles, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(files.run, "doctor", *arguments)


async def test_every_check_is_told_with_the_agent_running_and_stopped(files: AgentFiles) -> None:
    ids = {check.id for check in checks_for(load_settings(files.config, {}))}
    async with running(files):
        found = told(await doctor(files, "--json"))
    assert {*found} == ids
    assert [one["code"] for one in found["port"]] == ["port_ours"]
    assert [one["code"] for one in found["journal"]] == ["journal_whole"]
    assert found["sync"][0]["result"] == "good"
    found = told(await doctor(files, "--json"))
    assert {*found} == ids
    assert [one["code"] for one in found["port"]] == ["port_free"]
    assert found["service"][0]["result"] == "bad"
    assert found["sync"][0]["result"] == "unknown"


async def test_fix_runs_what_is_safe_and_says_what_it_did(files: AgentFiles) -> None:
    key = files.state_dir / LOCAL_KEY_FILE
    key.write_text("sk_1")
    files.state_dir.chmod(0o755)
    key.chmod(0o644)
    only = ("--only", "permissions", "--json")
    found = told(await doctor(files, *only))
    assert [one["code"] for one in found["permissions"]] == ["mode_open"]
    done = await doctor(files, *only, "--fix", "--yes")
    (fix,) = json.loads(done.stdout)["fixes"]
    assert fix == {"command": f"chmod -R go= {files.state_dir}", "done": True, "said": ""}
    assert [one["code"] for one in told(done)["permissions"]] == ["files_good"]
    assert (await doctor(files, "--fix")).returncode == 2  # nobody is there to be asked
