"""The window towards the customer hears of this PC's till alone, and nobody else hears it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from agent.api import customer
from agent.api.customer import CUSTOMER_EVENTS_PATH
from tests.api.conftest import Shop
from tests.api.till import JSON, Till
from tests.services.chain import RICE

Views = AsyncIterator[dict[str, Any]]
TILL, OTHER = "T1", "T2"


@asynccontextmanager
async def window(till: Till, **headers: str) -> AsyncIterator[tuple[int, Views]]:
    """Open one: the status of its answer, and what it is told."""
    address = f"http://127.0.0.1:{till.port}{CUSTOMER_EVENTS_PATH}"
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
        yield answer.status, _views(answer)


async def _views(answer: aiohttp.ClientResponse) -> Views:
    async for line in answer.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


async def _fill(till: Till, at: str, *, coupons: tuple[str, ...] = (), mode: str = "") -> None:
    order = {"cashier": "C7", "lines": [{"sku": RICE, "quantity": 2}], "coupons": coupons}
    sent = {"Content-Type": JSON} | ({"Store-Agent-Mode": mode} if mode else {})
    path = f"/api/v1/tills/{at}/basket"
    answer = await till.send("PUT", path, headers=sent, data=json.dumps(order).encode())
    assert answer.status == 200, answer.json


async def test_it_begins_with_the_basket_and_hears_of_no_other_till_and_no_practice(
    till: Till,
) -> None:
    async with window(till) as (status, views):
        assert status == 200
        assert (await anext(views))["state"] == "welcome"
        await _fill(till, OTHER)
        await _fill(till, TILL, mode="training")
        await _fill(till, TILL)
        shown = await anext(views)
    assert (shown["state"], shown["payable_fen"]) == ("basket", 11_980)
    [line] = shown["lines"]
    assert line.keys() == {"name", "quantity", "weight_g", "amount_fen"}
    assert (line["quantity"], line["amount_fen"]) == (2, 11_980)
    async with window(till) as (_, views):
        assert await anext(views) == shown


async def test_codes_of_coupons_are_not_told(till: Till) -> None:
    await _fill(till, TILL, coupons=("SECRET-CODE",))
    async with window(till) as (_, views):
        assert "SECRET" not in json.dumps(await anext(views))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
)
async def test_another_page_hears_nothing(till: Till, headers: dict[str, str]) -> None:
    async with window(till, **headers) as (status, _):
        assert status == 403


async def test_so_many_windows_and_no_more(
    shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer, "MAX_WINDOWS", 1)
    monkeypatch.setattr(customer, "PING_S", 0.05)
    async with window(till) as (_, views):
        await anext(views)
        async with window(till) as (status, _):
            assert status == 503
    for _ in range(100):  # one that is gone is found out by its next ping
        async with window(till) as (status, _):
            if status == 200:
                break
    assert status == 200
