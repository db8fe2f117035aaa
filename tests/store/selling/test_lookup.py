"""The order in which articles are found."""

import pytest

from agent.store.selling import articles, lookup
from agent.store.sqlite import Connection

ARTICLES = (
    ("100", "06901234567892", "苹果汁"),
    ("1001", "", "红苹果"),
    ("2", "", "苹果 1001g"),
    ("X100", "", "Apple Tea"),
)


KEYS = {"100": "pgz pingguozhi", "1001": "zz7 hpg hongpingguo", "2": "pg1001g pingguo1001g"}


@pytest.fixture(autouse=True)
def kept(db: Connection) -> None:
    for sku, gtin, name in ARTICLES:
        article = articles.Article(sku=sku, gtin=gtin, name=name, price_fen=100)
        articles.put_article(db, article, KEYS.get(sku, ""))


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("苹果", ["2", "100", "1001"]),
        ("100", ["100", "1001", "X100", "2"]),
        ("6901234567892", ["100"]),
        ("690", ["100"]),
        ("apple", ["X100"]),
    ],
)
def test_exactly_this_comes_first_then_what_begins_so(
    db: Connection, text: str, skus: list[str]
) -> None:
    found = [one.sku for one in lookup.articles_like(db, text, 20)]
    assert (found[0], sorted(found)) == (skus[0], sorted(skus))
    begins = [sku for sku, _, name in ARTICLES if sku.startswith(text) or name.startswith(text)]
    assert set(found[: len(begins)]) >= set(begins)


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("hpg", ["1001"]),
        ("HongPing", ["1001"]),
        ("pg", ["2", "100", "1001"]),
        ("pingguo", ["2", "100", "1001"]),
        ("zz7", ["1001"]),
        ("苹果 zhi", ["100"]),
        ("pg hong", ["1001"]),
    ],
)
def test_letters_find_by_pinyin_and_mnemonic_what_begins_so_first(
    db: Connection, text: str, skus: list[str]
) -> None:
    assert [one.sku for one in lookup.articles_like(db, text, 20)] == skus


def test_the_limit_is_kept(db: Connection) -> None:
    assert len(lookup.articles_like(db, "1", 2)) == 2
