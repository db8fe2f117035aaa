"""A short code or a spoken passphrase at the till, known from the feed."""

from pathlib import Path

import pytest

from agent.base.clock import DAY_MS
from agent.domain.coupons.opaque import OpaqueCoupons, coupon_ids, digest_of, key_of
from agent.state_dir import DATABASE_FILE
from agent.store.coupons import opaque_codes
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.till import SALES, SCANS, Till, redemption, sale
from tests.services.chain import BOUND, STORE
from tests.services.facts import facts

CODE, PASSPHRASE = "K7PX2MN9QRST", "春天来了"


def coupons(shop: Shop, code: str, *, uses: int = 1, days: int = 30) -> OpaqueCoupons:
    return OpaqueCoupons(
        key=key_of(digest_of(code)),
        campaign=BOUND,
        not_before=shop.chain.now - DAY_MS,
        expires=shop.chain.now + days * DAY_MS,
        uses=uses,
    )


@pytest.fixture
async def till(shop: Shop) -> Till:
    _told(shop.state_dir, coupons(shop, CODE), coupons(shop, PASSPHRASE, uses=2))
    return await shop.open()


async def reason(till: Till, code: str) -> str | None:
    answer = (await till.post(SCANS, {"code": code})).json
    assert answer["kind"] == ("coupon" if answer["verdict"]["coupon_id"] else "other")
    value: str | None = answer["verdict"]["reason"]
    return value


async def test_a_code_from_the_feed_is_used_once(shop: Shop, till: Till) -> None:
    assert await reason(till, CODE) is None
    sold = await till.post(SALES, sale(CODE, pay=10_680))
    assert sold.status == 201
    [row] = facts(shop.state_dir)["redemption"]
    assert row[1] == coupon_ids(digest_of(CODE), STORE, 1)[0]
    assert await reason(till, CODE) == "already_used"
    assert (await till.post(SALES, sale(CODE, pay=10_680))).json["recorded"] is False


async def test_a_passphrase_is_used_as_often_as_it_was_issued(shop: Shop, till: Till) -> None:
    for _ in range(2):
        assert (await till.post(SALES, sale(PASSPHRASE, pay=10_680))).status == 201
    assert await reason(till, PASSPHRASE) == "already_used"
    used = [row[1] for row in facts(shop.state_dir)["redemption"]]
    assert sorted(used) == sorted(coupon_ids(digest_of(PASSPHRASE), STORE, 2))


async def test_a_passphrase_counts_once_on_one_order(till: Till) -> None:
    order = sale(PASSPHRASE, PASSPHRASE)
    del order["tenders"]
    told = (await till.post("/api/v1/quotes", order, key=None)).json
    assert [one["reason"] for one in told["coupons"]] == [None, "not_stackable"]


async def test_a_use_that_is_taken_back_can_be_used_again(till: Till) -> None:
    made = (await till.post("/api/v1/redemptions", redemption(CODE))).json
    assert await reason(till, CODE) == "already_used"
    back = {"till": "T1", "cashier": "C7", "why": "顾客退单"}
    path = f"/api/v1/redemptions/{made['verdict']['redemption_id']}/reversal"
    assert (await till.post(path, back)).status == 201
    assert await reason(till, CODE) is None


@pytest.mark.parametrize(
    "code",
    ["k7px2mn9qrst", "K7PX-2MN9-QRST", "k7px 2mn9 qrst。", "]C0k7px2mn9qrst", "Ｋ７px２mn9qrst"],
)
async def test_a_short_code_is_the_same_however_it_is_typed(till: Till, code: str) -> None:
    assert await reason(till, code) is None


@pytest.mark.parametrize("code", ["春天来了。", "春天 来了", "“春天来了”", "春天-来了!"])
async def test_a_passphrase_is_the_same_however_it_is_typed(till: Till, code: str) -> None:
    assert await reason(till, code) is None
    order = sale(PASSPHRASE, code)
    del order["tenders"]
    told = (await till.post("/api/v1/quotes", order, key=None)).json
    assert [one["reason"] for one in told["coupons"]] == [None, "not_stackable"]


async def test_what_was_issued_before_there_was_a_normal_form_is_used_as_it_was_issued(
    shop: Shop,
) -> None:
    _told(shop.state_dir, coupons(shop, "Spring 2026"))
    till = await shop.open()
    assert await reason(till, "Spring 2026") is None
    assert await reason(till, "spring 2026") == "unknown_code"


@pytest.mark.parametrize("code", ["K7PX2MN9QRS", "春天来了吗", "春天"])
async def test_a_code_that_is_not_quite_it_is_not_known(till: Till, code: str) -> None:
    assert await reason(till, code) == "unknown_code"


async def test_a_code_out_of_its_dates_is_refused(shop: Shop) -> None:
    _told(shop.state_dir, coupons(shop, CODE, days=0))
    assert await reason(await shop.open(), CODE) == "expired"


async def test_the_code_itself_is_nowhere_on_the_disk(shop: Shop, till: Till) -> None:
    assert (await till.post(SALES, sale(PASSPHRASE, pay=10_680))).status == 201
    kept = b"".join(file.read_bytes() for file in shop.state_dir.rglob("*") if file.is_file())
    assert key_of(digest_of(PASSPHRASE)).encode() in kept
    assert PASSPHRASE.encode() not in kept


def _told(state_dir: Path, *told: OpaqueCoupons) -> None:
    db = connect(str(state_dir / DATABASE_FILE))
    for one in told:
        opaque_codes.put(db, one)
    db.close()
