"""What fields and enum members mean: the docstrings beside them, brought into JSON schemas.

Python forgets the docstring of an attribute, so it is read from the source; a type whose source is
not there keeps what msgspec says of it. A field without one means what its word means. Who reads a
schema speaks JSON: None is null there.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import cache
from inspect import cleandoc
from itertools import pairwise
from typing import Any

import msgspec
from msgspec.inspect import EnumType, StructType, multi_type_info

from agent.api.docs.words import meaning

_IN_JSON = {"None": "null", "True": "true", "False": "false"}
_PYTHON_WORDS = re.compile(rf"\b({'|'.join(_IN_JSON)})\b")


def describe(schemas: dict[str, Any], types: Iterable[type[Any]]) -> None:
    """Add the docstrings of `types`, and of all that they hold, to their `schemas` by name."""
    for kind in held(types):
        schema = schemas.get(kind.__name__)
        if schema is None:
            continue
        schema["description"] = cleandoc(schema.get("description", ""))
        if issubclass(kind, Enum):
            _describe_members(schema, kind, _docs(kind))
        else:
            _describe_fields(schema, _docs(kind))


def member_docs(kind: type[Enum]) -> dict[str, str]:
    """Return what each value of an enum means."""
    return _docs(kind)


def held(types: Iterable[type[Any]]) -> Iterator[type[Any]]:
    """Give every struct and enum that `types` hold, at any depth, once."""
    seen: set[type[Any]] = set()
    waiting: list[Any] = list(multi_type_info(types))
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting += item
        elif isinstance(item, StructType | EnumType):
            if item.cls not in seen:
                seen.add(item.cls)
                yield item.cls
                waiting += getattr(item, "fields", ())
        elif isinstance(item, msgspec.Struct):
            waiting += (getattr(item, name) for name in item.__struct_fields__)


def _describe_fields(schema: dict[str, Any], docs: dict[str, str]) -> None:
    for name, field in schema.get("properties", {}).items():
        told = docs.get(name) or (None if _is_described(field) else meaning(name))
        if told:
            field["description"] = " ".join(filter(None, (told, field.get("description"))))


def _is_described(field: dict[str, Any]) -> bool:
    """Whether the field's type says what it is; a reference leads to a description of its own."""
    return any("description" in part or "$ref" in part for part in (field, *field.get("anyOf", ())))


def _describe_members(schema: dict[str, Any], kind: type[Enum], docs: dict[str, str]) -> None:
    schema["enum"] = [member.value for member in kind]
    listed = [f"- `{value}`: {doc}" for value, doc in docs.items()]
    if listed:
        schema["description"] = "\n".join([schema.get("description", ""), "", *listed]).strip()


def _docs(kind: type[Any]) -> dict[str, str]:
    """By the name on the wire: of a field, or the value of an enum's member."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        found |= _docs_in(base.__module__).get(base.__name__, {})
    if issubclass(kind, Enum):
        return {str(kind[name].value): doc for name, doc in found.items()}
    names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    return {names[name]: doc for name, doc in found.items() if name in names}


@cache
def _docs_in(module: str) -> dict[str, dict[str, str]]:
    """By class of the module and name in it. Kept: reading a source takes longer than all else."""
    classes = (node for node in ast.parse(_source(module)).body if isinstance(node, ast.ClassDef))
    return {
        one.name: {
            name: " ".join(doc.split())
            for named, told in pairwise(one.body)
            if (name := _name(named)) and (doc := _text(told))
        }
        for one in classes
    }


def _source(module: str) -> str:
    loader = getattr(sys.modules[module], "__loader__", None)
    read: Callable[[str], str | None] | None = getattr(loader, "get_source", None)
    return (read(module) if read else None) or ""


def _name(node: ast.stmt) -> str | None:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def _text(node: ast.stmt) -> str | None:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return _PYTHON_WORDS.sub(lambda word: _IN_JSON[word[0]], text)
    return None
