"""The book as a clerk writes it: the shipped one comes true, each slip is told with its place."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

import agent.domain.promotions
from agent.domain.promotions.book import Book
from agent.domain.promotions.examples import try_examples
from agent.domain.promotions.mistake_words import MISTAKES
from agent.domain.promotions.offered import Why
from agent.domain.promotions.priced import NotApplied
from agent.domain.promotions.reading import read_book
from agent.domain.promotions.review import Mistake, Weight, review
from agent.domain.promotions.schema import schema
from agent.domain.promotions.words import mistake_words, why

ROOT = Path(__file__).parents[3]
WORKED = ROOT / "docs/promotions/omo.json"
PUBLISHED = ROOT / "docs/promotions/price-book.schema.json"
OFF = {"kind": "amount_off", "off_fen": 100}


def written(**changes: Any) -> bytes:
    """A book of one promotion, with changes to it."""
    one = {"id": "P", "name": "P", "effect": OFF, **changes}
    return json.dumps({"promotions": [one]}).encode()


def mistakes(data: bytes) -> list[Mistake]:
    read = read_book(data)
    return review(read) if isinstance(read, Book) else read


def test_the_shipped_book_comes_true() -> None:
    book = read_book(WORKED.read_bytes())
    assert isinstance(book, Book)
    assert review(book) == []
    assert [one for one in try_examples(book) if one.differences] == []
    promised = {f"P{number}" for number in range(1, 11)} | {"P14", "CLUB"}
    assert {one.id for one in book.promotions} == promised


def test_the_published_schema_is_that_of_the_check_and_takes_the_shipped_book() -> None:
    published = json.loads(PUBLISHED.read_bytes())
    assert published == json.loads(msgspec.json.encode(schema()))
    jsonschema_rs.validate(published, json.loads(WORKED.read_bytes()))


@pytest.mark.parametrize(
    "data",
    [
        written(efect={}),
        written(effect={"kind": "amount_of", "off_fen": 1}),
        written(effect={"kind": "amount_off"}),
        written(effect={"kind": "amount_off", "off_fen": 0}),
        written(when={"channels": ["dinein"]}),
        written(when={"starts": "31.01.2027"}),
    ],
)
def test_what_the_check_refuses_the_schema_refuses(data: bytes) -> None:
    assert not isinstance(read_book(data), Book)
    assert not jsonschema_rs.is_valid(schema(), json.loads(data))


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        (b"{", "$", "not JSON"),
        (b"[]", "$", "an object"),
        (b'{"promotions": [], "promotion": []}', "$.promotion", "promotions?"),
        (written(priorty=1), "$.promotions[0].priorty", "priority?"),
        (written(effect={**OFF, "min": 1}), "$.promotions[0].effect.min", "min_fen?"),
        (written(effect={"kind": "amount_of"}), "$.promotions[0].effect.kind", "amount_off?"),
        (written(trigger="cupon"), "$.promotions[0].trigger", "coupon?"),
        (written(when={"weekdays": ["monday"]}), "$.promotions[0].when.weekdays[0]", "monday"),
        (written(when={"starts": "2027-02-30"}), "$.promotions[0].when.starts", "2027-02-30"),
        (
            written(when={"starts": "2027-02-02", "ends": "2027-02-01"}),
            "$.promotions[0].when.ends",
            "before it starts",
        ),
        (written(id="campaign-7"), "$.promotions[0].id", "another one"),
        (written(id="by_hand"), "$.promotions[0].id", "another one"),
        (written(limits={"in_all": 100}), "$.promotions[0].limits.in_all", "lease"),
        (written(trigger="passphrase"), "$.promotions[0].passphrase", "add passphrase"),
        (written(when={"with_coupon": "online"}), "$.promotions[0].when.with_coupon", "pickup_off"),
        (
            written(effect={"kind": "amount_off", "min_fen": 20, "off_fen": 200}),
            "$.promotions[0].effect.off_fen",
            "swapped?",
        ),
        (
            written(stacking={"not_beside": ["Q"]}),
            "$.promotions[0].stacking.not_beside",
            "called Q",
        ),
    ],
)
def test_each_slip_is_told_with_its_place_and_a_suggestion(
    data: bytes, path: str, said: str
) -> None:
    (one,) = (one for one in mistakes(data) if one.weight is Weight.ERROR)
    assert one.path == path
    assert said in mistake_words(one).en


def test_every_slip_is_told_and_not_the_first_alone() -> None:
    raw = {"promotions": [{"id": "A"}, {"id": "B"}], "examples": [{}], "x": 1}
    paths = [one.path for one in mistakes(json.dumps(raw).encode())]
    assert paths == ["$.promotions[0]", "$.promotions[1]", "$.examples[0]", "$.x"]


def test_a_set_dearer_than_its_pieces_is_refused_by_name() -> None:
    groups = [{"articles": ["a"]}, {"articles": ["b"]}]
    one = {"kind": "set_price", "price_fen": 300, "groups": groups}
    articles = [{"sku": "a", "price_fen": 100}, {"sku": "b", "price_fen": 200}]
    raw = {"promotions": [{"id": "P", "name": "P", "effect": one}], "articles": articles}
    (mistake,) = mistakes(json.dumps(raw).encode())
    assert mistake.path == "$.promotions[0].effect.price_fen"


def test_an_unknown_article_is_refused_by_name() -> None:
    raw = json.loads(written(scope={"articles": ["b"]}))
    raw["articles"] = [{"sku": "a"}]
    (mistake,) = mistakes(json.dumps(raw).encode())
    assert mistake.gaps == {"skus": "b"}


def test_two_mandatory_ones_that_exclude_each_other_are_refused() -> None:
    forced = {"mandatory": True, "group": "G"}
    both = [{"id": i, "name": i, "effect": OFF, "stacking": forced} for i in "AB"]
    (mistake,) = mistakes(json.dumps({"promotions": both}).encode())
    assert mistake.path == "$.promotions[1].stacking.mandatory"


def test_an_example_that_comes_out_differently_shows_both() -> None:
    raw = json.loads(written())
    raw["examples"] = [
        {
            "name": "one",
            "basket": [{"sku": "a", "price_fen": 500}],
            "context": {"at": "2026-11-30T12:00:00"},
            "payable_fen": 500,
            "applied": [],
            "not_applied": [{"promotion": "P", "why": "ended"}],
        }
    ]
    book = read_book(json.dumps(raw).encode())
    assert isinstance(book, Book)
    (tried,) = try_examples(book)
    told = [(one.field, one.expected, one.answered) for one in tried.differences]
    assert told == [
        ("payable_fen", "500", "400"),
        ("applied", "-", "P 100"),
        ("not_applied P", "ended", "-"),
    ]


DETAIL = dict.fromkeys(
    ("starts", "ends", "hours", "tiers", "channel", "short", "missing", "gift", "beside", "limit"),
    "1",
)


@pytest.mark.parametrize("reason", list(Why))
def test_every_reason_is_said_in_both_languages(reason: Why) -> None:
    detail = {**DETAIL, "short_fen": 1_240} if "min" in reason.value else DETAIL
    said = why(NotApplied(promotion="P", name="P", why=reason, detail=detail))
    assert said.en.isascii() or "¥" in said.en
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said.zh_cn)


def test_every_mistake_has_its_chinese_and_none_is_left_over() -> None:
    found = set(_texts())
    assert sorted(MISTAKES.keys() - found) == []
    assert "off_fen {off} is more than min_fen {min}: were they swapped?" in found
    for english, chinese in MISTAKES.items():
        assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)
        assert not any(
            mark in chinese[at : at + 2] and "\u4e00" <= chinese[at] <= "\u9fff"
            for at in range(len(chinese))
            for mark in ",;:?()"
        ), english


def _texts() -> Iterator[str]:
    """Every text in the code of promotions."""
    for file in Path(agent.domain.promotions.__path__[0]).rglob("*.py"):
        if file.name == "mistake_words.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_old_campaigns_can_be_said_as_promotions() -> None:
    """amount_off, percent_off, gift and set_price of `domain.coupons.campaign`, word for word."""
    effects = [
        {"kind": "amount_off", "min_fen": 3_000, "off_fen": 500},
        {"kind": "percent_off", "pay_bp": 9_000, "min_fen": 0},
        {"kind": "gift", "steps": [{"choices": ["g"], "min_fen": 100}]},
        {"kind": "set_price", "price_fen": 2_500, "groups": [{"articles": [a]} for a in "ab"]},
    ]
    promotions = [
        {"id": str(at), "name": "x", "effect": one, "trigger": "coupon"}
        for at, one in enumerate(effects)
    ]
    book = msgspec.convert({"promotions": promotions}, Book)
    assert [one for one in review(book) if one.weight is Weight.ERROR] == []
