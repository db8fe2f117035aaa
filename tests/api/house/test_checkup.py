"""A supervisor has this PC looked at: in the background, once, with progress; a cashier has not."""

import asyncio

from tests.api.conftest import Shop
from tests.api.page import CHEN, CHENS_PIN, Page
from tests.api.till import Till

CHECKUPS, LATEST = "/api/v1/checkups", "/api/v1/checkups/latest"
TIMEOUT_S = 60.0
LOOK_S = 0.1


async def test_a_checkup_runs_beside_the_tills_and_tells_what_it_found(
    shop: Shop, till: Till
) -> None:
    assert (await till.get(LATEST)).json["started_at"] is None
    begun = await till.post(CHECKUPS, {}, key=None)
    assert begun.status == 202
    assert begun.json["running"]
    again = await till.post(CHECKUPS, {}, key=None)
    assert again.json["started_at"] == begun.json["started_at"]
    before = shop.facts()
    async with asyncio.timeout(TIMEOUT_S):
        while (report := (await till.get(LATEST)).json)["running"]:
            assert report["done"] <= max(report["of"], 1)
            await asyncio.sleep(LOOK_S)
    assert report["done"] == report["of"] > 0
    found = {one["check"]: one for one in report["findings"]}
    assert found["service"]["result"] == "good"
    assert found["journal"]["code"] == "journal_whole"
    assert found["sync"]["code"] == "sync_good"
    assert shop.facts() == before
    at_once = (await till.post(CHECKUPS, {}, key=None)).json
    assert (at_once["running"], at_once["started_at"]) == (False, report["started_at"])


async def test_a_cashier_may_not_look_and_a_supervisor_may(page: Page) -> None:
    assert (await page.post(CHECKUPS, {})).code == "role_needed"
    assert (await page.get(LATEST)).code == "role_needed"
    await page.sign_in(CHEN, CHENS_PIN)
    assert (await page.get(LATEST)).status == 200
