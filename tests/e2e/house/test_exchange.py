"""The cashier reads when head office does not take this store's events, or data is missing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from agent.services.house.exchange import TOLD, Exchange
from agent.services.house.set_back import SENTENCES, Setback
from agent.store.house import quarantine
from tests.e2e.till_screen import TillScreen
from tests.lab.ports import free_port
from tests.lab.until import until

SEEN_MS = 30_000

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_a_till_that_is_fenced_does_not_look_online(counter: TillScreen) -> None:
    chip = counter.chip("line")
    await expect(chip).to_have_attribute("data-tone", "good", timeout=SEEN_MS)
    async with _another_pc_in_its_place(counter):
        await expect(chip).to_have_attribute("data-tone", "bad", timeout=SEEN_MS)
        await expect(chip).to_contain_text(TOLD[Exchange.FENCED].title.zh_cn)
        await expect(chip).to_contain_text(TOLD[Exchange.FENCED].hint.zh_cn)
    await expect(chip).to_have_attribute("data-tone", "good", timeout=SEEN_MS)


async def test_the_cashier_reads_that_data_was_set_aside_until_it_is_brought_in(
    counter: TillScreen,
) -> None:
    notice = counter.page.locator("[data-notice=set-back]")
    await expect(notice).to_have_count(0)
    place = quarantine.keep_copies(counter.shop.site.place.state_dir, why="tried")
    await expect(notice).to_contain_text(SENTENCES[Setback.SET_ASIDE].zh_cn, timeout=SEEN_MS)
    quarantine.mark_recovered(place, b"{}")
    await expect(notice).to_have_count(0, timeout=SEEN_MS)


async def test_the_cashier_reads_that_the_stand_by_line_is_used(counter: TillScreen) -> None:
    site, chip = counter.shop.site, counter.chip("line")
    host, port = site.line.address
    settings = site.place.directory / "agent.toml.d/lines.toml"
    settings.parent.mkdir(exist_ok=True)
    dead = f"http://127.0.0.1:{free_port()}"
    settings.write_text(f'[hq]\nurls = ["{dead}", "http://{host}:{port}"]\n', "utf-8")
    await site.agent.stop()
    await site.agent.start()
    try:
        await expect(chip).to_contain_text("在线", timeout=SEEN_MS)
        await expect(chip).to_contain_text("经备用线路", timeout=SEEN_MS)
    finally:
        settings.unlink()
        await site.agent.stop()
        await site.agent.start()
        await until("online", lambda: _is_online(counter), timeout_s=SEEN_MS / 1000)


@asynccontextmanager
async def _another_pc_in_its_place(counter: TillScreen) -> AsyncIterator[None]:
    """Another installation has the store at head office, when this one says hello again."""
    shop = counter.shop
    async with shop.chain.hq.connection() as connection:
        install_id = await connection.fetchval(
            "SELECT install_id FROM store_position WHERE store = $1", shop.site.code
        )

    async def belongs_to(who: str) -> None:
        async with shop.chain.hq.connection() as connection:
            await connection.execute(
                "UPDATE store_position SET install_id = $2 WHERE store = $1", shop.site.code, who
            )
        await shop.site.agent.stop()
        await shop.site.agent.start()

    await belongs_to("another")
    try:
        yield
    finally:
        await belongs_to(install_id)
        await until("online", lambda: _is_online(counter), timeout_s=SEEN_MS / 1000)


async def _is_online(counter: TillScreen) -> bool:
    return (await counter.shop.site.status()).exchange.state is Exchange.ONLINE
