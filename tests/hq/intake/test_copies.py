"""Copies of a disk: one that is switched on for a minute ends no store's sync, in any order."""

import pytest

from sync.hq.members.members import Member, put_members
from sync.hq.stores import list_stores, release_store
from sync.protocol.identity import Identity
from sync.protocol.messages import Action, HelloAnswer, Point
from sync.protocol.position import ORIGIN
from tests.hq.equality import differences
from tests.hq.goods import stock_up
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal

ADA = "a" * 24
MILK = "6901"
PRUNED = 6
"""The store has deleted its events up to here."""


async def sold(store: StoreClient, sales: int) -> Journal:
    journal = store.journal()
    for _ in range(sales):
        journal.sell(skus=(MILK,), member_id=ADA)
    await store.send(journal)
    journal.acked_seq = sales
    return journal


def copy_of(journal: Journal, seq: int) -> Journal:
    """The disk as it was at `seq`."""
    copy = journal.copy()
    del copy.lines[seq:]
    copy.acked_seq = seq
    return copy


def trail(journal: Journal, oldest: int = 0) -> tuple[Point, ...]:
    """Of a store that has deleted what lies before `oldest`."""
    last = journal.last.seq
    return (*(journal.point(seq) for seq in range(last, max(oldest, 1) - 1, -1)), ORIGIN)


async def greeted(store: StoreClient, journal: Journal, oldest: int = 0) -> HelloAnswer:
    """Say hello as the store does: with the trail when HQ asks for it."""
    answer = await store.hello(journal)
    if answer.action is Action.WALK_BACK:
        answer = await store.hello(journal, trail=trail(journal, oldest))
    return answer


async def position(hq: HeadOffice) -> tuple[object, ...]:
    [row] = await hq.rows("SELECT epoch, accepted_seq, accepted_hash FROM store_position")
    return row


async def test_the_store_in_use_goes_on_after_an_old_copy_was_heard_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    """A hello alone moves nothing: the store notices nothing, and asks for nothing."""
    await put_members(hq.db, [Member(member_id=ADA, stores=(store.code,))])
    await stock_up(hq, store.code, {MILK: 100})
    real = await sold(store, 10)
    await hq.settle()
    before = await position(hq)
    for _ in range(2):
        old = copy_of(real, 2)
        assert (await greeted(store, old)).action is Action.NEW_EPOCH
        assert (await greeted(store, old)).action is Action.CONTINUE
        assert await position(hq) == before
    stock = (await store.changes("stock"))[-1]
    assert (stock["quantity"], stock["through_seq"]) == (90, 10)
    member = (await store.changes("member"))[-1]
    assert (member["points"], member["through_seq"]) == (100, 10)
    assert await poll(store, real) == ""

    real.sell(skus=(MILK,), member_id=ADA)
    await store.send(real, 11)
    await hq.settle()

    assert (await greeted(store, real)).action is Action.CONTINUE
    assert (await store.changes("member"))[-1]["points"] == 110
    lines = await hq.rows("SELECT line FROM event ORDER BY seq")
    assert [line for (line,) in lines] == real.lines


async def test_an_old_copy_that_runs_on_is_fenced_once_the_store_has_sent(
    hq: HeadOffice, store: StoreClient
) -> None:
    real = await sold(store, 10)
    copy = copy_of(real, 2)
    await greeted(store, copy)
    real.sell()
    await store.send(real, 11)

    assert await poll(store, copy) == "fenced"
    assert (await greeted(store, copy)).action is Action.FENCED
    assert (await greeted(store, real)).action is Action.CONTINUE
    [status] = await list_stores(hq.db)
    assert (status.accepted, status.fenced_at) == (11, NOON)


async def test_what_an_old_copy_sold_reaches_head_office_though_the_store_has_sent_meanwhile(
    hq: HeadOffice, store: StoreClient
) -> None:
    real = await sold(store, 10)
    copy = copy_of(real, 2)
    await greeted(store, copy)
    real.sell()
    await store.send(real, 11)
    copy.sell()
    late = await store.post(copy.batch(3))
    assert (late.status, late.code) == (409, "epoch_mismatch")

    assert (await greeted(store, copy)).action is Action.NEW_EPOCH
    await store.send(copy, 3)
    assert (await greeted(store, real)).action is Action.NEW_EPOCH

    assert await hq.count("sale") == 12
    assert (await greeted(store, copy)).action is Action.FENCED


async def test_a_batch_that_does_not_follow_begins_no_epoch(
    hq: HeadOffice, store: StoreClient
) -> None:
    real = await sold(store, 10)
    copy = copy_of(real, 2)
    await greeted(store, copy)
    before = await position(hq)
    copy.sell()
    copy.sell()

    answer = await store.post(copy.batch(4))

    assert (answer.status, answer.code) == (409, "epoch_mismatch")
    assert await position(hq) == before


async def test_a_set_back_disk_in_use_comes_back_after_the_disk_before_it_was_heard_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    """The longer disk takes over when it says hello, and sends nothing; what sells is the store."""
    broken = await sold(store, 10)
    image = copy_of(broken, 6)
    await greeted(store, image)
    image.sell()
    await store.send(image, 7)
    assert (await greeted(store, broken)).action is Action.NEW_EPOCH
    assert (await greeted(store, image)).action is Action.FENCED, "of two at rest one is left"

    image.sell()
    answer = await greeted(store, image)

    assert (answer.action, answer.accepted_seq) == (Action.NEW_EPOCH, 7)
    await store.send(image, 8)
    assert (await greeted(store, image)).action is Action.CONTINUE
    broken.sell()
    assert (await greeted(store, broken)).action is not Action.CONTINUE
    assert await hq.count("sale") == 12


@pytest.mark.parametrize("sales", [1, 3])
async def test_the_store_in_use_goes_on_after_an_old_copy_has_sold(
    hq: HeadOffice, store: StoreClient, sales: int
) -> None:
    await put_members(hq.db, [Member(member_id=ADA, stores=(store.code,))])
    real = await sold(store, 10)
    copy = copy_of(real, 2)
    await greeted(store, copy)
    for _ in range(sales):
        copy.sell(member_id=ADA)
    await store.send(copy, 3)
    await hq.settle()

    answer = await greeted(store, real, PRUNED)

    assert (answer.action, answer.accepted_seq) == (Action.NEW_EPOCH, 10)
    member = (await store.changes("member"))[-1]
    assert (member["points"], member["through_seq"]) == ((10 + sales) * 10, 10)
    real.sell()
    await store.send(real, 11)
    assert (await greeted(store, copy)).action is Action.FENCED
    assert await hq.count("sale") == 11 + sales, "what the copy sold stays in effect"
    assert (await greeted(store, real, PRUNED)).action is Action.CONTINUE


async def poll(store: StoreClient, journal: Journal) -> str:
    """Ask for the feed as the machine of `journal`; return the code of the refusal."""
    identity = Identity(journal.install_id, journal.epoch)
    answer = await store.request("GET", "/sync/v1/changes", identity=identity)
    return "" if answer.status == 200 else answer.code


async def test_the_feed_is_the_stores_alone(hq: HeadOffice, store: StoreClient) -> None:
    real = await sold(store, 10)
    copy = copy_of(real, 2)
    replaced, waiting = real.copy(), store.journal()
    replaced.install_id = "the machine before"
    waiting.install_id, waiting.epoch = "the next machine", 0
    assert [await poll(store, one) for one in (real, copy, waiting)] == ["", "", ""]
    assert await poll(store, replaced) == "fenced"

    await greeted(store, copy)
    assert [await poll(store, one) for one in (real, copy)] == ["", ""], "nothing has arrived"
    copy.sell()
    await store.send(copy, 3)
    assert [await poll(store, one) for one in (real, copy)] == ["fenced", ""]

    await greeted(store, real, PRUNED)
    assert [await poll(store, one) for one in (real, copy)] == ["", "fenced"]
    await release_store(hq.db, store.code)
    assert [await poll(store, one) for one in (copy, replaced)] == ["", ""]


async def test_the_store_in_use_is_told_what_the_copy_did(
    hq: HeadOffice, store: StoreClient
) -> None:
    real = await sold(store, 10)
    copy = copy_of(real, 2)
    await greeted(store, copy)
    copy.sell()
    await store.send(copy, 3)
    cursor = (await store.page()).cursor

    await greeted(store, real, PRUNED)
    await store.hello(real, past=True)

    told = await store.changes("past_event", cursor)
    assert [(body["epoch"], body["seq"]) for body in told] == [(2, 3)]


async def test_a_disk_that_has_less_than_the_one_in_use_is_fenced_whatever_it_sold(
    hq: HeadOffice, store: StoreClient
) -> None:
    """The original of a disk that was replaced by an image of it, put in again much later."""
    broken = await sold(store, 4)
    image = copy_of(broken, 2)
    await greeted(store, image)
    for _ in range(5):
        image.sell()
    await store.send(image, 3)

    broken.sell()

    assert (await greeted(store, broken)).action is Action.FENCED
    assert (await greeted(store, image)).action is Action.CONTINUE
    [status] = await list_stores(hq.db)
    assert status.fenced_at == NOON


async def test_of_two_clones_that_sell_only_one_is_left(hq: HeadOffice, store: StoreClient) -> None:
    first = await sold(store, 3)
    second = first.copy()
    first.sell()
    await store.send(first, 4)
    second.sell()
    assert (await greeted(store, second)).action is Action.NEW_EPOCH
    await store.send(second, 4)

    first.sell()
    assert (await greeted(store, first)).action is Action.NEW_EPOCH
    await store.send(first, 5)

    for _ in range(4):
        second.sell()
        assert (await greeted(store, second)).action is Action.FENCED
    assert (await greeted(store, first)).action is Action.CONTINUE


async def test_of_two_clones_at_rest_one_is_left_and_no_epoch_follows_another(
    hq: HeadOffice, store: StoreClient
) -> None:
    """Nothing has arrived in the last epoch: the one that gave way before does not come back."""
    first = await sold(store, 3)
    second = first.copy()
    first.sell()
    first.sell()
    await store.send(first, 4)
    second.sell()
    assert (await greeted(store, second)).action is Action.NEW_EPOCH
    await store.send(second, 4)
    assert (await greeted(store, first)).action is Action.NEW_EPOCH

    for _ in range(3):
        assert (await greeted(store, second)).action is Action.FENCED
        assert (await greeted(store, first)).action is Action.CONTINUE
    assert await hq.count("store_epoch") == 3


@pytest.mark.parametrize("copy_speaks_first", [False, True])
async def test_release_lets_the_store_in_use_go_on_after_a_longer_copy(
    hq: HeadOffice, store: StoreClient, copy_speaks_first: bool
) -> None:
    real = await sold(store, 10)
    copy = copy_of(real, 8)
    await greeted(store, copy)
    for _ in range(5):
        copy.sell()
    await store.send(copy, 9)
    assert (await greeted(store, real, PRUNED)).action is Action.FENCED

    await release_store(hq.db, store.code)
    if copy_speaks_first:
        await greeted(store, copy)
        await release_store(hq.db, store.code)
    answer = await greeted(store, real, PRUNED)

    assert (answer.action, answer.accepted_seq) == (Action.NEW_EPOCH, 10)
    real.sell()
    await store.send(real, 11)
    assert (await greeted(store, copy)).action is Action.FENCED
    [status] = await list_stores(hq.db)
    assert status.fenced_at == NOON, "after the release, of the copy"


async def test_release_gives_the_store_to_a_copy_and_takes_it_back(
    hq: HeadOffice, store: StoreClient
) -> None:
    """The epochs that were left behind are taken up again where people say so."""
    real = await sold(store, 5)
    copy = copy_of(real, 2)
    await greeted(store, copy)
    copy.sell()
    await store.send(copy, 3)
    await greeted(store, real)
    real.sell()
    await store.send(real, 6)

    await release_store(hq.db, store.code)
    assert (await greeted(store, copy)).accepted_seq == 3
    copy.sell()
    await store.send(copy, 4)

    assert await hq.count("sale") == 8
    held = await differences(hq, copy)
    assert not [one for one in held if one.startswith("journal")]
