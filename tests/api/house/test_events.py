"""The WebSocket of news: who may listen, what is heard, and when it is closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from agent.api import live
from agent.api.entry.access import MODE_HEADER, TRAINING_MODE
from agent.api.entry.keys import ApiKeys
from agent.base.clock import MINUTE_MS
from agent.state_dir import API_KEYS_DIR
from tests.api.conftest import Shop
from tests.api.ear import EVENTS, Ear, close_code, heard, heard_of, page_headers
from tests.api.page import ANNA, ANNAS_PIN, BO, BOS_PIN, CURRENT, Page
from tests.api.till import JSON, Till, sale
from tests.services.chain import COLA
from tests.services.stopped_clock import StoppedClock


@pytest.fixture
async def ear(till: Till) -> AsyncIterator[Ear]:
    async with AsyncExitStack() as stack:
        yield Ear(till.port, stack)


async def put_basket(till: Till, place: str, **more: str) -> None:
    answer = await till.send(
        "PUT",
        f"/api/v1/tills/{place}/basket",
        headers={"Content-Type": JSON} | more,
        data=json.dumps({"cashier": ANNA, "lines": [{"sku": COLA}]}).encode(),
    )
    assert answer.status == 200


async def test_the_first_message_is_the_status(ear: Ear, page: Page) -> None:
    first = await heard(await ear.of_page(page))
    assert (first["topic"], first["till"]) == ("status", None)
    assert first["facts"]["outbox"]["pending"] == 0


async def test_a_sale_changes_the_status_that_is_told(ear: Ear, page: Page) -> None:
    socket = await ear.of_page(page)
    await heard(socket)
    assert (await page.post("/api/v1/sales", sale(cashier=ANNA))).status == 201
    while (told := await heard_of(socket, "status"))["facts"]["outbox"]["pending"] != 1:
        pass
    assert told["facts"]["journal_seq"] == 1


async def test_a_page_hears_its_own_till_and_a_pos_hears_all(
    ear: Ear, till: Till, page: Page
) -> None:
    of_page, of_pos = await ear.of_page(page), await ear.of_key(till.key)
    await heard(of_page)
    await heard(of_pos)
    for place in ("T2", "T1"):
        await put_basket(till, place)
    assert (await heard_of(of_page, "basket"))["till"] == "T1"
    assert [(await heard_of(of_pos, "basket"))["till"] for _ in range(2)] == ["T2", "T1"]


async def test_what_is_practised_is_heard_by_who_practises_alone(
    ear: Ear, till: Till, page: Page
) -> None:
    of_page, of_pos = await ear.of_page(page), await ear.of_key(till.key)
    practising = await ear.open({"Authorization": f"Bearer {till.key}", MODE_HEADER: TRAINING_MODE})
    for place, mode in (("T1", {MODE_HEADER: TRAINING_MODE}), ("T1", {}), ("T3", {})):
        await put_basket(till, place, **mode)
    practised = (await heard_of(practising, "basket"))["facts"]["basket_id"]
    for socket in (of_page, of_pos):
        assert (await heard_of(socket, "basket"))["facts"]["basket_id"] != practised


@pytest.mark.parametrize("end", ["lock", "sign out", "sign in anew", "idle", "remove"])
async def test_the_socket_closes_with_its_session(
    ear: Ear, till: Till, page: Page, clock: StoppedClock, end: str
) -> None:
    socket, of_pos = await ear.of_page(page), await ear.of_key(till.key)
    await heard(socket)
    match end:
        case "lock":
            await page.post(f"{CURRENT}/lock")
        case "sign out":
            await page.delete(CURRENT)
        case "sign in anew":
            await Page(till).sign_in(BO, BOS_PIN)
        case "idle":
            clock.advance(5 * MINUTE_MS)
        case "remove":
            await till.send("DELETE", f"/api/v1/cashiers/{ANNA}")
    assert await close_code(socket) == (4409 if end == "sign in anew" else 4401)
    assert (await heard(of_pos))["topic"] == "status"
    assert not of_pos.closed


async def test_a_locked_session_opens_no_socket(ear: Ear, page: Page) -> None:
    headers = page_headers(page)
    await page.post(f"{CURRENT}/lock")
    assert await ear.refusal(headers) == 401
    await page.post(f"{CURRENT}/unlock", {"pin": ANNAS_PIN})
    assert (await heard(await ear.open(headers)))["topic"] == "status"


async def test_a_key_that_is_taken_away_hears_no_more(shop: Shop, ear: Ear, till: Till) -> None:
    socket = await ear.of_key(shop.another_till("pos-1").key)
    await heard(socket)
    ApiKeys(shop.state_dir / API_KEYS_DIR).remove("pos-1")
    assert await close_code(socket) == 4401


async def test_the_socket_closes_when_the_agent_stops(shop: Shop, ear: Ear, page: Page) -> None:
    socket = await ear.of_page(page)
    await heard(socket)
    closed = asyncio.create_task(close_code(socket))
    await shop.close()
    assert await closed == 1001


async def test_what_is_said_to_it_is_let_go_and_too_much_closes_it(
    ear: Ear, till: Till, page: Page
) -> None:
    socket = await ear.of_page(page)
    await heard(socket)
    await socket.send_str("x" * 1_000)
    await put_basket(till, "T1")
    assert (await heard_of(socket, "basket"))["till"] == "T1"
    await socket.send_str("x" * 2_000)
    assert await close_code(socket) == 1009


async def test_a_plain_get_is_told_that_this_is_a_websocket(till: Till) -> None:
    answer = await till.get(EVENTS)
    assert (answer.status, answer.code) == (426, "upgrade_needed")
    assert answer.headers["Upgrade"] == "websocket"


async def test_there_is_room_for_a_number_of_sockets(
    ear: Ear, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_SOCKETS", 2)
    first, _ = await ear.of_key(till.key), await ear.of_key(till.key)
    assert await ear.refusal({"Authorization": f"Bearer {till.key}"}) == 503
    await first.close()
    assert (await heard(await ear.of_key(till.key)))["topic"] == "status"
