"""Head office's changes arrive whole, in order, once; one that can't be applied stops no other."""

import asyncio
import threading

import msgspec
import pytest
from structlog.testing import capture_logs

from agent.base.clock import DAY_MS, MINUTE_MS, Millis
from agent.domain.trust.document import sign_document
from agent.domain.trust.policy import Policy
from agent.services.desk.store_desk import StoreDesk
from agent.services.line import sold_since
from agent.services.line.apply_changes import ChangeApplier
from agent.store import members
from agent.store.coupons import redemptions
from agent.store.line import parked, sync_state
from agent.store.selling import articles
from agent.store.selling.articles import Article
from agent.store.sqlite import Connection
from sync.feed import FeedPosition
from sync.protocol.messages import Change
from tests.services.cash.money import sell_colas
from tests.services.chain import COLA, COLA_FEN, COLA_GTIN, MEMBER, Chain
from tests.services.feed import change, page

COUPON = "cc" * 12


def pieces_of_cola(db: Connection) -> int:
    return int(db.execute("SELECT quantity FROM stock WHERE sku = ?", (COLA,)).fetchone()[0])


async def test_a_page_is_applied_with_its_cursor(chain: Chain, desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    assert await applier.position() == FeedPosition("", "")
    await applier.apply(chain.page())
    assert await applier.position() == FeedPosition("1", "e1")
    assert desk.trust.policy == Policy(version=1)
    article = await desk.database.read(lambda db: articles.article_by_gtin(db, "0" + COLA_GTIN))
    assert isinstance(article, Article)
    assert article.sku == COLA


async def test_the_feed_is_complete_only_with_its_last_page(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(cursor="1", more=True, at=5))
    assert (await desk.database.read(sync_state.get)).feed_at == 0
    await applier.apply(page(cursor="2", at=9))
    state = await desk.database.read(sync_state.get)
    assert (state.cursor, state.feed_at, state.contact_at) == ("2", 9, 9)


async def test_a_feed_that_began_anew_is_read_from_its_begin(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(cursor="7"))
    await applier.forget_cursor("e2")
    assert await applier.position() == FeedPosition("", "e2")


async def test_figures_keep_what_was_sold_since_head_office_counted(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    for quantity in (3, 5):
        await sell_colas(desk, quantity)
    figures = (
        change("stock", sku=COLA, quantity=50, through_seq=1),
        change("member", member_id=MEMBER, tier="gold", points=10, phone_masked="", through_seq=1),
    )
    await applier.apply(page(*figures))
    assert await desk.database.read(pieces_of_cola) == 50 - 5
    member = await desk.database.read(lambda db: members.member(db, MEMBER))
    assert member is not None
    assert member.points == 10 + 5 * COLA_FEN // 100
    await applier.apply(page(*figures))
    assert await desk.database.read(pieces_of_cola) == 50 - 5


async def test_sales_are_counted_step_by_step_beside_the_tills(
    chain: Chain, desk: StoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sold_since, "COUNT_STEP", 2)
    applier, goes_on = ChangeApplier(desk), threading.Event()
    await applier.apply(chain.page())
    for quantity in range(1, 6):
        await sell_colas(desk, quantity)
    occupied = asyncio.ensure_future(desk.database.read_aside(lambda _: goes_on.wait()))
    told = asyncio.ensure_future(
        applier.apply(page(change("stock", sku=COLA, quantity=50, through_seq=1)))
    )
    await sell_colas(desk, 6)  # neither the count nor what it waits for holds a till up
    assert not told.done()
    goes_on.set()
    await asyncio.gather(occupied, told)
    assert await desk.database.read(pieces_of_cola) == 50 - 2 - 3 - 4 - 5 - 6


async def test_a_coupon_that_head_office_freed_is_free(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    used = change(
        "coupon",
        coupon_id=COUPON,
        state="used",
        store="MB002",
        till="T1",
        receipt="R",
        occurred_at=3,
    )
    await applier.apply(page(used))
    known = await desk.database.read(lambda db: redemptions.standing(db, "MB001", COUPON))
    assert known.used is not None
    assert (known.used.store, known.used.known_by) == ("MB002", "hq")
    await applier.apply(page(change("coupon", coupon_id=COUPON, state="free")))
    known = await desk.database.read(lambda db: redemptions.standing(db, "MB001", COUPON))
    assert known.used is None


HUGE = 2**63
_ARTICLE = {"sku": "s", "name": "n", "price_fen": 1}
_MEMBER = {"member_id": MEMBER, "tier": "", "points": 0, "phone_masked": "", "through_seq": 0}
_CAMPAIGN = {
    "campaign": 1,
    "name": "n",
    "rule": {"type": "amount_off", "min_fen": 1, "off_fen": 1},
    "class": "bound",
    "starts_at": 0,
    "ends_at": 1,
}


@pytest.mark.parametrize(
    "poison",
    [
        change("lottery", a=1),
        change("article"),
        change("article", **_ARTICLE | {"price_fen": -1}),
        change("article", **_ARTICLE | {"price_fen": HUGE}),
        change("stock", sku="s", quantity=HUGE, through_seq=0),
        change("stock", sku="s", quantity=-HUGE - 1, through_seq=0),
        change("member", **_MEMBER | {"points": HUGE}),
        change("member", **_MEMBER | {"phone_masked": "13812345678"}),
        change("coupon", coupon_id="short", state="revoked"),
        change("coupon", coupon_id=COUPON, state="lost"),
        change("campaign", **_CAMPAIGN | {"campaign": HUGE}),
        change("campaign", **_CAMPAIGN | {"rule": {"type": "free"}}),
        change("policy", version=1, document="00"),
        change("policy", version=1, document="abc"),
        change("key_set", version=1, document="d2"),
        Change(entity="article", key="k", body=msgspec.Raw(b"[1, 2")),
    ],
    ids=lambda poison: f"{poison.entity}-{bytes(poison.body)[:40]!r}",
)
async def test_a_change_that_can_not_be_applied_is_parked_and_stops_no_other(
    desk: StoreDesk, poison: Change
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(poison, change("article", "after", **_ARTICLE | {"sku": "after"})))
    assert await applier.position() == FeedPosition("1", "e1")
    assert await desk.database.read(lambda db: articles.articles(db, ["after"]))
    assert await desk.database.read(parked.counts) == (0, 1)
    assert desk.trust.policy.version == 0


async def test_documents_count_only_under_the_pinned_root(chain: Chain, desk: StoreDesk) -> None:
    stranger = Chain(Millis(0))
    forged = sign_document(Policy(version=9), root=stranger.root)
    await ChangeApplier(desk).apply(page(change("policy", version=9, document=forged.hex())))
    assert desk.trust.policy.version == 0
    assert await desk.database.read(parked.counts) == (0, 1)


async def test_an_older_policy_never_replaces_a_newer(chain: Chain, desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    for version in (3, 2):
        signed = sign_document(Policy(version=version), root=chain.root)
        await applier.apply(page(change("policy", version=version, document=signed.hex())))
        assert desk.trust.policy.version == 3


async def test_an_older_edition_is_refused_and_reported_once_the_feed_is_complete(
    chain: Chain, desk: StoreDesk
) -> None:
    """As a head office tells it whose database is new, or was set back."""
    news: list[int] = []
    applier = ChangeApplier(desk, on_news=lambda: news.append(1))
    await applier.apply(page(edition(chain, 1_002)))
    with capture_logs() as logs:
        await applier.apply(page(edition(chain, 1), more=True))
        assert logs == [], "the newest edition may still come"
        await applier.apply(page(change("article", sku="x", name="x", price_fen=1)))
        await applier.apply(page(change("article", sku="x", name="x", price_fen=2)))
    [told] = logs
    assert (told["event"], told["entity"]) == ("changes_parked", "policy")
    assert "edition 1 of it, and edition 1002 is held" in told["why"]
    assert await desk.database.read(parked.counts) == (0, 1)
    assert news

    await applier.apply(page(edition(chain, 1_003)))
    assert desk.trust.policy.version == 1_003
    assert await desk.database.read(parked.counts) == (0, 0)


async def test_a_feed_read_from_its_start_parks_no_edition_that_a_newer_one_follows(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(edition(chain, 3)))
    with capture_logs() as logs:
        await applier.apply(page(edition(chain, 1), edition(chain, 2), more=True))
        await applier.apply(page(edition(chain, 3)))
    assert logs == []
    assert await desk.database.read(parked.counts) == (0, 0)


def edition(chain: Chain, version: int) -> Change:
    signed = sign_document(Policy(version=version), root=chain.root)
    return change("policy", version=version, document=signed.hex())


async def test_the_last_contact_is_never_earlier_than_before_unless_that_was_far_ahead(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    for heard, noted in (
        (chain.now, chain.now),
        (chain.now - MINUTE_MS, chain.now),
        (chain.now + 365 * DAY_MS, chain.now + 365 * DAY_MS),
        (chain.now, chain.now),
    ):
        await applier.apply(page(at=heard))
        assert (await desk.database.read(sync_state.get)).contact_at == noted
