"""A WebSocket from a page that is not ours, or from nobody in particular, hears nothing.

A browser opens one to any address and sends our cookie along; only the handshake can tell.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import msgspec
import pytest

from agent.settings import Settings
from tests.api.ear import Ear, heard, page_headers
from tests.api.page import CURRENT, Page
from tests.api.till import Till

POS_PAGE = "http://pos.example:8080"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    api = msgspec.structs.replace(settings.api, allowed_origins=(POS_PAGE,))
    return msgspec.structs.replace(settings, api=api)


@pytest.fixture
async def ear(till: Till) -> AsyncIterator[Ear]:
    async with AsyncExitStack() as stack:
        yield Ear(till.port, stack)


async def check_ours_is_heard(ear: Ear, page: Page) -> None:
    assert (await heard(await ear.of_page(page)))["topic"] == "status"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost", POS_PAGE]
)
async def test_another_page_opens_no_socket_with_our_cookie(
    ear: Ear, page: Page, origin: str
) -> None:
    assert await ear.refusal(page_headers(page) | {"Origin": origin}) == 403
    await check_ours_is_heard(ear, page)


async def test_a_cookie_without_an_origin_opens_no_socket(ear: Ear, page: Page) -> None:
    headers = page_headers(page)
    del headers["Origin"]
    assert await ear.refusal(headers) == 403
    await check_ours_is_heard(ear, page)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_browser_that_tells_of_another_site_is_believed(
    ear: Ear, page: Page, site: str
) -> None:
    assert await ear.refusal(page_headers(page) | {"Sec-Fetch-Site": site}) == 403
    await check_ours_is_heard(ear, page)


async def test_a_name_re_bound_to_this_pc_opens_no_socket(ear: Ear, page: Page) -> None:
    host = f"evil.example:{page.port}"
    assert await ear.refusal(page_headers(page) | {"Host": host, "Origin": f"http://{host}"}) == 403
    await check_ours_is_heard(ear, page)


async def test_nobody_in_particular_opens_no_socket(ear: Ear, page: Page) -> None:
    assert await ear.refusal({"Origin": page.url}) == 401
    assert await ear.refusal({"Authorization": "Bearer sk_wrong"}) == 401
    assert await ear.refusal({"Sec-WebSocket-Protocol": f"bearer, {page.token}"}) == 401
    await check_ours_is_heard(ear, page)


async def test_a_cookie_of_a_session_that_ended_opens_no_socket(ear: Ear, page: Page) -> None:
    stolen = page_headers(page)
    await page.delete(CURRENT)
    assert await ear.refusal(stolen) == 401
    await page.sign_in()
    assert await ear.refusal(stolen) == 401
    await check_ours_is_heard(ear, page)


async def test_a_key_opens_one_from_a_page_that_the_settings_allow(ear: Ear, till: Till) -> None:
    key = {"Authorization": f"Bearer {till.key}"}
    assert (await heard(await ear.open(key | {"Origin": POS_PAGE})))["topic"] == "status"
    assert await ear.refusal(key | {"Origin": "http://evil.example"}) == 403
