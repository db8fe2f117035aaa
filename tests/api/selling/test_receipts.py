"""Today's receipts over HTTP: newest first, found by number, amount or article."""

from typing import Any

import pytest

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS
from tests.api.conftest import Shop
from tests.api.till import BACK, SALES, Till, cash, sale
from tests.services.chain import COLA, COLA_GTIN, RICE
from tests.services.stopped_clock import StoppedClock


async def sell(pos: Till, **more: Any) -> dict[str, Any]:
    answer = await pos.post(SALES, sale(**more))
    assert answer.status == 201
    made: dict[str, Any] = answer.json
    return made


@pytest.fixture
async def day(till: Till) -> list[dict[str, Any]]:
    """Three sales: at T1, at T2 of cola alone, at T1."""
    cola = {"lines": [{"sku": COLA, "quantity": 1}], "pay": 350}
    return [await sell(till), await sell(till, **cola, till="T2"), await sell(till)]


async def numbers(till: Till, query: str = "") -> list[str]:
    answer = await till.get(f"{SALES}?{query}")
    assert answer.status == 200
    return [entry["receipt"] for entry in answer.json["receipts"]]


async def test_receipts_of_today_are_listed_newest_first(
    till: Till, day: list[dict[str, Any]]
) -> None:
    assert await numbers(till) == [one["receipt"] for one in reversed(day)]
    assert await numbers(till, "till=T2") == [day[1]["receipt"]]
    answer = (await till.get(SALES)).json["receipts"][1]
    assert answer == {
        "kind": "sale",
        "sale_id": day[1]["sale_id"],
        "refund_id": None,
        "receipt": "MB001-T2-000001",
        "till": "T2",
        "cashier": "C7",
        "occurred_at": day[1]["occurred_at"],
        "business_date": "2026-01-01",
        "amount_fen": 350,
        "refunded_fen": 0,
        "pieces_back": 0,
        "pieces_left": 1,
        "state": "to_be_synced",
        "prints": 0,
    }


async def test_a_refund_is_a_receipt_of_its_own_and_is_told_of_its_sale(
    till: Till, day: list[dict[str, Any]]
) -> None:
    path = f"{SALES}/{day[1]['sale_id']}"
    order = BACK | {"tenders": cash(350), "approved_by": "S1", "till": "T2"}
    refund = (await till.post(f"{path}/refunds", order)).json
    (
        newest,
        *_,
    ) = (await till.get(SALES)).json["receipts"]
    assert (newest["kind"], newest["receipt"]) == ("refund", "MB001-T2-000002")
    assert (newest["refund_id"], newest["amount_fen"]) == (refund["refund_id"], 350)
    of_sale = (await till.get(f"{SALES}?query=T2-000001")).json["receipts"]
    assert [entry["refunded_fen"] for entry in of_sale] == [350]
    found = (await till.get(path)).json
    assert found["refunded_fen"] == 350
    assert [one["receipt"] for one in found["refunds"]] == ["MB001-T2-000002"]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("000002", [2]),
        ("t1-000002", [2]),
        ("126.80", [2, 0]),
        ("126.8", [2, 0]),
        ("3.5", [1]),
        ("¥3.50", [1]),
        (COLA, [2, 1, 0]),
        (COLA_GTIN, [2, 1, 0]),
        (RICE, [2, 0]),
        ("大米", [2, 0]),
        ("350", []),
        ("nothing", []),
        ("%", []),
    ],
)
async def test_a_receipt_is_found_by_number_amount_or_article(
    till: Till, day: list[dict[str, Any]], query: str, places: list[int]
) -> None:
    found = (await till.send("GET", f"{SALES}?query={query.replace('%', '%25')}")).json
    assert [entry["receipt"] for entry in found["receipts"]] == [
        day[place]["receipt"] for place in places
    ]


async def test_a_whole_number_is_found_whatever_its_day(
    till: Till, day: list[dict[str, Any]], clock: StoppedClock
) -> None:
    clock.advance(3 * DAY_MS)
    assert await numbers(till) == []
    assert await numbers(till, "query=000001") == []
    assert await numbers(till, "query=mb001-t1-000002") == [day[2]["receipt"]]
    assert await numbers(till, "query=MB001-T1-000009") == []
    assert len(await numbers(till, "business_date=2026-01-01")) == 3


async def listed(till: Till, query: str = "") -> dict[str, Any]:
    told: dict[str, Any] = (await till.get(f"{SALES}?{query}")).json
    return told


async def test_after_midnight_the_evening_is_still_today_until_the_day_ends(
    till: Till, clock: StoppedClock
) -> None:
    clock.advance(11 * HOUR_MS + 58 * MINUTE_MS)
    evening = await sell(till)
    clock.advance(3 * MINUTE_MS)
    night = await sell(till)
    assert (evening["business_date"], night["business_date"]) == ("2026-01-01",) * 2
    today = await listed(till)
    assert (today["business_date"], today["today"]) == ("2026-01-01",) * 2
    assert [one["receipt"] for one in today["receipts"]] == [night["receipt"], evening["receipt"]]
    assert {one["business_date"] for one in today["receipts"]} == {"2026-01-01"}

    clock.advance(4 * HOUR_MS)
    morning = await listed(till)
    assert (morning["business_date"], morning["today"]) == ("2026-01-02",) * 2
    assert morning["receipts"] == []
    before = await listed(till, "business_date=2026-01-01")
    assert (before["business_date"], before["today"]) == ("2026-01-01", "2026-01-02")
    assert before["receipts"] == today["receipts"]


async def test_the_one_receipt_of_a_whole_number_is_of_no_day_that_was_looked_through(
    till: Till, day: list[dict[str, Any]]
) -> None:
    told = await listed(till, f"query={day[0]['receipt']}")
    assert (told["business_date"], told["today"]) == (None, "2026-01-01")
    assert [one["business_date"] for one in told["receipts"]] == ["2026-01-01"]


async def test_more_than_asked_for_is_said(till: Till, day: list[dict[str, Any]]) -> None:
    answer = (await till.get(f"{SALES}?limit=2")).json
    assert (len(answer["receipts"]), answer["more"]) == (2, True)
    answer = (await till.get(f"{SALES}?limit=3")).json
    assert (len(answer["receipts"]), answer["more"]) == (3, False)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "business_date=today",
        "business_date=2026-02-30",
        "till=",
        "unknown=1",
    ],
)
async def test_a_query_outside_its_limits_is_refused(shop: Shop, till: Till, query: str) -> None:
    answer = await till.get(f"{SALES}?{query}")
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert shop.facts()
