"""Requests that can't be carried out; each has a stable code for integrators."""

from typing import Any


class RequestError(Exception):
    """Base: the request is understood and can't be carried out as it stands."""

    code = "request"
    status = 422
    retry_after_s: int | None = None
    """When another try makes sense."""

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.extra = extra


class PastRetentionError(RequestError):
    """The event was deleted here: confirmed, backed up and past its retention."""

    code = "past_retention"
    status = 409
