"""A coupon that was used twice, as the manager reads it at the till."""

import asyncio
import subprocess

import msgspec
import pytest
from playwright.async_api import expect

from agent.base.clock import HOUR_MS, SystemClock
from sync.hq.feed.announce import Announcement, announce
from sync.protocol.changes import CaseChange, CaseState, CaseUse
from sync.protocol.messages import Entity
from tests.e2e.shop import STORE
from tests.e2e.till_screen import TillScreen
from tests.system.agent_process import COMMAND

SEEN_MS = 30_000
WHY = "MB002 has paid"

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def tell(screen: TillScreen, case: CaseChange) -> None:
    async with screen.shop.chain.hq.connection() as connection, connection.transaction():
        await announce(connection, Announcement(STORE, Entity.CASE, case.case_id, case))


async def test_it_is_shown_until_people_have_dealt_with_it(counter: TillScreen) -> None:
    now = SystemClock().wall()

    def use(store: str, at: int) -> CaseUse:
        return CaseUse(
            store=store, redemption_id="r", occurred_at=at, at_risk=True, discount_fen=500
        )

    case = CaseChange(
        case_id="0190-a-case",
        coupon_id="ab" * 12,
        state=CaseState.OPEN,
        winner=use("MB009", now - HOUR_MS),
        loser=use(STORE, now),
        ground="time",
        opened_at=now,
    )
    await tell(counter, case)
    chip = counter.page.locator("[data-chip=cases]")
    await expect(chip).to_be_visible(timeout=SEEN_MS)
    await expect(chip).to_contain_text("重复用券 1")
    await chip.click()
    sheet = counter.sheet("cases")
    await expect(sheet).to_contain_text("总部判定门店 MB009 有效：门店 MB009 先用。")
    await expect(sheet).to_contain_text("优惠 ¥5.00 由本店承担。两笔销售都不变。")
    await counter.page.keyboard.press("Escape")

    await tell(counter, msgspec.structs.replace(case, state=CaseState.CLOSED, why=WHY))
    await expect(chip).to_have_count(0, timeout=SEEN_MS)
    config = str(counter.shop.site.place.config_file)
    words = [*COMMAND, "cases", "--config", config]
    shown = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True)
    assert f"已结案：{WHY}" in shown.stdout
    assert f"Closed: {WHY}" in shown.stdout
