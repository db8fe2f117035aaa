"""Cookies that were stolen, replayed, planted or made up; sessions that name what is not theirs.

Beside each attempt stands the honest request, which is answered.
"""

import msgspec
import pytest

from agent.settings import TillSection
from tests.api.conftest import Shop
from tests.api.page import (
    ANNA,
    ANNAS_PIN,
    APPROVALS,
    BO,
    BOS_PIN,
    CHEN,
    CHENS_PIN,
    COOKIE,
    CURRENT,
    DAI,
    DAIS_PIN,
    SESSIONS,
    Page,
    add_staff,
)
from tests.api.till import SALES, STATUS, Till, redemption, sale
from tests.services.chain import COLA

MADE_UP = "R_GPHgJcbbJvMG7ep6a-PfwDRcXsZM9ctK_OUvNFAQE"
"""Of the right form."""


async def status_with(page: Page, cookie: str) -> tuple[int, str]:
    """Return what `GET status` answers to a Cookie header."""
    answer = await page.send("GET", STATUS, headers={"Cookie": cookie}, token="")
    return answer.status, "" if answer.status == 200 else answer.code


async def test_a_cookie_is_worth_nothing_after_the_sign_out(page: Page) -> None:
    stolen = page.token
    assert (await page.get(STATUS)).status == 200
    await page.delete(CURRENT)
    assert await status_with(page, f"{COOKIE}={stolen}") == (401, "session_ended")
    await page.sign_in()
    assert (await page.get(STATUS)).status == 200
    assert await status_with(page, f"{COOKIE}={stolen}") == (401, "session_ended")


async def test_a_cookie_is_worth_nothing_after_a_switch_of_cashiers(page: Page) -> None:
    stolen = page.token
    await page.sign_in(BO, BOS_PIN)
    assert await status_with(page, f"{COOKIE}={stolen}") == (401, "session_ended")
    assert (await page.get(STATUS)).status == 200


async def test_the_cookie_of_a_locked_session_only_unlocks(shop: Shop, page: Page) -> None:
    await page.post(f"{CURRENT}/lock")
    before = shop.facts()
    assert (await page.post(SALES, sale(cashier=ANNA))).code == "session_locked"
    assert (await page.post(APPROVALS, {"cashier": CHEN, "pin": CHENS_PIN})).code == (
        "session_locked"
    )
    assert (await page.post(f"{CURRENT}/language", {"language": "en"})).code == "session_locked"
    assert shop.facts() == before
    await page.post(f"{CURRENT}/unlock", {"pin": ANNAS_PIN})
    assert (await page.post(SALES, sale(cashier=ANNA))).status == 201


@pytest.mark.parametrize(
    "cookie",
    [
        f"{COOKIE}={MADE_UP}",
        f"{COOKIE}=",
        COOKIE,
        f"{COOKIE}=' OR 1=1 --",
        f"{COOKIE}={MADE_UP}x",
        f"{COOKIE}={'é' * 43}",
        f"{COOKIE.upper()}={MADE_UP}",
        f"store_session={MADE_UP}",
    ],
)
async def test_a_cookie_that_was_made_up_is_worth_nothing(page: Page, cookie: str) -> None:
    assert (await status_with(page, cookie))[0] == 401
    assert (await status_with(page, f"{COOKIE}={page.token}"))[0] == 200


async def test_a_second_cookie_planted_beside_ours_takes_no_part(page: Page) -> None:
    own = f"{COOKIE}={page.token}"
    for both in (f"{COOKIE}={MADE_UP}; {own}", f"{own}; {COOKIE}={MADE_UP}"):
        assert (await status_with(page, both))[0] == 401
    assert await status_with(page, f"other=1; {own}; language=en") == (200, "")


async def test_a_cookie_brought_along_is_never_taken_on(till: Till, page: Page) -> None:
    """Session fixation: who planted a cookie before the sign-in knows nothing afterwards."""
    victim = Page(till)
    victim.token = MADE_UP
    await victim.sign_in()
    assert victim.token != MADE_UP
    assert await status_with(page, f"{COOKIE}={MADE_UP}") == (401, "session_ended")
    assert (await victim.get(STATUS)).status == 200


async def test_each_sign_in_has_a_new_token(page: Page) -> None:
    tokens = set()
    for _ in range(3):
        await page.sign_in()
        tokens.add(page.token)
    assert len(tokens) == 3
    assert (await page.get(STATUS)).status == 200


async def test_a_wrong_key_is_not_mended_by_a_good_cookie(page: Page) -> None:
    wrong = await page.get(STATUS, Authorization="Bearer sk_wrong")
    assert (wrong.status, wrong.code) == (401, "api_key_unknown")
    assert (await page.get(STATUS, Authorization="Basic abc")).code == "api_key_missing"
    assert (await page.get(STATUS)).status == 200


@pytest.mark.parametrize("named", [{"till": "T2"}, {"cashier": BO}, {"till": "T2", "cashier": BO}])
async def test_a_session_sells_and_redeems_at_its_own_till_and_in_its_own_name(
    shop: Shop, page: Page, named: dict[str, str]
) -> None:
    before = shop.facts()
    own = {"till": "T1", "cashier": ANNA}
    for path, order in ((SALES, sale()), ("/api/v1/redemptions", redemption("x"))):
        refused = await page.post(path, order | own | named)
        assert (refused.status, refused.code) == (403, "not_your_till")
    assert shop.facts() == before
    assert (await page.post(SALES, sale() | own)).status == 201


async def test_a_session_reaches_the_basket_of_its_own_till_only(till: Till, page: Page) -> None:
    order = b'{"cashier": "1001", "lines": [{"sku": "%s"}]}' % COLA.encode()
    for place, status in (("T2", 403), ("T1", 200)):
        path = f"/api/v1/tills/{place}/basket"
        put = await page.send("PUT", path, headers=page.own_headers(), data=order)
        assert put.status == status
        assert (await page.get(path)).status == status


async def test_a_cashier_may_not_do_what_needs_more(page: Page) -> None:
    assert (await page.post(f"/api/v1/cashiers/{BO}/unlock")).code == "role_needed"
    assert (await page.get("/api/v1/cashiers")).code == "role_needed"
    new = {"cashier": "6666", "name": "x", "pin": "9173", "role": "it"}
    assert (await page.post("/api/v1/cashiers", new)).code == "role_needed"
    assert (await page.post(f"/api/v1/cashiers/{CHEN}/pin", {"pin": "9173"})).code == "role_needed"
    await page.sign_in(CHEN, CHENS_PIN)
    assert (await page.post(f"/api/v1/cashiers/{BO}/unlock")).status == 200


async def test_nobody_frees_a_number_above_their_own_to_guess_its_pin_for_ever(
    shop: Shop, till: Till, page: Page
) -> None:
    for guess in range(6):
        await page.post(SESSIONS, {"cashier": DAI, "pin": f"{guess:04}"})
    await page.sign_in(CHEN, CHENS_PIN)
    assert (await page.post(f"/api/v1/cashiers/{DAI}/unlock")).code == "role_needed"
    pos = shop.another_till("pos-1")
    assert (await pos.post(f"/api/v1/cashiers/{DAI}/unlock", None)).code == "role_needed"
    assert (await page.post(SESSIONS, {"cashier": DAI, "pin": DAIS_PIN})).code == "pin_locked"
    assert (await till.post(f"/api/v1/cashiers/{DAI}/unlock", None)).status == 200
    assert (await page.post(SESSIONS, {"cashier": DAI, "pin": DAIS_PIN})).status == 201


@pytest.mark.parametrize("more", [{"unit_price_fen": 1}, {"weight_g": 1}])
async def test_a_cashier_gives_no_price_to_what_has_one(
    till: Till, page: Page, more: dict[str, int]
) -> None:
    basket = "/api/v1/tills/T1/basket"
    lines = [{"sku": COLA, "quantity": 1} | more]
    by_pos = await till.post(basket, {"cashier": "C7", "lines": lines}, key=None, method="PUT")
    pay_fen = by_pos.json["priced"]["payable_fen"]
    await till.post(basket, {"cashier": "C7"}, key=None, method="PUT")
    sold = sale(cashier=ANNA, lines=lines, pay=pay_fen)
    assert (await page.post(SALES, sold)).code == "price_not_own"
    assert (await page.put(basket, {"cashier": ANNA, "lines": lines})).code == "price_not_own"

    await till.post(basket, {"cashier": "C7", "lines": lines}, key=None, method="PUT")
    assert (await page.put(basket, {"cashier": ANNA, "lines": lines})).status == 200
    assert (await page.post(SALES, sold)).status == 201
    await till.post(basket, {"cashier": "C7"}, key=None, method="PUT")
    await page.sign_in(CHEN, CHENS_PIN)
    assert (await page.post(SALES, sold | {"cashier": CHEN})).status == 201


async def test_no_pos_is_named_so_that_its_keys_are_a_tills(shop: Shop) -> None:
    shop.settings = msgspec.structs.replace(shop.settings, till=TillSection(code="1"))
    till = await shop.open()
    await add_staff(till)
    page = Page(till)
    await page.sign_in()
    assert (await shop.another_till("till-1").post(SALES, sale(), key="k1")).status == 201
    own = await page.post(SALES, sale(till="1", cashier=ANNA), key="k1")
    assert (own.status, own.json["receipt"]) == (201, "MB001-1-000001")


async def test_a_session_makes_itself_no_training_and_no_other_role(page: Page) -> None:
    training = {"Store-Agent-Mode": "training", "Store-Agent-Role": "it"}
    assert (await page.get("/api/v1/cashiers", **training)).code == "role_needed"
    sold = await page.send(
        "POST",
        SALES,
        headers=page.own_headers() | training | {"Idempotency-Key": "k1"},
        data=b'{"till":"T1","cashier":"1001","lines":[{"sku":"COLA-330"}],'
        b'"tenders":[{"kind":"cash","amount_fen":350}]}',
    )
    assert sold.status == 201
    assert (await page.get(CURRENT)).json["unsynced"]["pending"] == 1


async def test_signing_in_takes_nothing_but_what_it_names(page: Page) -> None:
    good = {"cashier": ANNA, "pin": ANNAS_PIN}
    for more in ({"role": "it"}, {"till": "T2"}, {"token": MADE_UP}, {"approved_by": CHEN}):
        assert (await page.post(SESSIONS, good | more)).status == 422
    assert (await page.post(SESSIONS, good)).status == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": f"{COOKIE}=" + "x" * 20_000},
        {"Cookie": "; ".join(f"c{number}=" + "x" * 80 for number in range(300))},
        {"X-Long": "x" * 20_000},
        {f"X-{number}": "x" * 40 for number in range(500)},
    ],
    ids=["one cookie", "many cookies", "one header", "many headers"],
)
async def test_too_much_is_refused_and_the_till_works_on(
    page: Page, headers: dict[str, str]
) -> None:
    refused = await page.send("GET", STATUS, headers=headers, token="")
    assert 400 <= refused.status < 500
    assert (await page.get(STATUS, Cookie=f"a=b; {COOKIE}={page.token}")).status == 200


async def test_of_hundreds_of_guesses_at_the_sign_in_five_are_looked_at(
    till: Till, page: Page
) -> None:
    codes = [
        (await page.post(SESSIONS, {"cashier": BO, "pin": f"{guess:04}"})).code
        for guess in range(300)
    ]
    assert codes.count("sign_in_refused") == 5
    assert codes.count("pin_locked") == len(codes) - 5
    assert (await page.post(SESSIONS, {"cashier": BO, "pin": BOS_PIN})).code == "pin_locked"
    assert (await page.get(STATUS)).status == 200
    assert (await till.post(f"/api/v1/cashiers/{BO}/unlock", None)).status == 200
    assert (await page.post(SESSIONS, {"cashier": BO, "pin": BOS_PIN})).status == 201
