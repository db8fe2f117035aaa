"""What the local port does with peers that send garbage, nothing, too little, or too often."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent.api import body, server
from agent.api.entry.secure_headers import SERVER_NAME
from agent.state_dir import LOCAL_KEY_FILE
from tests.api.conftest import Shop
from tests.api.till import JSON, SALES, STATUS, Till, sale
from tests.lab.until import until

TIMEOUT_S = 5.0


@asynccontextmanager
async def peer(till: Till) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", till.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def told(till: Till, sent: bytes) -> bytes:
    """Send bytes; return all that comes until the agent closes."""
    async with peer(till) as (reader, writer), asyncio.timeout(TIMEOUT_S):
        writer.write(sent)
        return await reader.read()


def problem_of(answer: bytes) -> dict[str, Any]:
    head, _, content = answer.partition(b"\r\n\r\n")
    assert b"Content-Type: application/problem+json" in head
    found: dict[str, Any] = json.loads(content)
    return found


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0",
    ],
)
async def test_what_is_no_http_is_told_as_a_problem_and_the_connection_closed(
    till: Till, sent: bytes
) -> None:
    answer = await told(till, sent)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert problem_of(answer)["code"] == "bad_request"
    assert (await till.get(STATUS)).status == 200


async def test_no_answer_names_the_library_or_its_version(till: Till) -> None:
    for path in (STATUS, "/docs", "/nothing"):
        assert (await till.get(path)).headers["Server"] == SERVER_NAME
    for sent in (b"hello\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        assert b"aiohttp" not in await told(till, sent)


async def test_a_connection_that_sends_no_whole_head_is_closed_after_a_while(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE_S", 0.2)
    till = await shop.open()
    assert await told(till, b"") == b""
    assert await told(till, b"GET /api/v1/status HTTP/1.1\r\nHost: 127") == b""


async def test_a_connection_that_has_been_answered_waits_for_the_next_request(till: Till) -> None:
    request = (
        f"GET {STATUS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {till.key}\r\n\r\n"
    )
    async with peer(till) as (reader, writer), asyncio.timeout(TIMEOUT_S):
        for _ in range(3):
            writer.write(request.encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            await reader.readexactly(length)


async def test_a_body_that_comes_too_slowly_is_refused_and_nothing_recorded(
    shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BODY_TIMEOUT_S", 0.2)
    before = shop.facts()
    head = (
        f"POST {SALES} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {till.key}\r\n"
        f"Content-Type: {JSON}\r\nIdempotency-Key: k1\r\nContent-Length: 500\r\n\r\n"
    )
    answer = await told(till, head.encode() + b'{"till":')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert problem_of(answer)["code"] == "body_too_slow"
    assert shop.facts() == before
    assert (await till.post(SALES, sale(), key="k1")).status == 201


async def test_a_connection_too_many_is_told_to_come_again_and_is_let_in_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = await shop.open()
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 3)
    key = (shop.state_dir / LOCAL_KEY_FILE).read_text().strip()
    request = f"GET {STATUS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n"

    async def let_in() -> bool:
        async with peer(till) as (reader, writer):
            writer.write(request.encode())
            return (await reader.readline()).startswith(b"HTTP/1.1 200 ")

    async with peer(till), peer(till), peer(till):
        answer = await told(till, request.encode())
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 1\r\n" in answer
        assert problem_of(answer)["code"] == "busy"
    await until("there is room again", let_in, timeout_s=TIMEOUT_S)
