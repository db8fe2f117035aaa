"""A store and head office find out where they hold different things: real processes, real files."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from agent.base.clock import SystemClock
from agent.store.coupons.revocations import revoked
from agent.store.line import sync_state
from agent.store.sqlite import connect
from sync.hq.compared import Compared, list_compared, want_compare
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.members.members import Member, put_members
from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.api.till import SALES, Till, cash
from tests.lab.books import is_drained
from tests.lab.chain import Chain
from tests.lab.store_site import StoreSite
from tests.lab.until import until
from tests.system.agent_process import COMMAND
from tests.system.shared_chain import another_store

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("shared chain")]

PRICE_FEN = 1_000
SALES_MADE = 150
"""More than MAX_COMPARED_RANGES: ranges of several events, which have to be narrowed down."""


@pytest_asyncio.fixture(loop_scope="session")
async def site(shared_chain: Chain) -> AsyncIterator[StoreSite]:
    async with another_store(shared_chain) as site, aiohttp.ClientSession() as session:
        till = Till(session, site.place.port, site.api_key())
        line = {"sku": "TEA", "quantity": 1, "unit_price_fen": PRICE_FEN}
        order = {"till": "T1", "cashier": "C7", "lines": [line], "tenders": cash(PRICE_FEN)}
        made = await asyncio.gather(*(till.post(SALES, order) for _ in range(SALES_MADE)))
        assert {answer.status for answer in made} == {201}
        await until("drained", partial(is_drained, site), timeout_s=60)
        yield site


async def compare(site: StoreSite) -> tuple[int, dict[str, Any]]:
    """What `store-agent outbox compare` says: its exit status, and what it found."""
    words = ["outbox", "compare", "--json", "--config", str(site.place.config_file)]
    done = await asyncio.to_thread(
        subprocess.run, [*COMMAND, *words], capture_output=True, text=True
    )
    return done.returncode, json.loads(done.stdout or "{}")


async def at_hq(chain: Chain, site: StoreSite) -> Compared:
    async with chain.hq.connection() as connection:
        [found] = await list_compared(connection, store=site.code)
    return found


async def test_the_first_difference_is_named_on_both_sides_whoever_holds_something_else(
    shared_chain: Chain, site: StoreSite
) -> None:
    code, found = await compare(site)
    assert (code, found["difference"], found["last_seq"]) == (0, None, SALES_MADE)

    async with shared_chain.hq.connection() as connection:
        change = "UPDATE event SET line = convert_to(replace(convert_from(line, 'UTF8'), $3, $4), "
        change += "'UTF8') WHERE store = $1 AND seq = $2"
        for seq in (97, 131):
            await connection.execute(change, site.code, seq, '"TEA"', '"TIN"')
        code, found = await compare(site)
        assert (code, found["difference"]) == (1, {"seq": 97, "why": "changed_at_hq"})
        seen = await at_hq(shared_chain, site)
        assert (seen.differs_first, seen.differs_last, seen.why) == (97, 97, "changed_at_hq")
        for seq in (97, 131):
            await connection.execute(change, site.code, seq, '"TIN"', '"TEA"')

        # Asked for at head office: the running agent hears of it with its next hello.
        await site.agent.stop()
        with connect(str(site.place.state_dir / "store.db")) as db:
            db.execute("UPDATE journal SET cashier = 'C8' WHERE seq = 64")
        code, found = await compare(site)
        assert (code, found["difference"]) == (1, {"seq": 64, "why": "changed_here"})
        with connect(str(site.place.state_dir / "store.db")) as db:
            db.execute("UPDATE journal SET cashier = 'C7' WHERE seq = 64")
        await want_compare(connection, site.code, now=SystemClock().wall())
        await site.agent.start()
        await until("compared", partial(_is_whole, shared_chain, site), timeout_s=60)


async def _is_whole(chain: Chain, site: StoreSite) -> bool:
    seen = await at_hq(chain, site)
    return seen.differs_first is None and seen.last_seq == SALES_MADE


async def test_what_the_disk_changed_of_the_feed_is_named_and_told_again(
    shared_chain: Chain, site: StoreSite
) -> None:
    """Changed behind the agent's back, and long before the night looks at its digests."""
    articles = [ArticleChange(sku=f"C{n:03d}", name=f"茶 {n}", price_fen=n) for n in range(300)]
    async with shared_chain.hq.connection() as connection:
        await put_articles(connection, articles)
        await put_members(
            connection, [Member(member_id="c" * 24, tier="gold", stores=(site.code,))]
        )
        await until("told", partial(_price_is, site, "C299", 299), timeout_s=60)
        await want_compare(connection, site.code, now=SystemClock().wall())
        await site.agent.stop()
        await site.agent.start()
        await until("compared", partial(_feed_was, shared_chain, site, ""), timeout_s=60)

        await site.agent.stop()
        with connect(str(site.place.state_dir / "store.db")) as db:
            db.execute("UPDATE article SET price_fen = 9 WHERE sku = 'C150'")
            db.execute("DELETE FROM article WHERE sku = 'C271'")
            db.execute("DELETE FROM member")
        await want_compare(connection, site.code, now=SystemClock().wall())
        await site.agent.start()
        differs = f"article C150 other, member {'c' * 24} missing_here"
        await until("found", partial(_feed_was, shared_chain, site, differs), timeout_s=60)
    await until("told again", partial(_price_is, site, "C150", 150), timeout_s=60)
    await until("told again", partial(_price_is, site, "C271", 271), timeout_s=60)


async def test_a_revocation_that_the_file_lost_is_found_and_fetched(
    shared_chain: Chain, site: StoreSite
) -> None:
    """And one that the feed never told; until then nothing is taken for certain."""
    told, skipped = "a1" * 12, "a2" * 12
    async with shared_chain.hq.connection() as connection:
        await connection.executemany(_ISSUE, [(told,), (skipped,)])
        await revoke_coupons(connection, [told], now=SystemClock().wall())
        await until("told", partial(_are_revoked, site, told), timeout_s=60)

        await site.agent.stop()
        with connect(str(site.place.state_dir / "store.db")) as db:
            db.execute("DELETE FROM coupon_state WHERE coupon_id = ?", (told,))
        await connection.execute(_SKIP, skipped)
        await site.agent.start()
        await until("mended", partial(_are_revoked, site, told, skipped), timeout_s=60)
        await until("stated", partial(_revocations_are_fresh, site), timeout_s=60)
        found = f"revocation {told} missing_here"
        await until("told HQ", partial(_feed_was, shared_chain, site, found), timeout_s=60)


_ISSUE = """
INSERT INTO coupon (coupon_id, campaign, run, channel, not_before, expires, issued_at)
VALUES ($1, 1, 1, 1, 0, 4102444800000, 0)
"""
# As if the feed had told it, and the store had skipped it.
_SKIP = "UPDATE coupon SET revoked_at = 1, revoked_place = feed_place() WHERE coupon_id = $1"


async def _are_revoked(site: StoreSite, *coupons: str) -> bool:
    with site.database() as db:
        held = {one for one, _ in revoked(db)}
    return held.issuperset(coupons)


async def _revocations_are_fresh(site: StoreSite) -> bool:
    with site.database() as db:
        return sync_state.get(db).revocations_at > 0


async def _price_is(site: StoreSite, sku: str, price_fen: int) -> bool:
    with site.database() as db:
        row = db.execute("SELECT price_fen FROM article WHERE sku = ?", (sku,)).fetchone()
    return bool(row == (price_fen,))


async def _feed_was(chain: Chain, site: StoreSite, differs: str) -> bool:
    seen = await at_hq(chain, site)
    return seen.feed_at is not None and seen.feed_differs == differs
