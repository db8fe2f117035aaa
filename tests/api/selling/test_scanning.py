"""What a scan tells: article with its line, scale labels, the same code again."""

import msgspec
import pytest

from agent.services.coupons.same_code import SAME_CODE_MS
from agent.settings import ScaleLabelsSection, Settings
from agent.state_dir import DATABASE_FILE
from agent.store.selling import articles
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.till import SCANS, Till, sale
from tests.services.chain import COLA, COLA_FEN, COLA_GTIN, Chain
from tests.services.stopped_clock import StoppedClock

APPLE_PER_KG_FEN = 1_999
ARTICLES = (
    ("12345", "", "猪肉"),
    ("APPLE", "02101234000003", "苹果"),
    ("55555", "06901028075763", "香烟"),
)
PRICE_LABEL, WEIGHT_LABEL, FOREIGN_LABEL = "2212345012343", "2101234015001", "2299999012349"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    formats = ("22IIIIIPPPPPC", "21IIIIIWWWWWC")
    return msgspec.structs.replace(settings, scale_labels=ScaleLabelsSection(formats=formats))


@pytest.fixture
async def till(shop: Shop) -> Till:
    db = connect(str(shop.state_dir / DATABASE_FILE))
    for sku, gtin, name in ARTICLES:
        articles.put_article(
            db,
            articles.Article(sku=sku, gtin=gtin, name=name, price_fen=APPLE_PER_KG_FEN),
        )
    db.close()
    return await shop.open()


async def test_a_bar_code_tells_the_line_to_add(till: Till) -> None:
    told = (await till.post(SCANS, {"code": COLA_GTIN})).json
    assert told["line"] == {
        "sku": COLA,
        "quantity": 1,
        "unit_price_fen": None,
        "amount_fen": None,
        "weight_g": None,
    }
    assert told["article"]["price_fen"] == COLA_FEN


async def test_a_label_with_a_price_finds_its_article_by_sku(till: Till) -> None:
    told = (await till.post(SCANS, {"code": PRICE_LABEL})).json
    assert (told["kind"], told["article"]["name"]) == ("article", "猪肉")
    assert (told["line"]["unit_price_fen"], told["line"]["weight_g"]) == (1_234, None)


async def test_a_home_made_label_gives_no_price_to_an_article_with_a_bar_code_of_its_own(
    till: Till,
) -> None:
    for label in ("2255555000014", "2155555000017"):
        told = (await till.post(SCANS, {"code": label})).json
        assert (told["kind"], told["verdict"]["reason"]) == ("other", "scale_label_article")


async def test_a_label_with_a_weight_finds_its_article_by_gtin(till: Till) -> None:
    told = (await till.post(SCANS, {"code": WEIGHT_LABEL})).json
    assert (told["kind"], told["article"]["name"]) == ("article", "苹果")
    assert (told["line"]["unit_price_fen"], told["line"]["weight_g"]) == (2_999, 1_500)


async def test_a_label_of_no_article_says_so(till: Till) -> None:
    told = (await till.post(SCANS, {"code": FOREIGN_LABEL})).json
    assert (told["kind"], told["verdict"]["reason"]) == ("other", "scale_label_article")
    assert told["verdict"]["detail"] == {"article": "99999", "format": "22IIIIIPPPPPC"}


async def test_what_was_weighed_is_sold_with_its_weight(till: Till) -> None:
    line = (await till.post(SCANS, {"code": WEIGHT_LABEL})).json["line"]
    tenders = [{"kind": "cash", "amount_fen": 2_999}]
    sold = await till.post("/api/v1/sales", sale(lines=[line], tenders=tenders))
    assert sold.status == 201
    found = (await till.get(f"/api/v1/sales/{sold.json['sale_id']}")).json["sale"]
    assert (found["lines"][0]["weight_g"], found["lines"][0]["amount_fen"]) == (1_500, 2_999)


async def test_a_weight_without_a_price_costs_its_share_of_the_kilogram(till: Till) -> None:
    order = {"cashier": "C7", "lines": [{"sku": "APPLE", "weight_g": 500, "quantity": 2}]}
    told = await till.post("/api/v1/tills/T1/basket", order, key=None, method="PUT")
    assert told.json["priced"]["total_fen"] == 2 * 1_000


async def test_what_is_not_weighed_says_nothing_of_weight(till: Till) -> None:
    assert "weight_g" not in (await till.post("/api/v1/sales", sale())).json["lines"][0]


@pytest.mark.parametrize("code", ["暗号：春天来了", "ABC-123", "12345678901"])
async def test_a_typed_code_that_nobody_issued_is_not_known(till: Till, code: str) -> None:
    told = (await till.post(SCANS, {"code": code})).json
    assert (told["kind"], told["verdict"]["reason"]) == ("other", "unknown_code")


async def test_the_same_code_again_shows_the_first_verdict_even_when_sold_meanwhile(
    chain: Chain, clock: StoppedClock, till: Till
) -> None:
    order = {"code": chain.token(), "till": "T1"}
    first = (await till.post(SCANS, order)).json
    assert first["verdict"]["outcome"] == "accepted"
    sold = await till.post("/api/v1/sales", sale(order["code"], pay=10_680))
    clock.advance(SAME_CODE_MS - 1)
    assert (await till.post(SCANS, order)).json == first
    clock.advance(1)
    verdict = (await till.post(SCANS, order)).json["verdict"]
    assert (verdict["reason"], verdict["detail"]) == (
        "already_used",
        {
            "at": sold.json["occurred_at"],
            "where": "MB001 T1",
            "receipt": sold.json["receipt"],
            "known_by": "store",
        },
    )


async def test_another_till_and_another_code_are_told_at_once(chain: Chain, till: Till) -> None:
    code, other = chain.token(), chain.token()
    await till.post(SCANS, {"code": code, "till": "T1"})
    await till.post("/api/v1/sales", sale(code, pay=10_680))
    at_other_till = (await till.post(SCANS, {"code": code, "till": "T2"})).json
    assert at_other_till["verdict"]["reason"] == "already_used"
    await till.post(SCANS, {"code": other, "till": "T1"})
    again = (await till.post(SCANS, {"code": code, "till": "T1"})).json
    assert again["verdict"]["reason"] == "already_used"
