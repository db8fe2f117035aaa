"""The client's side of the wire: sends, and keeps each request with its answer to be shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import aiohttp

MODE = "Store-Agent-Mode"
TRAINING = "training"
JSON = "application/json"
PROBLEM = "application/problem+json"
TIMEOUT_S = 10.0
NEW = ""
"""Stands for a new Idempotency-Key."""

_SHOWN_CHARS = 2_000
_HIDDEN = "Bearer sk_…"

T = TypeVar("T")


class UnexpectedError(Exception):
    """The agent answered otherwise than it promises; says what was expected and what came."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def value(self) -> Any:
        """The body's JSON value; raise UnexpectedError if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise UnexpectedError("the answer is not JSON") from None

    def field(self, path: str, kind: type[T]) -> T:
        """Return a field by its dotted path; raise UnexpectedError if it is not there."""
        found = self.value
        for name in path.split("."):
            if not isinstance(found, dict) or name not in found:
                raise UnexpectedError(f"the answer has no field {path}")
            found = found[name]
        if not isinstance(found, kind):
            raise UnexpectedError(f"the field {path} is not {kind.__name__}: {found!r}")
        return found

    def expect(self, status: int) -> "Reply":
        """Return this reply if it has `status`; raise UnexpectedError otherwise."""
        if self.status != status:
            raise UnexpectedError(f"expected {status}, got {self.status}")
        return self

    def expect_problem(self, status: int, code: str) -> "Reply":
        """Return this reply if it is the problem `code`; raise UnexpectedError otherwise."""
        self.expect(status)
        media = self.headers.get("Content-Type", "").partition(";")[0]
        if media != PROBLEM:
            raise UnexpectedError(f"expected {PROBLEM}, got {media or 'no Content-Type'}")
        if self.field("code", str) != code:
            raise UnexpectedError(f"expected the code {code}, got {self.value['code']}")
        return self


@dataclass(kw_only=True)
class Wire:
    """One vendor's connection to the agent."""

    session: aiohttp.ClientSession
    url: str
    """Such as http://127.0.0.1:8770."""
    key: str
    transcript: list[str] = field(default_factory=list)
    """Requests and answers of the check that runs, the key left out."""

    async def get(self, path: str, *, training: bool = True) -> Reply:
        """GET `path`."""
        return await self.send("GET", path, training=training)

    async def post(self, path: str, order: Any, *, key: str | None = None) -> Reply:
        """POST an order in training mode, under an Idempotency-Key (NEW: a new one) if given."""
        headers = {"Content-Type": JSON}
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid4())
        return await self.send("POST", path, headers=headers, body=json.dumps(order).encode())

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        authorization: str | None = NEW,
        training: bool = True,
    ) -> Reply:
        """Send just this; `authorization` replaces the key's ("" = the key, None = none)."""
        sent = self.headers(authorization, training=training) | dict(headers or {})
        self.transcript.append(_request_told(method, path, sent, body))
        try:
            async with self.session.request(
                method,
                self.url + path,
                headers=sent,
                data=body,
                skip_auto_headers=("Content-Type",),
                allow_redirects=False,
            ) as answer:
                reply = Reply(
                    status=answer.status, body=await answer.read(), headers=answer.headers.copy()
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.transcript.append(f"no answer: {error or type(error).__name__}")
            raise UnexpectedError(f"no answer: {error or type(error).__name__}") from None
        self.transcript.append(_reply_told(reply))
        return reply

    def headers(self, authorization: str | None = NEW, *, training: bool = True) -> dict[str, str]:
        """Return who asks, and that it is training."""
        headers = {MODE: TRAINING} if training else {}
        if authorization is not None:
            headers["Authorization"] = authorization or f"Bearer {self.key}"
        return headers


def _request_told(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> str:
    shown = {**headers} | ({"Authorization": _HIDDEN} if "Authorization" in headers else {})
    lines = [f"{method} {path}", *(f"{name}: {value}" for name, value in shown.items())]
    return "\n".join([*lines, "", _text(body)] if body is not None else lines)


def _reply_told(reply: Reply) -> str:
    media = reply.headers.get("Content-Type", "")
    return f"→ {reply.status} {media}\n{_text(reply.body)}"


def _text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")[:_SHOWN_CHARS]
