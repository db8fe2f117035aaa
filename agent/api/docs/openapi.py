"""The OpenAPI 3.1 document, made from the operations and the types that they really use."""

import sys
from typing import Any

import msgspec

from agent.api.body import IDEMPOTENCY_KEY, MAX_BODY_BYTES
from agent.api.docs.examples import example
from agent.api.docs.field_docs import describe
from agent.api.docs.reason_docs import reasons_told
from agent.api.docs.words import meaning
from agent.api.entry.door import Door
from agent.api.entry.session_cookie import SessionCookie
from agent.api.operation import Operation
from agent.base.problem import CONTENT_TYPE, Problem
from agent.base.strict_json import MAX_INTEGER
from agent.domain.outcome import Reason
from agent.domain.staff.cashier import Role

USUAL_PORT = 8770
"""The default of [api] port."""

_REF = "#/components/schemas/{name}"
_ABOUT = (
    "Coupons and sales at the till, with or without the line to head office. Money is an integer "
    "of fen, instants are Unix milliseconds; an integer is written without fraction and exponent. "
    "A refusal that a cashier has to see is an answer with outcome, reason and sentence; errors "
    "are application/problem+json, and each code has a page at /problems/<code>."
)
_WAYS_IN = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "A POS or program; store IT makes its key: store-agent api-key add NAME.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SessionCookie(USUAL_PORT).name,
        "description": "A cashier at the agent's own till page; the name ends in its port.",
    },
}
_LET_IN: list[dict[str, list[str]]] = [{way: []} for way in _WAYS_IN]
_BY_SESSION: list[dict[str, list[str]]] = [{"session": []}]
_PROBLEMS = {
    "400": "malformed JSON, or no Idempotency-Key",
    "401": "no or unknown API key, no or ended session",
    "403": "Host or Origin not allowed, or not for this role or till",
    "404": "not found",
    "405": "method not allowed",
    "408": "the body came too slowly",
    "409": "still running, or in conflict with what was recorded",
    "413": f"the body is larger than {MAX_BODY_BYTES} bytes",
    "415": "the body is not application/json",
    "422": "understood and not possible: the code says why",
    "429": "too often: see Retry-After",
    "503": "try again with the same key",
    "507": "the disk is full",
}


def openapi(operations: tuple[Operation, ...], *, version: str) -> dict[str, Any]:
    """Return the document."""
    schemas = _schemas(operations)
    paths: dict[str, Any] = {}
    for operation in operations:
        entry = paths.setdefault(operation.path, {})
        entry[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Store agent", "version": version, "description": _ABOUT},
        "servers": [{"url": "/", "description": "The agent that serves this document."}],
        "security": _LET_IN,
        "tags": _tags(operations),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": _WAYS_IN,
        },
    }


def subject(operation: Operation) -> str:
    """Return what the operation is about: the name of the module that it stands in."""
    return operation.run.__module__.rpartition(".")[2]


def _tags(operations: tuple[Operation, ...]) -> list[dict[str, str]]:
    modules = dict.fromkeys(operation.run.__module__ for operation in operations)
    return [
        {"name": name.rpartition(".")[2], "description": sys.modules[name].__doc__ or ""}
        for name in modules
    ]


def _schemas(operations: tuple[Operation, ...]) -> dict[str, Any]:
    used = (kind for op in operations for kind in (op.order, op.answer, op.query) if kind)
    types: list[type[Any]] = [Problem, *dict.fromkeys(used)]
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    schemas = {name: _in_ecma(schema) for name, schema in components.items()}
    describe(schemas, types)
    schemas[Reason.__name__]["description"] = f"{Reason.__doc__}\n\n{reasons_told()}"
    return schemas


def _in_ecma(schema: Any) -> Any:
    """Return the schema as JSON Schema has it: ^ and $ for \\A and \\Z in patterns, and no bound
    that no integer of JSON reaches."""
    if isinstance(schema, dict):
        return {
            key: _in_ecma(value) for key, value in schema.items() if not _is_endless(key, value)
        }
    if isinstance(schema, list):
        return [_in_ecma(value) for value in schema]
    if isinstance(schema, str) and schema.startswith(r"\A") and schema.endswith(r"\Z"):
        return f"^{schema[2:-2]}$"
    return schema


def _is_endless(key: str, value: Any) -> bool:
    return key in {"minimum", "maximum"} and abs(value) > MAX_INTEGER


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [subject(operation)],
        "summary": operation.summary,
        "description": _who(operation),
        "security": _security(operation),
        "parameters": _parameters(operation, schemas),
        "responses": {
            **{
                str(status): _content(told, operation.answer, "application/json")
                for status, told in operation.statuses.items()
            },
            **{status: _content(told, Problem, CONTENT_TYPE) for status, told in _PROBLEMS.items()},
        },
    }
    if operation.order is not None:
        schema = _ref(operation.order)
        content = {"schema": schema, "example": example(schema, schemas)}
        document["requestBody"] = {"required": True, "content": {"application/json": content}}
    return document


def _who(operation: Operation) -> str:
    if operation.door is Door.PUBLIC:
        return "Needs no key."
    if operation.session_only:
        locked = ", even while it is locked" if operation.door is Door.LOCKED_TOO else ""
        return f"A session of the till page{locked}; an API key has none."
    if operation.role is Role.IT:
        return "A session of role `it`, or the key of this PC's own commands; no POS's key."
    return f"An API key, or a session of role `{operation.role}` or above."


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.door is Door.PUBLIC:
        return []
    return _BY_SESSION if operation.session_only else _LET_IN


def _parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    in_path = [_in_path(part[1:-1]) for part in operation.path.split("/") if part[:1] == "{"]
    in_path += _in_query(operation.query, schemas)
    if not operation.writes:
        return in_path
    key = {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": True,
        "description": "A new UUID for each new request; the same for each repetition.",
        "schema": {"type": "string", "pattern": r"^[A-Za-z0-9_.:-]{1,64}$"},
    }
    return [*in_path, key]


def _in_path(name: str) -> dict[str, Any]:
    about = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    return about | {"description": meaning(name) or "Id."}


def _in_query(fields: type[Any] | None, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if fields is None:
        return []
    schema = schemas[fields.__name__]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _content(told: str, kind: type[Any], media: str) -> dict[str, Any]:
    return {"description": told, "content": {media: {"schema": _ref(kind)}}}


def _ref(kind: type[Any]) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)}
