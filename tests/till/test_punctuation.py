"""Chinese texts have Chinese punctuation: full-width, as on every other till."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCALES = ("agent/till/locales/zh-CN.json", "sync/hq/locales/zh-CN.json")
HALF_WIDTH = re.compile(
    r"[一-鿿”][,;:?!](?=[一-鿿“{]|$)|[一-鿿”]\((?!\?)|\)[一-鿿“]|(?<![A-Za-z0-9?])[,;:?!](?=[一-鿿“])"
)


def test_no_text_of_the_product_has_half_width_punctuation_beside_a_chinese_sign() -> None:
    wrong = [f"{where}: {text}" for where, text in _texts() if HALF_WIDTH.search(text)]
    assert wrong == []


@pytest.mark.parametrize("text", ["已保存,不会丢", "原因:{why}", "对吗?", "门店(总部)", "{a}:无"])
def test_half_width_punctuation_is_found(text: str) -> None:
    assert HALF_WIDTH.search(text)


@pytest.mark.parametrize("text", ["已保存，不会丢", "3:2", "a shift (班次), open", "9折; gift"])
def test_other_texts_are_right(text: str) -> None:
    assert not HALF_WIDTH.search(text)


def _texts() -> Iterator[tuple[str, str]]:
    """Each text with a Chinese sign, and its file."""
    for name in LOCALES:
        texts = json.loads((ROOT / name).read_text("utf-8"))
        yield from ((name, text) for text in texts.values())
    for room in ("agent", "drivers", "sync"):
        for file in (ROOT / room).rglob("*.py"):
            tree = ast.parse(file.read_text())
            docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and id(node) not in docstrings:
                    if "\\d" in str(node.value):
                        continue  # a pattern, which nobody reads
                    yield str(file.relative_to(ROOT)), str(node.value)
