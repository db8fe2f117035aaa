"""Every INSERT names its columns: a newer version's column must not break an older one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_INSERT = re.compile(r"\b(?:INSERT|REPLACE)\b[\w\s]*?\bINTO\s+(\S+)(?:\s+AS\s+\w+)?\s*(\S+)", re.I)
_NO_COLUMNS = ("DEFAULT",)


def nameless(text: str) -> list[str]:
    """Return the tables of `text` that something is put into without naming the columns."""
    found = _INSERT.findall(text)
    return [table for table, behind in found if not behind.startswith(("(", *_NO_COLUMNS))]


def texts() -> Iterator[tuple[Path, str]]:
    for package in ("agent", "sync"):
        for path in (ROOT / package).rglob("*.sql"):
            yield path, path.read_text("utf-8")
        for path in (ROOT / package).rglob("*.py"):
            for text in strings(ast.parse(path.read_text("utf-8"))):
                yield path, text


def strings(node: ast.AST) -> Iterator[str]:
    """Every string of a module, with an x for each gap of an f-string."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "x" for part in node.values]
        yield "".join(map(str, parts))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from strings(child)


def test_every_insert_names_its_columns() -> None:
    all_texts = list(texts())
    assert sum(len(_INSERT.findall(text)) for _, text in all_texts) > 50
    assert [(str(path), table) for path, text in all_texts for table in nameless(text)] == []


def test_an_insert_without_columns_is_found() -> None:
    assert nameless("INSERT OR REPLACE INTO stock VALUES (?, ?)") == ["stock"]
    assert nameless("INSERT INTO main.sale SELECT * FROM real.sale") == ["main.sale"]
    assert nameless("INSERT INTO stock AS s (sku) VALUES ($1)") == []
