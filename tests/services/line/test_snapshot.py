"""A snapshot fills the store's tables as the feed does, page by page, and touches nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.store import digests
from agent.store.database import Database
from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection
from sync.errors import ContradictionError
from sync.feed import FeedPosition
from sync.protocol.messages import GONE, Change
from sync.protocol.snapshots import Snapshot, SnapshotPage
from tests.services.cash.money import sell_colas
from tests.services.chain import COLA, MEMBER, STORE, USED_COUPON, Chain, make_desk
from tests.services.feed import change, page
from tests.services.line.test_apply_changes import pieces_of_cola
from tests.services.stopped_clock import StoppedClock

TABLES = ("article", "campaign", "coupon_state", "document", "member", "opaque_code", "stock")
KEPT = ("parked_change", "ahead_change")
PLACE = 7


def snapshot(*pages: Sequence[Change]) -> Snapshot:
    named = [SnapshotPage(f"{n:064}", 1, len(changes)) for n, changes in enumerate(pages)]
    return Snapshot(cursor="behind", hq_epoch="e2", server_time=5, pages=tuple(named), place=PLACE)


async def seed(applier: ChangeApplier, *pages: Sequence[Change]) -> None:
    await applier.begin_seeding(snapshot(*pages))
    for number, changes in enumerate(pages):
        await applier.apply_seed(number, changes)


def held(db: Connection) -> dict[str, list[Any]]:
    tables = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    kept = {t: db.execute(f"SELECT entity, key, body FROM {t}").fetchall() for t in KEPT}
    return {table: sorted(rows, key=repr) for table, rows in {**tables, **kept}.items()}


async def is_whole(desk: StoreDesk) -> bool:
    """Whether the digests of all tables fit what is in them."""
    return await desk.database.read(digests.differences) == ()


def article(sku: str, **more: Any) -> Change:
    body = {"sku": sku, "name": "n", "price_fen": 100, "gtin": "", "withdrawn": False} | more
    return change("article", sku, **body)


def member(member_id: str, **more: Any) -> Change:
    body = {"member_id": member_id, "tier": "", "points": 5, "phone_masked": "", "through_seq": 0}
    return change("member", member_id, **body | more)


def coupon(coupon_id: str, state: str) -> Change:
    return change("coupon", coupon_id, coupon_id=coupon_id, state=state)


def gone(entity: str, key: str) -> Change:
    return Change(entity=entity, key=key, body=msgspec.Raw(GONE))


ODD = [
    article("a", gtin="6901234567892"),
    article("b", price_fen=-1),
    article("c", colour="red"),
    change("article", "d"),
    member("1" * 24),
    member("2" * 24, tier=7),
    member("3" * 24, birthday="01-01"),
    change("stock", "a", sku="a", quantity=3, through_seq=0),
    change("stock", "b", sku="b", quantity=2**60, through_seq=0),
    coupon("4" * 24, "used"),
    coupon("5" * 24, "revoked"),
    coupon("6" * 24, "free"),
    coupon("7" * 24, "lost"),
    change("lottery", "x", a=1),
]


@pytest.fixture
async def twin(chain: Chain, clock: StoppedClock, tmp_path: Path) -> StoreDesk:
    database = Database(tmp_path / "twin.db")
    database.open()
    await database.write(lambda db: sync_state.found(db, store=STORE, install_id="i2"))
    return make_desk(database, chain.settings(tmp_path), clock)


@pytest.mark.parametrize("alone", range(len(ODD) + 1))
async def test_in_bulk_comes_to_the_same_as_singly(
    chain: Chain, desk: StoreDesk, twin: StoreDesk, alone: int
) -> None:
    """All at once, and each of them in a page of its own, where nothing else makes it slow."""
    told = ODD if alone == len(ODD) else [*chain.page().changes, ODD[alone]]
    await ChangeApplier(twin).apply(page(*told))
    await seed(ChangeApplier(desk), told)
    assert await desk.database.read(held) == await twin.database.read(held)
    assert await is_whole(desk)
    twin.database.close()


async def test_the_feed_is_not_complete_before_the_tail_is_read(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await seed(applier, chain.page().changes)
    assert await applier.position() == FeedPosition("behind", "e2", PLACE)
    assert not await desk.database.read(sync_state.is_told_all)
    await applier.apply(page(cursor="next"))
    assert await desk.database.read(sync_state.is_told_all)


async def test_it_goes_on_where_it_was_after_a_restart_and_takes_no_page_twice(
    chain: Chain, desk: StoreDesk
) -> None:
    pages = [chain.page().changes, [article("a")], [article("b")]]
    applier = ChangeApplier(desk)
    await applier.begin_seeding(snapshot(*pages))
    await applier.apply_seed(0, pages[0])
    await applier.apply_seed(1, pages[1])

    anew = ChangeApplier(desk)
    left = await anew.seeding()
    assert left is not None
    assert (left.snapshot, left.next_page) == (snapshot(*pages), 2)
    assert (await anew.position()).cursor == ""
    with pytest.raises(ContradictionError):
        await anew.apply_seed(1, pages[1])
    await anew.apply_seed(2, pages[2])
    assert await anew.seeding() is None


async def test_what_head_office_tells_no_more_is_gone_and_what_the_store_did_is_not(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(*chain.page().changes, article("old"), member("1" * 24), *ODD[-1:]))
    await sell_colas(desk, 3)
    tip = await desk.database.read(journal.tip)
    before = await JournalOutbox(desk).position()
    told = chain.page().changes[:-2]  # nothing of the used and the revoked coupon

    await seed(applier, [*told, change("stock", COLA, sku=COLA, quantity=50, through_seq=0)])

    now = await desk.database.read(held)
    assert [row[0] for row in now["article"] if row[0] == "old"] == []
    assert [row[0] for row in now["member"]] == [MEMBER]
    assert now["parked_change"] == []
    assert USED_COUPON in [row[0] for row in now["coupon_state"]]  # nothing loosens by silence
    assert await desk.database.read(pieces_of_cola) == 50 - 3
    assert await desk.database.read(journal.tip) == tip
    after = await JournalOutbox(desk).position()
    assert (after.last, after.acked) == (before.last, before.acked)
    assert await is_whole(desk)


async def test_points_of_members_who_bought_here_count_on_top(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    await sell_colas(desk, 3)
    singly = member(MEMBER, points=10)
    await applier.apply(page(singly))
    expected = (await desk.database.read(held))["member"]
    await seed(applier, [*chain.page().changes[:-4], singly])
    assert (await desk.database.read(held))["member"] == expected
    assert expected[0][2] > 10


async def test_a_snapshot_given_up_leaves_no_trace(chain: Chain, desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    pages = [chain.page().changes, [article("b")]]
    await applier.begin_seeding(snapshot(*pages))
    await applier.apply_seed(0, pages[0])
    await applier.forget_cursor("e3")
    assert await applier.seeding() is None
    assert await desk.database.read(lambda db: db.execute("SELECT 1 FROM seeded").fetchall()) == []
    with pytest.raises(ContradictionError):
        await applier.apply_seed(1, pages[1])


async def test_an_empty_snapshot_is_applied_at_once(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await seed(applier)
    assert (await applier.position()).cursor == "behind"
    assert await applier.seeding() is None


async def test_a_place_in_the_feed_is_remembered_for_its_incarnation(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    for told, hq_epoch, known in ((9, "e1", 9), (8, "e1", 9), (0, "e1", 9), (3, "e2", 3)):
        news = page(article(f"{told}"), cursor=f"{told}")
        await applier.apply(msgspec.structs.replace(news, place=told, hq_epoch=hq_epoch))
        assert (await applier.position()).place == known


async def test_what_is_gone_is_forgotten(chain: Chain, desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(*chain.page().changes, article("a"), *ODD[1:2]))
    await applier.apply(
        page(
            gone("article", "a"),
            gone("article", "b"),
            gone("member", MEMBER),
            gone("campaign", "1"),
            gone("stock", COLA),
            gone("case", "never known"),
        )
    )
    now = await desk.database.read(held)
    assert (now["member"], now["stock"], now["parked_change"]) == ([], [], [])
    assert "a" not in [row[0] for row in now["article"]]
    assert 1 not in [row[0] for row in now["campaign"]]
    assert await is_whole(desk)


async def test_what_must_not_be_forgotten_is_parked(chain: Chain, desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    before = (await desk.database.read(held))["document"]
    await applier.apply(page(gone("key_set", "key_set"), gone("coupon", USED_COUPON)))
    now = await desk.database.read(held)
    assert now["document"] == before
    assert [row[0] for row in now["parked_change"]] == ["coupon", "key_set"]
