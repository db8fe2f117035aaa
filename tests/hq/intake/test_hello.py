"""Hello: copied disks, restored disks, two machines with one identity, HQ restored from backup."""

from typing import Any

import msgspec
import pytest

from agent.domain.line.chain import GENESIS
from sync.hq.members.members import Member, put_members
from sync.hq.stores import list_stores, release_store
from sync.hq.trust.restored import begin_incarnation
from sync.protocol.limits import MAX_BATCH_EVENTS, MAX_HELLO_BYTES, PROTOCOL
from sync.protocol.messages import Action, HelloAnswer
from tests.hq.equality import differences
from tests.hq.goods import stock_up
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal

ADA = "a" * 24


def place(answer: HelloAnswer) -> tuple[str, int, int]:
    return answer.action, answer.epoch, answer.accepted_seq


async def sold(store: StoreClient, sales: int) -> Journal:
    """A journal of sales that HQ has acknowledged."""
    journal = store.journal()
    for _ in range(sales):
        journal.sell()
    await store.send(journal)
    journal.acked_seq = sales
    return journal


def set_back(journal: Journal, to_seq: int) -> Journal:
    """The disk as it was at `to_seq`."""
    disk = journal.copy()
    del disk.lines[to_seq:]
    disk.acked_seq = min(disk.acked_seq, to_seq)
    return disk


async def test_the_first_hello_gets_the_first_epoch(hq: HeadOffice) -> None:
    store = await hq.store("MB001", greeted=False)

    answer = await store.hello(Journal("MB001"))

    assert place(answer) == (Action.NEW_EPOCH, 1, 0)
    assert answer.accepted_hash == GENESIS.hex()
    assert answer.limits.events == MAX_BATCH_EVENTS
    assert answer.server_time == NOON


async def test_a_first_hello_whose_answer_was_lost_gets_it_again(hq: HeadOffice) -> None:
    store = await hq.store("MB001", greeted=False)
    journal = Journal("MB001")
    journal.sell()
    await store.post_hello(journal)  # the answer is lost: the store still stands in epoch 0

    answer = await store.hello(journal)

    assert place(answer) == (Action.NEW_EPOCH, 1, 0)
    await store.send(journal)
    assert await differences(hq, journal) == []


async def test_a_store_that_is_ahead_goes_on(hq: HeadOffice, store: StoreClient) -> None:
    journal = await sold(store, 2)
    journal.sell()

    answer = await store.hello(journal)

    assert place(answer) == (Action.CONTINUE, 1, 2)
    assert answer.accepted_hash == journal.point(2).hash


async def test_a_store_that_hq_has_whole_goes_on(store: StoreClient) -> None:
    assert place(await store.hello(await sold(store, 2))) == (Action.CONTINUE, 1, 2)


async def test_an_hq_that_knows_less_than_it_acknowledged_asks_again(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = await sold(store, 2)
    journal.sell()
    journal.acked_seq = 3  # so said the HQ before the backup was restored

    answer = await store.hello(journal)

    assert place(answer) == (Action.RESEND_FROM, 1, 2)


async def test_a_disk_that_was_set_back_gets_a_new_epoch_and_loses_nothing(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = await sold(store, 5)
    disk = set_back(journal, 3)

    answer = await store.hello(disk)
    assert place(answer) == (Action.NEW_EPOCH, 2, 3)
    disk.sell()
    await store.send(disk, 4)

    assert await hq.count("event", "epoch = 1") == 5
    assert await hq.count("sale") == 6
    assert await hq.rows("SELECT seq, line FROM event WHERE epoch = 2") == [(4, disk.lines[3])]


async def test_a_disk_that_was_set_back_hears_what_it_has_forgotten(
    hq: HeadOffice, store: StoreClient
) -> None:
    used, reversed_, earlier = await hq.issue(3, store="MB001")
    await put_members(hq.db, [Member(member_id=ADA, stores=("MB001",))])
    await stock_up(hq, "MB001", {"6901": 10})
    journal = store.journal()
    journal.redeem(earlier)
    journal.sell(skus=("6901",), coupon_id=used, member_id=ADA)
    journal.reverse(journal.redeem(reversed_))
    await store.send(journal)
    await hq.settle()
    cursor = (await store.page()).cursor

    disk = set_back(journal, 1)
    await store.hello(disk)

    told = await told_after(store, cursor)
    assert [(entity, body.get("coupon_id")) for entity, body in told] == [
        ("coupon", used),
        ("stock", None),
        ("member", None),
    ]
    assert told[0][1]["state"] == "used"
    assert told[1][1] == {"sku": "6901", "quantity": 9, "through_seq": 4}, "right for any copy"
    assert (told[2][1]["points"], told[2][1]["through_seq"]) == (7, 4)

    disk.sell(skus=("6901",))
    await store.send(disk, 2)
    figures = dict(await told_after(store, cursor))
    assert figures["stock"] == {"sku": "6901", "quantity": 9, "through_seq": 1}, "this disk's own"
    assert (figures["member"]["points"], figures["member"]["through_seq"]) == (7, 1)


async def told_after(store: StoreClient, cursor: str) -> list[tuple[str, Any]]:
    changes = (await store.page(cursor)).changes
    return [(change.entity, msgspec.json.decode(change.body)) for change in changes]


async def test_a_new_epoch_whose_answer_was_lost_is_given_again(
    hq: HeadOffice, store: StoreClient
) -> None:
    disk = set_back(await sold(store, 5), 3)
    await store.post_hello(disk)

    assert place(await store.hello(disk)) == (Action.NEW_EPOCH, 2, 3)
    assert await hq.count("store_epoch") == 2


async def test_a_store_that_sold_on_while_a_new_epochs_answer_was_lost_finds_its_way(
    hq: HeadOffice, store: StoreClient
) -> None:
    disk = set_back(await sold(store, 5), 3)
    await store.post_hello(disk)
    disk.sell()

    assert (await store.hello(disk)).action == Action.WALK_BACK
    answer = await store.hello(disk, trail=disk.trail())

    assert place(answer) == (Action.NEW_EPOCH, 3, 3)
    await store.send(disk, 4)
    assert await hq.count("sale") == 6


async def test_a_disk_that_differs_walks_back_to_the_last_shared_place(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = await sold(store, 5)
    disk = set_back(journal, 3)
    disk.sell()

    assert place(await store.hello(disk)) == (Action.WALK_BACK, 1, 5)
    answer = await store.hello(disk, trail=disk.trail())

    assert place(answer) == (Action.NEW_EPOCH, 2, 3)
    assert answer.accepted_hash == disk.point(3).hash


async def test_a_disk_that_shares_nothing_begins_at_the_start(store: StoreClient) -> None:
    await sold(store, 2)
    disk = store.journal()
    disk.sell()
    await store.hello(disk)

    assert place(await store.hello(disk, trail=disk.trail())) == (Action.NEW_EPOCH, 2, 0)


async def test_an_older_copy_of_the_disk_is_fenced(hq: HeadOffice, store: StoreClient) -> None:
    copy = (await sold(store, 3)).copy()
    disk = set_back(copy, 2)
    await store.hello(disk)
    disk.sell()
    await store.send(disk, 3)

    assert (await store.hello(copy)).action == Action.FENCED


async def test_another_machine_with_the_stores_identity_is_fenced_until_it_is_released(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = await sold(store, 3)
    journal.install_id = "another machine"

    assert (await store.hello(journal)).action == Action.FENCED
    await release_store(hq.db, "MB001")
    assert (await store.hello(journal)).action == Action.WALK_BACK
    answer = await store.hello(journal, trail=journal.trail())

    assert place(answer) == (Action.NEW_EPOCH, 2, 3)
    assert (await store.hello(journal)).action == Action.CONTINUE


async def test_a_released_store_on_an_empty_machine_begins_anew_and_hears_all(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    [coupon_id] = await hq.issue(store="MB001")
    journal.redeem(coupon_id)
    await store.send(journal)
    await release_store(hq.db, "MB001")
    machine = Journal("MB001")
    machine.install_id = "new machine"

    answer = await store.hello(machine)

    assert place(answer) == (Action.NEW_EPOCH, 2, 0)
    assert [change["coupon_id"] for change in await store.changes("coupon")] == [coupon_id]


async def test_an_epoch_that_hq_does_not_know_walks_back(store: StoreClient) -> None:
    journal = await sold(store, 2)
    journal.epoch = 7  # HQ was restored from a backup of before

    assert (await store.hello(journal)).action == Action.WALK_BACK
    assert place(await store.hello(journal, trail=journal.trail())) == (Action.NEW_EPOCH, 8, 2)


async def test_a_new_incarnation_of_hq_reseeds(hq: HeadOffice, store: StoreClient) -> None:
    journal = await sold(store, 2)
    before = (await store.hello(journal)).hq_epoch
    now = await begin_incarnation(hq.db, hq.key_store, now=NOON)

    answer = await store.hello(journal, hq_epoch=before)

    assert (answer.action, answer.hq_epoch) == (Action.RESEED, now)
    assert (await store.hello(journal, hq_epoch=now)).action == Action.CONTINUE


async def test_another_protocol_is_told_to_upgrade(store: StoreClient) -> None:
    answer = await store.hello(store.journal(), protocol=PROTOCOL + 1)

    assert answer.action == Action.UPGRADE


async def test_hq_notes_who_called_when_and_how_far_off_the_clock_is(
    hq: HeadOffice, store: StoreClient
) -> None:
    hq.clock.now += 60_000

    await store.hello(store.journal(), app_version="1.2.3", clock=hq.clock.now - 5_000)

    [status] = await list_stores(hq.db)
    assert (status.last_contact, status.app_version, status.clock_skew_ms) == (
        NOON + 60_000,
        "1.2.3",
        -5_000,
    )


@pytest.mark.parametrize(
    "overrides",
    [
        {"store": "mb001"},
        {"last_hash": "00"},
        {"install_id": ""},
        {"install_id": "a\0"},
        {"app_version": "\0"},
        {"last_seq": -1},
        {"cursor": "1" * 193},
    ],
)
async def test_a_malformed_hello_is_refused(
    store: StoreClient, overrides: dict[str, object]
) -> None:
    answer = await store.post_hello(store.journal(), **overrides)

    assert (answer.status, answer.code) == (400, "hello_malformed")


async def test_a_hello_that_is_too_long_is_refused(store: StoreClient) -> None:
    answer = await store.request("POST", "/sync/v1/hello", b" " * (MAX_HELLO_BYTES + 1))

    assert (answer.status, answer.code) == (413, "body_too_large")


async def test_a_hello_for_another_store_is_refused(hq: HeadOffice, store: StoreClient) -> None:
    await hq.store("MB002")

    answer = await store.post_hello(store.journal(), store="MB002")

    assert (answer.status, answer.code) == (403, "other_store")
