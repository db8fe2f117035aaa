"""Clients that public generators make from the agent's document sell with a coupon, typed."""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from pathlib import Path

from agent.state_dir import LOCAL_KEY_FILE
from tests.services.chain import STORE
from tests.services.facts import checked_events
from tests.system.agent_process import AgentFiles, AgentProcess, running

HERE = Path(__file__).parent / "generated_clients"
PYTHON_GENERATOR = Path(sys.executable).with_name("openapi-python-client")
SOLD = f"TRAIN-{STORE}-T1-000001 10000 accepted\n{STORE}-T1-000001 10000 accepted\n"


async def done(*command: str | Path, at: Path, environ: Mapping[str, str] | None = None) -> str:
    """Return what a command says, which must succeed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=at, env=os.environ | (environ or {}), stdout=PIPE, stderr=STDOUT
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    return said


async def keep_document(agent: AgentProcess, place: Path) -> None:
    async with agent.till() as till:
        document = (await till.get("/openapi.json")).body
    await asyncio.to_thread(place.write_bytes, document)


def who(files: AgentFiles) -> dict[str, str]:
    key = (files.state_dir / LOCAL_KEY_FILE).read_text().strip()
    url = f"http://127.0.0.1:{files.port}"
    return {"AGENT": url, "KEY": key, "COUPON": files.chain.token()}


async def test_openapi_typescript_and_openapi_fetch(files: AgentFiles, tmp_path: Path) -> None:
    place = tmp_path / "client"
    place.mkdir()
    (place / "node_modules").symlink_to(HERE / "node_modules")
    for name in ("package.json", "sell.ts"):
        shutil.copy(HERE / name, place)
    tools = HERE / "node_modules" / ".bin"
    async with running(files) as agent:
        await keep_document(agent, place / "openapi.json")
        await done(tools / "openapi-typescript", "openapi.json", "-o", "schema.ts", at=place)
        strict = ("--strict", "--noEmitOnError", "--skipLibCheck")
        kind = ("--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom")
        await done(tools / "tsc", *strict, *kind, "sell.ts", at=place)
        assert await done("node", "sell.js", at=place, environ=who(files)) == SOLD
    assert checked_events(files.state_dir, STORE) == 1


async def test_openapi_python_client(files: AgentFiles, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("post_hooks: []\n")
    async with running(files) as agent:
        await keep_document(agent, tmp_path / "openapi.json")
        files_of_it = ("--path=openapi.json", "--output-path=store_agent_client")
        how = ("--config=config.yml", "--meta=none", "--fail-on-warning")
        said = await done(PYTHON_GENERATOR, "generate", *files_of_it, *how, at=tmp_path)
        assert "arning" not in said
        environ = who(files) | {"PYTHONPATH": str(tmp_path)}
        told = await done(sys.executable, HERE / "sell.py", at=tmp_path, environ=environ)
        assert told == SOLD
    assert checked_events(files.state_dir, STORE) == 1
