"""The JSON schemas of the operations' types, as public generators of clients read them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from agent.api.docs.field_docs import describe, held
from agent.api.docs.reason_docs import reasons_told
from agent.api.operation import Operation
from agent.base.problem import Problem
from agent.base.strict_json import MAX_INTEGER
from agent.domain.outcome import Reason

_REF = "#/components/schemas/{name}"


def schemas_of(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the schema of every type that the operations take or give, by name."""
    orders = {kind for op in operations for kind in (op.order, op.query) if kind}
    answers = {op.answer for op in operations} | {Problem}
    types = sorted(orders | answers, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    schemas = {name: _in_ecma(schema) for name, schema in components.items()}
    describe(schemas, types)
    schemas[Reason.__name__]["description"] = f"{Reason.__doc__}\n\n{reasons_told()}"
    taken = _reached(schemas, (kind.__name__ for kind in orders))
    whole = {kind.__name__: kind for kind in held(types) if _is_given_whole(kind)}
    for name, schema in schemas.items():
        kind = None if name in taken else whole.get(name)
        _settle_defaults(schema, is_whole=kind is not None)
        if kind is not None and "required" in schema:
            schema["required"] = [one for one in schema["required"] if one not in _left_out(kind)]
    return schemas


def ref(kind: type[Any]) -> dict[str, str]:
    """Return the reference to a type's schema."""
    return {"$ref": _REF.format(name=kind.__name__)}


def _is_given_whole(kind: type[Any]) -> bool:
    return issubclass(kind, msgspec.Struct) and not kind.__struct_config__.omit_defaults


def _left_out(kind: type[Any]) -> set[str]:
    """The fields that an answer leaves out when there is nothing to say."""
    fields = msgspec.structs.fields(kind)
    return {one.encode_name for one in fields if one.default is msgspec.UNSET}


def _settle_defaults(schema: dict[str, Any], *, is_whole: bool) -> None:
    """Say what may be left out by `required` alone: openapi-typescript 7 makes each property that
    has a default a required one, of requests too."""
    properties: dict[str, Any] = schema.get("properties", {})
    for field in properties.values():
        default = field.pop("default", None)
        if not is_whole and (default or default == 0):
            said = f"Left out: {json.dumps(default, ensure_ascii=False)}."
            field["description"] = " ".join(filter(None, (field.get("description"), said)))
    if properties and is_whole:
        schema["required"] = list(properties)


def _reached(schemas: dict[str, Any], names: Iterable[str]) -> set[str]:
    """Return `names` and those of all schemas that they lead to."""
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _references(schemas[name])
    return reached


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _in_ecma(schema: Any) -> Any:
    """Return the schema as JSON Schema has it: ^ and $ for \\A and \\Z in patterns, and no bound
    that no integer of JSON reaches."""
    if isinstance(schema, dict):
        if "prefixItems" in schema:
            schema = _of_any_part(schema)
        return {
            key: _in_ecma(value) for key, value in schema.items() if not _is_endless(key, value)
        }
    if isinstance(schema, list):
        return [_in_ecma(value) for value in schema]
    if isinstance(schema, str) and schema.startswith(r"\A") and schema.endswith(r"\Z"):
        return f"^{schema[2:-2]}$"
    return schema


def _of_any_part(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an array of fixed parts as one of so many items, each like any of them:
    openapi-python-client 0.29.1 does not read `items: false`."""
    parts: list[Any] = []
    for part in schema["prefixItems"]:
        if part not in parts:
            parts.append(part)
    items = parts[0] if len(parts) == 1 else {"anyOf": parts}
    return {key: value for key, value in schema.items() if key != "prefixItems"} | {"items": items}


def _is_endless(key: str, value: Any) -> bool:
    return key in {"minimum", "maximum"} and abs(value) > MAX_INTEGER
