"""A hostile web page in the cashier's browser, which sends our cookie along: it achieves nothing.

Beside each attempt stands the same request as our own page sends it, which is answered.
"""

import json
from typing import Any

import msgspec
import pytest

from agent.settings import Settings
from tests.api.conftest import Shop
from tests.api.page import ANNA, ANNAS_PIN, CURRENT, SESSIONS, Page
from tests.api.till import JSON, SALES, STATUS, Answer, Till, sale

PUBLIC = ("/", "/docs", "/openapi.json", "/problems/not_found")
POS_PAGE = "http://pos.example:8080"
"""Another page that the settings allow to call with an API key."""
FOREIGN = (
    "http://evil.example",
    "null",
    "",
    "https://127.0.0.1",
    "http://127.0.0.1:9999",
    POS_PAGE,
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    api = msgspec.structs.replace(settings.api, allowed_origins=(POS_PAGE,))
    return msgspec.structs.replace(settings, api=api)


async def sell(page: Page, headers: dict[str, str | None]) -> Answer:
    """Sell as our own page does, but for `headers`; None leaves one out."""
    usual: dict[str, str | None] = {**page.own_headers(), "Idempotency-Key": "k1"}
    sent = {name: value for name, value in (usual | headers).items() if value is not None}
    return await page.send("POST", SALES, headers=sent, data=_body(sale(cashier=ANNA)))


async def test_our_own_page_sells(page: Page) -> None:
    assert (await sell(page, {})).status == 201


@pytest.mark.parametrize("origin", FOREIGN)
async def test_another_origin_does_not_sell_with_our_cookie(
    shop: Shop, page: Page, origin: str
) -> None:
    before = shop.facts()
    for site in ("cross-site", "same-site", None):
        answer = await sell(page, {"Origin": origin, "Sec-Fetch-Site": site})
        assert (answer.status, answer.code) == (403, "origin_not_allowed")
    assert shop.facts() == before
    assert (await sell(page, {})).status == 201


async def test_no_origin_does_not_sell_with_our_cookie(shop: Shop, page: Page) -> None:
    before = shop.facts()
    answer = await sell(page, {"Origin": None})
    assert (answer.status, answer.code) == (403, "origin_not_allowed")
    assert shop.facts() == before
    assert (await sell(page, {})).status == 201


async def test_a_browser_that_tells_of_another_site_is_believed(page: Page) -> None:
    assert (await sell(page, {"Sec-Fetch-Site": "same-site"})).code == "origin_not_allowed"
    assert (await sell(page, {"Sec-Fetch-Site": "same-origin"})).status == 201


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None],
)
async def test_a_body_that_a_form_could_send_is_refused_even_from_our_origin(
    shop: Shop, page: Page, content_type: str | None
) -> None:
    before = shop.facts()
    assert (await sell(page, {"Content-Type": content_type})).code == "content_type"
    assert shop.facts() == before
    assert (await sell(page, {"Content-Type": JSON})).status == 201


@pytest.mark.parametrize("path", [f"{CURRENT}/lock", f"{CURRENT}/unlock", f"{CURRENT}/language"])
async def test_a_form_without_body_changes_no_session(page: Page, path: str) -> None:
    headers = {"Origin": page.url, "Content-Type": "text/plain"}
    assert (await page.send("POST", path, headers=headers)).code == "content_type"
    foreign = {"Origin": "http://evil.example", "Content-Type": JSON}
    assert (await page.send("POST", path, headers=foreign)).code == "origin_not_allowed"
    assert (await page.get(CURRENT)).json["locked"] is False
    assert (await page.post(f"{CURRENT}/lock")).json["locked"] is True


async def test_another_page_signs_nobody_out(page: Page) -> None:
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": POS_PAGE}):
        assert (await page.send("DELETE", CURRENT, headers=headers)).code == "origin_not_allowed"
    assert (await page.get(CURRENT)).status == 200
    assert (await page.delete(CURRENT)).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "same-origin, cross-site"])
async def test_another_page_reads_nothing_with_our_cookie(page: Page, site: str) -> None:
    answer = await page.get(STATUS, **{"Sec-Fetch-Site": site})
    assert (answer.status, answer.code) == (403, "origin_not_allowed")
    for own in ("same-origin", "none"):
        assert (await page.get(STATUS, **{"Sec-Fetch-Site": own})).status == 200


@pytest.mark.parametrize("origin", FOREIGN)
async def test_another_origin_reads_nothing_with_our_cookie(page: Page, origin: str) -> None:
    assert (await page.get(STATUS, Origin=origin)).code == "origin_not_allowed"
    assert (await page.get(STATUS, Origin=page.url)).status == 200


async def test_an_answer_to_our_cookie_is_never_shown_to_another_origin(page: Page) -> None:
    headers = {"Access-Control-Request-Method": "POST"}
    asked = await page.send("OPTIONS", SALES, headers={"Origin": POS_PAGE} | headers)
    assert "Access-Control-Allow-Credentials" not in asked.headers
    foreign = await page.send("OPTIONS", SALES, headers={"Origin": "http://evil.example"} | headers)
    assert foreign.status == 403
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert (await page.get(STATUS, Origin=page.url)).status == 200


@pytest.mark.parametrize("path", [STATUS, CURRENT, *PUBLIC])
async def test_a_name_re_bound_to_this_pc_reads_nothing(page: Page, path: str) -> None:
    for host in ("evil.example", f"evil.example:{page.port}", "127.0.0.1.evil.example"):
        answer = await page.get(path, Host=host)
        assert (answer.status, answer.code) == (403, "host_not_allowed")
    assert (await page.get(path, Host=f"127.0.0.1:{page.port}")).status == 200


async def test_a_name_re_bound_to_this_pc_signs_nobody_in(page: Page) -> None:
    host = f"evil.example:{page.port}"
    foreign = {"Host": host, "Origin": f"http://{host}"}
    assert (await _sign_in(page, foreign)).code == "host_not_allowed"
    assert (await _sign_in(page, {})).status == 201


@pytest.mark.parametrize("origin", [*FOREIGN, None])
async def test_another_page_signs_nobody_in(page: Page, origin: str | None) -> None:
    refused = await _sign_in(page, {"Origin": origin})
    assert (refused.status, refused.code) == (403, "origin_not_allowed")
    assert "Set-Cookie" not in refused.headers
    assert (await page.get(CURRENT)).status == 200
    assert (await _sign_in(page, {"Origin": page.url})).status == 201


async def test_a_sign_in_that_a_form_could_send_is_refused(page: Page) -> None:
    assert (await _sign_in(page, {"Content-Type": "text/plain"})).code == "content_type"
    assert (await _sign_in(page, {"Content-Type": JSON})).status == 201


async def test_the_page_that_the_settings_allow_calls_with_its_key(till: Till, page: Page) -> None:
    assert (await till.get(STATUS, Origin=POS_PAGE)).status == 200
    assert (await page.get(STATUS, Origin=POS_PAGE)).code == "origin_not_allowed"


@pytest.mark.parametrize(
    "path",
    [STATUS, "/api/v1/nothing", "/", "/docs", "/openapi.json", "/healthz", "/problems/not_found"],
)
async def test_every_answer_tells_the_browser_to_keep_it_to_itself(page: Page, path: str) -> None:
    for answer in (await page.get(path), await page.get(path, Host="evil.example")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        if path.startswith("/api/"):
            assert answer.headers["Cache-Control"] == "no-store"


async def _sign_in(page: Page, headers: dict[str, Any]) -> Answer:
    """Sign in as our own page does, but for `headers`; None leaves one out."""
    usual = page.own_headers() | headers
    sent = {name: value for name, value in usual.items() if value is not None}
    body = _body({"cashier": ANNA, "pin": ANNAS_PIN})
    return await page.send("POST", SESSIONS, headers=sent, data=body)


def _body(order: Any) -> bytes:
    return json.dumps(order).encode()
