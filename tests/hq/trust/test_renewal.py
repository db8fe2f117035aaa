"""A machine's key is renewed by itself: nothing that is lost locks it out, no copy keeps up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.enrolled import key_of
from agent.services.line.own_enrolment import OwnEnrolment
from agent.services.line.renew_key import RENEW_AFTER_DAYS, KeyRenewal
from agent.store.database import Database
from agent.store.sqlite import Connection
from sync.client import HqClient
from sync.enrolment_file import Enrolment, read_enrolment, written
from sync.errors import FencedError, HqError, RejectedError, TransportFailedError
from sync.hq.access import REMEMBERED_MS
from sync.hq.enrolment import revoke
from sync.hq.stores import find_store
from sync.hq_keys import keys_of
from sync.protocol.identity import Identity
from sync.protocol.keys import KeyAnswer, KeyOrder, proof_of
from sync.protocol.signatures import WINDOW_MS
from sync.store_key import public_bytes
from sync.transport.link import LinkState
from sync.transport.request import Timeouts
from tests.hq.head_office import HeadOffice, StoreClient, head_office, store_key
from tests.lab.enrolling import enrol, keep
from tests.lab.fresh_file import fresh_database

KEYS = "/sync/v1/keys"
LOST = {
    "the next key is on the disk, and was not sent": ["not sent"],
    "it was announced, the answer is lost": ["answer lost"],
    "it was not used": ["", "not sent"],
    "it was used, the answer is lost": ["", "answer lost"],
}


class BadLine(HqClient):
    """A line on which the next announcements get lost, on their way or on the way back."""

    def lose(self, *faults: str) -> None:
        self._faults = [*faults]

    async def announce_key(self, order: KeyOrder) -> KeyAnswer:
        fault = self._faults.pop(0) if self._faults else ""
        if fault == "not sent":
            raise TransportFailedError("not_reached")
        answer = await super().announce_key(order)
        if fault == "answer lost":
            raise TransportFailedError("broken_off")
        return answer


class Machine:
    """What of an agent speaks with head office: begun from what is on its disk."""

    def __init__(self, state_dir: Path, hq: HeadOffice, database: Database) -> None:
        found = read_enrolment(state_dir)
        assert found is not None
        self.own = OwnEnrolment(state_dir, found)
        self.key = key_of(found, keys_of(found), clock=hq.clock)
        self.client = BadLine(
            urls=[hq.url],
            credentials=self.key,
            timeouts=Timeouts(connect_ms=5_000, total_ms=5_000),
            user_agent="test",
            link=LinkState(),
            clock=hq.clock,
        )
        self.client.lose()
        self.renewal = KeyRenewal(database=database, client=self.client, own=self.own, key=self.key)

    async def speak(self) -> None:
        """Ask for the feed; raise HqError."""
        await self.client.changes("")


@asynccontextmanager
async def running(state_dir: Path, hq: HeadOffice, database: Database) -> AsyncIterator[Machine]:
    machine = Machine(state_dir, hq, database)
    await machine.client.start()
    try:
        yield machine
    finally:
        await machine.client.stop()


@pytest.fixture
async def state_dir(hq: HeadOffice, store: StoreClient, tmp_path: Path) -> Path:
    """The disk of MB001's machine, whose key was known for long enough."""
    enrolment = await enrol(hq.db, hq.key_store, "MB001", install_id="pc-1")
    keep(msgspec.structs.replace(enrolment, key_since=0), tmp_path / "state")
    return tmp_path / "state"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = fresh_database(tmp_path / "store.db")
    database.open()
    await database.write(lambda db: live_until(db, RENEW_AFTER_DAYS))
    yield database
    database.close()


def live_until(db: Connection, day: int) -> None:
    db.execute("DELETE FROM counted_day")
    db.execute("INSERT INTO counted_day (day, date, at, journal_seq) VALUES (?, '', 0, 0)", (day,))


def on_disk(state_dir: Path) -> Enrolment:
    found = read_enrolment(state_dir)
    assert found is not None
    return found


async def keys_at(hq: HeadOffice) -> tuple[bytes, bytes | None]:
    """The key that counts, and the one to come."""
    row = await hq.db.fetchrow(
        "SELECT public_key, next_key FROM store_key WHERE install_id = 'pc-1'"
    )
    return row["public_key"], row["next_key"]


async def test_a_key_is_renewed_when_the_agent_has_lived_through_its_days(
    hq: HeadOffice, state_dir: Path, database: Database
) -> None:
    before = on_disk(state_dir)
    async with running(state_dir, hq, database) as machine:
        await database.write(lambda db: live_until(db, RENEW_AFTER_DAYS - 1))
        await machine.renewal.look()
        assert on_disk(state_dir) == before, "not due"

        await database.write(lambda db: live_until(db, RENEW_AFTER_DAYS))
        await machine.renewal.look()
        await machine.speak()
        await machine.renewal.look()

    after = on_disk(state_dir)
    assert after.private_key != before.private_key
    assert (after.former_key, after.next_key) == (before.private_key, "")
    assert after.key_since == RENEW_AFTER_DAYS, "and from then on the days are counted anew"
    assert await keys_at(hq) == (public_bytes(after.key), None)
    status = await find_store(hq.db, "MB001")
    assert (status.key_since, status.key_announced_at) == (hq.clock.now, None)


async def test_days_that_another_database_counted_do_not_count(
    hq: HeadOffice, state_dir: Path, database: Database
) -> None:
    keep(msgspec.structs.replace(on_disk(state_dir), key_since=1_000), state_dir)
    async with running(state_dir, hq, database) as machine:
        await machine.renewal.look()
    assert (on_disk(state_dir).next_key, on_disk(state_dir).key_since) == ("", RENEW_AFTER_DAYS)


@pytest.mark.parametrize("faults", LOST.values(), ids=LOST)
async def test_whatever_is_lost_between_the_machine_speaks_and_ends_the_renewal(
    hq: HeadOffice, state_dir: Path, database: Database, faults: list[str]
) -> None:
    async with running(state_dir, hq, database) as machine:
        machine.client.lose(*faults)
        await machine.renewal.look()
        await machine.speak()
    async with running(state_dir, hq, database) as machine:
        await machine.speak()
        await machine.renewal.look()
        await machine.speak()

    after = on_disk(state_dir)
    assert after.next_key == ""
    assert await keys_at(hq) == (public_bytes(after.key), None)
    assert await hq.count("former_store_key") == 1
    assert await hq.count("store_contact", "fenced_at IS NOT NULL") == 0, "it is no copy of itself"


@pytest.mark.parametrize(
    ("faults", "kept", "code"),
    [
        (["not sent"], "next_key", "signature_wrong"),
        (["", "answer lost"], "private_key", "key_renewed"),
    ],
    ids=["the next alone", "the present alone"],
)
async def test_control_a_machine_that_keeps_one_key_alone_is_locked_out(
    hq: HeadOffice, state_dir: Path, database: Database, faults: list[str], kept: str, code: str
) -> None:
    async with running(state_dir, hq, database) as machine:
        machine.client.lose(*faults)
        await machine.renewal.look()
    found = on_disk(state_dir)
    alone = msgspec.structs.replace(found, private_key=getattr(found, kept), next_key="")
    keep(alone, state_dir)

    async with running(state_dir, hq, database) as machine:
        with pytest.raises(HqError, match=code):
            await machine.speak()


async def test_the_old_key_counts_until_the_new_one_was_first_used(
    hq: HeadOffice, state_dir: Path, database: Database, hq_dsn: str, keys_dir: Path
) -> None:
    old = on_disk(state_dir)
    async with (
        head_office(hq_dsn, keys_dir) as second,
        running(state_dir, hq, database) as machine,
        running(state_dir, second, database) as behind,
    ):
        machine.client.lose("", "not sent")
        await machine.renewal.look()
        await behind.speak()
        assert (await keys_at(hq))[0] == public_bytes(old.key)

        await machine.speak()

        assert (await keys_at(hq))[1] is None
        with pytest.raises(FencedError, match="key_renewed"):
            await behind.client.announce_key(order_of(Ed25519PrivateKey.generate()))
        assert await hq.count("store_contact", "fenced_at IS NOT NULL") == 0, "it was on its way"


def order_of(key: Ed25519PrivateKey) -> KeyOrder:
    proof = proof_of(key, install_id="pc-1")
    return KeyOrder(public_key=public_bytes(key).hex(), proof=proof)


async def test_of_two_copies_of_a_disk_the_one_that_renews_first_goes_on_and_hq_shows_the_other(
    hq: HeadOffice, state_dir: Path, database: Database, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    keep(on_disk(state_dir), copy)
    async with running(state_dir, hq, database) as first, running(copy, hq, database) as other:
        await first.renewal.look()
        hq.clock.now += WINDOW_MS + 1
        for _ in range(2):
            with pytest.raises(FencedError, match="key_renewed"):
                await other.speak()
            await other.renewal.look()
        await first.speak()

    assert (await find_store(hq.db, "MB001")).fenced_at == hq.clock.now
    assert (await keys_at(hq))[0] == public_bytes(on_disk(state_dir).key)


async def test_revocation_ends_both(hq: HeadOffice, state_dir: Path, database: Database) -> None:
    async with running(state_dir, hq, database) as machine:
        machine.client.lose("", "not sent")
        await machine.renewal.look()
        await revoke(hq.db, "MB001", now=hq.clock.wall())
        hq.clock.now += REMEMBERED_MS
        found = on_disk(state_dir)
    for key in (found.private_key, found.next_key):
        keep(msgspec.structs.replace(found, private_key=key, next_key=""), state_dir)
        async with running(state_dir, hq, database) as machine:
            with pytest.raises(RejectedError, match="key_revoked"):
                await machine.speak()


async def test_head_office_that_was_restored_to_before_a_renewal_hears_of_it_again(
    hq: HeadOffice, state_dir: Path, database: Database
) -> None:
    before = on_disk(state_dir)
    async with running(state_dir, hq, database) as machine:
        await machine.renewal.look()
    after = on_disk(state_dir)
    await hq.db.execute(
        "UPDATE store_key SET public_key = $1, renewed_at = NULL WHERE install_id = 'pc-1'",
        public_bytes(before.key),
    )
    await hq.db.execute("TRUNCATE former_store_key")
    hq.clock.now += WINDOW_MS

    async with running(state_dir, hq, database) as machine:
        await machine.speak()
        await machine.renewal.look()
        await machine.speak()

    assert await keys_at(hq) == (public_bytes(after.key), None)
    assert on_disk(state_dir) == after


async def test_a_key_is_taken_only_from_who_has_it_and_once(
    hq: HeadOffice, state_dir: Path, database: Database
) -> None:
    async with running(state_dir, hq, database) as machine:
        strangers = public_bytes(Ed25519PrivateKey.generate()).hex()
        mine = Ed25519PrivateKey.generate()
        for order in (
            KeyOrder(public_key=strangers, proof=proof_of(mine, install_id="pc-1")),
            KeyOrder(public_key=public_bytes(mine).hex(), proof=proof_of(mine, install_id="pc-2")),
            KeyOrder(public_key="ff" * 32, proof="00" * 64),
        ):
            with pytest.raises(RejectedError, match="key_not_proven"):
                await machine.client.announce_key(order)
        former = on_disk(state_dir).key
        await machine.renewal.look()
        with pytest.raises(HqError, match="key_used"):
            await machine.client.announce_key(order_of(former))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"public_key":"x","proof":"y"}', b"\xff"])
async def test_what_announces_no_key_is_refused(
    hq: HeadOffice, store: StoreClient, body: bytes
) -> None:
    answer = await store.request("POST", KEYS, body, identity=Identity("pc-1", 1))
    assert (answer.status, answer.code) == (400, "key_malformed")


async def test_an_agent_that_was_enrolled_anew_meanwhile_leaves_the_file_alone(
    hq: HeadOffice, state_dir: Path, database: Database
) -> None:
    async with running(state_dir, hq, database) as machine:
        anew = await enrol(hq.db, hq.key_store, "MB001", install_id="pc-1")
        keep(anew, state_dir)
        await machine.renewal.look()
        machine.own.keep_document(policy=b"newer")
    assert on_disk(state_dir) == anew


async def test_a_strangers_key_renews_nothing(hq: HeadOffice, store: StoreClient) -> None:
    key = Ed25519PrivateKey.generate()
    await store.key("pc-1")
    store.keys["pc-1"] = store_key(Ed25519PrivateKey.generate(), "pc-1", hq)
    order = order_of(key)

    answer = await store.request(
        "POST", KEYS, msgspec.json.encode(order), identity=Identity("pc-1", 1)
    )

    assert (answer.status, answer.code) == (401, "signature_wrong")
    assert await hq.count("store_key", "next_key IS NOT NULL") == 0
    assert written(key) not in str(await hq.rows("SELECT * FROM store_key"))
