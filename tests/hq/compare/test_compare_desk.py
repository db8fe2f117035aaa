"""Comparing: HQ hashes what it holds now, and says where that differs from what a store holds."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from agent.base.clock import Millis
from agent.base.strict_json import canonical
from agent.domain.coupons.campaign import AmountOff, Campaign, Gift, PercentOff, SetPrice
from agent.domain.line.chain import line_hash
from agent.domain.selling.prices import PlannedPrice
from agent.domain.trust.document import DocumentKind
from agent.domain.trust.policy import CampaignClass
from agent.store.coupons.campaigns import put_campaign
from agent.store.line.told_rows import told_rows
from agent.store.migrations import migrate
from agent.store.promotions import put_promotion, put_rules
from agent.store.sqlite import connect
from agent.store.trust import put_document
from sync.hq.compare.journal import WrongEvent, WrongWhy, first_wrong_event
from sync.hq.compared import Compared, is_compare_wanted, list_compared, want_compare
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.members.members import Member, put_members
from sync.hq.promotions.taking import take_over
from sync.hq.selling.articles import put_articles, withdraw_articles
from sync.protocol.changes import ArticleChange
from sync.protocol.compare import NO_HASH, CompareAnswer, HqRange, JournalRange, digest_of
from sync.protocol.compare_tables import FeedComparison, digest_of_rows, row_hash
from sync.protocol.identity import Identity
from sync.protocol.limits import MAX_COMPARED_EVENTS, MAX_COMPARED_RANGES
from tests.hq.head_office import Answer, HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal
from tests.hq.promotions.test_taking import TODAY, wanted

EMPTY = digest_of([])


def ranges_of(journal: Journal, *places: tuple[int, int]) -> list[JournalRange]:
    return [
        JournalRange(first, last, digest_of(map(line_hash, journal.lines[first - 1 : last])))
        for first, last in places
    ]


async def post(
    store: StoreClient,
    ranges: Sequence[JournalRange],
    *,
    identity: Identity | None = None,
    **more: Any,
) -> Answer:
    told = identity or Identity(Journal(store.code).install_id, 1)
    body = msgspec.json.encode({"ranges": ranges} | more)
    return await store.request("POST", "/sync/v1/compare", body, identity=told)


async def compare(
    store: StoreClient, ranges: Sequence[JournalRange], **more: Any
) -> tuple[HqRange, ...]:
    answer = await post(store, ranges, **more)
    assert answer.status == 200, answer.body
    return msgspec.json.decode(answer.body, type=CompareAnswer).ranges


async def last_of(hq: HeadOffice, store: str = "MB001") -> Compared:
    [last] = await list_compared(hq.db, store=store)
    return last


async def test_both_sides_come_to_the_same_digests_of_the_same_events(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(5)
    await store.send(journal)
    asked = ranges_of(journal, (1, 2), (3, 3), (4, 5))
    said = await compare(store, asked, begins=True)
    assert [(one.first, one.last, one.digest) for one in said] == [
        tuple(msgspec.structs.astuple(one)) for one in asked
    ]
    assert [one.events for one in said] == [2, 1, 2]
    assert [one.hash for one in said] == [journal.point(seq).hash for seq in (2, 3, 5)]
    last = await last_of(hq)
    assert (last.first_seq, last.last_seq, last.differs_first, last.why) == (1, 5, None, "")


async def test_an_event_that_was_changed_or_lost_at_hq_is_named(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(6)
    await store.send(journal)
    assert await first_wrong_event(hq.db, store.code) is None
    whole = ranges_of(journal, (1, 3), (4, 6))
    await hq.db.execute("UPDATE event SET line = overlay(line PLACING 'X' FROM 30) WHERE seq = 5")
    said = await compare(store, whole, begins=True)
    assert [one.digest == mine.digest for one, mine in zip(said, whole, strict=True)] == [
        True,
        False,
    ]
    assert (await last_of(hq)).differs_first == 4
    [single] = await compare(store, ranges_of(journal, (5, 5)), why="changed_at_hq")
    assert single.hash == journal.point(5).hash  # as it was received
    last = await last_of(hq)
    assert (last.differs_first, last.differs_last, last.why) == (5, 5, "changed_at_hq")
    assert await first_wrong_event(hq.db, store.code) == WrongEvent(5, WrongWhy.CHANGED)

    await hq.db.execute("DELETE FROM event WHERE seq = 2")
    assert await first_wrong_event(hq.db, store.code) == WrongEvent(2, WrongWhy.MISSING)
    [gone] = await compare(store, ranges_of(journal, (2, 2)))
    assert gone == HqRange(2, 2, EMPTY, 0, NO_HASH)

    # Another comparison is done with what the last one found.
    await compare(store, ranges_of(journal, (1, 1)), begins=True)
    assert (await last_of(hq)).differs_first is None


async def test_the_end_of_the_journal_that_hq_lost_is_named(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(4)
    await store.send(journal)
    await hq.db.execute("DELETE FROM event WHERE seq >= 3")
    assert await first_wrong_event(hq.db, store.code) == WrongEvent(3, WrongWhy.MISSING)


async def test_the_journal_is_compared_as_it_stands_after_a_disk_was_set_back(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(4)
    await store.send(journal)
    old = journal.copy()
    old.lines = old.lines[:2]
    answer = await store.hello(old)
    assert answer.action == "new_epoch"
    for _ in range(3):
        old.sell()
    await store.send(old, 3)
    identity = Identity(old.install_id, old.epoch)
    for held, same in ((old, True), (journal, False)):
        asked = ranges_of(held, (1, 2), (3, 4))
        said = await compare(store, asked, identity=identity, begins=True)
        assert said[0].digest == asked[0].digest
        assert (said[1].digest == asked[1].digest) is same
    assert await first_wrong_event(hq.db, store.code) is None
    # The copy that was left behind has no say.
    assert (await post(store, ranges_of(journal, (1, 1)))).code == "fenced"


async def test_people_ask_for_a_comparison_and_the_next_hello_tells_the_store(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(1)
    await store.send(journal)
    assert not (await store.hello(journal)).compare
    await want_compare(hq.db, store.code, now=hq.clock.wall())
    assert (await store.hello(journal)).compare
    hq.clock.now += 1
    await compare(store, ranges_of(journal, (1, 1)), begins=True)
    assert not await is_compare_wanted(hq.db, store.code)


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        [JournalRange(0, 1, EMPTY)],
        [JournalRange(2, 1, EMPTY)],
        [JournalRange(1, 2, EMPTY), JournalRange(2, 3, EMPTY)],
        [JournalRange(1, MAX_COMPARED_EVENTS + 1, EMPTY)],
        [JournalRange(1, 1, "x" * 64)],
        [JournalRange(seq, seq, EMPTY) for seq in range(1, MAX_COMPARED_RANGES + 2)],
    ],
)
async def test_an_order_that_is_none_is_refused_and_notes_nothing(
    hq: HeadOffice, store: StoreClient, ranges: list[JournalRange]
) -> None:
    assert (await post(store, ranges)).code == "compare_malformed"
    assert (await last_of(hq)).compared_at is None


async def test_who_is_not_the_store_has_no_say(store: StoreClient) -> None:
    for stranger in (Identity("another", 1), Identity("install-MB001", 2)):
        assert (await post(store, [JournalRange(1, 1, EMPTY)], identity=stranger)).code == "fenced"


async def feed(
    store: StoreClient, table: str, *ranges: tuple[str, str], **more: Any
) -> FeedComparison:
    told = Identity(Journal(store.code).install_id, 1)
    body = msgspec.json.encode({"table": table, "ranges": [(*one, EMPTY) for one in ranges]} | more)
    answer = await store.request("POST", "/sync/v1/compare/feed", body, identity=told)
    assert answer.status == 200, answer.body
    return msgspec.json.decode(answer.body, type=FeedComparison)


async def test_what_the_feed_tells_is_hashed_by_key_in_the_order_of_its_bytes(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    planned = (
        PlannedPrice(price_fen=7, starts_at=NOON),
        PlannedPrice(price_fen=6, starts_at=NOON + 1, ends_at=NOON + 2),
    )
    skus = ("B", "a", "苹果", "A-10", "A1")
    await put_articles(
        hq.db,
        [
            ArticleChange(
                sku=sku,
                name="n",
                price_fen=5,
                gtin="6901234",
                categories=("a", "b"),
                brand="c",
                planned=planned,
            )
            for sku in skus
        ],
    )
    await put_articles(hq.db, [ArticleChange(sku="gone", name="n", price_fen=5)])
    await withdraw_articles(hq.db, ["gone"])
    hashes = {
        sku: row_hash(sku, "n", 5, "00000006901234", "a\x1fb", "c", canonical(planned).decode())
        for sku in skus
    }
    ordered = sorted(skus, key=str.encode)
    told = await feed(store, "article", ("", ordered[1]), (ordered[1], ""))
    assert told.digests == (
        digest_of_rows(hashes[sku] for sku in ordered[:2]),
        digest_of_rows(hashes[sku] for sku in ordered[2:]),
    )
    listed = await feed(store, "article", ("A1", "a"), listing=True)
    assert [(row.key, row.hash) for row in listed.rows] == [
        (sku, hashes[sku].hex()) for sku in ("B", "a")
    ]

    members = [Member(member_id="a" * 24, tier="gold", stores=("MB001",))]
    await put_members(hq.db, members)
    assert len((await feed(store, "member", ("", ""), listing=True)).rows) == 1
    assert (await feed(other, "member", ("", ""), listing=True)).rows == ()
    await hq.campaign()
    [campaign] = (await feed(store, "campaign", ("", ""), listing=True)).rows
    assert campaign.key == "1"
    kinds = [row.key for row in (await feed(store, "document", ("", ""), listing=True)).rows]
    assert kinds == ["key_set", "policy"]


async def test_what_a_store_found_of_the_feed_is_kept_until_it_compares_again(
    hq: HeadOffice, store: StoreClient
) -> None:
    await feed(store, "article", ("", ""), begins=True)
    await feed(store, "article", ("x", "x"), key="A1", why="other")
    await feed(store, "member", ("x", "x"), key="m", why="missing_here")
    assert (await last_of(hq)).feed_differs == "article A1 other, member m missing_here"
    await feed(store, "article", ("", ""), begins=True)
    assert (await last_of(hq)).feed_differs == ""


async def test_campaigns_documents_and_price_book_hash_alike_on_both_sides(
    hq: HeadOffice, store: StoreClient
) -> None:
    """What HQ's SQL makes of its own rows, and a store of what it was told."""
    rules = (
        AmountOff(min_fen=3_000, off_fen=500),
        PercentOff(pay_bp=9_000, min_fen=1),
        Gift(sku="A1", name='小熊 "x"', min_fen=5),
        SetPrice(price_fen=2_500),
    )
    await put_articles(hq.db, [ArticleChange(sku=sku, name="n", price_fen=5) for sku in "AB"])
    await put_articles(hq.db, [ArticleChange(sku="A1", name="n", price_fen=5)])
    for rule in rules:
        await add_campaign(
            hq.db,
            name="满减 & <b>",
            rule=rule,
            class_=CampaignClass.CHAIN,
            starts_at=NOON,
            ends_at=Millis(NOON + 1),
            skus=("A", "B") if isinstance(rule, SetPrice) else (),
        )
    db = connect(":memory:")
    migrate(db)
    for body in await store.changes("campaign"):
        put_campaign(db, msgspec.convert(body, Campaign))
    for kind in ("key_set", "policy"):
        [told] = await store.changes(kind)
        put_document(db, DocumentKind(kind), told["version"], b"d")
    price_book = wanted({"id": "P.1", "name": "满减 & <b>"}, {"id": "P2"}, round_down_to_fen=10)
    await take_over(hq.db, price_book, now=NOON, at=TODAY)
    for body in await store.changes("promotion"):
        put_promotion(db, body["promotion"]["id"], canonical(body))
    [of_all] = await store.changes("price_rules")
    put_rules(db, canonical(of_all))
    for table in ("campaign", "document", "price_rules", "promotion"):
        here = {str(row[0]): row_hash(*row).hex() for row in told_rows(db, table)}
        there = (await feed(store, table, ("", ""), listing=True)).rows
        assert {row.key: row.hash for row in there} == here
        assert here
    db.close()
