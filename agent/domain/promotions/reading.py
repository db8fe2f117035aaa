"""Reading a price book: every mistake of form with its JSON path and a suggestion."""

import re
from difflib import get_close_matches
from typing import Any, get_args

import msgspec

from agent.base.strict_json import JsonError, parse
from agent.domain.promotions.book import Book, Example
from agent.domain.promotions.effects import AnyEffect
from agent.domain.promotions.promotion import Promotion
from agent.domain.promotions.review import Mistake
from agent.domain.promotions.scope import Article

_PARTS: dict[str, type] = {"promotions": Promotion, "examples": Example, "articles": Article}
"""Lists of a book, whose elements are read one by one so that each tells its own mistake."""

_AT = re.compile(r"^(.*?)(?: - at `\$(.*?)`)?$", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`")
_WRONG_WORD = re.compile(r"Invalid (?:enum )?value '(.*)'")


def read_book(data: bytes) -> Book | list[Mistake]:
    """Return the book in `data`, or each mistake of form in it."""
    try:
        raw = parse(data)
    except JsonError as error:
        return [
            Mistake(path="$", text="it is not JSON as we read it: {why}", gaps={"why": str(error)})
        ]
    if not isinstance(raw, dict):
        return [Mistake(path="$", text='a price book is an object: {"promotions": […]}')]
    mistakes = [*_parts(raw), *_whole(raw)]
    return mistakes or msgspec.convert(raw, Book)


def _parts(raw: dict[str, Any]) -> list[Mistake]:
    mistakes = []
    for name, kind in _PARTS.items():
        elements = raw.get(name)
        for at, element in enumerate(elements if isinstance(elements, list) else ()):
            try:
                msgspec.convert(element, kind)
            except msgspec.ValidationError as error:
                mistakes.append(_mistake(error, f"$.{name}[{at}]", element))
    return mistakes


def _whole(raw: dict[str, Any]) -> list[Mistake]:
    """What is wrong beside the elements of the lists, and how many there are."""
    bare = {
        name: [] if name in _PARTS and isinstance(value, list) else value
        for name, value in raw.items()
    }
    try:
        msgspec.convert(bare, Book)
    except msgspec.ValidationError as error:
        return [_mistake(error, "$", raw)]
    return []


def _mistake(error: msgspec.ValidationError, base: str, raw: Any) -> Mistake:
    message, path = _split(str(error))
    where = base + path
    if unknown := _UNKNOWN_FIELD.fullmatch(message):
        return _unknown_field(where, unknown[1], _at(raw, path))
    if wrong := _WRONG_WORD.fullmatch(message):
        return Mistake(
            path=where,
            text="{word} is none of the words that may stand here{hint}",
            gaps={"word": wrong[1], "hint": _hint(wrong[1], _WORDS)},
        )
    return Mistake(path=where, text="{why}", gaps={"why": message})


def _split(text: str) -> tuple[str, str]:
    found = _AT.match(text)
    return (found[1], found[2] or "") if found else (text, "")


def _unknown_field(where: str, name: str, raw: Any) -> Mistake:
    kind = raw.get("kind") if isinstance(raw, dict) else None
    names = _KIND_FIELDS.get(kind, _FIELDS) if isinstance(kind, str) else _FIELDS
    if where == "$":
        names = list(Book.__struct_encode_fields__)
    return Mistake(
        path=f"{where}.{name}",
        text="there is no field {name} here{hint}",
        gaps={"name": name, "hint": _hint(name, names)},
    )


def _at(raw: Any, path: str) -> Any:
    """Return the part of `raw` at a path such as `.effect.steps[0]`, None if there is none."""
    for name, place in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        try:
            raw = raw[name] if name else raw[int(place)]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _hint(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f": {close[0]}?" if close else ""


def _schema() -> dict[str, Any]:
    (_,), parts = msgspec.json.schema_components([Book])
    return parts


_COMPONENTS = _schema()
_FIELDS = sorted({name for one in _COMPONENTS.values() for name in one.get("properties", {})})
_KIND_FIELDS = {
    kind.__struct_config__.tag: [field.encode_name for field in msgspec.structs.fields(kind)]
    for kind in get_args(AnyEffect)
}
_WORDS = sorted(
    {word for one in _COMPONENTS.values() for word in one.get("enum", ())}
    | {str(kind) for kind in _KIND_FIELDS}
)
