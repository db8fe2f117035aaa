"""What aiohttp logs of requests that are no HTTP: that there was one, never what was in it."""

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError


def http_log() -> logging.Logger:
    """Return the logger of the HTTP layer."""
    logger = logging.getLogger(__name__)
    logger.addFilter(_without_content)
    return logger


def _without_content(record: logging.LogRecord) -> bool:
    """Take a peer's bytes out of the record; they may hold a code, a phone number or a key."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError | web.RequestPayloadError):
        record.msg, record.args = "request unreadable: %s", (type(error).__name__,)
        record.exc_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
