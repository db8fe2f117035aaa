"""The till's basket, kept by the server; hold and recall."""

import json
from typing import Any
from uuid import uuid4

import pytest

from agent.domain.coupons.token import Channel
from agent.services.selling.hold import MAX_HELD
from agent.state_dir import DATABASE_FILE
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.page import ANNA, Page, add_staff
from tests.api.till import JSON, Answer, Till, sale
from tests.services.chain import (
    BOUND,
    COLA,
    COLA_FEN,
    COLA_STOCK,
    MEMBER,
    OTHER_STORE,
    RICE,
    TENTH_OFF,
    Chain,
)
from tests.services.facts import facts
from tests.services.stopped_clock import StoppedClock

BASKET, HELD = "/api/v1/tills/T1/basket", "/api/v1/tills/T1/held"
OTHER_BASKET, OTHER_HELD = "/api/v1/tills/T2/basket", "/api/v1/tills/T2/held"
WHO = {"cashier": "C7"}


def content(*coupons: str, **more: Any) -> dict[str, Any]:
    """Two bags of rice and two colas, 126.80 yuan."""
    lines = [{"sku": RICE, "quantity": 2}, {"sku": COLA, "quantity": 2}]
    return WHO | {"lines": lines, "coupons": list(coupons)} | more


async def put(till: Till, order: dict[str, Any], path: str = BASKET) -> Answer:
    return await till.post(path, order, key=None, method="PUT")


async def put_as(page: Page, path: str, order: dict[str, Any]) -> Answer:
    data = json.dumps(order).encode()
    return await page.send("PUT", path, headers=page.own_headers(), data=data)


async def held_at(till: Till, path: str = BASKET, **name: str) -> str:
    """Fill the basket and hold it; return its id."""
    await put(till, content(), path)
    held = await till.post(path.replace("/basket", "/held"), WHO | name)
    assert held.status == 201
    return str(held.json["basket_id"])


async def recall(till: Till, basket_id: str, path: str = HELD, **more: Any) -> Answer:
    return await till.post(f"{path}/{basket_id}/recall", WHO, **more)


async def discard(till: Till, basket_id: str, key: str | None = None) -> Answer:
    headers = {"Content-Type": JSON, "Idempotency-Key": key or str(uuid4())}
    return await till.send("DELETE", f"{HELD}/{basket_id}", headers=headers)


async def test_a_basket_is_priced_with_a_verdict_for_each_coupon(chain: Chain, till: Till) -> None:
    good, second, foreign = (
        chain.token(BOUND),
        chain.token(TENTH_OFF),
        chain.token(store=OTHER_STORE, channel=Channel.OFFLINE),
    )
    answer = await put(till, content(good, second, foreign, member_id=MEMBER))
    told = answer.json["priced"]
    assert answer.status == 200
    assert [(v["outcome"], v["reason"], v["discount_fen"]) for v in told["coupons"]] == [
        ("accepted", None, 2_000),
        ("refused", "coupon_limit", 0),
        ("refused", "wrong_store", 0),
    ]
    assert (told["total_fen"], told["discount_fen"], told["payable_fen"]) == (12_680, 2_000, 10_680)
    assert (told["points_earned"], told["member"]["tier"]) == (106, "gold")
    assert answer.json["content"]["coupons"] == [good, second, foreign]


async def test_a_basket_outlives_the_agent(shop: Shop, till: Till) -> None:
    kept = (await put(till, content(shop.chain.token()))).json
    await shop.close()
    again = await shop.open()
    assert (await again.get(BASKET)).json == kept


async def test_a_basket_is_its_tills_own_and_keeps_its_id(till: Till) -> None:
    first = (await put(till, content())).json["priced"]["basket_id"]
    other = (await put(till, content(), OTHER_BASKET)).json["priced"]["basket_id"]
    again = (await put(till, content(member_id=MEMBER))).json["priced"]["basket_id"]
    assert first == again != other


async def test_an_empty_basket_clears_it(till: Till) -> None:
    await put(till, content())
    cleared = await put(till, WHO)
    assert cleared.json["priced"]["basket_id"] is None
    assert (await till.get(BASKET)).json == cleared.json


async def test_a_member_and_a_coupon_may_come_before_the_first_article(
    chain: Chain, till: Till
) -> None:
    order = WHO | {"coupons": [chain.token()], "member_id": MEMBER}
    told = (await put(till, order)).json["priced"]
    assert told["coupons"][0]["outcome"] == "accepted"
    assert (told["payable_fen"], told["discount_fen"]) == (0, 0)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"lines": [{"sku": "no-such-article"}]}, "unknown_article"),
        ({"coupons": [" "]}, "code_empty"),
        ({"member_id": "f" * 24}, "unknown_member"),
        ({"lines": [{"sku": COLA, "quantity": 0}]}, "invalid_request"),
    ],
)
async def test_a_basket_that_cant_be_priced_leaves_the_old_one(
    till: Till, wrong: dict[str, Any], code: str
) -> None:
    kept = (await put(till, content())).json
    refused = await put(till, content(**wrong))
    assert (refused.status, refused.code) == (422, code)
    assert (await till.get(BASKET)).json == kept


async def test_a_till_has_a_name_of_bounded_form(till: Till) -> None:
    refused = await put(till, content(), f"/api/v1/tills/{'T' * 17}/basket")
    assert (refused.status, refused.code) == (422, "invalid_request")
    assert (await put(till, content(), f"/api/v1/tills/{'T' * 16}/basket")).status == 200


async def test_nothing_of_a_basket_reaches_the_journal(shop: Shop, till: Till) -> None:
    before = shop.facts()
    await put(till, content(shop.chain.token()))
    assert shop.facts() == before


async def test_the_sale_of_the_basket_clears_it(shop: Shop, till: Till) -> None:
    basket_id = (await put(till, content())).json["priced"]["basket_id"]
    sold = await till.post("/api/v1/sales", sale(basket_id=basket_id))
    assert sold.status == 201
    assert (await till.get(BASKET)).json["priced"]["basket_id"] is None
    assert facts(shop.state_dir)["stock"] == [(COLA, COLA_STOCK - 2)]


async def test_a_sale_that_is_not_the_baskets_leaves_it(till: Till) -> None:
    kept = (await put(till, content())).json
    other = (await put(till, content(), OTHER_BASKET)).json["priced"]["basket_id"]
    assert (await till.post("/api/v1/sales", sale())).status == 201
    assert (await till.post("/api/v1/sales", sale(basket_id=other))).status == 201
    assert (await till.get(BASKET)).json == kept


async def test_a_sale_that_is_not_recorded_leaves_the_basket(chain: Chain, till: Till) -> None:
    foreign = chain.token(store=OTHER_STORE)
    kept = (await put(till, content(foreign))).json
    order = sale(foreign, basket_id=kept["priced"]["basket_id"])
    assert (await till.post("/api/v1/sales", order)).json["recorded"] is False
    assert (await till.get(BASKET)).json == kept


async def test_a_code_is_on_the_disk_only_while_its_basket_lives(shop: Shop, till: Till) -> None:
    code = shop.chain.token()
    await put(till, content(code))
    await till.post(HELD, WHO)
    basket_id = (await till.get(HELD)).json["held"][0]["basket_id"]
    assert (await recall(till, basket_id)).status == 200
    assert code.encode() in _bytes_on_disk(shop)
    await put(till, WHO)
    assert code.encode() not in _bytes_on_disk(shop)


async def test_a_held_basket_is_recalled_at_another_till(till: Till) -> None:
    kept = (await put(till, content(member_id=MEMBER))).json
    held = await till.post(HELD, WHO | {"name": "蓝衣顾客"})
    assert (held.status, held.json["name"], held.json["till"]) == (201, "蓝衣顾客", "T1")
    assert (await till.get(BASKET)).json["priced"]["basket_id"] is None
    assert (await till.get(OTHER_HELD)).json["held"] == [held.json]
    recalled = await recall(till, held.json["basket_id"], OTHER_HELD)
    assert recalled.status == 200
    again = (await till.get(OTHER_BASKET)).json
    assert again["priced"] == recalled.json
    assert again["content"] == kept["content"]
    assert (await till.get(HELD)).json == {"held": [], "limit": MAX_HELD}


async def test_a_held_basket_is_named_by_time_and_first_article(till: Till) -> None:
    await held_at(till)
    assert (await till.get(HELD)).json["held"][0]["name"] == "12:00 大米 5kg"


async def test_a_phone_number_in_a_name_is_masked(till: Till) -> None:
    await held_at(till, name="王 13812345678")
    assert (await till.get(HELD)).json["held"][0]["name"] == "王 138****5678"


async def test_a_held_basket_is_recalled_once(till: Till) -> None:
    basket_id, key = await held_at(till), str(uuid4())
    first = await recall(till, basket_id, key=key)
    assert (await recall(till, basket_id, key=key))[:2] == first[:2]
    second = await recall(till, basket_id, OTHER_HELD)
    assert (second.status, second.code) == (404, "not_held")


async def test_a_full_basket_is_not_covered_by_a_recalled_one(till: Till) -> None:
    basket_id = await held_at(till)
    kept = (await put(till, content(member_id=MEMBER))).json
    refused = await recall(till, basket_id)
    assert (refused.status, refused.code) == (409, "basket_not_empty")
    assert (await till.get(BASKET)).json == kept
    assert len((await till.get(HELD)).json["held"]) == 1


async def test_holding_the_same_basket_again_gives_the_first_answer(till: Till) -> None:
    await put(till, content())
    first = await till.post(HELD, WHO, key="hold-1")
    assert (await till.post(HELD, WHO, key="hold-1")).json == first.json
    refused = await till.post(HELD, WHO)
    assert (refused.status, refused.code) == (409, "basket_empty")


async def test_a_discarded_basket_is_gone_and_its_coupon_is_good(chain: Chain, till: Till) -> None:
    code = chain.token()
    await put(till, content(code))
    basket_id = (await till.post(HELD, WHO)).json["basket_id"]
    assert (await discard(till, basket_id, key="gone")).status == 200
    assert (await discard(till, basket_id, key="gone")).status == 200
    refused = await discard(till, basket_id)
    assert (refused.status, refused.code) == (404, "not_held")
    assert (await till.post("/api/v1/scans", {"code": code})).json["verdict"]["reason"] is None


async def test_held_baskets_are_bounded_and_listed_newest_first(
    clock: StoppedClock, till: Till
) -> None:
    ids = []
    for _ in range(MAX_HELD):
        clock.advance(1_000)
        ids.append(await held_at(till))
    await put(till, content())
    refused = await till.post(HELD, WHO)
    assert (refused.status, refused.code) == (409, "too_many_held")
    listed = [one["basket_id"] for one in (await till.get(HELD)).json["held"]]
    assert listed == ids[::-1]


def _bytes_on_disk(shop: Shop) -> bytes:
    """Everything in the state directory, once the write-ahead log is moved into the database."""
    db = connect(str(shop.state_dir / DATABASE_FILE))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return b"".join(file.read_bytes() for file in shop.state_dir.rglob("*") if file.is_file())


async def test_a_session_has_the_basket_of_its_own_till_alone(till: Till) -> None:
    await add_staff(till)
    page = Page(till)
    await page.sign_in()
    own = content() | {"cashier": ANNA}
    assert (await put_as(page, BASKET, own)).status == 200
    for refused in (
        await put_as(page, OTHER_BASKET, own),
        await page.get(OTHER_BASKET),
        await page.get(OTHER_HELD),
        await page.post(OTHER_HELD, {"cashier": ANNA}),
        await put_as(page, BASKET, own | {"cashier": "C7"}),
    ):
        assert (refused.status, refused.code) == (403, "not_your_till")
    assert (await page.post(HELD, {"cashier": ANNA})).status == 201


async def test_of_two_that_change_one_basket_the_second_has_to_look_first(till: Till) -> None:
    seen = (await put(till, content())).json["priced"]["revision"]
    other = await put(till, WHO | {"lines": [{"sku": COLA}], "revision": seen})
    assert other.status == 200
    late = await put(till, WHO | {"lines": [{"sku": RICE}], "revision": seen})
    assert (late.status, late.code) == (409, "basket_changed")
    again = await put(till, WHO | {"lines": [{"sku": COLA}], "revision": seen})
    assert again.status == 200, "its answer got lost, it was done"
    now = other.json["priced"]
    paid = sale(lines=[{"sku": COLA}], tenders=[{"kind": "cash", "amount_fen": COLA_FEN}])
    paid |= {"basket_id": now["basket_id"]}
    refused = await till.post("/api/v1/sales", paid | {"basket_revision": seen})
    assert (refused.status, refused.code) == (409, "basket_changed")
    order = paid | {"basket_revision": now["revision"]}
    assert (await till.post("/api/v1/sales", order)).status == 201
    twice = await till.post("/api/v1/sales", order)
    assert (twice.status, twice.code) == (409, "basket_changed"), "sold by the other window"


async def test_a_basket_begun_by_two_is_not_overwritten(till: Till) -> None:
    assert (await till.get(BASKET)).json["priced"]["revision"] == ""
    assert (await put(till, content() | {"revision": ""})).status == 200
    second = await put(till, WHO | {"lines": [{"sku": COLA}], "revision": ""})
    assert (second.status, second.code) == (409, "basket_changed")
