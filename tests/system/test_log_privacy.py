"""No code, phone number or key leaves a peer's request: not into logs, output or files."""

import asyncio
import json
import signal
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from yarl import URL

from agent.base.clock import SystemClock
from agent.domain.coupons.token import TokenKind
from agent.state_dir import LOCAL_KEY_FILE
from sync.enrolment_file import Enrolment
from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from sync.hq.stores import add_store
from sync.hq.trust.keys import KeyStore
from sync.hq.trust.setup import set_up
from sync.protocol.identity import Identity
from tests.api.till import JSON, Till, redemption, sale
from tests.hq.journal import Journal
from tests.hq.process import serving
from tests.lab.enrolling import enrol, key_of
from tests.services.chain import CHAIN_WIDE, MEMBER, OTHER_STORE, STORE, Chain
from tests.system.agent_process import AgentFiles, running

PHONE = "13812345678"
PAYMENT = "134567890123456789"
OPAQUE = "SOMMER-2026-GUTSCHEIN"
WRONG_KEY = "sk_" + "Wr0ngKey" * 5
ODD_KEY = "not-of-our-form-at-all"
WRONG_HQ_KEY = "hk_" + "Wr0ngKey" * 6
CODE = "K7QM-2XNA-ABCD-EFGH-JKLM-NPQR"

HELLO, EVENTS, CHANGES = "/sync/v1/hello", "/sync/v1/events", "/sync/v1/changes"
SCANS, SALES, REDEMPTIONS = "/api/v1/scans", "/api/v1/sales", "/api/v1/redemptions"


def found(secrets: Iterable[str], data: bytes) -> set[str]:
    """Return those of `secrets` that `data` holds, in UTF-8 or UTF-16."""
    return {
        secret
        for secret in secrets
        if any(secret.encode(charset) in data for charset in ("utf-8", "utf-16-le", "utf-16-be"))
    }


async def test_nothing_secret_is_logged_printed_or_kept(files: AgentFiles) -> None:
    codes = _codes(files.chain)
    async with running(files) as agent:
        own_key = (files.state_dir / LOCAL_KEY_FILE).read_text().strip()
        async with agent.till() as till:
            await _a_day_at_the_till(till, codes)
        await _break_the_protocol(files.port, SCANS, own_key, codes[0])
        listed = await asyncio.to_thread(files.run, "outbox", "list", "--json")
        table = await asyncio.to_thread(files.run, "outbox", "list")
        status = await asyncio.to_thread(files.run, "status", "--json")
        kept = _bytes_of(files.state_dir, but=LOCAL_KEY_FILE)
        agent.process.send_signal(signal.SIGTERM)
        assert await agent.end() == 0
        stdout, stderr = await agent.output()
    assert json.loads(listed.stdout)["pending"] >= 3
    secrets = {*codes, PHONE, PAYMENT, OPAQUE, WRONG_KEY, ODD_KEY, own_key}
    told = (stdout, stderr, listed.stdout, listed.stderr, table.stdout, status.stdout)
    for text in told:
        assert found(secrets, text.encode()) == set()
    assert found(secrets, kept + _bytes_of(files.state_dir, but=LOCAL_KEY_FILE)) == set()
    lines = [json.loads(line) for line in stderr.splitlines()]
    assert [line for line in lines if line["level"] in ("error", "critical")] == []
    assert [line["level"] for line in lines if "unreadable" in line["event"]] == ["warning"] * 5


async def test_the_search_finds_what_is_there(files: AgentFiles) -> None:
    token = files.chain.token()
    async with running(files) as agent, agent.till() as till:
        line = {"sku": f"A-{PHONE}", "unit_price_fen": 12_000}
        assert (await till.post(SALES, sale(token, lines=[line], pay=10_000))).status == 201
        kept = _bytes_of(files.state_dir, but=LOCAL_KEY_FILE)
        listed = await asyncio.to_thread(files.run, "outbox", "list", "--json")
    assert found({PHONE, token}, kept) == {PHONE}
    assert found({PHONE, token}, listed.stdout.encode()) == {PHONE}
    assert found({PHONE}, PHONE.encode("utf-16-le")) == {PHONE}


async def test_head_office_logs_nothing_secret(database_dsn: str, tmp_path: Path) -> None:
    token = Chain(SystemClock().wall()).token()
    enrolment = await _enrolled(database_dsn, tmp_path)
    own = enrolment.private_key
    async with serving(database_dsn, tmp_path / "keys", STORE_HQ_LOG__LEVEL="debug") as hq:
        await _a_day_at_head_office(hq.url, enrolment, token)
        await _break_the_protocol(urlsplit(hq.url).port or 0, EVENTS, own, token)
        hq.process.send_signal(signal.SIGTERM)
        assert await hq.end() == 0
    assert found({token, PHONE, OPAQUE, WRONG_HQ_KEY, ODD_KEY, own, CODE}, hq.log) == set()
    lines = [json.loads(line) for line in hq.log.splitlines()]
    assert [line for line in lines if line["level"] in ("error", "critical")] == []
    assert [line["level"] for line in lines if "unreadable" in line["event"]] == ["warning"] * 5


async def test_the_search_finds_what_head_office_logs(database_dsn: str, tmp_path: Path) -> None:
    await _enrolled(database_dsn, tmp_path)
    async with serving(database_dsn, tmp_path / "keys") as hq:
        assert found({hq.url, PHONE}, hq.log) == {hq.url}


def _codes(chain: Chain) -> tuple[str, ...]:
    """Tokens that are redeemed, refused, forged, foreign and of a member."""
    good = chain.token()
    return (
        good,
        chain.token(),
        chain.token(),
        chain.token(CHAIN_WIDE, store=None),
        chain.token(store=OTHER_STORE),
        chain.token(days=(-2, -1)),
        chain.token(key=Ed25519PrivateKey.generate()),
        chain.token(0, kind=TokenKind.MEMBER, coupon_id=MEMBER),
        good[:100] + ("A" if good[100] != "A" else "B") + good[101:],
    )


async def _a_day_at_the_till(till: Till, codes: tuple[str, ...]) -> None:
    for code in (*codes, PHONE, PAYMENT, OPAQUE):
        await till.post(SCANS, {"code": code})
    for code in codes[:4]:
        await till.post(REDEMPTIONS, redemption(code))
        await till.post(REDEMPTIONS, redemption(code))
    made = await till.post(REDEMPTIONS, redemption(codes[5]))
    assert made.json["redeemed"] is False
    assert (await till.post(SALES, sale(member_id=MEMBER))).status == 201
    await till.post(SALES, sale(OPAQUE, member_id=PHONE))
    await till.post(SALES, sale(codes[0], PHONE, lines=[{"sku": PHONE}]))
    for key in (WRONG_KEY, ODD_KEY):
        await till.send("GET", "/api/v1/status", api_key=key)
    await till.send("GET", f"{SALES}/{PHONE}")
    await till.send("GET", f"/{OPAQUE}?phone={PHONE}&key={till.key}")
    await till.send("PATCH", f"{SALES}/{codes[0]}", headers={"Content-Type": JSON})
    await till.post(SALES, None, body=b'{"code":"' + codes[0].encode())
    await till.post(SALES, None, body=json.dumps({PHONE: codes[0], OPAQUE: 1}).encode())


async def _enrolled(dsn: str, directory: Path) -> Enrolment:
    """Set head office up, add a store and let its machine in."""
    connection, now = await connect(DatabaseSection(dsn=dsn)), SystemClock().wall()
    key_store = KeyStore(directory / "keys")
    try:
        await set_up(connection, key_store, now=now)
        await add_store(connection, STORE, now=now)
        return await enrol(connection, key_store, STORE)
    finally:
        await connection.close()


async def _a_day_at_head_office(url: str, enrolment: Enrolment, token: str) -> None:
    """Call with and without proof, and with bodies and queries that hold secrets where none
    belong."""
    journal = Journal(STORE)
    journal.epoch = 1
    journal.append("sale.recorded", {PHONE: token, OPAQUE: 1})
    secret = json.dumps({"store": PHONE, "install_id": token, "cursor": OPAQUE}).encode()
    order = json.dumps({"secret": CODE, "public_key": enrolment.private_key}).encode()
    key = key_of(enrolment, SystemClock())
    told = Identity(enrolment.install_id, 1).headers()
    async with aiohttp.ClientSession(url) as session:
        for method, at, body in (
            *(
                ("POST", path, body)
                for path in (HELLO, EVENTS, "/sync/v1/enrolments")
                for body in (secret, secret[:-9], journal.batch(), b"\n" + secret, order)
            ),
            ("GET", f"{CHANGES}?cursor={token}", b""),
            ("GET", f"{CHANGES}?cursor=&limit={PHONE}", b""),
            ("GET", f"{CHANGES}?{OPAQUE}={ODD_KEY}", b""),
            ("GET", f"/{token}?phone={PHONE}", b""),
        ):
            proof = {**told, **key.prove(method, URL(url + at), body, told).headers}
            for word in (WRONG_HQ_KEY, ODD_KEY, enrolment.private_key):
                await session.request(
                    method, at, data=body, headers={"Authorization": f"Bearer {word}"}
                )
            await session.request(method, at, data=body, headers=proof)


async def _break_the_protocol(port: int, path: str, key: str, code: str) -> None:
    """Send what the HTTP parser chokes on, with secrets in it, and bodies that are cut off."""
    authorization = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    post = f"POST {path} HTTP/1.1\r\n{authorization}Content-Type: {JSON}\r\n"
    for request in (
        f"GET {path}/{PHONE} HTTP/9.9\r\n\r\n",
        f"GET / HTTP/1.1\r\n{authorization}X-Bad: {code}\x00{PHONE}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{authorization}Bad {OPAQUE}: {ODD_KEY}\r\n\r\n",
        f"{OPAQUE} {code} {PHONE}\r\n\r\n",
        f'{post}Content-Length: 5000\r\n\r\n{{"code":"{code}","phone":"{PHONE}"',
        f"{post}Transfer-Encoding: chunked\r\n\r\n{OPAQUE}\r\n{code}{PHONE}\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.encode())
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()


def _bytes_of(directory: Path, *, but: str) -> bytes:
    """Return the bytes of every file below `directory`, but the key that has to be there."""
    files = [path for path in directory.rglob("*") if path.is_file() and path.name != but]
    return b"\n".join(path.read_bytes() for path in files)
