"""Refunds over HTTP: look, quote, give back; each once, also when asked for twice."""

import asyncio

import pytest

from tests.api.conftest import Shop
from tests.api.till import BACK, REDEMPTIONS, SALES, Till, cash, redemption, sale
from tests.services.facts import checked_events, facts


@pytest.fixture
async def code(shop: Shop) -> str:
    return shop.chain.token()


@pytest.fixture
async def sold(till: Till, code: str) -> str:
    """The path of a sale with a coupon, 106.80 yuan."""
    made = (await till.post(SALES, sale(code, pay=10_680))).json
    return f"{SALES}/{made['sale_id']}"


async def test_a_refund_needs_a_supervisor_then_gives_back_what_was_quoted(
    shop: Shop, till: Till, sold: str
) -> None:
    left = (await till.get(f"{sold}/refundable")).json
    assert left["tenders"] == [{"kind": "cash", "amount_fen": 10_680, "given_fen": None}]
    before = shop.facts()
    quote = await till.post(f"{sold}/refund-quotes", {}, key=None)
    assert (quote.status, quote.json["outcome"]) == (200, "needs_supervisor")
    assert shop.facts() == before

    alone = await till.post(f"{sold}/refunds", BACK | {"tenders": cash(10_680)})
    assert (alone.status, alone.json["recorded"]) == (200, False)
    assert alone.json["sentence"]["zh-CN"]
    approved = BACK | {"tenders": cash(10_680), "approved_by": "S1"}
    answer = await till.post(f"{sold}/refunds", approved)
    assert (answer.status, answer.json["recorded"]) == (201, True)
    assert answer.json["lines"] == quote.json["lines"]
    assert answer.json["receipt"] == "MB001-T1-000002"
    assert checked_events(shop.state_dir, "MB001") == 2


async def test_the_coupon_of_a_sale_that_came_back_is_good_again(
    till: Till, sold: str, code: str
) -> None:
    used = await till.post(REDEMPTIONS, redemption(code))
    assert used.json["verdict"]["reason"] == "already_used"
    approved = BACK | {"tenders": cash(10_680), "approved_by": "S1"}
    await till.post(f"{sold}/refunds", approved)
    assert (await till.post(REDEMPTIONS, redemption(code))).status == 201


async def test_two_tills_asking_at_once_give_a_sale_back_once(
    shop: Shop, till: Till, sold: str
) -> None:
    order = BACK | {"tenders": cash(10_680), "approved_by": "S1"}
    answers = await asyncio.gather(
        *(till.post(f"{sold}/refunds", order | {"till": f"T{n}"}) for n in range(8))
    )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    codes = {answer.code for answer in answers if answer.status == 409}
    assert codes == {"nothing_left_to_refund"}
    assert len(facts(shop.state_dir)["journal"]) == 2


async def test_the_same_request_again_gives_the_first_answer(till: Till, sold: str) -> None:
    order = BACK | {"tenders": cash(10_680), "approved_by": "S1"}
    first = await till.post(f"{sold}/refunds", order, key="refund-1")
    assert (await till.post(f"{sold}/refunds", order, key="refund-1")).body == first.body
    other = order | {"why": "别的"}
    assert (await till.post(f"{sold}/refunds", other, key="refund-1")).status == 422


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"lines": [{"place": 0, "quantity": 3}]}, "pieces_not_left"),
        ({"lines": [{"place": 5, "quantity": 1}]}, "pieces_not_left"),
        ({"lines": [{"place": 0, "quantity": 1}] * 2}, "line_named_twice"),
        ({"lines": []}, "invalid_request"),
        ({"lines": [{"place": -1, "quantity": 1}]}, "invalid_request"),
        ({"lines": [{"place": 0, "quantity": 0}]}, "invalid_request"),
        ({"tenders": cash(10_679)}, "tenders_do_not_match"),
        ({"tenders": cash(0) * 11}, "invalid_request"),
        (
            {"tenders": [{"kind": "cash", "amount_fen": 10_680, "given_fen": 1}]},
            "given_without_cash",
        ),
        ({"why": ""}, "invalid_request"),
        ({"why": " \u3000 "}, "invalid_request"),
    ],
)
async def test_a_refund_that_can_not_be_is_refused(
    shop: Shop, till: Till, sold: str, change: dict[str, object], problem: str
) -> None:
    before = shop.facts()
    order = BACK | {"tenders": cash(10_680), "approved_by": "S1"} | change
    assert (await till.post(f"{sold}/refunds", order)).code == problem
    assert shop.facts() == before


async def test_a_sale_of_nobody_is_not_found(till: Till) -> None:
    for path in ("refundable", "refunds"):
        url = f"{SALES}/nothing/{path}"
        nothing = BACK | {"tenders": cash(0)}
        answer = await (till.get(url) if path == "refundable" else till.post(url, nothing))
        assert (answer.status, answer.code) == (404, "unknown_sale")
