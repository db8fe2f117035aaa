"""The OpenAPI 3.1 document, made from the operations and the types that they really use."""

import sys
from typing import Any

from agent.api.body import IDEMPOTENCY_KEY, MAX_BODY_BYTES
from agent.api.docs.examples import example
from agent.api.docs.field_docs import member_docs
from agent.api.docs.schemas import ref, schemas_of
from agent.api.docs.words import meaning
from agent.api.entry.access import MODE_HEADER, TRAINING_MODE
from agent.api.entry.door import Door
from agent.api.live import EVENTS_PATH, FELL_BEHIND, SIGNED_IN_ELSEWHERE, SIGNED_OUT, TOPICS
from agent.api.operation import Operation
from agent.base.problem import CONTENT_TYPE, Problem
from agent.domain.staff.cashier import Role
from agent.services.desk.news import Topic

_ABOUT = (
    "Coupons and sales at the till, with or without the line to head office. Money is an integer "
    "of fen, instants are Unix milliseconds; an integer is written without fraction and exponent. "
    "A refusal that a cashier has to see is an answer with outcome, reason and sentence; errors "
    "are application/problem+json, and each code has a page at /problems/<code>."
)
_LET_IN: list[dict[str, list[str]]] = [{"apiKey": []}, {"session": []}]
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


_MODE = {
    "name": MODE_HEADER,
    "in": "header",
    "required": False,
    "description": "Sent, nothing is recorded for the store: practise, test a client. Not sent: "
    "it counts. A cashier's session practises, or not, as it signed in.",
    "schema": {"type": "string", "enum": [TRAINING_MODE]},
}
_MODE_TOLD = {
    MODE_HEADER: {
        "description": "Confirms that this was practised; not sent when it counts.",
        "schema": {"type": "string", "enum": [TRAINING_MODE]},
    }
}


def openapi(operations: tuple[Operation, ...], *, version: str, cookie: str) -> dict[str, Any]:
    """Return the document, without the server's address; `cookie` carries a session."""
    schemas = schemas_of(operations)
    paths: dict[str, Any] = {}
    for operation in operations:
        entry = paths.setdefault(operation.path, {})
        entry[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Store agent", "version": version, "description": _ABOUT},
        "security": _LET_IN,
        "tags": _tags(operations),
        "paths": paths | {EVENTS_PATH: {"get": _events()}},
        "components": {
            "schemas": schemas,
            "securitySchemes": _ways_in(cookie),
        },
    }


def _ways_in(cookie: str) -> dict[str, Any]:
    return {
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "A POS or program. Store IT makes its key: store-agent api-key add NAME",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "A cashier at the agent's own till page; the name ends in its port.",
        },
    }


def subject(operation: Operation) -> str:
    """Return what the operation is about: the name of the module that it stands in."""
    return operation.run.__module__.rpartition(".")[2]


def _tags(operations: tuple[Operation, ...]) -> list[dict[str, str]]:
    modules = dict.fromkeys(operation.run.__module__ for operation in operations)
    told = {name.rpartition(".")[2]: sys.modules[name].__doc__ or "" for name in modules}
    told["events"] = "What is new, told as it happens."
    return [{"name": name, "description": about} for name, about in told.items()]


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
                | ({"headers": _MODE_TOLD} if _practises(operation) else {})
                for status, told in operation.statuses.items()
            },
            **{status: _content(told, Problem, CONTENT_TYPE) for status, told in _PROBLEMS.items()},
        },
    }
    if operation.order is not None:
        schema = ref(operation.order)
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
    if _practises(operation):
        in_path.append(_MODE)
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


def _practises(operation: Operation) -> bool:
    """Whether a program may ask for it in training mode; a session says so when it signs in."""
    return operation.door is not Door.PUBLIC and not operation.session_only


def _events() -> dict[str, Any]:
    """The WebSocket, as far as OpenAPI can tell of one: the request that opens it, and what it
    says in words."""
    docs = member_docs(Topic)
    topics = "\n".join(f"- `{topic.value}`: {docs[topic.value]}" for topic in TOPICS)
    return {
        "operationId": "events",
        "tags": ["events"],
        "summary": "A WebSocket that tells what is new.",
        "description": "Messages `{topic, till, training, facts}`; the first is the status. "
        f"Nothing is kept for who was away. Closed by {SIGNED_OUT}: signed out, or the key was "
        f"taken away; by {SIGNED_IN_ELSEWHERE}: signed in at another window of the till; by "
        f"{FELL_BEHIND}: heard too slowly.\n\n{topics}",
        "security": _LET_IN,
        "parameters": [_MODE],
        "responses": {
            "101": {"description": "the socket is open"},
            **{
                status: _content(told, Problem, CONTENT_TYPE)
                for status, told in _PROBLEMS.items()
                if status in {"400", "401", "403", "404", "405", "503"}
            },
            "426": _content("not asked as a WebSocket", Problem, CONTENT_TYPE),
        },
    }


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
    return {"description": told, "content": {media: {"schema": ref(kind)}}}
