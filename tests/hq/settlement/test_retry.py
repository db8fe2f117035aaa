"""Parked events tried again: by an HQ that can read them, or once what they lacked is there."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.domain.line.event_body import decode_body
from agent.domain.line.events import EventKind
from agent.domain.selling.events import SaleRecorded
from sync.hq.intake import effects
from sync.hq.intake.parking import Parking
from sync.hq.line import list_parked, settle_parked
from sync.hq.members.members import Member, put_members
from sync.hq.settlement.retry import Retried, retry_parked
from tests.hq.equality import differences
from tests.hq.goods import stock_up
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.settlement.uses import holders, states

ADA = "a" * 24
MILK = "6901"

Upgrade = Callable[[], None]


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> Upgrade:
    """An HQ of before, to whom these kinds come in versions that it can't read; call to upgrade."""
    kinds = {EventKind.SALE_RECORDED, EventKind.REDEMPTION_REVERSED, EventKind.SALE_REFUNDED}

    def decode(name: str, data: Any) -> Any:
        return None if name in kinds else decode_body(name, data)

    monkeypatch.setattr(effects, "decode_body", decode)
    return lambda: monkeypatch.setattr(effects, "decode_body", decode_body)


@pytest.mark.parametrize("settled", [True, False], ids=["settled before", "not settled yet"])
async def test_what_an_older_hq_could_not_read_takes_effect_once_after_its_upgrade(
    hq: HeadOffice, store: StoreClient, other: StoreClient, older: Upgrade, settled: bool
) -> None:
    await put_members(hq.db, [Member(member_id=ADA, stores=(store.code,))])
    await stock_up(hq, store.code, {MILK: 0})
    used, back = await hq.issue(2)
    journal = store.journal()
    journal.sell(skus=(MILK,), coupon_id=used, bound=False, member_id=ADA)
    taken_back = journal.redeem(back, bound=False)
    journal.reverse(taken_back)
    journal.refund(journal.sell(skus=(MILK,), member_id=ADA))
    answer = await store.send(journal)
    assert [row.code for row in answer.results] == ["unknown_version"] * 4
    if settled:
        await hq.settle()
    cursor = (await store.page()).cursor
    older()

    retried = await retry_parked(hq.db, store.code, now=NOON)
    await hq.settle()

    assert retried == Retried(applied=4, parked=0)
    assert await hq.count("parked") == 0
    assert await differences(hq, journal) == []
    assert await holders(hq) == [(used, "MB001")]
    assert await states(other, used) == [("used", "MB001")]
    assert ("used", "MB001") not in (await states(other, back))[-1:]
    assert await hq.rows("SELECT points FROM member") == [(7,)]
    [stock] = [one for one in await store.changes("stock", cursor) if one["sku"] == MILK][-1:]
    assert (stock["quantity"], stock["through_seq"]) == (-1, 5)

    assert await retry_parked(hq.db, store.code, now=NOON) == Retried(applied=0, parked=0)
    assert await differences(hq, journal) == []


async def test_what_still_can_not_be_applied_stays_parked(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.append("parcel.lost", {})
    journal.append("sale.recorded", {})
    await store.send(journal)

    assert await retry_parked(hq.db, store.code, now=NOON + 5) == Retried(applied=0, parked=2)
    rows = await hq.rows("SELECT seq, code, parked_at FROM parked ORDER BY seq")
    assert rows == [(1, "unknown_kind", NOON), (2, "body_malformed", NOON)]


async def test_a_refund_that_came_before_its_sale_could_be_read_moves_what_it_moves(
    hq: HeadOffice, store: StoreClient, older: Upgrade
) -> None:
    journal = store.journal()
    sale = journal.sell(skus=(MILK,))
    await store.send(journal)
    older()
    journal.refund(sale)
    assert (await store.send(journal, 2)).results == ()
    await hq.settle()

    await retry_parked(hq.db, store.code, now=NOON)

    assert await hq.count("parked") == 0
    assert await hq.rows("SELECT quantity FROM stock") == [(0,)]


async def test_a_refund_whose_sale_came_to_nothing_moves_once_the_sale_does(
    hq: HeadOffice, store: StoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a rule was too strict: the sale was parked by it, and its refund for the sale."""
    too_strict = Parking("sum_mismatch", "so it was thought")
    with monkeypatch.context() as patched:
        patched.setattr(effects, "broken_rule", lambda body: too_strict if sold(body) else None)
        journal = store.journal()
        journal.refund(journal.sell(skus=(MILK,)))
        answer = await store.send(journal)
    assert [row.code for row in answer.results] == ["sum_mismatch", "refund_of_unknown_sale"]
    await hq.settle()

    assert await retry_parked(hq.db, store.code, now=NOON) == Retried(applied=2, parked=0)

    assert await hq.rows("SELECT repeated FROM refund") == [(False,)]
    assert await differences(hq, journal) == []


def sold(body: object) -> bool:
    return isinstance(body, SaleRecorded)


async def test_what_people_are_done_with_is_counted_no_more_and_kept(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.append("parcel.lost", {})
    await store.send(journal)

    await settle_parked(hq.db, store.code, 1, epoch=None, why="a test till", now=NOON)

    assert await list_parked(hq.db) == []
    [kept] = await list_parked(hq.db, settled=True)
    assert (kept.settled_why, kept.line) == ("a test till", journal.lines[0].decode())
    assert await retry_parked(hq.db, store.code, now=NOON) == Retried(applied=0, parked=0)
