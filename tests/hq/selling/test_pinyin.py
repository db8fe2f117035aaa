"""The letters by which an article is found go out with it, whatever its name holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.hq.selling.articles import put_articles
from sync.hq.selling.pinyin import MAX_KEYS_CHARS, pinyin_keys
from sync.protocol.changes import ArticleChange
from tests.hq.head_office import HeadOffice, StoreClient


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("红富士 5kg", "hfs5kg hongfushi5kg"),
        ("银行行走", "yhxz yinhangxingzou"),
        ("绿茶（袋）", "lcd lvchadai"),
        ("ＡＢ可乐·3", "abkl3 abkele3"),
        ("Coca-Cola", ""),
    ],
)
def test_a_name_is_typed_by_initials_or_in_full(name: str, keys: str) -> None:
    assert pinyin_keys(name) == keys


@given(st.text(max_size=128))
def test_keys_of_any_name_are_typed_with_letters_and_digits_alone(name: str) -> None:
    keys = pinyin_keys(name)
    assert len(keys) <= MAX_KEYS_CHARS
    assert all(sign == " " or (sign.isascii() and sign.isalnum()) for sign in keys)


async def test_stores_are_told_once_how_an_article_is_sold_and_found(
    hq: HeadOffice, store: StoreClient
) -> None:
    apple = ArticleChange(sku="10", name="红富士", price_fen=1280, weighed=True, mnemonic="zz7")
    assert await put_articles(hq.db, [apple]) == 1
    assert await put_articles(hq.db, [apple]) == 0
    [told] = await store.changes("article")
    assert (told["weighed"], told["mnemonic"]) == (True, "zz7")
    assert told["pinyin"] == "hfs hongfushi"
