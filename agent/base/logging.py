"""Logs: structlog and the standard library through one formatter, secrets taken out at the end."""

import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TextIO

from agent.base.lean_structlog import structlog
from agent.base.log_bounds import LogBounds, shortened
from agent.base.redaction import redact, redact_value
from agent.base.setting_types import LogFormat, LogLevel

Logger = structlog.typing.FilteringBoundLogger

_SYSLOG_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
_FIRST_KEYS = ("timestamp", "level", "logger", "event")
_CHATTY = ("aiohttp.access",)
"""Libraries that log each request at level info."""


def get_logger(name: str) -> Logger:
    """The logger of a module, `get_logger(__name__)`: facts with keys, never a code or phone."""
    logger: Logger = structlog.get_logger(name)
    return logger


def configure(
    *,
    level: LogLevel,
    fmt: LogFormat,
    stream: TextIO,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Send all logs of this process to `stream`: JSON lines, or pretty for a terminal.

    Lines for the system journal carry a priority, so that `journalctl -p warning` works.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            _tell_left_out,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _redact_event,
            _renderer(fmt, stream, environ),
        ],
    )
    _install(formatter, number, stream)


def log_strays() -> None:
    """Log what Python writes to stderr by itself: warnings, and exceptions that nobody caught."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_crash
    threading.excepthook = _log_thread_crash


def log_bounds() -> LogBounds:
    """Return what bounds and counts this process's log; before `configure` it counts nothing."""
    handlers = [h for h in logging.getLogger().handlers if isinstance(h, _Handler)]
    return handlers[0].bounds if handlers else LogBounds()


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream, within bounds; says redacted what the library would print bare."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.bounds = LogBounds()
        self.addFilter(self.bounds)

    def close(self) -> None:
        """Tell what was left out and not told of yet."""
        if untold := self.bounds.untold():
            facts = {"msg": "log_lines_left_out", "levelno": logging.WARNING, "left_out": untold}
            self.emit(logging.makeLogRecord({"name": __name__, "levelname": "WARNING", **facts}))
        super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Report a line that can't be formatted or written, as far as that can be written."""
        if logging.raiseExceptions:
            report = f"{record.name}: line lost: {traceback.format_exc()}"
            try:
                sys.stderr.write(redact(report))
            except (OSError, ValueError):  # a full disk, a closed stream: nowhere left to say it
                return


def _install(formatter: logging.Formatter, level: int, stream: TextIO) -> None:
    handler = _Handler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for previous in [h for h in root.handlers if isinstance(h, _Handler)]:
        root.removeHandler(previous)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _renderer(
    fmt: LogFormat, stream: TextIO, environ: Mapping[str, str]
) -> structlog.typing.Processor:
    if fmt == "pretty" or (fmt == "auto" and stream.isatty()):
        return structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return _journal_line if _is_journal(stream, environ) else _json_line


def _redact_event(_logger: Any, _method: str, event: structlog.typing.EventDict) -> dict[str, Any]:
    ordered = {key: event[key] for key in _FIRST_KEYS if key in event} | dict(event)
    redacted: dict[str, Any] = redact_value(ordered)
    return {
        key: shortened(value) if isinstance(value, str) else value
        for key, value in redacted.items()
    }


def _tell_left_out(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if left_out := getattr(event["_record"], "left_out", 0):
        event["left_out"] = left_out
    return event


def _json_line(_logger: Any, _method: str, event: structlog.typing.EventDict) -> str:
    return json.dumps(event, ensure_ascii=False)


def _journal_line(logger: Any, method: str, event: structlog.typing.EventDict) -> str:
    """A line as sd-daemon(3) has it: the priority, then the text."""
    return f"<{_SYSLOG_PRIORITY[event['level']]}>{_json_line(logger, method, event)}"


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the stream is the one to the system journal; systemd.exec(5), $JOURNAL_STREAM."""
    try:
        stat = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{stat.st_dev}:{stat.st_ino}"


def _log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    get_logger(__name__).critical("crashed", exc_info=(kind, error, trace))


def _log_thread_crash(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is None or issubclass(crash.exc_type, SystemExit):
        return
    facts = (crash.exc_type, crash.exc_value, crash.exc_traceback)
    name = crash.thread.name if crash.thread else None
    get_logger(__name__).critical("thread_crashed", thread=name, exc_info=facts)
