"""Errors of the local API as problem+json, each with a code, a status and a page."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from agent.base.logging import get_logger
from agent.base.problem import CONTENT_TYPE, ProblemError
from agent.services.desk.errors import RequestError
from agent.store.errors import (
    CommitUnknownError,
    StorageBusyError,
    StorageFullError,
    WriteFailedError,
)
from agent.store.idempotency import KeyReusedError
from agent.store.line.journal import EventTooLargeError
from agent.store.sqlite import DatabaseError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SAME_KEY = "send the same request with the same Idempotency-Key again"
_STORE_ERRORS: dict[type[Exception], tuple[int, str, str]] = {
    StorageFullError: (507, "storage_full", f"the disk is full; nothing was recorded: {_SAME_KEY}"),
    StorageBusyError: (503, "busy", f"too many requests are waiting; {_SAME_KEY}"),
    WriteFailedError: (503, "write_failed", f"nothing was recorded; {_SAME_KEY}"),
    CommitUnknownError: (503, "commit_unknown", f"it may be recorded or not; {_SAME_KEY}"),
    KeyReusedError: (422, "idempotency_key_reused", "this key was used for another request"),
    EventTooLargeError: (413, "event_too_large", "the sale is too large to be recorded"),
    DatabaseError: (503, "store_unreadable", "the database can't be read just now; try again"),
}
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}

log = get_logger(__name__)


def problem_response(error: ProblemError) -> web.Response:
    """Return the answer that tells `error`."""
    return web.Response(
        status=error.problem.status,
        body=error.body(),
        content_type=CONTENT_TYPE,
        headers=error.headers,
    )


def refusal(request: web.Request, error: Exception) -> web.Response:
    """Return the answer that tells what `request` ended in; to be called while it is handled."""
    match error:
        case ProblemError():
            return problem_response(error)
        case RequestError():
            return problem_response(_of_request(error))
        case web.HTTPException():
            code = _HTTP_CODES.get(error.status, "bad_request")
            allow = {name: value for name, value in error.headers.items() if name == "Allow"}
            return problem_response(ProblemError(error.status, code, headers=allow))
    for kind, meaning in _STORE_ERRORS.items():
        if isinstance(error, kind):
            return problem_response(_of_store(*meaning))
    log.exception("request_failed", method=request.method, route=_route(request))
    return problem_response(ProblemError(500, "internal", "a fault of the agent; see its log"))


def _of_request(error: RequestError) -> ProblemError:
    wait = error.retry_after_s
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return ProblemError(error.status, error.code, str(error), headers=headers, **error.extra)


def _of_store(status: int, code: str, detail: str) -> ProblemError:
    retry = {"Retry-After": "1"} if status in (503, 507) else {}
    return ProblemError(status, code, detail, headers=retry)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
