"""What operators do: keys, campaigns, coupons, policy, articles, stock, stores."""

import stat

import msgspec
import pytest

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.campaign import AmountOff, Campaign, PercentOff
from agent.domain.coupons.token import Channel, TokenKeyUnknownError, verify_token
from agent.domain.trust.document import open_document
from agent.domain.trust.policy import CampaignClass, Policy
from sync.hq import stock, stores
from sync.hq.coupons import campaigns, coupons
from sync.hq.coupons.revocations import find_coupons, revoke_coupons
from sync.hq.errors import AdminError
from sync.hq.members import members
from sync.hq.selling import articles
from sync.hq.trust import keys, policy, restored, setup
from sync.protocol.changes import ArticleChange
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.trust.key_ring import key_ring

MONTH_MS = 30 * DAY_MS


def terms(of: Campaign, **changes: object) -> coupons.Terms:
    plain = coupons.Terms(campaign=of.campaign, not_before=NOON, expires=Millis(NOON + MONTH_MS))
    return msgspec.structs.replace(plain, **changes)


async def test_an_issued_token_is_good_by_the_published_keys(
    hq: HeadOffice, store: StoreClient
) -> None:
    campaign = await hq.campaign(CampaignClass.BOUND)
    await members.put_members(hq.db, [members.Member(member_id="a" * 24)])
    wanted = terms(campaign, store="MB001", channel=Channel.OFFLINE, member="a" * 24)
    issued = await coupons.issue_coupons(hq.db, hq.key_store, wanted, count=3, now=NOON)
    ring = await key_ring(hq, store)

    claims = [verify_token(coupon.token, keys=ring, now=NOON) for coupon in issued]

    assert [claim.code_id for claim in claims] == [coupon.coupon_id for coupon in issued]
    assert {
        (claim.campaign, claim.store, claim.member, claim.channel, claim.expires)
        for claim in claims
    } == {(campaign.campaign, "MB001", "a" * 24, Channel.OFFLINE, NOON + MONTH_MS)}
    assert sorted(claim.index for claim in claims) == [
        row[0] for row in await hq.rows("SELECT status_index FROM coupon ORDER BY 1")
    ]


async def test_a_revoked_key_makes_its_tokens_void_and_the_next_key_signs(
    hq: HeadOffice, store: StoreClient
) -> None:
    wanted = terms(await hq.campaign())
    [old] = await coupons.issue_coupons(hq.db, hq.key_store, wanted, count=1, now=NOON)
    [first] = await keys.list_signing_keys(hq.db)
    second = await keys.add_signing_key(
        hq.db, hq.key_store, not_before=NOON, not_after=Millis(NOON + 2 * MONTH_MS), now=NOON
    )

    await keys.revoke_signing_key(hq.db, hq.key_store, first.kid, now=NOON)
    [new] = await coupons.issue_coupons(hq.db, hq.key_store, wanted, count=1, now=NOON)

    ring = await key_ring(hq, store)
    with pytest.raises(TokenKeyUnknownError):
        verify_token(old.token, keys=ring, now=NOON)
    assert verify_token(new.token, keys=ring, now=NOON).code_id == new.coupon_id
    assert [change["version"] for change in await store.changes("key_set")] == [1, 2, 3]
    assert second.kid in {key.kid for key in await keys.list_signing_keys(hq.db)}


async def test_private_keys_are_readable_by_their_owner_alone(hq: HeadOffice) -> None:
    [key] = await keys.list_signing_keys(hq.db)
    kid, _ = hq.key_store.create_signing_key()

    assert hq.key_store.signing_key(key.kid) is not None
    assert hq.key_store.signing_key("00000000") is None
    directory = hq.key_store.directory
    assert stat.S_IMODE((directory / f"{kid}.pem").stat().st_mode) == 0o600


async def test_setting_up_again_changes_nothing(hq: HeadOffice, store: StoreClient) -> None:
    before = (await store.page()).changes

    again = await setup.set_up(hq.db, hq.key_store, now=NOON)

    assert again.migrations == ()
    assert again.root_key == keys.root_public_key(hq.key_store)
    assert (await store.page()).changes == before


@pytest.mark.parametrize(
    ("class_", "changes", "message"),
    [
        (CampaignClass.BOUND, {}, "name the store"),
        (CampaignClass.CHAIN, {"store": "MB009"}, "there is no store 'MB009'"),
        (CampaignClass.CHAIN, {"member": "zz"}, "24 hex digits"),
        (CampaignClass.CHAIN, {"member": "ffff"}, "24 hex digits"),
        (CampaignClass.CHAIN, {"member": "f" * 24}, "there is no member 'f{24}'"),
        (CampaignClass.CHAIN, {"expires": NOON}, "expires after"),
        (CampaignClass.CHAIN, {"campaign": 99}, "there is no campaign 99"),
        (CampaignClass.CHAIN, {"expires": NOON + 3_650 * DAY_MS}, "no signing key"),
    ],
)
async def test_coupons_that_could_not_be_used_are_not_issued(
    hq: HeadOffice, class_: CampaignClass, changes: dict[str, object], message: str
) -> None:
    wanted = terms(await hq.campaign(class_), **changes)

    with pytest.raises(AdminError, match=message):
        await coupons.issue_coupons(hq.db, hq.key_store, wanted, count=1, now=NOON)
    assert await hq.count("coupon") == 0


async def test_a_revoked_coupon_is_told_to_the_stores_that_could_take_it(
    hq: HeadOffice, store: StoreClient
) -> None:
    other = await hq.store("MB002")
    [bound], [chain_wide] = await hq.issue(store="MB001"), await hq.issue()

    for coupon_id in (bound, bound, chain_wide):
        await revoke_coupons(hq.db, [coupon_id], now=NOON)

    told = [(c["coupon_id"], c["state"]) for c in await store.changes("coupon")]
    assert sorted(told) == sorted([(bound, "revoked"), (chain_wide, "revoked")])
    assert [change["coupon_id"] for change in await other.changes("coupon")] == [chain_wide]
    with pytest.raises(AdminError, match="there is no coupon"):
        await find_coupons(hq.db, "0" * 24)


async def test_a_campaign_is_told_to_every_store_as_it_is(
    hq: HeadOffice, store: StoreClient
) -> None:
    campaign = await campaigns.add_campaign(
        hq.db,
        name="9折",
        rule=PercentOff(pay_bp=9_000),
        class_=CampaignClass.CHAIN,
        starts_at=NOON,
        ends_at=Millis(NOON + 1),
        skus=("6901",),
        stackable=False,
    )

    [told] = await store.changes("campaign")

    assert msgspec.convert(told, Campaign) == campaign
    assert await campaigns.list_campaigns(hq.db) == [campaign]


async def test_a_campaign_that_makes_no_sense_is_refused(hq: HeadOffice) -> None:
    for rule, days in ((AmountOff(min_fen=100, off_fen=200), 1), (PercentOff(pay_bp=1), 0)):
        with pytest.raises(AdminError):
            await campaigns.add_campaign(
                hq.db,
                name="x",
                rule=rule,
                class_=CampaignClass.CHAIN,
                starts_at=NOON,
                ends_at=Millis(NOON + days * DAY_MS),
            )


@pytest.mark.parametrize("name", ["", "x" * 129, "a\nb", "a\x00b", "a\u202eb", "  "])
async def test_a_campaign_without_a_name_for_people_is_refused(hq: HeadOffice, name: str) -> None:
    with pytest.raises(AdminError, match="1 to 128 characters"):
        await campaigns.add_campaign(
            hq.db,
            name=name,
            rule=PercentOff(pay_bp=9_000),
            class_=CampaignClass.CHAIN,
            starts_at=NOON,
            ends_at=Millis(NOON + DAY_MS),
        )


async def test_each_policy_is_a_new_version_and_opens_with_the_root(
    hq: HeadOffice, store: StoreClient
) -> None:
    given = policy.read_policy(b'{"max_coupons": 1, "version": 77}')

    edition = await policy.publish_policy(hq.db, hq.key_store, given, now=NOON)

    assert (edition.version, edition.max_coupons) == (2, 1)
    document = bytes.fromhex((await store.changes("policy"))[-1]["document"])
    root = hq.key_store.root().public_key()
    assert open_document(document, Policy, root=root) == edition
    assert await policy.current_policy(hq.db, hq.key_store) == edition


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"1",
        b'{"max_coupons":1.5}',
        b'{"maximum":1}',
        b'{"max_coupons":11}',
        b'{"limits":{"per_member_count":-1}}',
        b'{"limits":{"soft_count":201}}',
    ],
)
def test_what_is_not_a_policy_is_refused(data: bytes) -> None:
    with pytest.raises(AdminError, match="not a policy"):
        policy.read_policy(data)


async def test_only_articles_that_changed_are_told(hq: HeadOffice, store: StoreClient) -> None:
    milk, bread = (
        ArticleChange(sku="1", name="milk", price_fen=500),
        ArticleChange(sku="2", name="bread", price_fen=300),
    )
    await articles.put_articles(hq.db, [milk, bread])
    dearer = msgspec.structs.replace(bread, price_fen=350)

    assert await articles.put_articles(hq.db, [milk, dearer]) == 1

    told = [(change["sku"], change["price_fen"]) for change in await store.changes("article")]
    assert told == [("1", 500), ("2", 300), ("2", 350)]
    assert await articles.list_articles(hq.db) == [milk, dearer]


async def test_stock_is_told_with_the_sales_that_it_contains(
    hq: HeadOffice, store: StoreClient
) -> None:
    await articles.put_articles(hq.db, [ArticleChange(sku="6901", name="milk", price_fen=500)])
    await stock.set_stock(hq.db, "MB001", {"6901": 10})
    journal = store.journal()
    journal.sell(skus=("6901", "6901"))
    await store.send(journal)

    await stock.receive_stock(hq.db, "MB001", {"6901": 5})
    await stock.set_stock(hq.db, "MB001", {"6901": 3})

    told = [(change["quantity"], change["through_seq"]) for change in await store.changes("stock")]
    assert told == [(10, 0), (13, 1), (3, 1)]
    assert await stock.list_stock(hq.db, "MB001") == [stock.Stock(sku="6901", quantity=3)]


async def test_a_phone_number_is_masked_before_it_is_kept(hq: HeadOffice) -> None:
    assert members.mask_phone("13812345678") == "138****5678"
    with pytest.raises(AdminError, match="must be masked"):
        await members.put_members(
            hq.db, [members.Member(member_id="a" * 24, phone_masked="13812345678")]
        )


async def test_points_that_were_earned_survive_another_import(
    hq: HeadOffice, store: StoreClient
) -> None:
    ada = members.Member(member_id="a" * 24, points=100, stores=("MB001",))
    await members.put_members(hq.db, [ada])
    journal = store.journal()
    journal.sell(member_id=ada.member_id)
    await store.send(journal)
    await hq.settle()

    await members.put_members(hq.db, [msgspec.structs.replace(ada, tier="gold")])

    told = (await store.changes("member"))[-1]
    assert (told["points"], told["tier"], told["through_seq"]) == (110, "gold", 1)


async def test_a_stores_status_counts_what_waits(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    journal.redeem("f" * 24)
    journal.append("parcel.lost", {})
    await store.send(journal)

    [before] = await stores.list_stores(hq.db)
    await hq.settle()
    [after] = await stores.list_stores(hq.db)

    assert (before.accepted, before.settled, before.lag, before.parked) == (2, 0, 2, 1)
    assert (after.accepted, after.settled, after.lag, after.parked) == (2, 2, 0, 2)


async def test_the_store_hears_what_is_backed_up_and_it_never_goes_back(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.sell()
    journal.sell()
    await store.send(journal)
    await stores.record_backup(hq.db, "MB001", through=2)

    for through in (1, 3):
        with pytest.raises(AdminError, match="from 2"):
            await stores.record_backup(hq.db, "MB001", through=through)

    assert (await store.hello(journal)).backup_through == 2
    assert (await store.send(journal)).backup_through == 2


async def test_a_store_is_added_once_and_by_a_right_code(
    hq: HeadOffice, store: StoreClient
) -> None:
    for code in ("MB001", "mb002", "M", "TOOLONGCODE"):
        with pytest.raises(AdminError):
            await stores.add_store(hq.db, code, now=NOON)
    with pytest.raises(AdminError, match="there is no store"):
        await stores.release_store(hq.db, "MB009")


async def test_after_a_restored_backup_no_number_is_given_a_second_time(
    hq: HeadOffice, store: StoreClient
) -> None:
    """Three editions and a campaign are known to the stores; the backup is older than them."""
    before = await hq.campaign()
    versions = [3, 3]

    await restored.begin_incarnation(hq.db, hq.key_store, now=NOON)

    for entity in ("key_set", "policy"):
        told = (await store.changes(entity))[-1]["version"]
        assert told > versions.pop()
    assert (await hq.campaign()).campaign > before.campaign + 3
    [coupon] = await coupons.issue_coupons(hq.db, hq.key_store, terms(before), count=1, now=NOON)
    assert verify_token(coupon.token, keys=await key_ring(hq, store), now=NOON)


async def test_after_a_restored_backup_stores_hear_their_stock_anew(
    hq: HeadOffice, store: StoreClient
) -> None:
    """A store that has deleted what it sold before the backup can't take it away once more."""
    await articles.put_articles(hq.db, [ArticleChange(sku="6901", name="milk", price_fen=500)])
    await stock.set_stock(hq.db, "MB001", {"6901": 10})
    await store.send(store.journal_of_sales(2))

    await restored.begin_incarnation(hq.db, hq.key_store, now=NOON)

    last = (await store.changes("stock"))[-1]
    assert (last["sku"], last["quantity"], last["through_seq"]) == ("6901", 8, 2)
