"""Whatever a client sends: a stable code, never a fault of the agent, and nothing is recorded."""

import gzip
import json
from contextlib import closing
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.api.body import MAX_BODY_BYTES
from agent.domain.coupons.codes import MAX_CODE_BYTES
from agent.domain.money import MAX_FEN
from agent.state_dir import DATABASE_FILE
from agent.store.selling.articles import Article, put_article
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.till import JSON, REDEMPTIONS, SALES, SCANS, Till, redemption, sale
from tests.services.chain import COLA, OTHER_MEMBER


def line(**fields: Any) -> dict[str, Any]:
    return sale(lines=[{"sku": COLA} | fields])


def tender(**fields: Any) -> dict[str, Any]:
    return sale(tenders=[{"kind": "cash", "amount_fen": 12_680} | fields])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_malformed"),
        (b"hello", "json_malformed"),
        (b"{", "json_malformed"),
        (b"<sale/>", "json_malformed"),
        (b'{"till":"T1"} {}', "json_malformed"),
        (b"\xff\xfe", "json_not_utf8"),
        ('{"till":"收银"}'.encode("gb18030"), "json_not_utf8"),
        (b"\xef\xbb\xbf{}", "json_malformed"),
        (b'{"till":"T1","till":"T2"}', "json_duplicate_key"),
        (b'{"order_fen":NaN}', "json_not_a_number"),
        (b'{"order_fen":Infinity}', "json_not_a_number"),
        (b'{"order_fen":-Infinity}', "json_not_a_number"),
        (b'{"order_fen":12.5}', "json_float"),
        (b'{"order_fen":120.0}', "json_float"),
        (b'{"order_fen":1e5}', "json_float"),
        (b'{"order_fen":1E400}', "json_float"),
        (b'{"code":"\\ud800"}', "json_surrogate"),
        (b'{"\\udc00":1}', "json_surrogate"),
        (b'{"order_fen":' + b"9" * 5_000 + b"}", "json_number_too_long"),
        (b'{"order_fen":9223372036854775808}', "json_number_too_long"),
        (b'{"order_fen":-9223372036854775809}', "json_number_too_long"),
        (b"[" * 17 + b"]" * 17, "json_too_deep"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "json_too_deep"),
        (b"[" * 100_000, "json_too_deep"),
    ],
)
async def test_what_is_not_strict_json(shop: Shop, till: Till, body: bytes, code: str) -> None:
    before = shop.facts()
    answer = await till.post(REDEMPTIONS, None, body=body)
    assert (answer.status, answer.code) == (400, code)
    assert shop.facts() == before


@pytest.mark.parametrize(
    "order",
    [
        None,
        [],
        "sale",
        7,
        {},
        sale(extra=1),
        sale(till=""),
        sale(till="T 1"),
        sale(till="T" * 17),
        sale(till="T1\n"),
        sale(till=1),
        sale(cashier=None),
        sale(cashier="收银员"),
        sale(lines=[]),
        sale(lines={}),
        sale(lines=[{"sku": COLA}] * 201),
        sale(coupons="HQ1"),
        sale(coupons=[1]),
        sale(coupons=["x"] * 11),
        sale(member_id="13812345678"),
        sale(member_id=OTHER_MEMBER.upper()),
        line(quantity=0),
        line(quantity=-1),
        line(quantity=10_000),
        line(quantity="2"),
        line(quantity=True),
        line(quantity=None),
        line(unit_price_fen=-1),
        line(sku=""),
        line(sku="a\x00b"),
        line(sku="a\u2028b"),
        line(sku="x" * 65),
        line(colour="red"),
        sale(tenders=[{"kind": "cash", "amount_fen": 1}] * 11),
        tender(kind="gold"),
        tender(amount_fen=-1),
        tender(amount_fen=MAX_FEN + 1),
        tender(amount_fen=2**53 - 1),
        tender(amount_fen="1"),
        tender(change=1),
    ],
    ids=lambda order: json.dumps(order, ensure_ascii=True)[:60],
)
async def test_a_sale_that_is_not_of_its_form(shop: Shop, till: Till, order: Any) -> None:
    before = shop.facts()
    answer = await till.post(SALES, order)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert answer.json["detail"]
    assert shop.facts() == before


async def test_a_null_that_is_no_value_is_refused_with_what_to_do(till: Till) -> None:
    """NaN of JavaScript comes as null, too: it is no piece, and never counts as one."""
    told = (await till.post(SALES, line(quantity=None))).json["detail"]
    assert "`$.lines[0].quantity`; give it a value, or leave it out" in told


async def test_a_sale_at_the_edge_of_its_form_is_recorded(till: Till) -> None:
    lines = [{"sku": "x" * 64, "quantity": 9_999, "unit_price_fen": 1}] * 200
    answer = await till.post(SALES, sale(till="T" * 16, lines=lines, pay=9_999 * 200))
    assert answer.status == 201


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (sale(lines=[{"sku": "unheard-of"}]), "unknown_article"),
        (sale(member_id=OTHER_MEMBER), "unknown_member"),
        (sale(pay=12_679), "tenders_do_not_match"),
        (sale(pay=0), "tenders_do_not_match"),
        (line(quantity=9_999, unit_price_fen=10_000_000_00), "amount_too_large"),
        (sale(""), "code_empty"),
        (sale(" \r\n"), "code_empty"),
        (sale("]C1"), "code_empty"),
        (sale("x" * (MAX_CODE_BYTES + 1)), "code_too_long"),
        (sale("券" * 400), "code_too_long"),
        (sale("a\x00b"), "code_charset"),
        (sale("a\u202eb"), "code_charset"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_sale_that_can_not_be_carried_out(
    shop: Shop, till: Till, order: Any, code: str
) -> None:
    before = shop.facts()
    answer = await till.post(SALES, order)
    assert (answer.status, answer.code) == (422, code)
    assert shop.facts() == before


async def test_a_sale_too_large_for_the_journal_is_refused_whole(shop: Shop) -> None:
    wordy = Article(sku="码" * 64, gtin="", name="名" * 128, price_fen=1)
    with closing(connect(str(shop.state_dir / DATABASE_FILE))) as db:
        put_article(db, wordy)
    till = await shop.open()
    before = shop.facts()
    fits, too_many = ([{"sku": wordy.sku}] * count for count in (100, 200))
    answer = await till.post(SALES, sale(lines=too_many, pay=200), key="k1")
    assert (answer.status, answer.code) == (413, "event_too_large")
    assert shop.facts() == before
    assert (await till.post(SALES, sale(lines=fits, pay=100), key="k1")).status == 201


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("garbage", "unknown_code"),
        ("x" * MAX_CODE_BYTES, "unknown_code"),
        ("券码一二三", "unknown_code"),
        ("'; DROP TABLE journal; --", "unknown_code"),
        ("12345679", "unknown_code"),
        ("12345678901234567890123456789012", "unknown_code"),
        ("0104012345678901\x1d10A", "unknown_code"),
        ("HQ1", "bad_signature"),
        ("HQ1" + "A" * 300, "bad_signature"),
        ("HQ1" + "a" * 100, "bad_signature"),
        ("134567890123456789", "payment_code"),
        ("2812345678901234", "payment_code"),
        ("6212345678901234567", "payment_code"),
    ],
)
async def test_a_code_that_is_no_coupon_is_refused_with_its_reason(
    shop: Shop, till: Till, code: str, reason: str
) -> None:
    before = shop.facts()
    scanned = await till.post(SCANS, {"code": code})
    assert (scanned.status, scanned.json["verdict"]["reason"]) == (200, reason)
    assert shop.facts() == before
    redeemed = await till.post(REDEMPTIONS, redemption(code))
    assert (redeemed.status, redeemed.json["redeemed"]) == (200, False)


async def test_an_altered_token_and_one_of_an_unknown_key(shop: Shop, till: Till) -> None:
    good = shop.chain.token()
    middle = len(good) // 2
    altered = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    stranger = shop.chain.token(key=Ed25519PrivateKey.generate())
    for code, reason in ((altered, "bad_signature"), (stranger, "unknown_key")):
        verdict = (await till.post(SCANS, {"code": code})).json["verdict"]
        assert verdict["reason"] == reason


async def test_a_body_that_is_too_large(shop: Shop, till: Till) -> None:
    before = shop.facts()
    answer = await till.post(SALES, None, body=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert shop.facts() == before


async def test_a_packed_body_is_refused_before_it_is_unpacked(shop: Shop, till: Till) -> None:
    before = shop.facts()
    answer = await till.send(
        "POST",
        SALES,
        headers={"Content-Type": JSON, "Content-Encoding": "gzip", "Idempotency-Key": "k1"},
        data=gzip.compress(b" " * 50_000_000),
    )
    assert (answer.status, answer.code) == (415, "content_encoding")
    assert shop.facts() == before


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/sales/unheard-of", 404, "unknown_sale"),
        ("GET", "/api/v1/sales/%00", 404, "unknown_sale"),
        ("GET", "/api/v1/sales/%ED%A0%80", 404, "unknown_sale"),
        ("GET", "/api/v1/sales/%FF", 404, "unknown_sale"),
        ("GET", "/api/v1/sales/" + "x" * 4_000, 404, "unknown_sale"),
        ("GET", "/api/v1/quotes", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/status", 405, "method_not_allowed"),
        ("PUT", "/api/v1/sales", 405, "method_not_allowed"),
        ("TRACE", "/api/v1/status", 405, "method_not_allowed"),
    ],
)
async def test_a_place_or_method_that_is_not_there(
    till: Till, method: str, path: str, status: int, code: str
) -> None:
    answer = await till.send(method, path)
    assert (answer.status, answer.code) == (status, code)
    assert (status == 405) == ("Allow" in answer.headers)


@pytest.mark.parametrize("redemption_id", ["unheard-of", "%00", "%ED%A0%80", "%FF", "x" * 4_000])
async def test_a_reversal_of_what_was_never_redeemed(
    shop: Shop, till: Till, redemption_id: str
) -> None:
    before = shop.facts()
    order = {"till": "T1", "cashier": "C7", "why": "退"}
    answer = await till.post(f"{REDEMPTIONS}/{redemption_id}/reversal", order)
    assert (answer.status, answer.code) == (404, "unknown_redemption")
    assert shop.facts() == before
