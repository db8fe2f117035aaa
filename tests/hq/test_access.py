"""Who may ask: a request signed by a machine that was enrolled, just now, once, and no other."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from yarl import URL

from sync.hq.access import REMEMBERED_MS
from sync.hq.enrolment import revoke, take_in
from sync.protocol.identity import Identity
from sync.protocol.signatures import WINDOW_MS
from tests.hq.head_office import Answer, HeadOffice, StoreClient, head_office, store_key
from tests.hq.journal import NOON

ROUTES = [
    ("GET", "/sync/v1/store"),
    ("POST", "/sync/v1/hello"),
    ("POST", "/sync/v1/events"),
    ("GET", "/sync/v1/changes"),
    ("GET", "/sync/v1/wake"),
    ("GET", "/sync/v1/snapshot"),
    ("GET", "/sync/v1/snapshot/" + "0" * 64),
    ("POST", "/sync/v1/backups"),
    ("PUT", "/sync/v1/backups/" + "0" * 64),
    ("POST", "/sync/v1/claims"),
    ("POST", "/sync/v1/compare"),
    ("POST", "/sync/v1/compare/feed"),
]
FEED = [path for method, path in ROUTES if method == "GET" and path != "/sync/v1/store"]
WHO = ["Store-Install", "Store-Epoch"]
CHANGES = "/sync/v1/changes"
HELLO = "/sync/v1/hello"


async def sent(
    store: StoreClient, method: str, path: str, headers: Any, body: bytes = b""
) -> Answer:
    return await store.hq.request(method, path, data=body or None, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer hk_" + "A" * 43},
        {"Store-Install": "install-MB001", "Store-Epoch": "1"},
        {"Signature-Input": "x", "Signature": "x"},
    ],
    ids=["nothing", "bearer", "unsigned", "garbage"],
)
async def test_what_is_not_signed_is_answered_nothing(
    hq: HeadOffice, store: StoreClient, headers: dict[str, str]
) -> None:
    for method, path in ROUTES:
        answer = await hq.request(method, path, headers=headers)

        assert answer.status == 401, path
        assert answer.code in ("signature_missing", "signature_malformed")


@pytest.mark.parametrize("left_out", [["Store-Install"], ["Store-Epoch"], WHO])
async def test_a_machine_that_leaves_out_who_it_is_is_refused_the_feed(
    store: StoreClient, left_out: list[str]
) -> None:
    key = await store.key(store.identity.install_id)
    headers = store.identity.headers().items()
    told = {name: value for name, value in headers if name not in left_out}
    for path in FEED:
        proof = key.prove("GET", URL(store.hq.url + path), b"", told)

        answer = await sent(store, "GET", path, told | dict(proof.headers))

        assert (answer.status, answer.code) in (
            (401, "signature_incomplete"),
            (401, "identity_missing"),
        ), path


async def test_the_key_of_one_machine_does_not_speak_for_another(store: StoreClient) -> None:
    await store.key("pc-2")
    told = Identity("pc-2", 1).headers()
    key = await store.key(store.identity.install_id)
    proof = key.prove("GET", URL(store.hq.url + CHANGES), b"", told)

    answer = await sent(store, "GET", CHANGES, told | dict(proof.headers))

    assert (answer.status, answer.code) == (401, "identity_missing")


async def test_a_key_that_was_never_enrolled_is_refused(hq: HeadOffice, store: StoreClient) -> None:
    store.keys["pc-9"] = store_key(Ed25519PrivateKey.generate(), "pc-9", hq)

    answer = await store.request("GET", CHANGES, identity=Identity("pc-9", 1))
    assert (answer.status, answer.code) == (401, "key_unknown")

    await store.page()
    install_id = store.identity.install_id
    store.keys[install_id] = store_key(Ed25519PrivateKey.generate(), install_id, hq)
    answer = await store.get_changes("")
    assert (answer.status, answer.code) == (401, "signature_wrong")


@pytest.mark.parametrize(("method", "path"), [("GET", CHANGES), ("POST", HELLO)])
async def test_a_request_counts_once(store: StoreClient, method: str, path: str) -> None:
    body = b"{}" if method == "POST" else b""
    proof = await store.prove(method, path, body)

    first = await sent(store, method, path, proof.headers, body)
    again = await sent(store, method, path, proof.headers, body)

    assert (first.status, again.status, again.code) == (
        200 if method == "GET" else 400,
        401,
        "request_replayed",
    )


async def test_what_changed_something_counts_once_at_whichever_process_it_comes_again(
    hq: HeadOffice, store: StoreClient, hq_dsn: str, keys_dir: Any
) -> None:
    journal = store.journal_of_sales(2)
    path, batch = "/sync/v1/events", journal.batch()
    proof = await store.prove("POST", path, batch)
    assert (await sent(store, "POST", path, proof.headers, batch)).status == 200

    async with head_office(hq_dsn, keys_dir) as second:
        host = {"Host": URL(hq.url).authority}  # as one proxy stands before both
        again = await second.request("POST", path, data=batch, headers={**proof.headers, **host})

    assert (again.status, again.code) == (401, "request_replayed")
    assert await hq.count("event") == 2


@pytest.mark.parametrize("off_ms", [-WINDOW_MS - 1_000, WINDOW_MS + 1_000])
async def test_a_request_of_another_time_is_refused_and_told_the_time(
    hq: HeadOffice, store: StoreClient, off_ms: int
) -> None:
    proof = await store.prove("GET", CHANGES)
    hq.clock.now -= off_ms

    answer = await sent(store, "GET", CHANGES, proof.headers)

    assert (answer.status, answer.code) == (401, "clock_differs")
    key = await store.key(store.identity.install_id)
    assert key.is_hqs(proof, answer.status, answer.headers, answer.raw)


@pytest.mark.parametrize("changed", ["body", "path", "query", "epoch"])
async def test_nothing_of_a_request_can_be_changed_on_its_way(
    store: StoreClient, changed: str
) -> None:
    body, path = b"{}", HELLO
    headers = dict((await store.prove("POST", path, body)).headers)
    match changed:
        case "body":
            body = b"{ }"
        case "path":
            path = "/sync/v1/claims"
        case "query":
            path += "?limit=1"
        case "epoch":
            headers["Store-Epoch"] = "2"

    answer = await sent(store, "POST", path, headers, body)

    assert (answer.status, answer.code) in ((401, "signature_wrong"), (400, "body_differs"))


async def test_a_revoked_key_ends_within_seconds(hq: HeadOffice, store: StoreClient) -> None:
    await store.page()

    await revoke(hq.db, "MB001", now=NOON)
    hq.clock.now += REMEMBERED_MS

    answer = await store.get_changes("")
    assert (answer.status, answer.code) == (401, "key_revoked")


async def test_a_replaced_machine_is_fenced_and_hq_shows_it(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(1)
    await store.send(journal)
    await take_in(hq.db, "MB001", "pc-2", public_key=bytes(32), now=NOON)

    hello = await store.post_hello(journal)
    assert (hello.status, hello.code) == (403, "fenced"), "though this process remembers the key"
    assert await hq.db.fetchval("SELECT install_id FROM store_position") is None

    hq.clock.now += REMEMBERED_MS
    refused = [await store.get_changes(""), await store.post(journal.batch())]
    assert {(answer.status, answer.code) for answer in refused} == {(403, "fenced")}
    assert await hq.count("store_contact", "fenced_at IS NOT NULL") == 1


async def test_the_window_is_swept(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal_of_sales(1)
    await asyncio.gather(*(store.post_hello(journal) for _ in range(4)))
    assert await hq.count("request_nonce") >= 4

    hq.clock.now += 3 * WINDOW_MS
    await store.post_hello(journal)

    assert await hq.count("request_nonce") == 1
