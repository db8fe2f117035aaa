"""A store's PC is replaced, or its disk set back: the new one knows what the lost one did."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import pytest_asyncio

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import AmountOff
from agent.domain.selling.receipt import UNGREETED
from agent.domain.trust.policy import CampaignClass
from agent.store.line import sync_state
from agent.store.sqlite import connect
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.coupons.handouts import hand_out
from sync.hq.intake import past
from sync.hq.members.members import Member, put_members
from sync.hq.selling.articles import put_articles
from sync.hq.stock import set_stock
from sync.protocol.changes import ArticleChange
from tests.api.till import BACK, SALES, SHIFTS, Answer, Till, cash, redemption
from tests.lab.books import is_drained, is_settled
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.replacing import copy_disk, release, replace_pc, set_disk_back
from tests.lab.store_site import StoreSite
from tests.lab.till_devices import TillDevices
from tests.lab.until import until
from tests.system.shared_chain import another_store

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("shared chain"),
]

PRICE_FEN = 1_000
OFF_FEN = 300
TOLD_S = 30.0


class Rights(NamedTuple):
    """What HQ has issued."""

    coupons: list[str]
    """Tokens of this store's coupons."""
    given: int
    """Coupons to be handed out."""


class Shop:
    """A store of its own for each test, with its POS and a member."""

    def __init__(self, chain: Chain, site: StoreSite, session: aiohttp.ClientSession) -> None:
        self.chain = chain
        self.site = site
        self.code = site.code
        self.member = site.code.lower().ljust(24, "0")
        self._session = session

    @property
    def pos(self) -> Till:
        return Till(self._session, self.site.place.port, self.site.api_key())

    async def sell(self, *coupons: str, pieces: int = 1, **more: Any) -> dict[str, Any]:
        total = PRICE_FEN * pieces - OFF_FEN * len(coupons)
        order = {
            "till": "T1",
            "cashier": "C7",
            "lines": [{"sku": "TEA", "quantity": pieces, "unit_price_fen": PRICE_FEN}],
            "coupons": list(coupons),
            "tenders": cash(total),
        }
        answer = await self.pos.post(SALES, order | more)
        assert answer.status == 201, answer.body
        sold: dict[str, Any] = answer.json
        return sold

    async def refund(self, sale_id: str, fen: int, **more: Any) -> Answer:
        order = BACK | {"tenders": cash(fen), "approved_by": "S1"} | more
        return await self.pos.post(f"{SALES}/{sale_id}/refunds", order)

    async def synced(self) -> None:
        """Return when HQ has everything, and it took effect."""
        await until("drained", partial(_drained, self.site), timeout_s=TOLD_S)
        async with self.chain.hq.connection() as connection:
            await until("settled", partial(is_settled, connection), timeout_s=TOLD_S)

    async def told(self) -> None:
        """Return when the store holds the whole feed."""
        await until("the feed is whole", partial(_told_all, self.site), timeout_s=TOLD_S)

    async def replaced(self) -> None:
        """Bring everything to HQ, then go on with another PC that was told everything."""
        await self.synced()
        await replace_pc(self.chain, self.site)
        await self.told()


async def _drained(site: StoreSite) -> bool:
    return await is_drained(site)


async def _told_all(site: StoreSite) -> bool:
    with site.database() as db:
        return sync_state.is_told_all(db) and sync_state.get(db).revocations_at > 0


@asynccontextmanager
async def open_shop(chain: Chain, *, settings: str = "") -> AsyncIterator[Shop]:
    """Another store of the chain."""
    async with (
        another_store(chain, settings=settings) as site,
        aiohttp.ClientSession() as session,
    ):
        shop = Shop(chain, site, session)
        await shop.told()
        yield shop


@pytest_asyncio.fixture(loop_scope="session")
async def shop(shared_chain: Chain) -> AsyncIterator[Shop]:
    async with open_shop(shared_chain) as shop:
        yield shop


@pytest_asyncio.fixture(loop_scope="session")
async def rights(shop: Shop) -> Rights:
    now = SystemClock().wall()
    until_ = Millis(now + 30 * DAY_MS)
    hq = shop.chain.hq
    async with hq.connection() as connection:
        await put_members(
            connection, [Member(member_id=shop.member, points=100, stores=(shop.code,))]
        )
        tea = ArticleChange(sku="TEA", name="茶", price_fen=PRICE_FEN)
        await put_articles(connection, [tea])
        await set_stock(connection, shop.code, {"TEA": 100})
        campaign = await add_campaign(
            connection,
            name="满10减3",
            rule=AmountOff(min_fen=PRICE_FEN, off_fen=OFF_FEN),
            class_=CampaignClass.BOUND,
            starts_at=Millis(now - DAY_MS),
            ends_at=until_,
        )
        terms = Terms(
            campaign=campaign.campaign,
            not_before=Millis(now - DAY_MS),
            expires=until_,
            store=shop.code,
        )
        issued = await issue_coupons(connection, hq.key_store, terms, count=3, now=now)
        given = await hand_out(
            connection, hq.key_store, terms, giver=shop.code, from_fen=PRICE_FEN, count=4, now=now
        )

    async def supplied() -> bool:
        with shop.site.database() as db:
            held: int = db.execute("SELECT count(*) FROM handout").fetchone()[0]
            return held == len(given)

    await until("the store has what HQ issued", supplied, timeout_s=TOLD_S)
    return Rights([one.token for one in issued], len(given))


async def test_no_receipt_number_is_given_twice(shop: Shop) -> None:
    before = [await shop.sell(till=till) for till in ("T1", "T1", "T2")]
    await shop.replaced()
    after = [await shop.sell(till=till) for till in ("T1", "T2", "T2")]
    receipts = [sold["receipt"] for sold in before + after]
    assert len(set(receipts)) == len(receipts)
    assert [sold["receipt_no"] for sold in after] == [2 + past.RECEIPT_LEAP + n for n in (1, 1, 2)]
    await shop.synced()


async def test_numbers_that_never_reached_hq_are_not_given_again(shop: Shop) -> None:
    known = [await shop.sell()]
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    lost = [await shop.sell() for _ in range(3)]
    await shop.site.agent.stop()
    await shop.site.line.mend()
    await replace_pc(shop.chain, shop.site)
    again = [await shop.sell() for _ in range(4)]
    receipts = [sold["receipt"] for sold in known + lost + again]
    assert len(set(receipts)) == len(receipts)


async def test_control_a_pc_that_is_told_nothing_repeats_the_number(shop: Shop) -> None:
    first = await shop.sell()
    await shop.synced()
    await replace_pc(shop.chain, shop.site)
    with shop.site.database() as db:
        after = db.execute("SELECT receipts_after FROM sync_state").fetchone()[0]
    assert after > first["receipt_no"]
    await shop.site.agent.stop()
    _forget_numbers(shop.site)
    await shop.site.line.cut(LineCut.REFUSE)
    await shop.site.agent.start()
    assert (await shop.sell())["receipt"] == first["receipt"]


async def test_a_new_pc_that_hq_has_not_greeted_sells_under_numbers_of_its_own(
    shop: Shop,
) -> None:
    before = [await shop.sell() for _ in range(2)]
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    await replace_pc(shop.chain, shop.site, released=False)

    offline = [await shop.sell() for _ in range(2)]
    shift = await shop.pos.post(SHIFTS, {"till": "T1", "cashier": "C7", "float_fen": 0})
    assert all(sold["receipt_no"] > UNGREETED for sold in offline)
    assert offline[1]["receipt_no"] == offline[0]["receipt_no"] + 1
    assert shift.json["z_no"] > UNGREETED

    await release(shop.chain, shop.site)
    await shop.site.line.mend()
    await shop.synced()
    await shop.told()
    online = await shop.sell()
    assert online["receipt_no"] == 2 + past.RECEIPT_LEAP + 1
    receipts = [sold["receipt"] for sold in [*before, *offline, online]]
    assert len(set(receipts)) == len(receipts)


async def test_a_pc_that_hq_has_not_let_in_takes_no_coupon_for_certain(
    shop: Shop, rights: Rights
) -> None:
    for code in rights.coupons:
        await shop.sell(code)
    await shop.synced()
    await replace_pc(shop.chain, shop.site, released=False)
    await until("the feed came", partial(_has_campaign, shop.site), timeout_s=TOLD_S)

    for code in rights.coupons:
        scanned = await shop.pos.post("/api/v1/scans", {"code": code})
        verdict = scanned.json["verdict"]
        assert (verdict["outcome"], verdict["reason"]) == ("accepted_at_risk", "feed_incomplete")
    _tell_feed_is_whole(shop.site)
    scanned = await shop.pos.post("/api/v1/scans", {"code": rights.coupons[0]})
    assert scanned.json["verdict"]["outcome"] == "accepted"  # control


async def test_a_new_store_begins_at_one(shop: Shop) -> None:
    assert (await shop.sell())["receipt"] == f"{shop.code}-T1-000001"


async def test_practising_is_numbered_as_ever(shop: Shop) -> None:
    await shop.sell()
    await shop.replaced()
    headers = {"Store-Agent-Mode": "training", "Idempotency-Key": "k"}
    line = {"sku": "TEA", "unit_price_fen": PRICE_FEN}
    order = {"till": "T1", "cashier": "C7", "lines": [line], "tenders": cash(PRICE_FEN)}
    url, key = shop.site.url, shop.site.api_key()
    headers["Authorization"] = f"Bearer {key}"
    async with aiohttp.ClientSession(url, headers=headers) as session:
        answer = await session.post(SALES, json=order)
        assert (await answer.json())["receipt"] == f"TRAIN-{shop.code}-T1-000001"


@pytest.mark.usefixtures("rights")
async def test_no_coupon_is_handed_out_twice(shop: Shop, rights: Rights) -> None:
    before = [await shop.sell() for _ in range(2)]
    await shop.replaced()
    after = [await shop.sell() for _ in range(rights.given)]
    given = [one["coupon_id"] for sold in before + after for one in sold["given"]]
    assert len(given) == len(set(given)) == rights.given


async def test_a_used_coupon_is_refused_with_till_and_receipt(shop: Shop, rights: Rights) -> None:
    sold = await shop.sell(rights.coupons[0])
    alone = await shop.pos.post("/api/v1/redemptions", redemption(rights.coupons[1]))
    taken_back = await shop.pos.post("/api/v1/redemptions", redemption(rights.coupons[2]))
    use = taken_back.json["verdict"]["redemption_id"]
    path = f"/api/v1/redemptions/{use}/reversal"
    await shop.pos.post(path, {"till": "T1", "cashier": "C7", "why": "错"})
    await shop.replaced()

    async def verdict(code: str) -> dict[str, Any]:
        scanned = await shop.pos.post("/api/v1/scans", {"code": code})
        told: dict[str, Any] = scanned.json["verdict"]
        return told

    refused = await verdict(rights.coupons[0])
    assert refused["reason"] == "already_used"
    assert refused["detail"]["where"] == f"{shop.code} T1"
    assert refused["detail"]["receipt"] == sold["receipt"]
    assert (await verdict(rights.coupons[1]))["reason"] == "already_used"
    assert (await verdict(rights.coupons[2]))["outcome"] == "accepted"
    path = f"/api/v1/redemptions/{alone.json['verdict']['redemption_id']}/reversal"
    undone = await shop.pos.post(path, {"till": "T1", "cashier": "C7", "why": "错"})
    assert undone.status == 201, undone.body
    assert (await verdict(rights.coupons[1]))["outcome"] == "accepted"


async def test_a_sale_of_the_lost_pc_is_found_shown_and_given_back_by_all_the_rules(
    shop: Shop, rights: Rights
) -> None:
    sold = await shop.sell(rights.coupons[0], pieces=3, member_id=shop.member)
    payable = sold["payable_fen"]
    back = await shop.refund(sold["sale_id"], 900, lines=[{"place": 0, "quantity": 1}])
    assert back.status == 201, back.body
    await shop.replaced()

    listed = (await shop.pos.get(f"{SALES}?query={sold['receipt']}")).json["receipts"]
    assert [(one["sale_id"], one["refunded_fen"]) for one in listed] == [(sold["sale_id"], 900)]
    today = (await shop.pos.get(SALES)).json["receipts"]
    assert [one["kind"] for one in today] == ["refund", "sale"]
    shown = (await shop.pos.get(f"{SALES}/{sold['sale_id']}")).json
    assert (shown["state"], shown["seq"], shown["refunded_fen"]) == ("confirmed", sold["seq"], 900)
    assert shown["sale"]["payable_fen"] == payable

    again = await shop.refund(sold["sale_id"], payable, lines=[{"place": 0, "quantity": 3}])
    assert again.code == "pieces_not_left"
    rest = await shop.refund(sold["sale_id"], payable - 900)
    assert rest.status == 201, rest.body
    assert len(rest.json["freed"]) == 1
    assert rest.json["void"] is False
    assert (await shop.refund(sold["sale_id"], 0)).code == "nothing_left_to_refund"
    await shop.synced()
    await shop.told()
    scanned = await shop.pos.post("/api/v1/scans", {"code": rights.coupons[0]})
    assert scanned.json["verdict"]["outcome"] == "accepted"
    async with shop.chain.hq.connection() as connection:
        points = await connection.fetchval(
            "SELECT points FROM member WHERE member_id = $1", shop.member
        )
        stock = await connection.fetchval("SELECT quantity FROM stock WHERE store = $1", shop.code)
        parked = await connection.fetchval(
            "SELECT count(*) FROM parked WHERE store = $1", shop.code
        )
    assert (points, stock, parked) == (100, 100, 0)
    with shop.site.database() as db:
        assert db.execute("SELECT points FROM member").fetchone() == (100,)
        assert db.execute("SELECT quantity FROM stock").fetchone() == (100,)


async def test_shifts_go_on_after_the_last_z_report_and_it_is_shown(shop: Shop) -> None:
    opening = {"till": "T1", "cashier": "C7", "float_fen": 0}
    closed = await _one_shift(shop, opening)
    await shop.replaced()
    assert (await shop.pos.get(f"{SHIFTS}/current?till=T1")).json == {"shift": None}
    z = await shop.pos.get(f"{SHIFTS}/{closed['report']['shift_id']}/report")
    assert z.json["report"]["z_no"] == 1
    assert z.json["signature"] == closed["signature"]
    opened = (await shop.pos.post(SHIFTS, opening)).json
    assert opened["z_no"] == 1 + past.SHIFT_LEAP + 1


async def test_the_papers_of_the_lost_pc_are_printed_as_copies(
    shared_chain: Chain, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        devices = await stack.enter_async_context(TillDevices(tmp_path / "devices"))
        shop = await stack.enter_async_context(open_shop(shared_chain, settings=devices.settings))
        sold = await shop.sell()
        await shop.replaced()
        queued = await shop.pos.post(
            f"/api/v1/prints/{sold['sale_id']}", {"till": "T1", "cashier": "C7"}
        )
        assert queued.status == 201, queued.body

        async def on_paper() -> bool:
            texts = [paper.text for paper in devices.printer.receipts]
            return any(sold["receipt"] in text and "补打" in text for text in texts)

        await until("it is on paper", on_paper, timeout_s=TOLD_S)


async def test_a_disk_that_was_set_back_is_told_what_it_forgot(
    shop: Shop, rights: Rights, tmp_path: Path
) -> None:
    kept = await shop.sell()
    await shop.synced()
    await copy_disk(shop.site, tmp_path / "copy")
    lost = await shop.sell(rights.coupons[0], pieces=2)
    back = await shop.refund(kept["sale_id"], PRICE_FEN)
    assert back.status == 201
    await shop.synced()

    await set_disk_back(shop.site, tmp_path / "copy")
    await until("a new epoch", partial(_in_epoch, shop.site, 2), timeout_s=TOLD_S)
    await shop.told()
    assert (await shop.site.status()).set_back.reason == "set_back"

    assert (await shop.refund(kept["sale_id"], PRICE_FEN)).code == "nothing_left_to_refund"
    assert (await shop.pos.get(f"{SALES}/{lost['sale_id']}")).json["receipt"] == lost["receipt"]
    sold = await shop.sell()
    assert sold["receipt_no"] == 3 + past.RECEIPT_LEAP + 1
    given = [one["coupon_id"] for each in (kept, lost, sold) for one in each["given"]]
    assert len(given) == len(set(given)) == 3


async def test_the_journal_of_the_new_pc_holds_only_what_it_did(shop: Shop) -> None:
    await shop.sell()
    await shop.replaced()
    assert (await shop.site.status()).journal_seq == 0
    await shop.sell()
    await shop.synced()
    assert (await shop.site.status()).journal_seq == 1


async def _one_shift(shop: Shop, opening: dict[str, Any]) -> dict[str, Any]:
    opened = (await shop.pos.post(SHIFTS, opening)).json
    assert opened["z_no"] == 1
    await shop.sell()
    counting = {"till": "T1", "cashier": "C7", "counted_fen": PRICE_FEN}
    path = f"{SHIFTS}/{opened['shift_id']}/closing"
    closed: dict[str, Any] = (await shop.pos.post(path, counting)).json
    return closed


async def _in_epoch(site: StoreSite, epoch: int) -> bool:
    return (await site.status()).epoch == epoch


def _forget_numbers(site: StoreSite) -> None:
    db = connect(str(site.place.state_dir / "store.db"))
    db.execute("UPDATE sync_state SET receipts_after = 0")
    db.close()


async def _has_campaign(site: StoreSite) -> bool:
    with site.database() as db:
        found: int = db.execute("SELECT count(*) FROM campaign").fetchone()[0]
        return found > 0


def _tell_feed_is_whole(site: StoreSite) -> None:
    db = connect(str(site.place.state_dir / "store.db"))
    db.execute("UPDATE sync_state SET feed_at = contact_at, revocations_at = contact_at")
    db.close()
