"""Articles, members and stock, looked up by what a cashier types."""

from urllib.parse import quote

import pytest

from tests.api.conftest import Shop
from tests.api.till import Answer, Till
from tests.services.chain import COLA, COLA_FEN, COLA_GTIN, COLA_STOCK, MEMBER, RICE

COLA_FOUND = {
    "sku": COLA,
    "gtin": "0" + COLA_GTIN,
    "name": "可乐 330ml",
    "price_fen": COLA_FEN,
    "withdrawn": False,
    "categories": [],
    "brand": "",
    "planned": [],
    "tax_bp": None,
    "weighed": False,
    "quantity": COLA_STOCK,
}


async def articles(till: Till, query: str, more: str = "") -> Answer:
    return await till.get(f"/api/v1/articles?query={quote(query)}{more}")


async def members(till: Till, query: str) -> Answer:
    return await till.get(f"/api/v1/members?query={quote(query)}")


@pytest.mark.parametrize(
    "query", ["可乐", "330", "ｃｏｌａ", "可 330", COLA, COLA_GTIN, "6901234", "4567892"]
)
async def test_an_article_is_found_by_part_of_name_sku_or_gtin(till: Till, query: str) -> None:
    found = await articles(till, query)
    assert found.json == {"articles": [COLA_FOUND], "more": False}


@pytest.mark.parametrize("query", ["橙汁", "%", "_", "!", "'"])
async def test_what_no_article_has_finds_none(till: Till, query: str) -> None:
    assert (await articles(till, query)).json == {"articles": [], "more": False}


async def test_articles_found_are_bounded(till: Till) -> None:
    assert (await articles(till, "-", "&limit=1")).json["more"] is True
    assert (await articles(till, "-", "&limit=2")).json["more"] is False
    assert (await articles(till, "-", "&limit=21")).code == "invalid_request"
    assert (await articles(till, "")).code == "invalid_request"


@pytest.mark.parametrize(
    "query", [MEMBER, "5678", "13812345678", "138 1234 5678", "+86 138-1234-5678", "13899995678"]
)
async def test_a_member_is_found_by_id_or_phone(till: Till, query: str) -> None:
    found = (await members(till, query)).json
    assert [one["member_id"] for one in found["members"]] == [MEMBER]
    assert found["members"][0]["phone_masked"] == "138****5678"


@pytest.mark.parametrize("query", ["f" * 24, "1234", "13912345678"])
async def test_nobody_is_found_for_another_number(till: Till, query: str) -> None:
    assert (await members(till, query)).json == {"members": [], "more": False}


@pytest.mark.parametrize("query", ["", "5", "138****5678", "%", "12345", "1381234567"])
async def test_a_member_is_not_found_by_guesses(till: Till, query: str) -> None:
    refused = await members(till, query)
    assert (refused.status, refused.code) == (422, "invalid_request")


async def test_a_whole_phone_number_is_not_kept(shop: Shop, till: Till) -> None:
    assert (await members(till, "13812345678")).json["members"]
    kept = b"".join(file.read_bytes() for file in shop.state_dir.rglob("*") if file.is_file())
    assert b"138****5678" in kept
    assert b"13812345678" not in kept


async def test_stock_is_told_and_unknown_where_head_office_never_told(till: Till) -> None:
    assert (await till.get(f"/api/v1/stock/{COLA}")).json == COLA_FOUND
    assert (await till.get(f"/api/v1/stock/{RICE}")).json["quantity"] is None
    refused = await till.get("/api/v1/stock/none")
    assert (refused.status, refused.code) == (404, "unknown_article")
