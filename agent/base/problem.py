"""Errors on the wire: RFC 9457 problem+json with a stable code."""

from typing import Any

from msgspec import Struct

from agent.base.strict_json import canonical

CONTENT_TYPE = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One error as a peer reads it."""

    type: str
    """Address of the page that explains the code."""
    title: str
    status: int
    """HTTP status."""
    code: str
    """Stable; the one field to program against."""
    detail: str = ""
    """What failed, what was expected, what was given."""
    extra: dict[str, Any] | None = None
    """Further facts of this code."""


class ProblemError(Exception):
    """A request that ends in a problem+json answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.headers = headers or {}
        self.problem = Problem(
            type=f"/problems/{code}",
            title=code.replace("_", " "),
            status=status,
            code=code,
            detail=detail,
            extra=extra or None,
        )

    def body(self) -> bytes:
        """Return the JSON bytes of the problem."""
        return canonical(self.problem)
