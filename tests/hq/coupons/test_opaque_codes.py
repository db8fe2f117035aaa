"""Opaque codes: short codes and passphrases for one store, which is told only their digests."""

import msgspec
import pytest

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.opaque import coupon_ids, digest_of, key_of
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.coupons import Terms
from sync.hq.coupons.opaque_codes import OpaqueCode, issue_codes, issue_passphrase
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.errors import AdminError
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON

PASSPHRASE = "春天来了"


@pytest.fixture
async def terms(hq: HeadOffice, store: StoreClient) -> Terms:
    campaign = await hq.campaign(CampaignClass.BOUND)
    return Terms(
        campaign=campaign.campaign,
        not_before=NOON,
        expires=Millis(NOON + 30 * DAY_MS),
        store="MB001",
    )


async def passphrase(hq: HeadOffice, terms: Terms, uses: int = 3) -> OpaqueCode:
    return await issue_passphrase(hq.db, terms, PASSPHRASE, uses=uses, now=NOON)


async def test_the_store_is_told_a_digest_and_no_other_store_is_told(
    hq: HeadOffice, store: StoreClient, other: StoreClient, terms: Terms
) -> None:
    issued = await passphrase(hq, terms)
    digest = digest_of(PASSPHRASE)
    [told] = await store.changes("opaque_code")
    assert (told["key"], told["uses"]) == (key_of(digest), 3)
    assert issued.coupon_ids == coupon_ids(digest, "MB001", 3)
    assert PASSPHRASE not in str(told)
    assert digest not in str(told)
    assert await other.changes("opaque_code") == []
    assert await hq.count("coupon", "store = 'MB001'") == 3


async def test_codes_differ_and_are_coupons_of_one_use(
    hq: HeadOffice, store: StoreClient, terms: Terms
) -> None:
    issued = await issue_codes(hq.db, terms, count=50, now=NOON)
    assert len({one.code for one in issued}) == await hq.count("coupon") == 50
    told = await store.changes("opaque_code")
    assert {one["key"] for one in told} == {key_of(digest_of(one.code)) for one in issued}
    assert {one["uses"] for one in told} == {1}


async def test_one_of_them_may_be_revoked(hq: HeadOffice, store: StoreClient, terms: Terms) -> None:
    [issued] = await issue_codes(hq.db, terms, count=1, now=NOON)
    await revoke_coupons(hq.db, issued.coupon_ids[:1], now=NOON)
    [told] = await store.changes("coupon")
    assert (told["coupon_id"], told["state"]) == (issued.coupon_ids[0], "revoked")


async def test_a_passphrase_is_issued_once_in_a_store_and_again_in_another(
    hq: HeadOffice, other: StoreClient, terms: Terms
) -> None:
    await passphrase(hq, terms)
    with pytest.raises(AdminError, match="already"):
        await passphrase(hq, terms, uses=5)
    assert await hq.count("coupon") == 3
    await passphrase(hq, msgspec.structs.replace(terms, store="MB002"))
    assert await hq.count("coupon") == 6


async def test_what_is_told_is_the_digest_of_the_form_that_all_spellings_share(
    hq: HeadOffice, store: StoreClient, terms: Terms
) -> None:
    issued = await issue_passphrase(hq.db, terms, "Spring-满 30 减５", uses=1, now=NOON)
    [told] = await store.changes("opaque_code")
    assert told["key"] == key_of(digest_of("SPRING满30减5"))
    assert issued.coupon_ids == coupon_ids(digest_of("SPRING满30减5"), "MB001", 1)
    with pytest.raises(AdminError, match="already"):
        await issue_passphrase(hq.db, terms, "spring满30减5", uses=1, now=NOON)


@pytest.mark.parametrize("wrong", ["690-1234-567892", "HQ1-ABC", "1345 6789 0123 456789", "。-!"])
async def test_what_a_till_takes_for_something_else_when_typed_is_no_passphrase(
    hq: HeadOffice, terms: Terms, wrong: str
) -> None:
    with pytest.raises(AdminError):
        await issue_passphrase(hq.db, terms, wrong, uses=1, now=NOON)


@pytest.mark.parametrize(
    "wrong", ["", " x", "x\n", "x" * 65, "HQ1ABC", "134567890123456789", "6901234567892"]
)
async def test_what_a_till_takes_for_something_else_is_no_passphrase(
    hq: HeadOffice, terms: Terms, wrong: str
) -> None:
    with pytest.raises(AdminError):
        await issue_passphrase(hq.db, terms, wrong, uses=1, now=NOON)
    assert await hq.count("coupon") == 0


async def test_an_opaque_code_names_its_store(hq: HeadOffice, terms: Terms) -> None:
    chain_wide = await hq.campaign(CampaignClass.CHAIN)
    nowhere = msgspec.structs.replace(terms, store=None, campaign=chain_wide.campaign)
    with pytest.raises(AdminError, match="--store"):
        await issue_codes(hq.db, nowhere, count=1, now=NOON)
