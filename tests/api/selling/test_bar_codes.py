"""Bar codes at the till: what is in them is used, or refused with a sentence; never dropped."""

import msgspec
import pytest

from agent.domain.barcodes.gtin import check_digit
from agent.domain.coupons.codes import DAMAGED
from agent.settings import ScaleLabelsSection, Settings
from agent.state_dir import DATABASE_FILE
from agent.store.selling import articles
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.page import ANNA, CHEN, CHENS_PIN, Page, add_staff
from tests.api.till import SALES, SCANS, Till, sale

BASKET = "/api/v1/tills/T1/basket"
PER_KG_FEN = 5_999


def checked(digits: str) -> str:
    return digits + check_digit(digits)


BEEF, CASE, PIECE = "06901234567892", "16901234000372", "06901234000375"
PEAR = checked("0210123400000")
ARTICLES = (
    ("BEEF", BEEF, "牛肉"),
    ("MILK", PIECE, "纯牛奶"),
    ("SALMON", "96901028075766", "三文鱼"),
    ("PEAR", PEAR, "梨"),
    ("12345", "", "猪肉"),
    ("123456", "", "排骨"),
    ("SODA", "00012100004574", "汽水"),
    ("GUM", "00000001245714", "口香糖"),
    ("SEEDS", "00042100005264", "瓜子"),
    ("BOTTLE", "00000096385074", "小瓶水"),
    ("WEEKLY", "09771234567898", "周刊"),
)
FORMATS = ("2IIIIIIPPPPPC", "22IIIIIPPPPPC", "dahua-price-weight:26", "02IIIIIVPPPPC")
SALMON_GS1 = "0196901028075766"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, scale_labels=ScaleLabelsSection(formats=FORMATS))


@pytest.fixture
async def till(shop: Shop) -> Till:
    db = connect(str(shop.state_dir / DATABASE_FILE))
    for sku, gtin, name in ARTICLES:
        articles.put_article(
            db, articles.Article(sku=sku, gtin=gtin, name=name, price_fen=PER_KG_FEN)
        )
    db.close()
    return await shop.open()


LABEL_18 = checked("26123450198001234")


async def line(till: Till, code: str) -> tuple[str, int, int | None, int | None]:
    told = (await till.post(SCANS, {"code": code})).json
    assert told["kind"] == "article", told
    one = told["line"]
    return one["sku"], one["quantity"], one["unit_price_fen"], one["weight_g"]


async def refusal(till: Till, code: str) -> tuple[str, str]:
    """Return reason and sentence; a refusal puts nothing into the basket."""
    told = (await till.post(SCANS, {"code": code})).json
    assert told["kind"] in ("other", "payment"), told
    assert (told["article"], told["line"]) == (None, None)
    verdict = told["verdict"]
    assert verdict["outcome"] == "refused"
    return verdict["reason"], verdict["sentence"]["zh-CN"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (f"]e001{BEEF}3103001234", ("BEEF", 1, 7_403, 1_234)),
        (f"01{BEEF}3103001234", ("BEEF", 1, 7_403, 1_234)),
        (f"(01){BEEF}(3103)001234(17)271231", ("BEEF", 1, 7_403, 1_234)),
        (f"https://id.gs1.org/01/{BEEF}?3103=001234", ("BEEF", 1, 7_403, 1_234)),
        (f"]C101{BEEF}17269999310300123410A", ("BEEF", 1, 7_403, 1_234)),
        (f"]C101{BEEF}|3103001234", ("BEEF", 1, 7_403, 1_234)),
        (f"01{BEEF}10AB 3103001234", ("BEEF", 1, 7_403, 1_234)),
        (f"]e001{BEEF}3104000004", ("BEEF", 1, 2, 1)),
        (f"]e001{BEEF}3202000100", ("BEEF", 1, 2_721, 454)),
        (f"]e001{BEEF}39221980", ("BEEF", 1, 1_980, None)),
        (f"]e001{BEEF}310300123439321561980", ("BEEF", 1, 1_980, 1_234)),
        (f"]C101{PIECE}3012", ("MILK", 12, None, None)),
        (f"]C1{SALMON_GS1}3103000500", ("SALMON", 1, 3_000, 500)),
        ("]C101069010280757633103000500", ("SALMON", 1, 3_000, 500)),
        (f"]e001{PEAR}3103000500", ("PEAR", 1, 3_000, 500)),
    ],
)
async def test_weight_price_and_pieces_in_a_gs1_code_are_used(
    till: Till, code: str, says: tuple[str, int, int | None, int | None]
) -> None:
    assert await line(till, code) == says


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("3103000000", "是 0"),
        ("3112001500", "长度"),
        ("3932840500", "人民币"),
        ("310300X234", "读不通"),
        ("310", "读不通"),
        ("3107001234", "读不通"),
        ("{1D}3103001234", "读不通"),
        ("8005005999", "售价"),
        ("3100999999", "上限"),
        ("3922999999999999999", "上限"),
        ("3099999", "上限"),
    ],
)
async def test_a_measure_that_can_not_be_used_is_refused_with_its_reason(
    till: Till, rest: str, words: str
) -> None:
    reason, said = await refusal(till, f"]C101{BEEF}{rest}")
    assert reason == "measure_unusable"
    assert words in said
    assert "牛肉" in said


@pytest.mark.parametrize("code", [f"]C1{SALMON_GS1}", "]E06901028075763"])
async def test_what_varies_in_measure_is_not_sold_without_its_measure(
    till: Till, code: str
) -> None:
    assert (await refusal(till, code))[0] == "measure_unusable"


async def test_a_cashiers_page_needs_a_supervisor_for_the_weight_in_a_makers_code(
    till: Till,
) -> None:
    """Anybody can print, or type, a code with a makers' number and a weight of one gram."""
    await add_staff(till)
    page = Page(till)
    await page.sign_in()
    told = (await page.post(SCANS, {"code": f"(01){BEEF}(3103)001234"})).json
    order = {"cashier": ANNA, "lines": [told["line"]]}
    assert (await page.put(BASKET, order)).code == "price_not_own"
    approved = order | {"approved_by": CHEN}
    assert (await page.put(BASKET, approved)).code == "not_approved"
    await page.post("/api/v1/approvals", {"cashier": CHEN, "pin": CHENS_PIN})
    kept = await page.put(BASKET, approved)
    assert kept.json["priced"]["total_fen"] == 7_403
    assert (await page.put(BASKET, order)).status == 200, "what is in the basket stays"
    sold = sale(cashier=ANNA, lines=[told["line"]], pay=7_403)
    assert (await page.post(SALES, sold)).status == 201


@pytest.mark.parametrize("code", [f"]C1{SALMON_GS1}3103000500", f"]e001{PEAR}3103000500"])
async def test_what_is_listed_as_measured_needs_no_supervisor(till: Till, code: str) -> None:
    await add_staff(till)
    page = Page(till)
    await page.sign_in()
    told = (await page.post(SCANS, {"code": code})).json
    kept = await page.put(BASKET, {"cashier": ANNA, "lines": [told["line"]]})
    assert kept.json["priced"]["total_fen"] == 3_000


@pytest.mark.parametrize("code", [CASE, f"]I1{CASE}", f"]C101{CASE}", f"]C102{PIECE}3724"])
async def test_a_case_is_not_sold_as_a_piece(till: Till, code: str) -> None:
    reason, said = await refusal(till, code)
    assert reason == "not_the_piece"
    assert "纯牛奶" in said


async def test_a_case_with_a_price_of_its_own_is_sold_for_it(shop: Shop, till: Till) -> None:
    db = connect(str(shop.state_dir / DATABASE_FILE))
    articles.put_article(
        db, articles.Article(sku="MILK24", gtin=CASE, name="纯牛奶 24", price_fen=7_000)
    )
    db.close()
    assert await line(till, f"]C101{CASE}3302001234") == ("MILK24", 1, None, None)
    assert await line(till, f"]E0{PIECE[1:]}") == ("MILK", 1, None, None)


@pytest.mark.parametrize("ai", ["15", "16", "17"])
async def test_what_is_past_its_date_is_refused_from_the_day_after(till: Till, ai: str) -> None:
    """It is 2026-01-01 in the store."""
    assert await line(till, f"01{PIECE}{ai}260101") == ("MILK", 1, None, None)
    reason, said = await refusal(till, f"01{PIECE}{ai}251231")
    assert reason == "past_its_date"
    assert "2025-12-31" in said
    assert await line(till, f"01{PIECE}{ai}260100") == ("MILK", 1, None, None)
    assert await line(till, f"01{PIECE}{ai}269999") == ("MILK", 1, None, None)


@pytest.mark.parametrize(
    ("code", "sku"),
    [
        ("]E496385074", "BOTTLE"),
        ("96385074", "BOTTLE"),
        (f"\x1d01{PIECE}\x1d", "MILK"),
        (f"https://brand.example/a/01/{PIECE}/10/LOT?x=y", "MILK"),
        ("977123456789805", "WEEKLY"),
        ("]E39771234567898 05".replace(" ", ""), "WEEKLY"),
        ("]E001245714", "SODA"),
        ("]E401245714", "GUM"),
        ("04252614", "SEEDS"),
        ("6901234 000375", "MILK"),
    ],
)
async def test_a_good_code_finds_its_article(till: Till, code: str, sku: str) -> None:
    assert (await line(till, code))[0] == sku


async def test_a_code_with_two_readings_finds_the_only_article_it_can_be(
    shop: Shop, till: Till
) -> None:
    reason, said = await refusal(till, "01245714")
    assert reason == "several_articles"
    assert "汽水" in said
    assert "口香糖" in said
    db = connect(str(shop.state_dir / DATABASE_FILE))
    with db:
        db.execute("DELETE FROM article WHERE sku = 'GUM'")
    db.close()
    assert (await line(till, "01245714"))[0] == "SODA"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("2212345012343", ("12345", 1, 1_234, None)),
        (checked("212345601234"), ("123456", 1, 1_234, None)),
        (LABEL_18, ("12345", 1, 1_980, 1_234)),
        ("]C0" + LABEL_18, ("12345", 1, 1_980, 1_234)),
        (f"26 12345 01980 01234 {LABEL_18[-1]}", ("12345", 1, 1_980, 1_234)),
        ("２２１２３４５０１２３４３", ("12345", 1, 1_234, None)),
        ("22-12345-01234-3。", ("12345", 1, 1_234, None)),
        (checked("021234592875"), ("12345", 1, 2_875, None)),
        (checked("21234592875"), ("12345", 1, 2_875, None)),
    ],
)
async def test_a_scales_label_is_read_as_it_was_printed(
    till: Till, code: str, says: tuple[str, int, int | None, int | None]
) -> None:
    assert await line(till, code) == says


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (checked("231234501234"), "scale_label_article"),  # by the format 2IIIIIIPPPPPC
        ("]E0" + checked("229999901234"), "scale_label_article"),
        ("2212345012344", "scale_label_misread"),
        ("2212345000005", "scale_label_misread"),
        (checked("24123450198001234"), "scale_label_not_set"),
        (checked("26999990198001234"), "scale_label_article"),
        (checked("021234582875"), "scale_label_misread"),
    ],
)
async def test_a_wrong_label_gets_a_sentence_that_names_the_setting(
    till: Till, code: str, reason: str
) -> None:
    told, said = await refusal(till, code)
    assert told == reason
    assert "[scale_labels] formats" in said


@pytest.mark.parametrize(
    "code", [checked("28123450198001234"), "]Q1" + LABEL_18, "261234501980012340"]
)
async def test_a_payment_code_stays_one_beside_labels_of_the_same_length(
    till: Till, code: str
) -> None:
    assert (await refusal(till, code))[0] == "payment_code"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (checked("991234567890"), "foreign_coupon"),
        (checked("980123456789"), "foreign_coupon"),
        ("]C1255690123456789", "foreign_coupon"),
        ("]C1255690123456789" + "12", "foreign_coupon"),
        ("]E105", "add_on_alone"),
        ("]E0251234567890123456", "unknown_code"),
    ],
)
async def test_what_is_no_article_is_told_for_what_it_is(
    till: Till, code: str, reason: str
) -> None:
    assert (await refusal(till, code))[0] == reason


@pytest.mark.parametrize("gs", ["{GS}", "<GS>", "[GS]", "^]", "\u241d", "\x1d"])
@pytest.mark.parametrize("identifier", ["", "]d2", "]C1"])
async def test_a_separator_that_the_scanner_writes_out_is_one(
    till: Till, identifier: str, gs: str
) -> None:
    code = f"{identifier}10AB-12{gs}01{BEEF}3103001234"
    assert await line(till, code) == ("BEEF", 1, 7_403, 1_234)
    assert await line(till, f"{identifier}{gs}01{BEEF}3103001234") == ("BEEF", 1, 7_403, 1_234)


@pytest.mark.parametrize(
    "code", [PIECE, f"]e001{BEEF}3103001234", f"01{PIECE}10AB", LABEL_18, "13", "HQ1ABC"]
)
@pytest.mark.parametrize("at_end", [True, False])
async def test_a_damaged_code_is_told_as_that_whatever_its_rest_looks_like(
    till: Till, code: str, at_end: bool
) -> None:
    reason, said = await refusal(till, f"{code}{DAMAGED}" if at_end else f"{DAMAGED}{code}")
    assert reason == "damaged_code"
    assert "再扫一次" in said
