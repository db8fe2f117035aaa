"""Signing in, locking, unlocking, switching and signing out at the till page."""

from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import msgspec
import pytest

from agent.base.clock import MINUTE_MS
from agent.settings import Settings
from agent.state_dir import PEPPER_FILE
from tests.api.conftest import Shop
from tests.api.page import (
    ANNA,
    ANNAS_PIN,
    BO,
    BOS_PIN,
    CHEN,
    CHENS_PIN,
    CURRENT,
    DAI,
    DAIS_PIN,
    SESSIONS,
    Page,
    add_staff,
)
from tests.api.till import Till, sale
from tests.lab.ports import free_port
from tests.services.chain import Chain
from tests.services.stopped_clock import StoppedClock

IDLE_MS = 5 * MINUTE_MS


async def test_a_cashier_signs_in_and_sells(page: Page) -> None:
    answer = await page.sign_in()
    assert answer.status == 201
    assert answer.json | {"unsynced": None} == {
        "cashier": ANNA,
        "name": "安娜",
        "role": "cashier",
        "till": "T1",
        "training": False,
        "language": "zh-CN",
        "locked": False,
        "idle_lock_ms": IDLE_MS,
        "unsynced": None,
    }
    assert (await page.post("/api/v1/sales", sale(cashier=ANNA))).status == 201
    current = (await page.get(CURRENT)).json
    assert current["unsynced"]["pending"] == 1
    assert current["unsynced"]["oldest_at"] is not None


async def test_the_cookie_is_closed_to_scripts_and_to_other_sites(page: Page) -> None:
    cookie = (await page.sign_in()).headers["Set-Cookie"]
    assert {part.strip() for part in cookie.split(";")[1:]} == {
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
    }


async def test_only_the_hash_of_the_token_is_kept(shop: Shop, page: Page) -> None:
    await page.sign_in()
    kept = b"".join(
        path.read_bytes() for path in shop.state_dir.glob("store.db*") if path.is_file()
    )
    assert page.token.encode() not in kept
    assert ANNAS_PIN.encode() not in kept
    assert "安娜".encode() in kept


async def test_a_session_survives_a_restart_of_the_agent(shop: Shop, page: Page) -> None:
    await page.sign_in(language="en")
    await shop.close()
    again = Page(await shop.open())
    again.token = page.token
    assert (await again.get(CURRENT)).json["language"] == "en"


async def test_signing_out_ends_the_session_and_tells_what_is_unsynced(page: Page) -> None:
    await page.sign_in()
    await page.post("/api/v1/sales", sale(cashier=ANNA))
    answer = await page.delete(CURRENT)
    assert (answer.status, answer.json["unsynced"]["pending"]) == (200, 1)
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (await page.get(CURRENT)).code == "session_ended"
    assert (await page.get("/api/v1/status")).code == "session_ended"


async def test_signing_in_anew_ends_the_tills_former_session(till: Till, page: Page) -> None:
    await page.sign_in()
    other = Page(till)
    assert (await other.sign_in(BO, BOS_PIN)).status == 201
    assert other.token != page.token
    assert (await page.get(CURRENT)).code == "session_ended"
    assert (await other.get(CURRENT)).json["cashier"] == BO


async def test_a_till_that_nobody_touches_locks(page: Page, clock: StoppedClock) -> None:
    await page.sign_in()
    clock.advance(IDLE_MS - 1)
    assert (await page.get("/api/v1/status")).status == 200
    clock.advance(1)
    locked = await page.get("/api/v1/status")
    assert (locked.status, locked.code) == (401, "session_locked")
    assert (await page.post("/api/v1/sales", sale(cashier=ANNA))).code == "session_locked"
    assert (await page.get(CURRENT)).json["locked"] is True


async def test_what_a_person_does_puts_the_lock_off_and_polling_does_not(
    page: Page, clock: StoppedClock
) -> None:
    await page.sign_in()
    for _ in range(5):
        clock.advance(IDLE_MS // 2)
        assert (await page.post("/api/v1/scans", {"code": "6901234567892"})).status == 200
    clock.advance(IDLE_MS // 2)
    assert (await page.get("/api/v1/status")).status == 200
    clock.advance(IDLE_MS // 2)
    assert (await page.get("/api/v1/status")).code == "session_locked"


async def test_the_own_pin_unlocks_and_no_other(page: Page, clock: StoppedClock) -> None:
    await page.sign_in()
    assert (await page.post(f"{CURRENT}/lock")).json["locked"] is True
    assert (await page.get("/api/v1/status")).code == "session_locked"
    assert (await page.post(f"{CURRENT}/unlock", {"pin": BOS_PIN})).code == "sign_in_refused"
    assert (await page.get("/api/v1/status")).code == "session_locked"
    unlocked = await page.post(f"{CURRENT}/unlock", {"pin": ANNAS_PIN})
    assert (unlocked.status, unlocked.json["locked"]) == (200, False)
    clock.advance(IDLE_MS - 1)
    assert (await page.get("/api/v1/status")).status == 200


async def test_a_lock_outlasts_a_clock_that_is_set_back(
    shop: Shop, page: Page, clock: StoppedClock
) -> None:
    await page.sign_in()
    clock.advance(IDLE_MS)
    assert (await page.get(CURRENT)).json["locked"] is True
    await shop.close()
    clock.advance(-IDLE_MS)
    again = Page(await shop.open())
    again.token = page.token
    assert (await again.get("/api/v1/status")).code == "session_locked"


async def test_a_locked_till_can_be_signed_out_and_taken_over(till: Till, page: Page) -> None:
    await page.sign_in()
    await page.post(f"{CURRENT}/lock")
    assert (await page.delete(CURRENT)).status == 200
    await page.sign_in()
    await page.post(f"{CURRENT}/lock")
    assert (await Page(till).sign_in(BO, BOS_PIN)).status == 201


async def test_the_language_can_be_changed(page: Page) -> None:
    await page.sign_in()
    assert (await page.post(f"{CURRENT}/language", {"language": "en"})).json["language"] == "en"
    assert (await page.get(CURRENT)).json["language"] == "en"
    assert (await page.post(f"{CURRENT}/language", {"language": "fr"})).status == 422


async def test_a_sale_is_repeated_by_the_next_cashier_and_not_made_in_anothers_name(
    page: Page,
) -> None:
    await page.sign_in()
    order = sale(cashier=ANNA)
    first = await page.post("/api/v1/sales", order, key="k1")
    await page.sign_in(BO, BOS_PIN)
    assert (await page.post("/api/v1/sales", order, key="k1")).body == first.body
    assert (await page.post("/api/v1/sales", order, key="k2")).code == "not_your_till"


async def test_a_removed_cashier_is_out_at_once(till: Till, page: Page) -> None:
    await page.sign_in()
    assert (await till.send("DELETE", f"/api/v1/cashiers/{ANNA}")).status == 200
    assert (await page.get(CURRENT)).code == "session_ended"
    assert (await page.sign_in()).code == "sign_in_refused"


async def test_a_new_pin_ends_the_session_and_the_old_pin(till: Till, page: Page) -> None:
    await page.sign_in()
    assert (await till.post(f"/api/v1/cashiers/{ANNA}/pin", {"pin": "9173"})).status == 200
    assert (await page.get(CURRENT)).code == "session_ended"
    assert (await page.sign_in()).code == "sign_in_refused"
    assert (await page.sign_in(pin="9173")).status == 201


@pytest.mark.parametrize("pin", ["0000", "1234", "87654321"])
async def test_a_pin_that_is_guessed_first_is_refused(till: Till, page: Page, pin: str) -> None:
    answer = await till.post("/api/v1/cashiers", {"cashier": "9", "name": "九", "pin": pin})
    assert (answer.status, answer.code) == (422, "pin_too_simple")


async def test_a_number_is_given_once(till: Till, page: Page) -> None:
    again = {"cashier": ANNA, "name": "另一位", "pin": "9173"}
    assert (await till.post("/api/v1/cashiers", again)).code == "cashier_exists"
    listed = (await till.get("/api/v1/cashiers")).json["cashiers"]
    assert [one["cashier"] for one in listed] == [ANNA, BO, CHEN, DAI]
    assert {name for one in listed for name in one} == {"cashier", "name", "role", "locked_ms"}


async def test_it_looks_after_cashiers_and_others_do_not(
    shop: Shop, till: Till, page: Page
) -> None:
    for cashier, pin, status in (
        (ANNA, ANNAS_PIN, 403),
        (CHEN, CHENS_PIN, 403),
        (DAI, DAIS_PIN, 200),
    ):
        await page.sign_in(cashier, pin)
        assert (await page.get("/api/v1/cashiers")).status == status
    assert (await shop.another_till("pos-1").get("/api/v1/cashiers")).code == "role_needed"
    assert (await till.get("/api/v1/cashiers")).status == 200


async def test_an_api_key_has_no_session(till: Till) -> None:
    assert (await till.get(CURRENT)).code == "no_session"


async def test_a_session_of_another_till_of_this_pc_has_ended(
    shop: Shop, page: Page, settings: Settings
) -> None:
    await page.sign_in()
    await shop.close()
    renamed = msgspec.structs.replace(settings.till, code="T2")
    shop.settings = msgspec.structs.replace(settings, till=renamed)
    again = Page(await shop.open())
    again.token = page.token
    assert (await again.get(CURRENT)).code == "session_ended"
    assert (await again.sign_in()).json["till"] == "T2"


async def test_the_mode_of_an_api_key_is_training_or_nothing(till: Till) -> None:
    answer = await till.get("/api/v1/status", **{"Store-Agent-Mode": "practice"})
    assert (answer.status, answer.code) == (400, "mode_unknown")
    assert (await till.get("/api/v1/status", **{"Store-Agent-Mode": "training"})).status == 200


async def test_signing_in_needs_a_number_and_pin_of_the_right_form(page: Page) -> None:
    for pin in ("258", "123456789", "25a0", "２５８０", ""):
        assert (await page.post(SESSIONS, {"cashier": ANNA, "pin": pin})).status == 422


async def test_a_lost_pepper_is_told_and_voids_every_pin(
    shop: Shop, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    await shop.close()
    pepper = shop.state_dir / PEPPER_FILE
    kept = pepper.read_bytes()
    pepper.unlink()
    assert (await Page(await shop.open()).sign_in()).code == "sign_in_refused"
    assert "pepper_gone" in capsys.readouterr().out
    await shop.close()
    pepper.write_bytes(kept)
    assert (await Page(await shop.open()).sign_in()).status == 201
    assert "pepper_gone" not in capsys.readouterr().out


async def test_stores_side_by_side_in_one_browser_keep_their_cashiers_signed_in(
    chain: Chain, clock: StoppedClock, tmp_path: Path
) -> None:
    """A browser has one jar of cookies for all ports of a host."""
    async with AsyncExitStack() as stack:
        pages: list[Page] = []
        for name in ("left", "right"):
            shop = Shop(chain, chain.settings(tmp_path / name, port=free_port()), clock)
            stack.push_async_callback(shop.close)
            till = await shop.open()
            await add_staff(till)
            pages.append(Page(till))
        jar = aiohttp.CookieJar(unsafe=True)
        browser = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        for page in pages:
            order, headers = {"cashier": ANNA, "pin": ANNAS_PIN}, page.own_headers()
            assert (await browser.post(page.url + SESSIONS, json=order, headers=headers)).ok
        assert [(await browser.get(page.url + CURRENT)).status for page in pages] == [200, 200]
        left = pages[0]
        assert (await browser.delete(left.url + CURRENT, headers=left.own_headers())).ok
        assert [(await browser.get(page.url + CURRENT)).status for page in pages] == [401, 200]
