"""A POS that is a web page itself: only an origin of the settings may send, and read the answer."""

import msgspec
import pytest

from agent.settings import Settings
from tests.api.till import JSON, SALES, STATUS, Till, sale

PAGE = "http://pos.example:8080"
ASKS = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    api = msgspec.structs.replace(settings.api, allowed_origins=(PAGE,))
    return msgspec.structs.replace(settings, api=api)


async def test_an_allowed_page_may_ask_send_and_read(till: Till) -> None:
    asked = await till.send("OPTIONS", SALES, headers=ASKS | {"Origin": PAGE}, api_key=None)
    assert (asked.status, asked.body) == (204, b"")
    assert asked.headers[ALLOWED] == PAGE
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    allowed = asked.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "idempotency-key", "store-agent-mode"} == set(allowed)
    headers = {"Origin": PAGE, "Content-Type": JSON, "Idempotency-Key": "k1"}
    sent = await till.send("POST", SALES, headers=headers, data=msgspec.json.encode(sale()))
    assert (sent.status, sent.headers[ALLOWED]) == (201, PAGE)


async def test_an_allowed_page_may_read_what_went_wrong(till: Till) -> None:
    answer = await till.send("GET", STATUS, headers={"Origin": PAGE}, api_key="wrong")
    assert (answer.status, answer.headers[ALLOWED]) == (401, PAGE)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", PAGE + "0", PAGE.upper()])
async def test_another_page_may_not_even_ask(till: Till, origin: str) -> None:
    answer = await till.send("OPTIONS", SALES, headers=ASKS | {"Origin": origin}, api_key=None)
    assert (answer.status, answer.code) == (403, "origin_not_allowed")
    assert ALLOWED not in answer.headers
    read = await till.get(STATUS, Origin=origin)
    assert ALLOWED not in read.headers


async def test_a_preflight_under_a_re_bound_name_is_refused(till: Till) -> None:
    headers = ASKS | {"Origin": PAGE, "Host": "evil.example"}
    answer = await till.send("OPTIONS", SALES, headers=headers, api_key=None)
    assert (answer.status, answer.code) == (403, "host_not_allowed")


async def test_no_page_may_send_cookies(till: Till) -> None:
    asked = await till.send("OPTIONS", SALES, headers=ASKS | {"Origin": PAGE}, api_key=None)
    read = await till.get(STATUS, Origin=PAGE)
    for answer in (asked, read):
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_a_cache_keeps_answers_to_different_pages_apart(till: Till) -> None:
    for origin in ({}, {"Origin": PAGE}):
        assert (await till.get(STATUS, **origin)).headers["Vary"] == "Origin"


async def test_options_without_a_page_is_no_route(till: Till) -> None:
    assert (await till.send("OPTIONS", SALES)).status == 405
