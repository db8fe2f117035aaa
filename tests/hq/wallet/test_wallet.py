"""The wallet: a member binds a coupon to one store, for some minutes, and to no other meanwhile."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Millis
from agent.domain.coupons.campaign import AmountOff
from agent.domain.coupons.case import CLAIM_CLOCKS_MS, Ground
from agent.domain.coupons.token import Claims, verify_token
from agent.domain.trust.keys import KeyRing, KeySet
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.database import create_pool
from sync.hq.members.members import Member, put_members
from sync.hq.settings import DatabaseSection, HqSettings, WalletSection
from sync.hq.trust.keys import KeyStore, add_signing_key, list_signing_keys
from sync.hq.wallet import rates
from sync.hq.wallet.binding import BOUND_MS, Bound, Refusal, bind
from sync.hq.wallet.desk import WalletDesk
from sync.hq.wallet.page import Pages
from sync.hq.wallet.secret import wallet_link
from sync.hq.wallet.service import WalletKeys, server_of
from tests.hq.coupons.test_claims import claim, elsewhere, granted
from tests.hq.head_office import Answer, HeadOffice, StoreClient
from tests.hq.journal import NOON

MEMBER, STRANGER = "0123456789abcdef01234567", "f" * 24
HERE, THERE = "MB001", "MB002"
UNTIL = Millis((NOON + BOUND_MS) // SECOND_MS * SECOND_MS)


class Wallet:
    """The page, and head office behind it."""

    def __init__(self, hq: HeadOffice, url: str, keys: WalletKeys, link: str) -> None:
        self.hq = hq
        self.url = url
        self.link = link
        self.keys = keys

    async def coupons(
        self,
        count: int = 1,
        *,
        store: str | None = None,
        member: str = MEMBER,
        class_: CampaignClass = CampaignClass.CHAIN,
        name: str = "满30减5",
        not_before: Millis = NOON,
        member_only: bool = False,
    ) -> list[str]:
        """Issue coupons of a new campaign to a member; return their ids."""
        campaign = await add_campaign(
            self.hq.db,
            name=name,
            rule=AmountOff(min_fen=3_000, off_fen=500),
            class_=class_,
            starts_at=NOON,
            ends_at=Millis(NOON + DAY_MS),
            member_only=member_only,
        )
        terms = Terms(
            campaign=campaign.campaign,
            not_before=not_before,
            expires=Millis(NOON + DAY_MS),
            store=store,
            member=member,
        )
        made = await issue_coupons(self.hq.db, self.hq.key_store, terms, count=count, now=NOON)
        return [one.coupon_id for one in made]

    async def bind(
        self, coupon: str, store: str = HERE, *, member: str = MEMBER
    ) -> Bound | Refusal:
        now = self.hq.clock.wall()
        return await bind(
            self.hq.db, self.keys, member_id=member, coupon_id=coupon, store=store, now=now
        )

    async def get(self, *, link: str | None = None, **headers: str) -> Answer:
        path = f"{self.url}/wallet/{self.link if link is None else link}"
        return await self.ask("GET", path, headers=headers)

    async def post(self, coupon: str, store: str) -> Answer:
        path = f"{self.url}/wallet/{self.link}/{coupon}"
        return await self.ask("POST", path, data={"store": store}, allow_redirects=False)

    async def ask(self, method: str, url: str, **options: object) -> Answer:
        async with self.hq.session.request(method, url, **options) as got:  # type: ignore[arg-type]
            return Answer(status=got.status, headers=got.headers, raw=await got.read())

    async def read(self, token: str) -> Claims:
        """What a store reads in a token."""
        keys = KeyRing(KeySet(version=1, keys=tuple(await list_signing_keys(self.hq.db))))
        return verify_token(token, keys=keys, now=self.hq.clock.wall())


@pytest.fixture
async def wallet(
    hq: HeadOffice, other: StoreClient, hq_dsn: str, tmp_path: Path
) -> AsyncIterator[Wallet]:
    own = tmp_path / "wallet"
    await add_signing_key(
        hq.db,
        hq.key_store,
        not_before=NOON,
        not_after=Millis(NOON + 90 * DAY_MS),
        now=NOON,
        into=KeyStore(own),
    )
    await put_members(hq.db, [Member(member_id=MEMBER), Member(member_id=STRANGER)])
    settings = HqSettings(database=DatabaseSection(dsn=hq_dsn), wallet=WalletSection(port=0))
    async with create_pool(settings.database) as pool:
        keys = WalletKeys(own)
        pages = Pages(ZoneInfo("Asia/Shanghai"))
        desk = WalletDesk(pool=pool, clock=hq.clock, signs=keys, pages=pages)
        server = server_of(settings, desk)
        url = await server.start()
        link = await wallet_link(hq.db, MEMBER, expires=Millis(NOON + HOUR_MS), now=NOON)
        yield Wallet(hq, url, keys, link)
        await server.stop()


def text_of(answer: Answer) -> str:
    return re.sub(r"<[^>]*>", " ", answer.body.decode())


async def test_a_bound_coupon_names_the_store_and_its_end(wallet: Wallet) -> None:
    [coupon] = await wallet.coupons(not_before=Millis(NOON - DAY_MS))
    bound = await wallet.bind(coupon)
    assert isinstance(bound, Bound)
    told = await wallet.read(bound.token)
    assert (told.code_id, told.store, told.member) == (coupon, HERE, None)
    assert (told.expires, bound.until) == (UNTIL, UNTIL)
    # Good also where the store's clock is an hour behind, up to the coupon's own begin.
    assert told.not_before == NOON - DAY_MS
    wallet.hq.clock.now += MINUTE_MS  # seen again, it is the same binding
    again = await wallet.bind(coupon)
    assert isinstance(again, Bound)
    assert again.until == UNTIL


async def test_of_stores_at_the_same_instant_a_coupon_is_bound_to_one(
    wallet: Wallet, hq_dsn: str
) -> None:
    coupons = await wallet.coupons(8)
    async with create_pool(DatabaseSection(dsn=hq_dsn)) as pool:

        async def one(coupon: str, store: str) -> Bound | Refusal:
            async with pool.acquire() as connection:
                return await bind(
                    connection,
                    wallet.keys,
                    member_id=MEMBER,
                    coupon_id=coupon,
                    store=store,
                    now=NOON,
                )

        for coupon in coupons:
            said = await asyncio.gather(*(one(coupon, store) for store in (HERE, THERE)))
            assert sum(isinstance(outcome, Bound) for outcome in said) == 1
            assert Refusal.ELSEWHERE in said


async def test_unused_it_comes_back_once_its_store_has_told_what_it_recorded(
    wallet: Wallet, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await wallet.coupons()
    await wallet.bind(coupon)
    assert await claim(other, coupon) == (elsewhere(coupon, HERE),)
    assert await wallet.bind(coupon, THERE) is Refusal.ELSEWHERE
    wallet.hq.clock.now = UNTIL + CLAIM_CLOCKS_MS + MINUTE_MS
    assert await wallet.bind(coupon, THERE) is Refusal.ELSEWHERE  # its use may be on the way

    journal = store.journal()
    journal.sell(at=wallet.hq.clock.now)
    await store.send(journal)
    await wallet.hq.settle()
    assert isinstance(await wallet.bind(coupon, THERE), Bound)
    assert await claim(other, coupon) == (granted(coupon),)


async def test_what_the_tills_of_its_store_give_back_leaves_the_code_good(
    wallet: Wallet, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await wallet.coupons()
    await wallet.bind(coupon)
    assert await claim(store, coupon, claim_id="till") == (granted(coupon),)
    await claim(store, coupon, claim_id="till", release=True)
    assert await claim(other, coupon) == (elsewhere(coupon, HERE),)
    journal = store.journal()
    use = journal.redeem(coupon, bound=True)
    journal.reverse(use)
    await store.send(journal)
    await wallet.hq.settle()
    assert await claim(other, coupon) == (elsewhere(coupon, HERE),)


async def test_its_use_wins_against_one_that_another_store_took_at_its_risk(
    wallet: Wallet, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await wallet.coupons()
    late, early = store.journal(), other.journal()
    early.redeem(coupon, bound=False, at=NOON)
    await wallet.bind(coupon)
    late.redeem(coupon, bound=True, at=NOON + MINUTE_MS)
    await other.send(early)
    await wallet.hq.settle()
    await store.send(late)
    await wallet.hq.settle()
    [case] = await other.changes("case")
    assert (case["winner"]["store"], case["ground"]) == (HERE, Ground.CLAIM)
    assert await wallet.hq.count("parked") == 0


async def test_what_is_not_open_is_not_bound(wallet: Wallet, store: StoreClient) -> None:
    [theirs] = await wallet.coupons(member=STRANGER)
    [money] = await wallet.coupons(class_=CampaignClass.STORED_VALUE)
    [later] = await wallet.coupons(not_before=Millis(NOON + HOUR_MS))
    [there] = await wallet.coupons(store=THERE, class_=CampaignClass.BOUND)
    used, revoked, claimed = await wallet.coupons(3)
    journal = store.journal()
    journal.redeem(used, bound=False)
    await store.send(journal)
    await wallet.hq.settle()
    await revoke_coupons(wallet.hq.db, [revoked], now=NOON)
    assert [await wallet.bind(one) for one in (theirs, "0" * 24, there)] == [
        Refusal.NOT_YOURS,
        Refusal.NOT_YOURS,
        Refusal.OTHER_STORE,
    ]
    assert {await wallet.bind(one) for one in (money, later, used, revoked)} == {Refusal.NOT_OPEN}
    assert await wallet.bind(claimed, "MB009") is Refusal.NO_SUCH_STORE
    assert await claim(store, claimed) == (granted(claimed),)
    assert await wallet.bind(claimed, THERE) is Refusal.ELSEWHERE
    bound = await wallet.bind(there, THERE)
    assert isinstance(bound, Bound)
    assert bound.store == THERE


async def test_the_store_hears_of_the_member_whom_a_campaign_for_members_is_for(
    wallet: Wallet, store: StoreClient
) -> None:
    [coupon] = await wallet.coupons(member_only=True)
    bound = await wallet.bind(coupon)
    assert isinstance(bound, Bound)
    assert (await wallet.read(bound.token)).member == MEMBER
    assert [one["member_id"] for one in await store.changes("member")] == [MEMBER]
    await wallet.bind(coupon)
    assert len(await store.changes("member")) == 1


async def test_a_coupon_that_ends_soon_is_bound_until_then(wallet: Wallet) -> None:
    [coupon] = await wallet.coupons()
    wallet.hq.clock.now = NOON + DAY_MS - MINUTE_MS
    bound = await wallet.bind(coupon)
    assert isinstance(bound, Bound)
    assert bound.until == NOON + DAY_MS


async def test_the_page_shows_what_the_member_has_in_both_languages(
    wallet: Wallet, store: StoreClient
) -> None:
    [coupon] = await wallet.coupons(name="<b>满30减5")
    [used] = await wallet.coupons()
    journal = store.journal()
    journal.redeem(used, bound=False)
    await store.send(journal)
    await wallet.hq.settle()
    await wallet.coupons(member=STRANGER, name="别人的券")
    page = await wallet.get()
    assert page.status == 200
    assert "&lt;b&gt;满30减5" in page.body.decode()
    assert "我的优惠券" in text_of(page)
    assert "已于 2027-01-15 16:00 在门店 MB001 使用" in text_of(page)
    assert "别人的券" not in text_of(page)
    english = await wallet.get(**{"Accept-Language": "fr, en;q=0.8"})
    assert "My coupons" in text_of(english)
    assert 'lang="en"' in english.body.decode()

    done = await wallet.post(coupon, "mb001")
    assert (done.status, done.headers["Location"]) == (303, f"/wallet/{wallet.link}?lang=zh-CN")
    shown = await wallet.get()
    assert "<svg" in shown.body.decode()
    assert "限门店 MB001，2027-01-15 16:10 前有效，还剩 10 分钟" in text_of(shown)
    refused = await wallet.post(coupon, "MB002")
    assert refused.status == 409
    assert "正在另一家门店使用" in text_of(refused)


async def test_no_script_no_cache_and_nothing_from_elsewhere(wallet: Wallet) -> None:
    await wallet.coupons()
    for answer in (await wallet.get(), await wallet.get(link="x" * 44)):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; form-action 'self'")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        page = answer.body.decode()
        assert "<script" not in page
        assert "style=" not in page
        assert not re.search(r'(?:src|href|action)="(?!/wallet/)', page)


async def test_a_link_that_has_ended_or_was_changed_opens_nothing(wallet: Wallet) -> None:
    [coupon] = await wallet.coupons()
    changed = "B" if wallet.link[0] == "A" else "A"
    assert (await wallet.get(link=changed + wallet.link[1:])).status == 404
    assert (await wallet.get(link="short")).status == 404
    wallet.hq.clock.now += HOUR_MS
    for answer in (await wallet.get(), await wallet.post(coupon, HERE)):
        assert answer.status == 404
        assert "链接已失效" in text_of(answer)
    assert await wallet.hq.count("coupon_claim") == 0


async def test_too_often_is_answered_so(wallet: Wallet) -> None:
    [coupon] = await wallet.coupons()
    said = [(await wallet.get()).status for _ in range(rates.VIEWS_PER_MINUTE + 1)]
    assert said == [200] * rates.VIEWS_PER_MINUTE + [429]
    wallet.hq.clock.now += MINUTE_MS
    assert (await wallet.get()).status == 200
    said = [(await wallet.post(coupon, HERE)).status for _ in range(rates.BINDINGS_PER_HOUR + 1)]
    assert said == [303] * rates.BINDINGS_PER_HOUR + [429]


async def test_a_form_that_is_none_binds_nothing(wallet: Wallet) -> None:
    [coupon] = await wallet.coupons()
    path = f"{wallet.url}/wallet/{wallet.link}/{coupon}"
    for data in (b"", b"\xff\xfe", b"store=%00", b"store=" + b"A" * 900, b"store=MB001%00"):
        assert (await wallet.ask("POST", path, data=data, allow_redirects=False)).status == 409
    large = await wallet.ask("POST", path, data=b"store=" + b"A" * 2_000)
    assert large.status == 413
    assert await wallet.hq.count("coupon_claim") == 0
