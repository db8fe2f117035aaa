"""A change that this version can't read waits, and what it is about is told truly meanwhile."""

from typing import Any

import msgspec
import pytest

from agent.base.clock import Millis
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.opaque import digest_of, key_of
from agent.domain.outcome import Outcome, Reason
from agent.domain.trust.document import DocumentKind
from agent.services.coupons.verdict import Judged, Purchase, judge, present
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier, Retried
from agent.store.coupons import campaigns
from agent.store.line import parked as kept
from agent.store.selling import articles
from agent.store.sqlite import Connection
from sync.protocol.messages import Change
from tests.services.chain import BOUND, COLA, Chain
from tests.services.feed import change, page

LATER = 42
"""Number of a campaign whose rule is of a newer version."""
OF_A_NEWER_VERSION = {"type": "nth_piece", "nth": 2, "pay_bp": 5_000}
OF_THIS_VERSION = {"type": "amount_off", "min_fen": 1, "off_fen": 1}
COUPON = "cc" * 12


def campaign(rule: dict[str, Any], number: int = LATER, **more: Any) -> Change:
    body = {"campaign": number, "name": "n", "rule": rule, "class": "bound"}
    dates = {"starts_at": 0, "ends_at": 2**40}
    return change("campaign", str(number), **(body | dates | more))


async def parked(desk: StoreDesk) -> list[tuple[str, str]]:
    held = await desk.database.read(lambda db: kept.parked_after(db, 0, 100))
    return [(one.entity, one.key) for one in held]


async def verdict(desk: StoreDesk, code: str) -> Judged:
    presented = present(desk, code)
    ask = Purchase(on_order=False)
    return await desk.database.read(lambda db: judge(desk, db, presented, ask, now=desk.time.now()))


def as_parked_by_an_older_version(told: Change) -> Any:
    def work(db: Connection) -> None:
        body = bytes(told.body)
        kept.park(db, told.entity, told.key, body, "not known then", Millis(1))

    return work


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (campaign(OF_THIS_VERSION), "SELECT campaign FROM campaign"),
        (change("article", "s", sku="s", name="n", price_fen=1), "SELECT sku FROM article"),
        (change("stock", "s", sku="s", quantity=1, through_seq=0), "SELECT sku FROM stock"),
        (
            change(
                *("member", "m"),
                member_id=COUPON,
                tier="",
                points=1,
                phone_masked="",
                through_seq=0,
            ),
            "SELECT member_id FROM member",
        ),
        (
            change("coupon", COUPON, coupon_id=COUPON, state="revoked"),
            "SELECT coupon_id FROM coupon_state",
        ),
        (
            change(
                *("handout", COUPON),
                coupon_id=COUPON,
                campaign=1,
                token="t",
                from_fen=1,
                expires=9,
            ),
            "SELECT coupon_id FROM handout",
        ),
        (
            change(
                *("opaque_code", COUPON),
                key=COUPON,
                campaign=1,
                not_before=0,
                expires=9,
            ),
            "SELECT key FROM opaque_code",
        ),
    ],
    ids=lambda value: value.entity if isinstance(value, Change) else "",
)
async def test_what_an_older_version_parked_is_applied_once_it_can_be_read(
    desk: StoreDesk, told: Change, held: str
) -> None:
    await desk.database.write(as_parked_by_an_older_version(told))
    assert await ChangeApplier(desk).try_again() == Retried(applied=1, parked=0)
    assert await parked(desk) == []
    assert len(await desk.database.read(lambda db: db.execute(held).fetchall())) == 1


async def test_documents_that_were_parked_count_once_they_can_be_read(
    chain: Chain, desk: StoreDesk
) -> None:
    documents = [told for told in chain.page().changes if told.entity in list(DocumentKind)]
    for told in documents:
        await desk.database.write(as_parked_by_an_older_version(told))
    assert await ChangeApplier(desk).try_again() == Retried(applied=2, parked=0)
    assert desk.trust.policy.version == 1
    assert (await verdict(desk, chain.token())).decision.reason is Reason.UNKNOWN_CAMPAIGN


async def test_what_still_can_not_be_read_stays_and_says_why(desk: StoreDesk) -> None:
    await desk.database.write(as_parked_by_an_older_version(campaign(OF_A_NEWER_VERSION)))
    assert await ChangeApplier(desk).try_again() == Retried(applied=0, parked=1)
    held = await desk.database.read(lambda db: kept.parked_after(db, 0, 9))
    assert [(one.key, one.at) for one in held] == [(str(LATER), 1)]
    assert "nth_piece" in held[0].why


async def test_a_later_change_that_can_be_read_replaces_the_parked_one(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(campaign(OF_A_NEWER_VERSION), change("lottery", "1", a=1)))
    await applier.apply(page(campaign(OF_THIS_VERSION)))
    assert await parked(desk) == [("lottery", "1")]
    await applier.apply(page(campaign(OF_A_NEWER_VERSION), campaign(OF_A_NEWER_VERSION)))
    assert await parked(desk) == [("lottery", "1"), ("campaign", str(LATER))]


async def test_many_are_tried_again_each_once(desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(*(change("lottery", str(n), a=n) for n in range(450))))
    for n in range(450):
        await desk.database.write(
            as_parked_by_an_older_version(
                change("article", str(n), sku=str(n), name="", price_fen=1)
            )
        )
    assert await applier.try_again() == Retried(applied=450, parked=450)
    assert await applier.try_again() == Retried(applied=0, parked=450)


async def test_it_is_told_when_other_changes_are_parked_than_before(desk: StoreDesk) -> None:
    calls: list[int] = []
    applier = ChangeApplier(desk, on_news=lambda: calls.append(1))
    await applier.apply(page(campaign(OF_THIS_VERSION)))
    assert calls == []
    await applier.apply(page(campaign(OF_A_NEWER_VERSION)))
    assert calls == [1]
    await applier.try_again()
    assert calls == [1]
    await applier.apply(page(campaign(OF_THIS_VERSION)))
    assert calls == [1, 1]


async def test_a_coupon_whose_campaign_can_not_be_read_is_refused_and_it_is_said_why(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    await applier.apply(page(campaign(OF_A_NEWER_VERSION), at=desk.time.now()))
    decision = (await verdict(desk, chain.token(LATER))).decision
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, Reason.NEEDS_UPDATE)


async def test_a_coupon_of_a_promotion_that_can_not_be_read_is_refused_and_it_is_said_why(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    in_book = campaign({"type": "promotion", "promotion": "P9"})
    promotion = {"id": "P9", "name": "n", "trigger": "coupon", "effect": {"kind": "lottery"}}
    await applier.apply(page(in_book, at=desk.time.now()))
    assert (await verdict(desk, chain.token(LATER))).decision.reason is not Reason.NEEDS_UPDATE
    told = change("promotion", "P9", promotion=promotion, version=1)
    await applier.apply(page(told, at=desk.time.now()))
    decision = (await verdict(desk, chain.token(LATER))).decision
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, Reason.NEEDS_UPDATE)


async def test_what_a_campaign_said_before_its_newest_rules_counts_no_longer(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    assert (await verdict(desk, chain.token(BOUND))).decision.outcome is Outcome.ACCEPTED
    await applier.apply(page(campaign(OF_A_NEWER_VERSION, BOUND), at=desk.time.now()))
    assert (await verdict(desk, chain.token(BOUND))).decision.reason is Reason.NEEDS_UPDATE
    await applier.apply(page(campaign(OF_THIS_VERSION, BOUND), at=desk.time.now()))
    assert (await verdict(desk, chain.token(BOUND))).decision.reason is not Reason.NEEDS_UPDATE


@pytest.mark.parametrize("kind", ["coupon", "opaque_code", "key_set"])
async def test_a_code_of_which_head_office_said_more_than_can_be_read_is_not_called_bad(
    chain: Chain, desk: StoreDesk, kind: str
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    token = chain.token(coupon_id=COUPON)
    told = {
        "coupon": (token, change("coupon", COUPON, coupon_id=COUPON, state="on_hold")),
        "opaque_code": ("春天来了", change("opaque_code", key_of(digest_of("春天来了")), a=1)),
        "key_set": (chain.token(key=Chain(chain.now).key), change("key_set", "key_set", a=1)),
    }
    code, unread = told[kind]
    assert (await verdict(desk, code)).decision.reason is not Reason.NEEDS_UPDATE
    await applier.apply(page(unread, at=desk.time.now()))
    assert (await verdict(desk, code)).decision.reason is Reason.NEEDS_UPDATE


async def test_unknown_fields_are_passed_over_and_kept(desk: StoreDesk) -> None:
    told = change("article", "s", sku="s", name="n", price_fen=1, colour="red")
    await ChangeApplier(desk).apply(
        page(told, campaign(OF_THIS_VERSION, slogan="春"), at=desk.time.now())
    )
    assert await parked(desk) == []
    assert await desk.database.read(lambda db: articles.articles(db, ["s"]))
    assert await desk.database.read(lambda db: campaigns.campaign(db, LATER))
    held = await desk.database.read(lambda db: kept.ahead(db, "article", '["colour"]', 9))
    assert [msgspec.json.decode(one.body)["colour"] for one in held] == ["red"]
    plain = change("article", "s", sku="s", name="n", price_fen=1)
    await ChangeApplier(desk).apply(page(plain))
    assert await desk.database.read(kept.ahead_kinds) == [("campaign", '["slogan"]')]


async def test_a_field_that_was_not_known_is_filled_in_by_a_version_that_knows_it(
    desk: StoreDesk,
) -> None:
    told = change("article", COLA, sku=COLA, name="n", price_fen=7, gtin="6901234567892", a=1)
    body = bytes(told.body)
    ahead = kept.AheadChange(entity="article", key=COLA, body=body, fields='["a","gtin"]')

    def as_by_an_older_version(db: Connection) -> None:
        articles.put_article(db, articles.Article(sku=COLA, gtin="", name="n", price_fen=7))
        kept.keep_ahead(db, ahead)

    await desk.database.write(as_by_an_older_version)
    await ChangeApplier(desk).try_again()
    assert await desk.database.read(lambda db: articles.article_by_gtin(db, "06901234567892"))
    assert await desk.database.read(kept.ahead_kinds) == [("article", '["a"]')]


async def test_after_a_return_to_an_older_version_nothing_breaks(
    chain: Chain, desk: StoreDesk
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    held = campaign(OF_A_NEWER_VERSION).body

    def as_by_a_newer_version(db: Connection) -> None:
        db.execute("INSERT INTO campaign VALUES (?, ?)", (LATER, bytes(held)))

    await desk.database.write(as_by_a_newer_version)
    assert await applier.try_again() == Retried(applied=0, parked=1)
    assert (await verdict(desk, chain.token(LATER))).decision.reason is Reason.NEEDS_UPDATE


async def test_a_figure_whose_later_sales_are_pruned_waits_for_the_next_one(
    desk: StoreDesk,
) -> None:
    told = change("stock", "s", sku="s", quantity=9, through_seq=3)
    await desk.database.write(as_parked_by_an_older_version(told))
    await desk.database.write(
        lambda db: db.execute("UPDATE sync_state SET pruned_seq = 4").rowcount
    )
    assert await ChangeApplier(desk).try_again() == Retried(applied=0, parked=1)


def test_a_rule_is_money_so_that_nothing_in_it_is_passed_over() -> None:
    told = campaign(OF_THIS_VERSION | {"at_most_fen": 5})
    with pytest.raises(msgspec.ValidationError, match="at_most_fen"):
        msgspec.json.decode(told.body, type=Campaign)
