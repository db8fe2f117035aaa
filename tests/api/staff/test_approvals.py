"""A supervisor's PIN approves one write of the session; without it the name counts for nothing."""

import asyncio

import pytest

from agent.base.clock import MINUTE_MS
from tests.api.conftest import Shop
from tests.api.page import (
    ANNA,
    APPROVALS,
    BO,
    BOS_PIN,
    CHEN,
    CHENS_PIN,
    CURRENT,
    DAI,
    DAIS_PIN,
    Page,
)
from tests.api.till import QUOTES, SALES, Till, sale
from tests.services.stopped_clock import StoppedClock

ORDER = sale(cashier=ANNA, approved_by=CHEN)
QUOTE = {name: ORDER[name] for name in ("till", "cashier", "lines", "coupons", "approved_by")}


async def test_a_supervisors_name_counts_after_the_pin(shop: Shop, page: Page) -> None:
    before = shop.facts()
    refused = await page.post(SALES, ORDER)
    assert (refused.status, refused.code) == (403, "not_approved")
    assert shop.facts() == before
    await page.approve()
    assert (await page.post(SALES, ORDER)).status == 201


async def test_a_supervisors_card_approves_one_write_until_another_is_given(
    page: Page, till: Till, shop: Shop
) -> None:
    card = await _card(till, CHEN)
    kept = b"".join(file.read_bytes() for file in shop.state_dir.rglob("*") if file.is_file())
    assert card.encode() not in kept
    approved = await page.post(f"{APPROVALS}/card", {"card": card.lower()})
    assert (approved.status, approved.json["approved_by"]) == (200, CHEN)
    assert (await page.post(SALES, ORDER, key="k1")).status == 201
    assert (await page.post(SALES, ORDER, key="k2")).code == "not_approved"

    await _card(till, CHEN)
    assert (await page.post(f"{APPROVALS}/card", {"card": card})).code == "sign_in_refused"
    lesser = await page.post(f"{APPROVALS}/card", {"card": await _card(till, ANNA)})
    assert lesser.code == "role_needed"
    assert (await page.post(f"{APPROVALS}/card", {"card": "STAFF1"})).code == "invalid_request"
    assert (await page.post(f"/api/v1/cashiers/{CHEN}/card")).code == "role_needed"
    assert (await page.post(SALES, ORDER, key="k3")).code == "not_approved"


async def _card(till: Till, cashier: str) -> str:
    given = await till.post(f"/api/v1/cashiers/{cashier}/card", None)
    return str(given.json["card"])


async def test_an_approval_is_used_up_by_one_write(page: Page) -> None:
    await page.approve()
    first = await page.post(SALES, ORDER, key="k1")
    assert first.status == 201
    assert (await page.post(SALES, ORDER, key="k2")).code == "not_approved"
    assert (await page.post(SALES, ORDER, key="k1")).body == first.body


async def test_of_two_writes_at_once_one_has_the_approval(page: Page) -> None:
    await page.approve()
    answers = await asyncio.gather(*(page.post(SALES, ORDER) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 403, 403, 403, 403]


async def test_a_repetition_that_comes_too_early_is_told_so_and_not_that_nobody_approved(
    page: Page,
) -> None:
    for n in range(5):
        await page.approve()
        answers = await asyncio.gather(*(page.post(SALES, ORDER, key=f"k{n}") for _ in range(5)))
        assert {answer.status for answer in answers} <= {201, 409}
        assert len({answer.body for answer in answers if answer.status == 201}) == 1
        assert all(answer.code == "still_running" for answer in answers if answer.status == 409)


async def test_what_did_not_come_about_uses_nothing_up(page: Page) -> None:
    await page.approve()
    assert (await page.post(SALES, sale(cashier=ANNA, approved_by=CHEN, pay=1))).status == 422
    assert (await page.post(SALES, ORDER)).status == 201


async def test_looking_needs_the_approval_and_uses_nothing_up(page: Page) -> None:
    assert (await page.post(QUOTES, QUOTE)).code == "not_approved"
    await page.approve()
    for _ in range(2):
        assert (await page.post(QUOTES, QUOTE)).status == 200
    assert (await page.post(SALES, ORDER)).status == 201


async def test_an_approval_that_is_not_used_ends(page: Page, clock: StoppedClock) -> None:
    await page.approve()
    clock.advance(2 * MINUTE_MS)
    assert (await page.post(QUOTES, QUOTE)).code == "not_approved"
    assert (await page.post(SALES, ORDER)).code == "not_approved"
    await page.approve()
    clock.advance(2 * MINUTE_MS - 1)
    assert (await page.post(SALES, ORDER)).status == 201


async def test_an_approval_is_of_the_one_whose_pin_was_given(page: Page) -> None:
    await page.approve(DAI, DAIS_PIN)
    assert (await page.post(SALES, ORDER)).code == "not_approved"
    assert (await page.post(SALES, ORDER | {"approved_by": DAI})).status == 201


async def test_a_cashier_approves_nothing(page: Page) -> None:
    refused = await page.post(APPROVALS, {"cashier": BO, "pin": BOS_PIN})
    assert (refused.status, refused.code) == (403, "role_needed")
    assert (await page.post(SALES, ORDER | {"approved_by": BO})).code == "not_approved"


async def test_wrong_pins_for_an_approval_lock_the_supervisors_number(page: Page) -> None:
    for _ in range(5):
        wrong = await page.post(APPROVALS, {"cashier": CHEN, "pin": "9999"})
        assert wrong.code == "sign_in_refused"
    locked = await page.post(APPROVALS, {"cashier": CHEN, "pin": CHENS_PIN})
    assert (locked.status, locked.code, locked.headers["Retry-After"]) == (429, "pin_locked", "60")
    assert "zh-CN" in locked.json["extra"]["sentence"]


async def test_a_supervisor_frees_a_locked_number(till: Till, page: Page) -> None:
    for _ in range(5):
        await page.post(APPROVALS, {"cashier": BO, "pin": "9999"})
    assert (await page.post(f"/api/v1/cashiers/{BO}/unlock")).code == "role_needed"
    await page.sign_in(CHEN, CHENS_PIN)
    assert (await page.post(f"/api/v1/cashiers/{BO}/unlock")).status == 200
    assert (await page.sign_in(BO, BOS_PIN)).status == 201


@pytest.mark.parametrize("end", ["lock", "switch"])
async def test_an_approval_ends_with_the_lock_and_the_session(page: Page, end: str) -> None:
    await page.approve()
    if end == "lock":
        await page.post(f"{CURRENT}/lock")
        await page.post(f"{CURRENT}/unlock", {"pin": "2580"})
    else:
        await page.sign_in()
    assert (await page.post(SALES, ORDER)).code == "not_approved"
    await page.approve()
    assert (await page.post(SALES, ORDER)).status == 201


async def test_a_supervisor_signed_in_needs_no_second_pin_for_the_own_name(page: Page) -> None:
    await page.sign_in(CHEN, CHENS_PIN)
    own = sale(cashier=CHEN, approved_by=CHEN)
    assert (await page.post(SALES, own)).status == 201
    assert (await page.post(SALES, own | {"approved_by": DAI})).code == "not_approved"


async def test_a_pos_is_believed(till: Till, page: Page) -> None:
    assert (await till.post(SALES, ORDER)).status == 201


async def test_an_approval_survives_a_restart(shop: Shop, page: Page) -> None:
    await page.approve()
    await shop.close()
    again = Page(await shop.open())
    again.token = page.token
    assert (await again.post(SALES, ORDER)).status == 201
