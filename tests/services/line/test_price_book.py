"""The price book of a store is what head office told last, whatever was taken back meanwhile."""

from datetime import datetime
from typing import Any

import pytest

from agent.domain.basket import Line
from agent.domain.promotions.context import Context
from agent.domain.promotions.price import price
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.pricing import goods_known, known_of
from agent.store import promotions
from agent.store.house.training_copy import copy_catalogue
from agent.store.line import parked
from agent.store.sqlite import Connection
from sync.protocol.messages import GONE, Change, Entity
from tests.lab.fresh_file import fresh_database
from tests.services.feed import change, page

NOON = datetime(2026, 11, 30, 12)  # noqa: DTZ001  # local time of a store
MILK = Line(sku="MILK", name="牛奶", quantity=1, unit_price_fen=1_000, amount_fen=1_000)


def told(name: str = "P1", off: int = 100, version: int = 1, **more: Any) -> Change:
    effect = {"kind": "amount_off", "off_fen": off}
    document = {"id": name, "name": name, "effect": effect, **more}
    return change("promotion", name, promotion=document, version=version)


def rules(version: int, **named: Any) -> Change:
    return change("price_rules", "rules", rules=named, version=version)


def payable(desk: StoreDesk, db: Connection) -> int:
    known = goods_known(known_of(db, (LineOrder(sku="MILK"),), desk.time.now()))
    book = desk.book.of(db).prepared
    return price([MILK], book, Context(at=NOON), articles=known).payable_fen


async def pays(desk: StoreDesk) -> int:
    """What the milk costs for who reads and for who writes: the same."""
    read = await desk.database.read(lambda db: payable(desk, db))
    assert await desk.database.write(lambda db: payable(desk, db)) == read
    return read


async def test_the_newest_version_of_each_promotion_and_of_the_rules_counts(
    desk: StoreDesk,
) -> None:
    applier = ChangeApplier(desk)
    assert await pays(desk) == 1_000
    await applier.apply(page(told(), told("P2", 25)))
    assert await pays(desk) == 875
    await applier.apply(page(told(off=200, version=2), rules(1, round_down_to_fen=10)))
    assert await pays(desk) == 770
    book = await desk.database.read(desk.book.of)
    assert (dict(book.versions), book.rules_version) == ({"P1": 2, "P2": 1}, 1)
    await applier.apply(page(Change(entity="promotion", key="P2", body=GONE)))  # type: ignore[arg-type]  # bytes
    assert await pays(desk) == 800


async def test_the_book_is_read_once_for_each_of_its_states(
    desk: StoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ChangeApplier(desk).apply(page(told()))
    read: list[Connection] = []
    whole = promotions.promotions

    def counted(db: Connection) -> list[promotions.Held]:
        read.append(db)
        return whole(db)

    monkeypatch.setattr(promotions, "promotions", counted)
    for _ in range(3):
        await pays(desk)
    assert len(read) == 1
    await ChangeApplier(desk).apply(page(told(version=2)))
    await pays(desk)
    assert len(read) == 2


async def test_what_is_taken_back_counts_no_more(desk: StoreDesk) -> None:
    """A page whose transaction fails, after a quote within it saw its book."""
    await ChangeApplier(desk).apply(page(told(off=100)))

    def doomed(db: Connection) -> None:
        promotions.put_promotion(db, "P1", bytes(told(off=900, version=2).body))
        assert payable(desk, db) == 100
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await desk.database.write(doomed)
    assert await pays(desk) == 900
    await ChangeApplier(desk).apply(page(told(off=300, version=2)))
    assert await pays(desk) == 700


async def test_a_promotion_that_can_not_be_read_is_parked_and_its_old_version_applied_no_more(
    desk: StoreDesk,
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(told(), told("P2", 25)))
    later = change(
        *("promotion", "P1"),
        version=2,
        promotion={"id": "P1", "name": "n", "effect": {"kind": "lottery", "odds": 2}},
    )
    await applier.apply(page(later))
    assert await pays(desk) == 975
    assert await desk.database.read(lambda db: parked.is_parked(db, Entity.PROMOTION, "P1"))
    await applier.apply(page(told(version=3)))
    assert await pays(desk) == 875


async def test_after_a_return_to_an_older_version_what_it_can_not_read_is_set_aside(
    desk: StoreDesk,
) -> None:
    """A newer agent had applied it; this one parks it at its start, and sells on."""
    await ChangeApplier(desk).apply(page(told("P2", 25)))
    body = b'{"promotion":{"effect":{"kind":"lottery"},"id":"P9","name":"n"},"version":1}'
    await desk.database.write(lambda db: promotions.put_promotion(db, "P9", body))
    assert await pays(desk) == 975
    retried = await ChangeApplier(desk).try_again()
    assert retried.parked == 1
    kept = await desk.database.read(lambda db: parked.parked_after(db, 0, 9))
    assert [(one.entity, one.key, one.body) for one in kept] == [("promotion", "P9", body)]


async def test_an_article_is_in_a_promotion_by_its_newest_categories(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    milk = {"sku": "MILK", "name": "牛奶", "price_fen": 1_000}
    scope = {"categories": ["乳品"], "except_brands": ["伊利"]}
    await applier.apply(page(told(scope=scope), change("article", "MILK", **milk)))
    assert await pays(desk) == 1_000
    await applier.apply(page(change("article", "MILK", **milk, categories=["食品", "乳品"])))
    assert await pays(desk) == 900
    await applier.apply(
        page(change("article", "MILK", **milk, categories=["食品", "乳品"], brand="伊利"))
    )
    assert await pays(desk) == 1_000


async def test_the_training_ground_goes_by_the_same_book(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(told()))
    copy = desk.database.path.with_name("training.db")
    ground = fresh_database(copy)
    ground.open()
    try:
        for off in (100, 300):
            await applier.apply(page(told(off=off, version=off)))
            copy_catalogue(desk.database.path, copy, anew=False)
            assert await ground.read(lambda db: payable(desk, db)) == 1_000 - off
    finally:
        ground.close()
