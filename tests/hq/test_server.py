"""The HTTP server: who may call, what bodies it takes, what it says when the database is away."""

import asyncio
import gzip
import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent.base.problem import CONTENT_TYPE
from sync.hq.database import connect
from sync.hq.server import MAX_BODY_BYTES
from sync.hq.settings import DatabaseSection, ServerSection
from sync.hq.trust.keys import KeyStore
from sync.hq.trust.setup import set_up
from tests.hq.equality import differences
from tests.hq.head_office import HeadOffice, StoreClient, head_office
from tests.hq.journal import NOON
from tests.lab.postgres import PostgresServer


async def test_a_compressed_batch_is_taken(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    journal.sell()

    answer = await store.post_gzip(journal.batch())

    assert answer.status == 200
    assert await differences(hq, journal) == []


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip",
        b"",
        gzip.compress(b"x" * 100)[:-9],
        gzip.compress(b"x" * 100) + b"more",
        gzip.compress(b"x") + gzip.compress(b"y"),
        bytes(reversed(gzip.compress(b"x" * 100))),
    ],
    ids=["not-gzip", "empty", "cut", "followed", "two-members", "reversed"],
)
async def test_broken_gzip_is_refused(store: StoreClient, body: bytes) -> None:
    answer = await store.post(body, **{"Content-Encoding": "gzip"})

    assert (answer.status, answer.code) == (400, "bad_gzip")


async def test_a_decompression_bomb_is_refused(store: StoreClient) -> None:
    bomb = gzip.compress(bytes(200 * MAX_BODY_BYTES))
    assert len(bomb) < MAX_BODY_BYTES

    answer = await store.post(bomb, **{"Content-Encoding": "gzip"})

    assert (answer.status, answer.code) == (413, "body_too_large")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
async def test_another_encoding_is_refused(store: StoreClient, encoding: str) -> None:
    answer = await store.post(b"x", **{"Content-Encoding": encoding})

    assert (answer.status, answer.code) == (415, "content_encoding")


async def test_a_body_too_large_is_refused(store: StoreClient) -> None:
    answer = await store.post(io.BytesIO(bytes(MAX_BODY_BYTES + 1)))

    assert (answer.status, answer.code) == (413, "body_too_large")


async def head_of(store: StoreClient, body: bytes) -> bytes:
    """The head of a signed request, as it travels."""
    path = "/sync/v1/events"
    proof = await store.prove("POST", path, body)
    headers = {
        "Host": urlsplit(store.hq.url).netloc,
        "Content-Length": str(len(body)),
        **proof.headers,
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def test_half_a_body_changes_nothing_and_the_server_goes_on(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.sell()
    batch = journal.batch()
    url = urlsplit(hq.url)
    for cut in (0, 1, len(batch) - 1):
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(await head_of(store, batch) + batch[:cut])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    assert await hq.count("event") == 0
    await store.send(journal)
    assert await differences(hq, journal) == []


async def test_a_body_that_does_not_come_is_given_up(hq_dsn: str, keys_dir: Path) -> None:
    impatient = ServerSection(request_timeout_ms=2_000)
    async with head_office(hq_dsn, keys_dir, server=impatient) as hq:
        store = await hq.store("MB001")
        url = urlsplit(hq.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(await head_of(store, b"0123456789"))

        status = await reader.readline()

        assert status.startswith(b"HTTP/1.1 503 ")
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/sync/v1/events", 405, "method_not_allowed"),
        ("GET", "/sync/v2/changes", 404, "not_found"),
    ],
)
async def test_every_error_is_a_problem_and_no_version_is_told(
    hq: HeadOffice, method: str, path: str, status: int, code: str
) -> None:
    answer = await hq.request(method, path)

    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["Server"] == "store-hq"


async def test_healthz_answers_without_a_key(hq: HeadOffice) -> None:
    answer = await hq.request("GET", "/healthz")

    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')


async def test_an_outage_of_the_database_is_a_503_and_passes_by_itself(tmp_path: Path) -> None:
    with PostgresServer(data_dir=tmp_path / "data") as postgres:
        dsn = postgres.create_database("hq")
        connection = await connect(DatabaseSection(dsn=dsn))
        await set_up(connection, KeyStore(tmp_path / "keys"), now=NOON)
        await connection.close()
        async with head_office(dsn, tmp_path / "keys") as hq:
            store = await hq.store("MB001")
            journal = store.journal()
            journal.sell()
            await store.send(journal)
            journal.sell()

            await asyncio.to_thread(postgres.kill)
            answers = [
                await store.post(journal.batch(2)),
                await store.get_changes(""),
                await store.post_hello(journal),
                await hq.request("GET", "/healthz"),
            ]
            await asyncio.to_thread(postgres.start)

            assert {answer.code for answer in answers} == {"database_unavailable"}
            assert {answer.status for answer in answers} == {503}
            assert {answer.headers["Retry-After"] for answer in answers} == {"2"}
            assert {answer.headers["Content-Type"] for answer in answers} == {CONTENT_TYPE}
            await store.send(journal, 2)
            hq.db = await connect(DatabaseSection(dsn=dsn))
            assert await differences(hq, journal) == []
            await hq.db.close()
