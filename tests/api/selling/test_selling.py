"""A cashier's day over HTTP: scan, quote, sell, redeem, take back, find, look at the status."""

import pytest

from agent.domain.coupons.token import Channel, TokenKind
from tests.api.conftest import Shop
from tests.api.till import QUOTES, REDEMPTIONS, SALES, SCANS, Till, redemption, sale
from tests.services.chain import (
    BOUND,
    CHAIN_WIDE,
    COLA,
    COLA_FEN,
    COLA_GTIN,
    COLA_ONLY,
    COLA_STOCK,
    ENDED,
    MEMBER,
    MEMBERS_ONLY,
    OTHER_MEMBER,
    OTHER_STORE,
    REVOKED_COUPON,
    STORED_VALUE,
    TENTH_OFF,
    USED_COUPON,
    USED_RECEIPT,
    USED_TILL,
    Chain,
)
from tests.services.facts import checked_events, facts


def reversal_of(redemption_id: str) -> str:
    return f"{REDEMPTIONS}/{redemption_id}/reversal"


TAKE_BACK = {"till": "T1", "cashier": "C7", "why": "顾客退单"}


async def test_a_scanned_coupon_is_judged_and_nothing_is_written(shop: Shop, till: Till) -> None:
    before = shop.facts()
    answer = await till.post(SCANS, {"code": shop.chain.token()}, key=None)
    assert (answer.status, answer.json["kind"]) == (200, "coupon")
    assert answer.json["verdict"]["outcome"] == "accepted"
    assert answer.json["verdict"]["campaign_name"] == "满100减20"
    assert shop.facts() == before


async def test_a_scan_with_the_basket_tells_the_discount(chain: Chain, till: Till) -> None:
    order = {"code": chain.token(), "lines": [{"sku": COLA, "quantity": 30}]}
    verdict = (await till.post(SCANS, order)).json["verdict"]
    assert verdict["discount_fen"] == 2_000


@pytest.mark.parametrize("prefix", ["", "]E0"])
async def test_a_bar_code_is_its_article_also_behind_an_aim_prefix(till: Till, prefix: str) -> None:
    answer = (await till.post(SCANS, {"code": prefix + COLA_GTIN})).json
    assert answer["kind"] == "article"
    article = answer["article"]
    assert (article["sku"], article["gtin"]) == (COLA, "0" + COLA_GTIN)
    assert (article["price_fen"], article["withdrawn"]) == (COLA_FEN, False)


async def test_a_member_code_is_its_member(chain: Chain, till: Till) -> None:
    code = chain.token(0, kind=TokenKind.MEMBER, coupon_id=MEMBER)
    answer = (await till.post(SCANS, {"code": code})).json
    assert answer["kind"] == "member"
    assert answer["member"] == {
        "member_id": MEMBER,
        "tier": "gold",
        "points": 100,
        "phone_masked": "138****5678",
    }


async def test_a_quote_says_what_is_payable_and_writes_nothing(shop: Shop, till: Till) -> None:
    before = shop.facts()
    order = sale(shop.chain.token())
    del order["tenders"]
    answer = await till.post(QUOTES, order, key=None)
    told = answer.json
    assert (answer.status, told["recorded"]) == (200, False)
    assert (told["total_fen"], told["discount_fen"], told["payable_fen"]) == (12_680, 2_000, 10_680)
    assert shop.facts() == before


async def test_a_sale_moves_coupon_points_stock_and_receipt_number(shop: Shop, till: Till) -> None:
    order = sale(shop.chain.token(), pay=10_680, member_id=MEMBER)
    answer = await till.post(SALES, order)
    told = answer.json
    assert (answer.status, told["recorded"]) == (201, True)
    assert (told["payable_fen"], told["points_earned"]) == (10_680, 106)
    assert (told["receipt"], told["receipt_no"], told["seq"]) == ("MB001-T1-000001", 1, 1)
    assert told["business_date"] == "2026-01-01"
    rows = facts(shop.state_dir)
    assert rows["stock"] == [(COLA, COLA_STOCK - 2)]
    assert rows["member"] == [(MEMBER, "gold", 206, "138****5678")]
    assert len(rows["redemption"]) == 1
    assert checked_events(shop.state_dir, "MB001") == 1


async def test_two_coupons_of_different_channels_stand_on_one_sale(shop: Shop, till: Till) -> None:
    codes = (
        shop.chain.token(BOUND),
        shop.chain.token(TENTH_OFF, channel=Channel.OFFLINE),
    )
    answer = await till.post(SALES, sale(*codes, pay=12_680 - 2_000 - 1_268))
    assert answer.status == 201
    assert len({coupon["redemption_id"] for coupon in answer.json["coupons"]}) == 2


async def test_a_sale_is_found_and_waits_to_be_synced(till: Till) -> None:
    made = (await till.post(SALES, sale())).json
    found = await till.get(f"{SALES}/{made['sale_id']}")
    assert found.status == 200
    assert found.json["state"] == "to_be_synced"
    assert found.json["receipt"] == made["receipt"]
    told = [
        {name: one for name, one in line.items() if name not in ("net_fen", "allocations")}
        for line in made["lines"]
    ]
    assert found.json["sale"]["lines"] == told


async def test_the_price_that_the_pos_gives_stands(till: Till) -> None:
    lines = [{"sku": COLA, "unit_price_fen": 100}, {"sku": "own-brand", "unit_price_fen": 50}]
    answer = await till.post(SALES, sale(lines=lines, pay=150))
    assert (answer.status, answer.json["total_fen"]) == (201, 150)


async def test_a_sale_with_a_coupon_that_is_not_good_is_not_recorded(
    shop: Shop, till: Till
) -> None:
    code = shop.chain.token(days=(-10, -1))
    before = facts(shop.state_dir)
    answer = await till.post(SALES, sale(code))
    assert (answer.status, answer.json["recorded"]) == (200, False)
    assert answer.json["coupons"][0]["reason"] == "expired"
    after = facts(shop.state_dir)
    assert len(after.pop("idempotency")) == len(before.pop("idempotency")) + 1
    assert after == before


async def test_a_redeemed_coupon_is_used_until_it_is_taken_back(shop: Shop, till: Till) -> None:
    code = shop.chain.token()
    first = await till.post(REDEMPTIONS, redemption(code, order_ref="A-17"))
    assert (first.status, first.json["redeemed"]) == (201, True)
    again = await till.post(REDEMPTIONS, redemption(code))
    assert (again.status, again.json["verdict"]["reason"]) == (200, "already_used")
    redemption_id = first.json["verdict"]["redemption_id"]
    taken_back = await till.post(reversal_of(redemption_id), TAKE_BACK)
    assert (taken_back.status, taken_back.json["reversed"]) == (201, True)
    assert taken_back.json["coupon_id"] == first.json["verdict"]["coupon_id"]
    assert (await till.post(REDEMPTIONS, redemption(code))).status == 201
    assert checked_events(shop.state_dir, "MB001") == 3


async def test_a_redemption_is_taken_back_once(chain: Chain, till: Till) -> None:
    made = await till.post(REDEMPTIONS, redemption(chain.token()))
    path = reversal_of(made.json["verdict"]["redemption_id"])
    assert (await till.post(path, TAKE_BACK)).status == 201
    assert (await till.post(path, TAKE_BACK)).code == "already_reversed"


async def test_a_phone_number_in_a_reference_is_masked_before_it_is_kept_and_told(
    shop: Shop, till: Till
) -> None:
    code = shop.chain.token()
    await till.post(REDEMPTIONS, redemption(code, order_ref="A-13812345678"))
    kept = facts(shop.state_dir)
    assert b"A-138****5678" in kept["journal"][-1][3]
    assert "13812345678" not in str(kept)
    again = await till.post(REDEMPTIONS, redemption(code))
    assert again.json["verdict"]["detail"]["receipt"] == "A-138****5678"


@pytest.mark.parametrize(
    "reference", ["A-17", "20260101138123456789", "POS/2026-01-01/0042", "单7"]
)
async def test_a_reference_without_a_phone_number_is_kept_as_it_came(
    shop: Shop, till: Till, reference: str
) -> None:
    await till.post(REDEMPTIONS, redemption(shop.chain.token(), order_ref=reference))
    assert f'"order_ref":"{reference}"'.encode() in facts(shop.state_dir)["journal"][-1][3]


async def test_a_phone_number_in_a_reason_is_masked_before_it_is_kept(
    shop: Shop, till: Till
) -> None:
    made = await till.post(REDEMPTIONS, redemption(shop.chain.token()))
    path = reversal_of(made.json["verdict"]["redemption_id"])
    await till.post(path, TAKE_BACK | {"why": "顾客 13812345678 退单"})
    body = facts(shop.state_dir)["journal"][-1][3]
    assert "顾客 138****5678 退单" in body.decode()


async def test_a_redemption_that_made_a_sales_sum_is_not_taken_back_alone(
    chain: Chain, till: Till
) -> None:
    made = (await till.post(SALES, sale(chain.token(), pay=10_680))).json
    path = reversal_of(made["coupons"][0]["redemption_id"])
    answer = await till.post(path, TAKE_BACK)
    assert (answer.status, answer.code) == (409, "redemption_belongs_to_sale")
    assert answer.json["extra"] == {"sale_id": made["sale_id"]}


async def test_used_here_tells_when_till_receipt_and_that_the_store_knows(
    chain: Chain, till: Till
) -> None:
    code = chain.token()
    made = (await till.post(SALES, sale(code, pay=10_680, till="T3"))).json
    verdict = (await till.post(SCANS, {"code": code})).json["verdict"]
    assert (verdict["outcome"], verdict["reason"]) == ("refused", "already_used")
    assert verdict["detail"] == {
        "at": made["occurred_at"],
        "where": "MB001 T3",
        "receipt": made["receipt"],
        "known_by": "store",
    }
    for language in ("zh-CN", "en"):
        assert "2026-01-01 12:00" in verdict["sentence"][language]
        assert "T3" in verdict["sentence"][language]
        assert made["receipt"] in verdict["sentence"][language]


async def test_used_elsewhere_tells_what_head_office_told(chain: Chain, till: Till) -> None:
    code = chain.token(CHAIN_WIDE, store=None, coupon_id=USED_COUPON)
    verdict = (await till.post(SCANS, {"code": code})).json["verdict"]
    assert verdict["reason"] == "already_used"
    detail = verdict["detail"]
    assert detail["where"] == f"{OTHER_STORE} {USED_TILL}"
    assert (detail["receipt"], detail["known_by"]) == (USED_RECEIPT, "hq")


_BASKET = [{"sku": "x", "unit_price_fen": 12_000}]


@pytest.mark.parametrize(
    ("reason", "token", "order"),
    [
        ("wrong_store", {"store": OTHER_STORE}, {}),
        ("not_yet_valid", {"days": (1, 2)}, {}),
        ("expired", {"days": (-2, -1)}, {}),
        ("revoked", {"coupon_id": REVOKED_COUPON}, {}),
        ("campaign_ended", {"campaign": ENDED}, {}),
        ("unknown_campaign", {"campaign": 99}, {}),
        ("not_a_coupon", {"kind": TokenKind.PICKUP}, {}),
        ("class_needs_online", {"campaign": STORED_VALUE}, {}),
        ("min_spend_not_met", {}, {"lines": [{"sku": COLA}]}),
        ("no_matching_item", {"campaign": COLA_ONLY}, {"lines": _BASKET}),
        ("member_required", {"campaign": MEMBERS_ONLY, "member": MEMBER}, {"lines": _BASKET}),
        (
            "not_this_member",
            {"campaign": MEMBERS_ONLY, "member": OTHER_MEMBER},
            {"lines": _BASKET, "member_id": MEMBER},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_reason_is_said_in_both_languages(
    chain: Chain, till: Till, reason: str, token: dict[str, int], order: dict[str, object]
) -> None:
    code = chain.token(**token)  # type: ignore[arg-type]  # the rows above are its arguments
    verdict = (await till.post(SCANS, {"code": code} | order)).json["verdict"]
    assert verdict["reason"] == reason
    assert not verdict["outcome"].startswith("accepted")
    assert verdict["sentence"]["zh-CN"]
    assert verdict["sentence"]["en"]
    assert "{" not in verdict["sentence"]["zh-CN"] + verdict["sentence"]["en"]


async def test_a_chain_wide_coupon_is_accepted_at_risk_and_counted(
    chain: Chain, till: Till
) -> None:
    code = chain.token(CHAIN_WIDE, store=None)
    made = await till.post(REDEMPTIONS, redemption(code))
    assert (made.status, made.json["verdict"]["outcome"]) == (201, "accepted_at_risk")
    risk = (await till.get("/api/v1/status")).json["at_risk"]
    assert (risk["count"], risk["sum_fen"]) == (1, 2_000)


async def test_the_status_says_what_waits_to_be_synced(till: Till) -> None:
    await till.post(SALES, sale())
    report = (await till.get("/api/v1/status")).json
    assert (report["store"], report["journal_seq"], report["acked_seq"]) == ("MB001", 1, 0)
    assert report["outbox"] == {
        "pending": 1,
        "oldest_at": report["now"],
        "parked_at_hq": 0,
        "parked_here": 0,
    }
    assert report["line"]["online"] is False
    assert report["policy_version"] == 1


async def test_health_and_the_openapi_document_answer(till: Till) -> None:
    assert (await till.get("/healthz")).json == {"healthy": True}
    document = (await till.get("/openapi.json")).json
    assert document["openapi"].startswith("3.1")
    assert SALES in document["paths"]


async def test_a_tender_bears_the_number_of_its_payment_and_nothing_without_one(till: Till) -> None:
    card = {"kind": "card", "amount_fen": 12_680}
    plain = (await till.post(SALES, {**sale(), "tenders": [card]})).json["sale_id"]
    told = {**sale(), "tenders": [card | {"reference": "P2026/11-42"}]}
    numbered = (await till.post(SALES, told)).json["sale_id"]
    for sale_id, reference in ((plain, None), (numbered, "P2026/11-42")):
        [tender] = (await till.get(f"{SALES}/{sale_id}")).json["sale"]["tenders"]
        assert tender.get("reference") == reference
        assert ("reference" in tender) is (reference is not None)
    for wrong in ("", "x" * 65, "号码"):
        refused = {**sale(), "tenders": [card | {"reference": wrong}]}
        assert (await till.post(SALES, refused)).code == "invalid_request"
