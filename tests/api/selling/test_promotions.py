"""The price book over HTTP: what a POS is told, as the OpenAPI document says it."""

from typing import Any

import pytest

from agent.services.line.apply_changes import ChangeApplier
from agent.settings import Settings
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from tests.api.conftest import Shop
from tests.api.till import Till, cash
from tests.services.chain import COLA, COLA_FEN, RICE, RICE_FEN, make_desk
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

QUOTES, SALES, BASKET = "/api/v1/quotes", "/api/v1/sales", "/api/v1/tills/T1/basket"
BOOK: tuple[dict[str, Any], ...] = (
    {
        "id": "SPEND",
        "name": "满100减20",
        "effect": {"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000},
    },
    {
        "id": "LUNCH",
        "name": "堂食套餐",
        "effect": {
            "kind": "set_price",
            "price_fen": 5_000,
            "groups": [{"articles": [RICE]}, {"articles": [COLA]}],
        },
        "when": {"channels": ["dine_in"]},
    },
)


@pytest.fixture
async def till(shop: Shop, settings: Settings, clock: StoppedClock) -> Till:
    database = Database(shop.state_dir / DATABASE_FILE)
    database.open()
    try:
        desk = make_desk(database, settings, clock)
        told = [change("promotion", one["id"], version=1, promotion=one) for one in BOOK]
        await ChangeApplier(desk).apply(page(*told, at=desk.time.now()))
    finally:
        database.close()
    return await shop.open()


def order(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"till": "T1", "cashier": "C7", "lines": list(lines)} | more


async def test_a_pos_is_told_line_by_line_what_was_taken_off_and_what_is_missing(
    till: Till,
) -> None:
    near = (await till.post(QUOTES, order({"sku": RICE}), key=None)).json
    missing = {one["promotion"]: one for one in near["not_applied"]}
    assert missing["SPEND"]["why"] == "min_spend_not_met"
    assert missing["SPEND"]["sentence"]["zh-CN"] == near["nudge"]["zh-CN"] == "再买 ¥40.10 可减 ¥20"
    assert missing["LUNCH"]["why"] == "wrong_channel"

    lunch = order({"sku": RICE}, {"sku": COLA}, channel="dine_in")
    told = (await till.post(QUOTES, lunch, key=None)).json
    off = RICE_FEN + COLA_FEN - 5_000
    assert [(one["promotion"], one["fen"]) for one in told["promotions"]] == [("LUNCH", off)]
    assert sum(line["net_fen"] for line in told["lines"]) == told["payable_fen"] == 5_000
    sold = await till.post(SALES, lunch | {"tenders": cash(5_000)})
    assert sold.status == 201
    kept = (await till.get(f"{SALES}/{sold.json['sale_id']}")).json["sale"]
    assert [(one["promotion"], one["version"]) for one in kept["promotions"]] == [("LUNCH", 1)]
    assert kept["priced"]["channel"] == "dine_in"


async def test_another_sum_than_is_payable_is_refused_with_what_is(till: Till) -> None:
    two = order({"sku": RICE, "quantity": 2}, tenders=cash(2 * RICE_FEN))
    refused = await till.post(SALES, two)
    assert (refused.status, refused.code) == (422, "tenders_do_not_match")
    assert f"payable are {2 * RICE_FEN - 2_000} fen" in refused.json["detail"]


async def test_the_open_basket_keeps_channel_and_what_was_given_by_hand(till: Till) -> None:
    content = {
        "cashier": "C7",
        "lines": [{"sku": RICE}, {"sku": COLA}],
        "channel": "dine_in",
        "by_hand": [{"kind": "off", "fen": 100, "reason": "临期", "line": 0}],
    }
    await till.post(BASKET, content, key=None, method="PUT")
    kept = (await till.get(BASKET)).json
    assert kept["content"]["channel"] == "dine_in"
    assert kept["priced"]["payable_fen"] == 4_900
    assert [one["promotion"] for one in kept["priced"]["promotions"]] == ["LUNCH", "by_hand"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"channel": "drone"}, "invalid_request"),
    ({"passphrases": [""]}, "invalid_request"),
    ({"by_hand": [{"kind": "off", "fen": -1, "reason": "x"}]}, "invalid_request"),
    ({"by_hand": [{"kind": "off", "fen": 1, "reason": "x", "line": 1}]}, "no_such_line"),
    ({"by_hand": [{"kind": "price", "fen": 1, "reason": "x"}]}, "no_such_line"),
]


async def test_bad_input_is_told_by_a_code(till: Till) -> None:
    told = [await till.post(QUOTES, order({"sku": RICE}, **more), key=None) for more, _ in WRONG]
    assert [one.code for one in told] == [code for _, code in WRONG]
    assert all(one.status >= 400 for one in told)
