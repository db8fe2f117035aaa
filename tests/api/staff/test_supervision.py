"""What a cashier may not do alone at the page: a supervisor's PIN, or a supervisor, makes it so."""

import json

import pytest

from tests.api.conftest import Shop
from tests.api.page import ANNA, CHEN, CHENS_PIN, Page
from tests.api.till import SALES, SHIFTS, cash, sale
from tests.services.facts import facts

BACK = {"till": "T1", "cashier": ANNA, "why": "退货", "tenders": cash(12_680)}
OPEN = {"till": "T1", "cashier": ANNA, "why": "换零"}


@pytest.fixture
async def sold(page: Page) -> str:
    """The path of a sale."""
    made = await page.post(SALES, sale(cashier=ANNA))
    return f"{SALES}/{made.json['sale_id']}"


@pytest.fixture
async def shift(page: Page) -> str:
    """The path of an open shift."""
    opened = await page.post(SHIFTS, {"till": "T1", "cashier": ANNA, "float_fen": 50_000})
    return f"{SHIFTS}/{opened.json['shift_id']}"


async def test_a_refund_waits_for_the_supervisors_pin(shop: Shop, page: Page, sold: str) -> None:
    alone = await page.post(f"{sold}/refunds", BACK)
    assert (alone.status, alone.json["outcome"]) == (200, "needs_supervisor")
    named = BACK | {"approved_by": CHEN}
    assert (await page.post(f"{sold}/refunds", named)).code == "not_approved"
    await page.approve()
    assert (await page.post(f"{sold}/refunds", named)).status == 201
    body = json.loads(facts(shop.state_dir)["journal"][-1][3])
    assert body["approved_by"] == CHEN


async def test_a_supervisor_signed_in_refunds_without_another_pin(
    shop: Shop, page: Page, sold: str
) -> None:
    await page.sign_in(CHEN, CHENS_PIN)
    answer = await page.post(f"{sold}/refunds", BACK | {"cashier": CHEN})
    assert answer.status == 201
    body = json.loads(facts(shop.state_dir)["journal"][-1][3])
    assert body["approved_by"] == CHEN


async def test_one_approval_opens_the_drawer_once(page: Page, shift: str) -> None:
    assert (await page.post(f"{shift}/drawer", OPEN)).json["outcome"] == "needs_supervisor"
    await page.approve()
    named = OPEN | {"approved_by": CHEN}
    assert (await page.post(f"{shift}/drawer", named)).status == 201
    assert (await page.post(f"{shift}/drawer", named)).code == "not_approved"


async def test_the_count_is_blind_until_the_shift_is_closed(page: Page, shift: str) -> None:
    hidden = (await page.get(f"{shift}/report")).json
    assert (hidden["outcome"], hidden["report"]) == ("needs_supervisor", None)
    assert "expected" not in (await page.get(f"{SHIFTS}/current?till=T1")).body.decode()
    await page.approve()
    seen = (await page.get(f"{shift}/report")).json
    assert seen["report"]["expected_cash_fen"] == 50_000
    count = {"till": "T1", "cashier": ANNA, "counted_fen": 49_000}
    closed = await page.post(f"{shift}/closing", count)
    assert closed.json["report"]["difference_fen"] == -1_000


async def test_a_page_closes_its_own_tills_shift_alone(page: Page, shift: str) -> None:
    for other in ({"till": "T2"}, {"cashier": CHEN}):
        count = {"till": "T1", "cashier": ANNA, "counted_fen": 0} | other
        assert (await page.post(f"{shift}/closing", count)).code == "not_your_till"
    own = {"till": "T1", "cashier": ANNA, "counted_fen": 0}
    assert (await page.post(f"{shift}/closing", own)).status == 201
