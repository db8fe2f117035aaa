"""Head office under test: the true server in this process, on a true PostgreSQL."""

import gzip
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from yarl import URL

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.campaign import AmountOff, Campaign
from agent.domain.trust.keys import kid_of
from agent.domain.trust.policy import CampaignClass
from sync.hq import compose, stores
from sync.hq.answer_signing import AnswerSigner
from sync.hq.coupons import campaigns, coupons
from sync.hq.database import connect, create_pool
from sync.hq.feed.wake import WakeStreams
from sync.hq.server import Server
from sync.hq.settings import (
    DatabaseSection,
    HqSettings,
    PathsSection,
)
from sync.hq.settlement.settler import Settler, settle
from sync.hq.trust.keys import KeyStore
from sync.protocol.identity import Identity
from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import ChangesPage, EventsAnswer, Hello, HelloAnswer
from sync.store_key import Proof, StoreKey
from tests.hq.journal import NOON, Journal

_LET_IN = """
INSERT INTO store_key (store, install_id, public_key, enrolled_at) VALUES ($1, $2, $3, $4)
"""


class FixedClock:
    """A clock that tests set."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def wall(self) -> Millis:
        return Millis(self.now)

    def monotonic_ms(self) -> int:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    """As it came over the line."""

    @property
    def body(self) -> bytes:
        """Decompressed."""
        packed = self.headers.get("Content-Encoding") == "gzip"
        return gzip.decompress(self.raw) if packed else self.raw

    @property
    def problem(self) -> dict[str, Any]:
        """The problem+json in it."""
        assert self.headers["Content-Type"] == "application/problem+json"
        problem: dict[str, Any] = msgspec.json.decode(self.body)
        assert problem["status"] == self.status
        return problem

    @property
    def code(self) -> str:
        """The stable code of the problem in it."""
        return str(self.problem["code"])


class HeadOffice:
    """One process's worth of HQ, and a connection to look into the database."""

    def __init__(
        self, *, url: str, connection: asyncpg.Connection, clock: FixedClock, keys_dir: Path
    ) -> None:
        self.url = url
        self.db = connection
        self.clock = clock
        self.key_store = KeyStore(keys_dir)
        self.session = aiohttp.ClientSession(auto_decompress=False)
        self.wakes: WakeStreams
        """Nothing listens for them by itself."""

    async def store(self, code: str, *, greeted: bool = True) -> "StoreClient":
        """Add a store; `greeted`: it has its first epoch."""
        await stores.add_store(self.db, code, now=self.clock.wall())
        client = StoreClient(self, code)
        if greeted:
            answer = await client.hello(Journal(code))
            assert answer.epoch == 1
        return client

    async def campaign(self, class_: CampaignClass = CampaignClass.CHAIN) -> Campaign:
        """Add a campaign 30-5."""
        return await campaigns.add_campaign(
            self.db,
            name="30-5",
            rule=AmountOff(min_fen=3_000, off_fen=500),
            class_=class_,
            starts_at=NOON,
            ends_at=Millis(NOON + DAY_MS),
        )

    async def issue(self, count: int = 1, *, store: str | None = None) -> list[str]:
        """Issue coupons of a new campaign, chain-wide or of `store`; return their ids."""
        campaign = await self.campaign(CampaignClass.BOUND if store else CampaignClass.CHAIN)
        terms = coupons.Terms(
            campaign=campaign.campaign,
            not_before=NOON,
            expires=Millis(NOON + DAY_MS),
            store=store,
        )
        issued = await coupons.issue_coupons(self.db, self.key_store, terms, count=count, now=NOON)
        return [coupon.coupon_id for coupon in issued]

    async def settle(self, *, limit: int = 500) -> int:
        """Settle everything; return in how many transactions."""
        transactions = 0
        while await settle(self.db, limit=limit, now=self.clock.now):
            transactions += 1
        return transactions

    async def count(self, table: str, where: str = "true") -> int:
        """Rows of a table."""
        return int(await self.db.fetchval(f"SELECT count(*) FROM {table} WHERE {where}"))

    async def rows(self, query: str, *args: object) -> list[tuple[Any, ...]]:
        """Rows of a query, as tuples."""
        return [tuple(row) for row in await self.db.fetch(query, *args)]

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send any request."""
        async with self.session.request(method, self.url + path, **options) as response:
            return Answer(
                status=response.status, headers=response.headers, raw=await response.read()
            )


def store_key(key: Ed25519PrivateKey, install_id: str, hq: HeadOffice) -> StoreKey:
    """The credentials of a machine that believes this head office."""
    answers = hq.key_store.ensure_answer_key().public_key()
    kid = kid_of(answers.public_bytes_raw()).hex()
    return StoreKey(key, install_id=install_id, answer_keys=lambda: {kid: answers}, clock=hq.clock)


class StoreClient:
    """A store that talks to HQ."""

    def __init__(self, hq: HeadOffice, code: str) -> None:
        self.hq = hq
        self.code = code
        self.identity = Identity(f"install-{code}", 0)
        """Who asks for changes and sends events: the last that said hello."""
        self.keys: dict[str, StoreKey] = {}
        """Of every machine that was this store's, by install id; all of them count."""

    async def key(self, install_id: str) -> StoreKey:
        """The key of a machine, enrolled when it is first asked for; no other's ends by that."""
        if install_id not in self.keys:
            key = Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes_raw()
            row = self.code, install_id, public, self.hq.clock.now
            await self.hq.db.execute(_LET_IN, *row)
            self.keys[install_id] = store_key(key, install_id, self.hq)
        return self.keys[install_id]

    async def prove(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        identity: Identity | None = None,
    ) -> Proof:
        """Return the proof of a request, and in its headers who sends it."""
        told = (identity or self.identity).headers()
        key = await self.key((identity or self.identity).install_id)
        proof = key.prove(method, URL(self.hq.url + path).with_query(query), body, told)
        return Proof({**told, **proof.headers}, proof.nonce)

    def at(self, hq: HeadOffice) -> "StoreClient":
        """The same store, talking to another process."""
        twin = StoreClient(hq, self.code)
        twin.identity, twin.keys = self.identity, self.keys
        return twin

    async def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        identity: Identity | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a signed request, by HQ's time; whatever HQ answers is signed."""
        asked = identity or self.identity
        key = await self.key(asked.install_id)
        for _ in range(2):
            proof = await self.prove(method, path, body, query=query, identity=asked)
            data = io.BytesIO(body) if body else None
            answer = await self.hq.request(
                method, path, params=query, data=data, headers={**proof.headers, **(headers or {})}
            )
            assert key.is_hqs(proof, answer.status, answer.headers, answer.raw), answer
            if answer.status != 401 or answer.code != "clock_differs":
                break
        return answer

    def journal(self) -> Journal:
        """A new journal of this store in its first epoch."""
        journal = Journal(self.code)
        journal.epoch = 1
        return journal

    def journal_of_sales(self, sales: int) -> Journal:
        """A journal of this store in its first epoch, with so many sales."""
        journal = self.journal()
        for _ in range(sales):
            journal.sell()
        return journal

    async def hello(self, journal: Journal, **overrides: Any) -> HelloAnswer:
        """Say hello for `journal`, whose epoch follows the answer."""
        answer = msgspec.json.decode((await self.post_hello(journal, **overrides)).body)
        decoded = msgspec.convert(answer, HelloAnswer)
        journal.epoch = decoded.epoch if decoded.action == "new_epoch" else journal.epoch
        self.identity = self.identity._replace(epoch=journal.epoch)
        return decoded

    async def post_hello(self, journal: Journal, **overrides: Any) -> Answer:
        """Say hello for `journal`, and leave it as it is."""
        hello = Hello(
            store=self.code,
            install_id=journal.install_id,
            epoch=journal.epoch,
            last_seq=journal.last.seq,
            last_hash=journal.last.hash,
            acked_seq=journal.acked_seq,
            cursor="",
            hq_epoch="",
            protocol=PROTOCOL,
            app_version="test",
            clock=self.hq.clock.now,
        )
        hello = msgspec.structs.replace(hello, **overrides)
        told = Identity(hello.install_id, hello.epoch)
        self.identity = told if told.headers() else Identity(journal.install_id, 0)
        body = msgspec.json.encode(hello)
        return await self.request("POST", "/sync/v1/hello", body)

    async def post(self, batch: bytes | io.BytesIO, **headers: str) -> Answer:
        """Post bytes as a batch."""
        body = batch if isinstance(batch, bytes) else batch.read()
        return await self.request("POST", "/sync/v1/events", body, headers=headers)

    async def post_gzip(self, batch: bytes) -> Answer:
        """Post a batch compressed."""
        return await self.post(gzip.compress(batch), **{"Content-Encoding": "gzip"})

    async def send(self, journal: Journal, first: int = 1, last: int | None = None) -> EventsAnswer:
        """Send events and return the answer, which must be good."""
        answer = await self.post(journal.batch(first, last))
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body, type=EventsAnswer)

    async def page(self, cursor: str = "", **query: str) -> ChangesPage:
        """Get one page of the feed, which must be good."""
        answer = await self.get_changes(cursor, **query)
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body, type=ChangesPage)

    async def get_changes(self, cursor: str, **query: str) -> Answer:
        """Ask for a page of the feed."""
        return await self.request("GET", "/sync/v1/changes", query={"cursor": cursor, **query})

    async def changes(self, entity: str, cursor: str = "") -> list[dict[str, Any]]:
        """The bodies of all changes of an entity, in order."""
        bodies: list[dict[str, Any]] = []
        more = True
        while more:
            page = await self.page(cursor)
            cursor, more = page.cursor, page.more
            bodies += [
                msgspec.json.decode(change.body)
                for change in page.changes
                if change.entity == entity
            ]
        return bodies


@asynccontextmanager
async def head_office(dsn: str, keys_dir: Path, **sections: Any) -> AsyncIterator[HeadOffice]:
    """Serve on a free port until the end; nothing settles by itself."""
    settings = HqSettings(
        database=DatabaseSection(dsn=dsn),
        paths=PathsSection(keys_dir=str(keys_dir)),
        **sections,
    )
    clock = FixedClock()
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(create_pool(settings.database))
        settler = Settler(pool=pool, clock=clock, batch_events=500, idle_ms=10)
        wakes = WakeStreams(max_streams=settings.feed.max_streams)
        server = Server(
            desk=compose.desk(
                settings,
                pool=pool,
                clock=clock,
                settler=settler,
                wakes=wakes,
            ),
            host="127.0.0.1",
            port=0,
            request_timeout_ms=settings.server.request_timeout_ms,
            signer=AnswerSigner(key=compose.answer_key(settings), clock=clock),
        )
        url = await server.start()
        stack.push_async_callback(server.stop)
        connection = await connect(settings.database)
        stack.push_async_callback(connection.close)
        hq = HeadOffice(url=url, connection=connection, clock=clock, keys_dir=keys_dir)
        hq.wakes = wakes
        stack.push_async_callback(hq.session.close)
        yield hq
