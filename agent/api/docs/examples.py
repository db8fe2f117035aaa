"""Examples of orders, made from their schemas: what is required, and what a POS usually gives."""

from typing import Any

from agent.api.docs.words import WORDS

USUAL = frozenset({"coupons", "quantity"})
"""Fields that examples show although they may be left out."""

_MAX_DEPTH = 8


def example(schema: dict[str, Any], schemas: dict[str, Any], *, depth: int = 0) -> Any:
    """Return a value that `schema` allows; references are looked up in `schemas`."""
    schema = resolved(schema, schemas)
    if depth > _MAX_DEPTH:
        return None
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas, depth=depth + 1)
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            parts = schema.get("prefixItems") or [schema["items"]]
            return [example(part, schemas, depth=depth + 1) for part in parts]
        case "integer":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
        case "string":
            return "x" * max(schema.get("minLength", 1), 1)
    return None


def resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a reference means, or `schema` itself."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schemas[name] if name else schema
    return found


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    return {
        name: _field(name, field, schemas, depth)
        for name, field in schema.get("properties", {}).items()
        if name in required or name in USUAL
    }


def _field(name: str, field: dict[str, Any], schemas: dict[str, Any], depth: int) -> Any:
    known = WORDS[name].example if name in WORDS else None
    return example(field, schemas, depth=depth + 1) if known is None else known
