"""Enrolment at head office: one code, one machine, one use; the former machine is fenced."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import HOUR_MS, Millis
from sync.client import HqClient
from sync.errors import FinalError, RejectedError, TransportFailedError
from sync.hq.enrolment import make_code
from sync.newcomer import Newcomer
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentCode, EnrolmentOrder
from sync.protocol.identity import Identity
from sync.transport.link import LinkState
from sync.transport.request import Timeouts
from tests.hq.head_office import HeadOffice, StoreClient, store_key
from tests.hq.journal import NOON, Journal

NOT_REFUSED = TransportFailedError


async def code_for(hq: HeadOffice, store: str = "MB001") -> EnrolmentCode:
    until = Millis(hq.clock.now + HOUR_MS)
    return await make_code(hq.db, hq.key_store, store, now=hq.clock.wall(), until=until)


async def enrol(
    hq: HeadOffice, code: EnrolmentCode, key: Ed25519PrivateKey, **changed: Any
) -> EnrolmentAnswer:
    """Ask as `store-agent enroll` does; raise HqError."""
    client = HqClient(
        urls=[hq.url],
        credentials=Newcomer(key, code, clock=hq.clock),
        timeouts=Timeouts(connect_ms=5_000, total_ms=5_000),
        user_agent="test",
        link=LinkState(),
        clock=hq.clock,
    )
    public_key = key.public_key().public_bytes_raw().hex()
    order = EnrolmentOrder(secret=code.secret, public_key=public_key)
    await client.start()
    try:
        return await client.enrol(msgspec.structs.replace(order, **changed))
    finally:
        await client.stop()


async def let_in(hq: HeadOffice, store: StoreClient, key: Ed25519PrivateKey, told: str) -> None:
    """Let the test's client use the key under the id that HQ told."""
    store.keys[told] = store_key(key, told, hq)


async def test_a_code_makes_a_machine_the_stores_and_the_former_one_is_fenced(
    hq: HeadOffice, store: StoreClient
) -> None:
    old = store.journal_of_sales(3)
    await store.send(old)
    key = Ed25519PrivateKey.generate()

    told = await enrol(hq, await code_for(hq), key)

    assert (told.store, len(told.install_id)) == ("MB001", 32)
    assert (await store.post_hello(old)).code == "fenced"
    await let_in(hq, store, key, told.install_id)
    new = Journal("MB001")
    new.install_id = told.install_id
    answer = await store.hello(new)
    assert (answer.action, answer.epoch) == ("new_epoch", 2)
    new.sell()
    await store.send(new)
    assert await hq.count("sale") == 4


async def test_a_code_is_used_once_and_its_own_machine_is_told_again(
    hq: HeadOffice, store: StoreClient
) -> None:
    code, key = await code_for(hq), Ed25519PrivateKey.generate()
    first = await enrol(hq, code, key)
    assert await enrol(hq, code, key) == first, "the first answer was lost"
    with pytest.raises(RejectedError, match="code_used"):
        await enrol(hq, code, Ed25519PrivateKey.generate())
    assert await hq.count("store_key", "ended_at IS NULL") == 1


async def test_of_two_machines_with_one_code_at_once_one_gets_in(
    hq: HeadOffice, store: StoreClient
) -> None:
    code = await code_for(hq)
    keys = [Ed25519PrivateKey.generate() for _ in range(4)]
    told = await asyncio.gather(*(enrol(hq, code, key) for key in keys), return_exceptions=True)
    assert [isinstance(one, EnrolmentAnswer) for one in told].count(True) == 1
    assert await hq.count("store_key", "ended_at IS NULL") == 1


async def test_looking_uses_nothing_up(hq: HeadOffice, store: StoreClient) -> None:
    code = await code_for(hq)
    looked = await enrol(
        hq, code, Ed25519PrivateKey.generate(), only_look=True, closing_key="ab" * 32
    )
    assert (looked.store, looked.install_id) == ("MB001", "")
    assert await hq.count("closing_key") == 0
    assert (await store.page()).changes, "the machine of before goes on"
    await enrol(hq, code, Ed25519PrivateKey.generate())


async def test_a_code_ends_and_a_new_one_ends_those_before(
    hq: HeadOffice, store: StoreClient
) -> None:
    first, second = await code_for(hq), await code_for(hq)
    key = Ed25519PrivateKey.generate()
    with pytest.raises(RejectedError, match="code_unknown"):
        await enrol(hq, first, key)
    hq.clock.now += HOUR_MS
    with pytest.raises(RejectedError, match="code_expired"):
        await enrol(hq, second, key)


async def test_the_same_machine_keeps_its_installation(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal_of_sales(2)
    await store.send(journal)
    key = Ed25519PrivateKey.generate()

    told = await enrol(hq, await code_for(hq), key, install_id=journal.install_id)

    assert told.install_id == journal.install_id
    await let_in(hq, store, key, told.install_id)
    assert (await store.hello(journal)).action == "continue"


async def test_a_machine_of_another_store_is_not_taken(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    code = await code_for(hq, "MB002")
    with pytest.raises(FinalError, match="install_of_other_store"):
        await enrol(hq, code, Ed25519PrivateKey.generate(), install_id="install-MB001")


async def test_another_head_office_than_the_codes_is_not_believed(
    hq: HeadOffice, store: StoreClient
) -> None:
    code = (await code_for(hq))._replace(root_mark="A" * 12)
    with pytest.raises(NOT_REFUSED, match="answer_not_signed"):
        await enrol(hq, code, Ed25519PrivateKey.generate(), only_look=True)


async def test_who_has_not_the_key_that_it_brings_is_refused(
    hq: HeadOffice, store: StoreClient
) -> None:
    strangers = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    with pytest.raises(RejectedError, match="signature_wrong"):
        await enrol(hq, await code_for(hq), Ed25519PrivateKey.generate(), public_key=strangers)
    assert await hq.count("enrolment_code", "used_at IS NULL") == 1


async def test_hq_keeps_no_code(hq: HeadOffice, store: StoreClient) -> None:
    code = await code_for(hq)
    dump = str(await hq.rows("SELECT * FROM enrolment_code"))
    assert code.secret not in dump
    assert str(code) not in dump


@pytest.mark.parametrize("body", [b"", b"{}", b'{"secret":"x","public_key":"y"}', b"\xff"])
async def test_what_is_no_order_is_refused(hq: HeadOffice, store: StoreClient, body: bytes) -> None:
    answer = await store.request("POST", "/sync/v1/enrolments", body, identity=Identity("a", 0))
    assert (answer.status, answer.code) == (400, "enrolment_malformed")


async def test_an_unsigned_order_is_refused(hq: HeadOffice) -> None:
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{hq.url}/sync/v1/enrolments", data=b"{}")
        assert answer.status == 401
        assert (await answer.json(content_type=None))["code"] == "signature_missing"
    assert hq.clock.now == NOON
