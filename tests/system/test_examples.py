"""The examples for POS vendors do what they show, and sell once however the line behaves."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from agent.state_dir import LOCAL_KEY_FILE
from tests.api.till import redemption
from tests.services.chain import STORE
from tests.services.facts import checked_events
from tests.system.agent_process import AgentFiles, running

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
CLIENTS = {
    "python": (sys.executable, str(EXAMPLES / "pos_client.py")),
    "curl": ("sh", str(EXAMPLES / "pos_client.sh")),
    "node": ("node", str(EXAMPLES / "pos_client.mjs")),
}
MAX_LINES = 40
TIMEOUT_S = 30.0
PAYABLE_FEN = 10_000

LOSE, BUSY, PASS = "lose the answer", "say that it is busy", "pass"


class EndedError(Exception):
    """What a client that failed wrote."""


async def run_client(client: str, files: AgentFiles, coupon: str, *, port: int = 0) -> str:
    """Return what the client writes; raise EndedError if it fails."""
    key = (files.state_dir / LOCAL_KEY_FILE).read_text().strip()
    environ = {"AGENT": f"127.0.0.1:{port or files.port}", "KEY": key}
    process = await asyncio.create_subprocess_exec(
        *CLIENTS[client], coupon, env=os.environ | environ, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(TIMEOUT_S):
        out, err = await process.communicate()
    if process.returncode != 0:
        raise EndedError(err.decode())
    return out.decode()


@asynccontextmanager
async def bad_line(files: AgentFiles, sales: list[str]) -> AsyncIterator[int]:
    """A line to the agent that treats the first sales as `sales` say; gives its port."""
    fates: Iterator[str] = iter(sales)

    async def forward(request: web.Request) -> web.StreamResponse:
        is_sale = request.method == "POST" and request.path.endswith("/sales")
        fate = next(fates, PASS) if is_sale else PASS
        if fate == BUSY:
            return web.json_response({"code": "busy"}, status=503, headers={"Retry-After": "0"})
        url = f"http://127.0.0.1:{files.port}{request.path}"
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        async with session.request(request.method, url, data=body, headers=headers) as answer:
            told = await answer.read()
        if fate == LOSE and request.transport is not None:
            request.transport.abort()
        return web.Response(status=answer.status, body=told, content_type="application/json")

    async with aiohttp.ClientSession() as session:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", forward)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


@pytest.mark.parametrize("client", CLIENTS)
async def test_the_client_scans_quotes_sells_and_tells_the_receipt_and_its_state(
    files: AgentFiles, client: str
) -> None:
    async with running(files):
        told = await run_client(client, files, files.chain.token())
    assert f"{STORE}-T1-000001" in told
    assert str(PAYABLE_FEN) in told
    assert "to_be_synced" in told
    assert "Good to use." in told
    assert checked_events(files.state_dir, STORE) == 1


@pytest.mark.parametrize("client", CLIENTS)
async def test_the_client_sells_once_when_answers_are_lost_and_the_agent_is_busy(
    files: AgentFiles, client: str
) -> None:
    async with running(files), bad_line(files, [LOSE, BUSY, LOSE]) as port:
        told = await run_client(client, files, files.chain.token(), port=port)
    assert re.search(rf"sold: {STORE}-T1-000001 {PAYABLE_FEN}", told)
    assert checked_events(files.state_dir, STORE) == 1


@pytest.mark.parametrize("client", CLIENTS)
async def test_the_client_does_not_sell_with_a_coupon_that_is_used(
    files: AgentFiles, client: str
) -> None:
    coupon = files.chain.token()
    async with running(files) as agent:
        async with agent.till() as till:
            await till.post("/api/v1/redemptions", redemption(coupon))
        with pytest.raises(EndedError, match=r"(?i)not sold: .*already"):
            await run_client(client, files, coupon)
    assert checked_events(files.state_dir, STORE) == 1


def test_the_python_client_is_short_and_needs_nothing_but_python() -> None:
    lines = (EXAMPLES / "pos_client.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= MAX_LINES
    imported = {line.split()[1].partition(".")[0] for line in lines if "import " in line[:30]}
    assert imported <= sys.stdlib_module_names
