"""A store is told what HQ knows of the journal that it lost: numbers, sales, coupons given away."""

import msgspec

from agent.base.clock import DAY_MS
from agent.domain.coupons.events import GivenCoupon
from agent.domain.line.events import EventKind
from agent.domain.selling.receipt import UNGREETED
from sync.hq.intake.past import PAST_DAYS, RECEIPT_LEAP, SHIFT_LEAP
from sync.hq.stores import release_store
from sync.protocol.messages import Action
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal

LONG_AGO = NOON - (PAST_DAYS + 1) * DAY_MS


def new_pc(store: StoreClient) -> Journal:
    journal = Journal(store.code)
    journal.install_id = "another-pc"
    return journal


async def told_events(store: StoreClient) -> list[tuple[int, int, str]]:
    """Epoch, seq and line of what the feed tells of the past."""
    return [
        (body["epoch"], body["seq"], body["event"]["event_id"])
        for body in await store.changes("past_event")
    ]


def event_ids(journal: Journal) -> list[str]:
    return [msgspec.json.decode(line)["event_id"] for line in journal.lines]


async def replaced(hq: HeadOffice, store: StoreClient, lost: Journal) -> Journal:
    """A new PC after HQ has received all of `lost`."""
    await store.send(lost)
    await release_store(hq.db, store.code)
    return new_pc(store)


async def test_a_new_pc_goes_on_after_every_number_that_may_be_on_paper(
    hq: HeadOffice, store: StoreClient
) -> None:
    lost = store.journal()
    sale = lost.sell()
    lost.refund(sale)
    lost.append(EventKind.SHIFT_CLOSED, lost.closing(z_no=7))

    answer = await store.hello(await replaced(hq, store, lost), past=True)

    assert (answer.action, answer.epoch, answer.past) == (Action.NEW_EPOCH, 2, True)
    assert (answer.receipts_after, answer.shifts_after) == (2 + RECEIPT_LEAP, 7 + SHIFT_LEAP)


async def test_what_hq_never_heard_of_is_not_numbered_again_by_the_third_pc(
    hq: HeadOffice, store: StoreClient
) -> None:
    second = await replaced(hq, store, store.journal_of_sales(3))
    first_answer = await store.hello(second, past=True)
    await release_store(hq.db, store.code)  # nothing that the second one sold ever reached HQ
    third = new_pc(store)
    third.install_id = "a-third-pc"

    answer = await store.hello(third, past=True)

    assert answer.receipts_after == first_answer.receipts_after + RECEIPT_LEAP


async def test_numbers_of_an_installation_that_was_not_greeted_lift_no_others(
    hq: HeadOffice, store: StoreClient
) -> None:
    lost = store.journal_of_sales(3)
    sale = msgspec.structs.replace(lost.sell(), sale_id="s9", receipt_no=UNGREETED + 5)
    lost.append(EventKind.SALE_RECORDED, sale)

    answer = await store.hello(await replaced(hq, store, lost), past=True)

    assert answer.receipts_after == 4 + RECEIPT_LEAP


async def test_the_feed_tells_what_happened_in_order_and_then_that_this_was_all(
    hq: HeadOffice, store: StoreClient
) -> None:
    (coupon,) = await hq.issue(store=store.code)
    lost = store.journal()
    sale = lost.sell()
    lost.reverse(lost.redeem(coupon))
    lost.refund(sale)
    lost.append(EventKind.SHIFT_CLOSED, lost.closing())

    await store.hello(await replaced(hq, store, lost), past=True)

    ids = event_ids(lost)
    assert await told_events(store) == [(1, seq, one) for seq, one in enumerate(ids, 1)]
    last = (await store.page()).changes[-1]
    assert (last.entity, msgspec.json.decode(last.body)) == ("past_end", {"epoch": 2})


async def test_a_line_is_told_as_it_was_sent(hq: HeadOffice, store: StoreClient) -> None:
    lost = store.journal()
    lost.sell(skus=('大米 \\ "5" kg\u2028',))
    await store.hello(await replaced(hq, store, lost), past=True)
    (change,) = [one for one in (await store.page()).changes if one.entity == "past_event"]
    body = msgspec.json.decode(change.body, type=dict[str, msgspec.Raw])
    assert bytes(body["event"]) == lost.lines[0]


async def test_sales_of_long_ago_are_not_told_and_refunds_always(
    hq: HeadOffice, store: StoreClient
) -> None:
    lost = store.journal()
    old = lost.sell(at=LONG_AGO)
    lost.refund(old, at=LONG_AGO)
    lost.sell(at=LONG_AGO + DAY_MS)

    await store.hello(await replaced(hq, store, lost), past=True)

    assert [seq for _, seq, _ in await told_events(store)] == [2, 3]


async def test_events_that_hq_could_not_read_are_not_told(
    hq: HeadOffice, store: StoreClient
) -> None:
    lost = store.journal_of_sales(1)
    lost.append_raw("sale.recorded", b'{"sale_id":"\xff"}')
    lost.append("sale.recorded", {"nonsense": True})
    await store.hello(await replaced(hq, store, lost), past=True)
    assert [seq for _, seq, _ in await told_events(store)] == [1]


async def test_coupons_that_were_given_away_are_told(hq: HeadOffice, store: StoreClient) -> None:
    lost = store.journal()
    given = (GivenCoupon(coupon_id="c" * 24, campaign=1),)
    old = msgspec.structs.replace(lost.sell(at=LONG_AGO), given=given, sale_id="s1")
    lost.lines.clear()
    lost.append(EventKind.SALE_RECORDED, old, at=LONG_AGO)

    await store.hello(await replaced(hq, store, lost), past=True)

    told = await store.changes("handout_given")
    assert told == [{"coupon_id": "c" * 24, "sale_id": "s1"}]


async def test_a_disk_that_was_set_back_is_told_what_it_lost_and_nothing_else(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(5)
    await store.send(journal)
    disk = journal.copy()
    del disk.lines[3:]

    answer = await store.hello(disk, past=True)

    assert (answer.action, answer.past) == (Action.NEW_EPOCH, True)
    assert [seq for _, seq, _ in await told_events(store)] == [4, 5]


async def test_a_lost_answer_is_given_again_and_nothing_told_twice(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = await replaced(hq, store, store.journal_of_sales(2))
    await store.post_hello(journal, past=True)

    answer = await store.hello(journal, past=True)

    assert (answer.past, answer.receipts_after) == (True, 2 + RECEIPT_LEAP)
    assert len(await told_events(store)) == 2


async def test_a_store_that_never_lost_anything_is_told_nothing(store: StoreClient) -> None:
    journal = store.journal_of_sales(2)
    await store.send(journal)
    answer = await store.hello(journal, past=True)
    assert (answer.past, answer.receipts_after, answer.shifts_after) == (False, 0, 0)
    assert await told_events(store) == []


async def test_an_older_agent_is_told_once_it_was_upgraded(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = await replaced(hq, store, store.journal_of_sales(2))
    old_version = await store.hello(journal)
    assert (old_version.past, await told_events(store)) == (False, [])

    upgraded = await store.hello(journal, past=True)

    assert (upgraded.action, upgraded.past) == (Action.CONTINUE, True)
    assert len(await told_events(store)) == 2


async def test_what_is_past_is_told_in_pages(hq: HeadOffice, store: StoreClient) -> None:
    await store.hello(await replaced(hq, store, store.journal_of_sales(5)), past=True)
    seqs: list[int] = []
    cursor, more = "", True
    while more:
        page = await store.page(cursor, limit="2")
        cursor, more = page.cursor, page.more
        assert len(page.changes) <= 2
        told = (one for one in page.changes if one.entity == "past_event")
        seqs += [msgspec.json.decode(one.body)["seq"] for one in told]
    assert seqs == [1, 2, 3, 4, 5]
