"""Every log line of a process takes one way out, in one form, without secrets."""

import io
import json
import logging
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pytest

from agent.base.logging import configure, get_logger

PHONE = "13812345678"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_json_line_has_time_level_logger_event_and_facts(stream: io.StringIO) -> None:
    configure(level="info", fmt="json", stream=stream)
    get_logger("agent.shop").info("opened", till="T1", name="徐家汇店")
    (line,) = lines(stream)
    assert list(line) == ["timestamp", "level", "logger", "event", "till", "name"]
    assert line["timestamp"].endswith("Z")
    assert line | {"timestamp": ""} == {
        "timestamp": "",
        "level": "info",
        "logger": "agent.shop",
        "event": "opened",
        "till": "T1",
        "name": "徐家汇店",
    }
    assert "徐家汇店" in stream.getvalue()


def test_the_standard_library_s_logs_take_the_same_way(stream: io.StringIO) -> None:
    configure(level="info", fmt="json", stream=stream)
    logging.getLogger("aiohttp.server").error("failed for %s", PHONE)
    (line,) = lines(stream)
    assert (line["level"], line["logger"]) == ("error", "aiohttp.server")
    assert line["event"] == "failed for 138****5678"


def test_no_secret_is_left_in_facts_nested_facts_context_or_tracebacks(stream: io.StringIO) -> None:
    configure(level="debug", fmt="json", stream=stream)
    log = get_logger("agent.shop").bind(phone=PHONE)
    token, key = "HQ1" + "A" * 60, "sk_" + "k" * 30
    try:
        try:
            raise KeyError(PHONE)
        except KeyError as error:
            raise RuntimeError(f"Bearer {key}") from error
    except RuntimeError:
        log.exception("failed", scan={"code": [token]})
    log.debug(f"scanned {token}")
    (failed, _) = lines(stream)
    assert "RuntimeError: Bearer sk_****" in failed["exception"]
    assert "KeyError: '138****5678'" in failed["exception"]
    for secret in (PHONE, token, key):
        assert secret not in stream.getvalue()


@pytest.mark.parametrize(("fmt", "is_json"), [("auto", False), ("pretty", False), ("json", True)])
def test_a_terminal_gets_pretty_lines_unless_told_otherwise(fmt: Any, is_json: bool) -> None:
    with _terminal() as (terminal, screen):
        configure(level="info", fmt=fmt, stream=terminal)
        get_logger("agent.shop").warning("opened", phone=PHONE)
        terminal.flush()
        shown = os.read(screen, 4096).decode()
    assert "opened" in shown
    assert "138****5678" in shown
    assert shown.startswith("{") == is_json
    assert ("\x1b[" in shown) != is_json


def test_pretty_without_a_terminal_has_no_colours(stream: io.StringIO) -> None:
    configure(level="info", fmt="pretty", stream=stream)
    try:
        raise ValueError(PHONE)
    except ValueError:
        get_logger("agent.shop").exception("failed")
    assert "\x1b[" not in stream.getvalue()
    assert "ValueError: 138****5678" in stream.getvalue()


def test_anything_but_a_terminal_gets_json(stream: io.StringIO) -> None:
    configure(level="info", fmt="auto", stream=stream)
    get_logger("agent.shop").info("opened")
    assert lines(stream)[0]["event"] == "opened"


def test_what_is_below_the_level_is_not_written(stream: io.StringIO) -> None:
    configure(level="warning", fmt="json", stream=stream)
    get_logger("agent.shop").info("opened")
    logging.getLogger("asyncio").info("opened")
    get_logger("agent.shop").warning("closed")
    assert [line["event"] for line in lines(stream)] == ["closed"]


def test_libraries_that_log_each_request_are_heard_only_when_something_is_wrong(
    stream: io.StringIO,
) -> None:
    configure(level="info", fmt="json", stream=stream)
    access = logging.getLogger("aiohttp.access")
    access.info("GET /")
    access.warning("GET / was not logged")
    assert [line["event"] for line in lines(stream)] == ["GET / was not logged"]


def test_the_last_configuration_holds_and_no_line_is_written_twice(stream: io.StringIO) -> None:
    before = io.StringIO()
    log = get_logger("agent.shop")
    configure(level="error", fmt="json", stream=before)
    log.error("first")
    configure(level="info", fmt="json", stream=stream)
    log.info("second")
    assert [line["event"] for line in lines(before)] == ["first"]
    assert [line["event"] for line in lines(stream)] == ["second"]


def test_lines_for_the_journal_carry_their_priority(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+") as journal:
        stat = os.fstat(journal.fileno())
        environ = {"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino}"}
        configure(level="debug", fmt="json", stream=journal, environ=environ)
        log = get_logger("agent.shop")
        for write in (log.debug, log.info, log.warning, log.error, log.critical):
            write("opened")
        text = (tmp_path / "journal").read_text()
    assert [line[:4] for line in text.splitlines()] == ["<7>{", "<6>{", "<4>{", "<3>{", "<2>{"]


def test_a_stream_that_is_not_the_journal_gets_no_priority(stream: io.StringIO) -> None:
    configure(level="info", fmt="json", stream=stream, environ={"JOURNAL_STREAM": "1:2"})
    get_logger("agent.shop").info("opened")
    assert stream.getvalue().startswith("{")


def test_a_line_that_can_not_be_formatted_is_reported_without_its_arguments() -> None:
    done = _python(
        "import logging, sys\n"
        "from agent.base.logging import configure\n"
        "configure(level='info', fmt='json', stream=sys.stdout)\n"
        f"logging.getLogger('aiohttp.server').error('%s %s', '{PHONE}')\n"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "aiohttp.server: line lost" in done.stderr
    assert PHONE not in done.stderr


def test_what_python_says_by_itself_is_logged_too() -> None:
    program = (
        "import sys, threading, warnings\n"
        "from agent.base.logging import configure, log_strays\n"
        "configure(level='info', fmt='json', stream=sys.stdout)\n"
        "log_strays()\n"
        f"warnings.warn('{PHONE}')\n"
        f"thread = threading.Thread(target=lambda: int('x{PHONE}'), name='writer')\n"
        "thread.start(); thread.join()\n"
        f"raise RuntimeError('{PHONE}')\n"
    )
    done = _python(program)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (1, "")
    assert [event["level"] for event in events] == ["warning", "critical", "critical"]
    assert events[1]["thread"] == "writer"
    assert "RuntimeError: 138****5678" in events[2]["exception"]
    assert PHONE not in done.stdout


def test_logging_does_not_load_rich_and_rich_still_loads_afterwards() -> None:
    done = _python(
        "import sys, agent.base.logging\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] == 'rich'))\n"
        "import rich.console\n"
        "print(rich.console.Console.__name__)\n"
    )
    assert (done.stdout, done.stderr) == ("[]\nConsole\n", "")


def _python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


@contextmanager
def _terminal() -> Iterator[tuple[TextIO, int]]:
    """A real terminal: what is written to the first can be read from the second."""
    screen, tty = pty.openpty()
    with os.fdopen(tty, "w") as terminal:
        yield terminal, screen
    os.close(screen)
