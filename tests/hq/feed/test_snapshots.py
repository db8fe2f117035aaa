"""A snapshot and what follows it come to the same as the whole feed, in the same bytes for all."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agent.base.clock import DAY_MS
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.database import connect
from sync.hq.feed import snapshots, state
from sync.hq.members.members import Member, forget_members, put_members
from sync.hq.selling.articles import put_articles
from sync.hq.settings import DatabaseSection
from sync.hq.stock import set_stock
from sync.hq.trust.restored import begin_incarnation
from sync.protocol.identity import Identity
from sync.protocol.messages import GONE
from sync.protocol.snapshots import Snapshot, unpack
from tests.hq.feed.test_changes import article, tell
from tests.hq.head_office import Answer, HeadOffice, StoreClient, head_office
from tests.hq.journal import NOON

State = dict[tuple[str, str], bytes]


@pytest.fixture
async def second(hq_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(DatabaseSection(dsn=hq_dsn))
    yield connection
    await connection.close()


async def get(store: StoreClient, path: str = "") -> Answer:
    return await store.request("GET", f"/sync/v1/snapshot{path}")


async def manifest(store: StoreClient) -> Snapshot:
    answer = await get(store)
    assert answer.status == 200, answer.body
    return msgspec.json.decode(answer.body, type=Snapshot)


async def from_snapshot(store: StoreClient, snapshot: Snapshot) -> State:
    told: State = {}
    for page in snapshot.pages:
        answer = await get(store, f"/{page.sha256}")
        assert answer.status == 200, answer.body
        told |= {(c.entity, c.key): bytes(c.body) for c in unpack(answer.body, page)}
    return told


async def from_feed(store: StoreClient, cursor: str = "") -> State:
    told: State = {}
    more = True
    while more:
        page = await store.page(cursor)
        told |= {(c.entity, c.key): bytes(c.body) for c in page.changes}
        cursor, more = page.cursor, page.more
    return told


def held(told: State) -> State:
    """What a store holds that was told so."""
    return {thing: body for thing, body in told.items() if body != GONE}


async def is_the_same(store: StoreClient, snapshot: Snapshot) -> bool:
    seeded = await from_snapshot(store, snapshot)
    return held(seeded | await from_feed(store, snapshot.cursor)) == held(await from_feed(store))


ACT = st.tuples(
    st.sampled_from(["article", "stock", "member", "forget", "revoke"]), st.integers(0, 3)
)


async def act(hq: HeadOffice, coupons: list[str], kind: str, number: int) -> None:
    member = f"{number:024x}"
    match kind:
        case "article":
            await put_articles(hq.db, [article(f"{number}", "another name")])
        case "stock":
            await put_articles(hq.db, [article(f"{number}")])
            await set_stock(hq.db, "MB001", {f"{number}": number})
        case "member":
            await put_members(hq.db, [Member(member_id=member, stores=("MB001",))])
        case "forget":
            await forget_members(hq.db, [("MB001", member)], [member])
        case "revoke":
            await revoke_coupons(hq.db, coupons[number : number + 1], now=NOON)


@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=st.lists(ACT, max_size=12), after=st.lists(ACT, max_size=6))
async def test_whatever_happened_snapshot_and_tail_tell_what_the_feed_tells(
    hq: HeadOffice,
    store: StoreClient,
    before: list[tuple[str, int]],
    after: list[tuple[str, int]],
) -> None:
    await hq.db.execute("TRUNCATE snapshot, snapshot_page")
    coupons = await hq.issue(4)
    for kind, number in before:
        await act(hq, coupons, kind, number)
    snapshot = await manifest(store)
    for kind, number in after:
        await act(hq, coupons, kind, number)
    assert await is_the_same(store, snapshot)
    assert GONE not in (await from_snapshot(store, snapshot)).values()


async def test_what_is_for_all_is_the_same_bytes_to_all_and_nobody_gets_anothers(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    await put_articles(hq.db, [article("1")])
    await set_stock(hq.db, "MB001", {"1": 7})
    mine, others = await manifest(store), await manifest(other)
    assert mine.pages[: len(others.pages)] == others.pages
    (own,) = mine.pages[len(others.pages) :]
    assert list(await from_snapshot(store, mine))[-1] == ("stock", "1")
    assert (await get(other, f"/{own.sha256}")).code == "snapshot_gone"


async def test_a_change_that_commits_late_is_in_the_tail(
    hq: HeadOffice, store: StoreClient, second: asyncpg.Connection
) -> None:
    late = second.transaction()
    await late.start()
    await tell(second, "late")
    await tell(hq.db, "early")
    snapshot = await manifest(store)
    await late.commit()
    assert ("article", "late") not in await from_snapshot(store, snapshot)
    assert await is_the_same(store, snapshot)


async def test_control_a_snapshot_of_all_that_is_committed_loses_it(
    hq: HeadOffice, store: StoreClient, second: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_SHOWN_BELOW", "SELECT 9223372036854775807")
    late = second.transaction()
    await late.start()
    await tell(second, "late")
    await tell(hq.db, "early")
    snapshot = await manifest(store)
    await late.commit()
    assert not await is_the_same(store, snapshot)


async def test_a_snapshot_serves_until_the_feed_has_gone_far_on(
    hq: HeadOffice, store: StoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MAX_TAIL", 5)
    first = await manifest(store)
    await put_articles(hq.db, [article(f"{n}") for n in range(4)])
    assert (await manifest(store)).pages == first.pages
    await put_articles(hq.db, [article(f"{n}") for n in range(4, 6)])
    assert (await manifest(store)).pages != first.pages
    assert await is_the_same(store, first)  # who began with it goes on
    hq.clock.now += 3 * DAY_MS
    await put_articles(hq.db, [article(f"{n}") for n in range(6, 12)])
    await manifest(store)
    assert (await get(store, f"/{first.pages[0].sha256}")).code == "snapshot_gone"


async def test_many_stores_at_once_make_it_once(hq: HeadOffice, store: StoreClient) -> None:
    told = await asyncio.gather(*[manifest(store) for _ in range(8)])
    assert len({snapshot.pages for snapshot in told}) == 1
    assert await hq.count("snapshot", "store = '*'") == 1


async def test_two_processes_make_it_once(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path, store: StoreClient
) -> None:
    async with head_office(hq_dsn, keys_dir) as second_process:
        twin = store.at(second_process)
        mine, others = await asyncio.gather(manifest(store), manifest(twin))
    assert mine.pages == others.pages
    assert await hq.count("snapshot") == 2  # for all, and for the store


async def test_a_page_that_the_disk_changed_is_not_served_and_made_anew(
    hq: HeadOffice, store: StoreClient
) -> None:
    await put_articles(hq.db, [article("1")])
    page = (await manifest(store)).pages[0]
    await hq.db.execute(
        "UPDATE snapshot_page SET data = set_byte(data, 20, get_byte(data, 20) # 1)"
    )
    assert (await get(store, f"/{page.sha256}")).code == "snapshot_gone"
    anew = await manifest(store)
    for page in anew.pages:
        if (answer := await get(store, f"/{page.sha256}")).status != 200:
            anew = await manifest(store)  # the store's own was damaged, too
        else:
            assert hashlib.sha256(answer.body).hexdigest() == page.sha256
    assert await is_the_same(store, anew)


async def test_after_a_restored_backup_there_is_no_snapshot_of_before(
    hq: HeadOffice, store: StoreClient
) -> None:
    before = await manifest(store)
    await begin_incarnation(hq.db, hq.key_store, now=NOON)
    assert (await get(store, f"/{before.pages[0].sha256}")).code == "snapshot_gone"
    after = await manifest(store)
    assert after.hq_epoch != before.hq_epoch
    assert await is_the_same(store, after)


async def test_a_snapshot_that_takes_long_goes_on_while_the_store_is_told_to_come_again(
    hq: HeadOffice, store: StoreClient, second: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "WAIT_S", 0.05)
    transaction = second.transaction()
    await transaction.start()
    await second.execute("LOCK TABLE snapshot_page")
    answer = await get(store)
    assert (answer.status, answer.code) == (503, "snapshot_in_making")
    assert answer.headers["Retry-After"] == "2"
    await transaction.rollback()
    monkeypatch.setattr(snapshots, "WAIT_S", 20)
    assert await is_the_same(store, await manifest(store))


async def test_a_machine_that_is_fenced_gets_no_snapshot(
    hq: HeadOffice, store: StoreClient
) -> None:
    page = (await manifest(store)).pages[0]
    third = Identity("a third", 1)
    await store.key(third.install_id)
    for path in ("", f"/{page.sha256}"):
        answer = await store.request("GET", f"/sync/v1/snapshot{path}", identity=third)
        assert (answer.status, answer.code) == (403, "fenced")
    assert (await get(store, "/no such page")).code == "snapshot_gone"
