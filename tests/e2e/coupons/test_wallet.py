"""A member's phone at the counter of a store that is cut off: the code on the page of a real wallet
process, read from its screen as a scanner would, is accepted for certain there and nowhere else."""

import asyncio
import base64
import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import cbor2
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize
from pycose.messages.sign1message import Sign1Message

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import AmountOff
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.members.members import Member, put_members
from sync.hq.trust.keys import KeyStore, add_signing_key
from sync.hq.wallet.secret import wallet_link
from tests.api.till import REDEMPTIONS, Till
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.ports import free_port
from tests.lab.store_site import StoreSite
from tests.lab.until import until

HERE, THERE = "MB001", "MB002"
MEMBER = "0123456789abcdef01234567"
PHONE = ViewportSize(width=390, height=844)
PRICE_FEN = 5_000
TOLD_S = 30.0
SIGN1_TAG = b"\xd2"

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def prepared(chain: Chain, keys_dir: Path) -> str:
    """A member with a coupon of the whole chain; return the link to the page."""
    now = SystemClock().wall()
    ends = Millis(now + DAY_MS)
    async with chain.hq.connection() as db:
        await add_signing_key(
            db,
            chain.hq.key_store,
            not_before=Millis(now - DAY_MS),
            not_after=Millis(now + 90 * DAY_MS),
            now=now,
            into=KeyStore(keys_dir),
        )
        await put_members(db, [Member(member_id=MEMBER)])
        campaign = await add_campaign(
            db,
            name="满30减5",
            rule=AmountOff(min_fen=3_000, off_fen=500),
            class_=CampaignClass.CHAIN,
            starts_at=Millis(now - DAY_MS),
            ends_at=ends,
        )
        terms = Terms(
            campaign=campaign.campaign,
            not_before=Millis(now - DAY_MS),
            expires=ends,
            member=MEMBER,
        )
        await issue_coupons(db, chain.hq.key_store, terms, count=1, now=now)
        return await wallet_link(db, MEMBER, expires=ends, now=now)


@asynccontextmanager
async def wallet(chain: Chain, keys_dir: Path) -> AsyncIterator[str]:
    """A running `store-hq wallet run`; its address."""
    port = free_port()
    environ = {
        **os.environ,
        "STORE_HQ_DATABASE__DSN": chain.hq.dsn,
        "STORE_HQ_PATHS__KEYS_DIR": str(chain.hq.directory / "keys"),
        "STORE_HQ_WALLET__PORT": str(port),
        "STORE_HQ_WALLET__KEYS_DIR": str(keys_dir),
    }
    command = [sys.executable, "-m", "sync.hq.cli", "wallet", "run"]
    process = await asyncio.to_thread(
        subprocess.Popen, command, env=environ, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await until("the wallet serves", partial(_answers, url), timeout_s=TOLD_S)
        yield url
    finally:
        process.terminate()
        assert await asyncio.to_thread(process.wait, 20) == 0


async def _answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/healthz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _knows_key_and_campaign(site: StoreSite, versions: int) -> bool:
    with site.database() as db:
        keys = db.execute("SELECT version FROM document WHERE kind = 'key_set'").fetchone()
        known = db.execute("SELECT count(*) FROM campaign").fetchone()[0]
    return bool(known and keys and keys[0] >= versions)


async def _is_offline(site: StoreSite) -> bool:
    return not (await site.status()).line.online


async def scanned(page: Page) -> str:
    """What a scanner reads from the phone's screen."""
    picture = await page.locator(".qr").screenshot()
    [read] = await asyncio.to_thread(zxingcpp.read_barcodes, Image.open(io.BytesIO(picture)))
    return str(read.text)


def claims_of(token: str) -> dict[int, object]:
    """The claims, as a library reads them that we did not write."""
    text = token.removeprefix("HQ1")
    data = base64.b32decode(text + "=" * (-len(text) % 8))
    message = Sign1Message.decode(SIGN1_TAG + data)
    claims: dict[int, object] = cbor2.loads(message.payload or b"")
    return claims


async def test_a_cut_off_store_takes_the_phones_code_for_certain_and_no_other_does(
    browser: Browser, tmp_path: Path
) -> None:
    keys_dir = tmp_path / "wallet"
    async with AsyncExitStack() as stack:
        chain = await stack.enter_async_context(
            Chain(stores=[HERE, THERE], directory=tmp_path / "chain")
        )
        link = await prepared(chain, keys_dir)
        async with chain.hq.connection() as db:
            version = await db.fetchval(
                "SELECT max(version) FROM signed_document WHERE kind = 'key_set'"
            )
        here, there = (chain.stores[code] for code in (HERE, THERE))
        for site in (here, there):
            known = partial(_knows_key_and_campaign, site, version)
            await until("the store knows key and campaign", known, timeout_s=TOLD_S)
        await here.line.cut(LineCut.REFUSE)
        await until("offline", partial(_is_offline, here), timeout_s=TOLD_S)

        url = await stack.enter_async_context(wallet(chain, keys_dir))
        context = await browser.new_context(
            viewport=PHONE, java_script_enabled=False, locale="zh-CN", device_scale_factor=2
        )
        stack.push_async_callback(context.close)
        page = await context.new_page()
        await page.goto(f"{url}/wallet/{link}")
        assert await page.locator("h2").inner_text() == "满30减5"
        await page.locator("select").select_option(HERE)
        await page.locator("button").click()
        token = await scanned(page)
        box = await page.locator("body").bounding_box()
        assert box is not None
        assert box["width"] <= PHONE["width"]
        assert "MB001" in await page.locator("section").inner_text()

        claims = claims_of(token)
        assert (claims[3], -4 in claims) == (HERE, False)
        left_s = int(str(claims[4])) - SystemClock().wall() // 1_000
        assert 0 < left_s <= 600

        session = await stack.enter_async_context(aiohttp.ClientSession())
        order = {
            "till": "T1",
            "cashier": "C7",
            "code": token,
            "order_fen": PRICE_FEN,
        }

        async def redeem(site: StoreSite) -> tuple[str, str | None]:
            answer = await Till(session, site.place.port, site.api_key()).post(REDEMPTIONS, order)
            assert "verdict" in answer.json, answer.body
            return answer.json["verdict"]["outcome"], answer.json["verdict"]["reason"]

        assert await redeem(there) == ("refused", "wrong_store")
        assert await redeem(here) == ("accepted", None)
        assert await redeem(here) == ("refused", "already_used")
