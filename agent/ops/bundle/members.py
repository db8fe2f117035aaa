"""What goes into a bundle; each part is made by itself, and one that fails tells why."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import msgspec

from agent.base.redaction import redact_value
from agent.ops.bundle.masking import Masker
from agent.ops.local_api import NoAgentError, RefusedError, ask, read_page
from agent.settings import ENV_PREFIX, Settings
from agent.state_dir import DATABASE_FILE
from agent.store.sqlite import Connection, DatabaseError, connect, library_version

UNIT = "store-agent"
LOG_LINES = 5_000
COMMAND_TIMEOUT_S = 60.0
MAX_FILES = 1_000
"""Of the state directory that are listed."""
PLAIN = (
    ("store", "code"),
    ("till", "code"),
    ("scanner", "addresses"),
    ("printer", "address"),
    ("display", "address"),
)
"""Settings that are wanted as they are."""
UNIT_FIELDS = (
    "ActiveState,SubState,Result,NRestarts,ExecMainStatus,ExecMainStartTimestamp,"
    "ActiveEnterTimestamp,MemoryCurrent,MemoryPeak,CPUUsageNSec,WatchdogTimestamp"
)


class Part(NamedTuple):
    """One part of a bundle."""

    name: str
    about: str
    """For who reads the manifest."""
    make: Callable[[], str]
    newest_last: bool = False
    """Whether its end is kept when there is too much of it."""


def parts(settings: Settings, config: Path | None, masker: Masker) -> tuple[Part, ...]:
    """Return the parts, the most telling first."""
    state_dir = Path(settings.paths.state_dir)

    def made(make: Callable[[], object]) -> Callable[[], str]:
        def masked() -> str:
            told = masker.value(make())
            return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

        return masked

    def status() -> object:
        return _status(settings)

    return (
        Part("doctor.json", "what `store-agent doctor` finds", made(lambda: _doctor(config))),
        Part("status.json", "what the running agent says of itself", made(status)),
        Part("versions.json", "versions of program, libraries and system", made(_versions)),
        Part("settings.json", "the settings that hold", lambda: _settings(settings, masker)),
        Part("environment.txt", "names of our variables, no values", _environment),
        Part("database.json", "schema, rows a table, no rows", made(lambda: _database(state_dir))),
        Part("files.json", "files of the state directory", made(lambda: _files(state_dir))),
        Part("unit.txt", "what systemd says of the service", lambda: masker.text(_unit())),
        Part("metrics.txt", "the figures for Prometheus", lambda: _metrics(settings)),
        Part("log.txt", f"the newest {LOG_LINES:,} lines of the log", lambda: _log(masker), True),
    )


def _doctor(config: Path | None) -> object:
    options = ["--config", str(config)] if config else []
    told = _run(sys.executable, "-m", "agent.cli", "doctor", "--json", *options)
    return json.loads(told)


def _status(settings: Settings) -> object:
    try:
        return ask(settings, "GET", "/api/v1/status")
    except (NoAgentError, RefusedError) as error:
        return {"not_running": str(error)}


def _metrics(settings: Settings) -> str:
    try:
        return read_page(settings, "/metrics")
    except (NoAgentError, RefusedError) as error:
        return f"# none: {str(error).splitlines()[0]}\n"


def _versions() -> object:
    return {
        "store_agent": version("store-agent"),
        "python": [*sys.version_info[:3]],
        "sqlite": [*library_version()],
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "kernel": platform.release().split(".")[:2],
        "machine": platform.machine(),
    }


def _settings(settings: Settings, masker: Masker) -> str:
    """The settings by section; those of PLAIN are redacted like the log."""
    told = msgspec.to_builtins(settings)
    masked = masker.value(told)
    for section, name in PLAIN:
        masked[section][name] = redact_value(told[section][name])
    return json.dumps(masked, ensure_ascii=False, indent=1) + "\n"


def _environment() -> str:
    names = sorted(name for name in os.environ if name.startswith(ENV_PREFIX))
    return "".join(f"{name} is set\n" for name in names) or "none is set\n"


def _database(state_dir: Path) -> object:
    with closing(_opened(state_dir / DATABASE_FILE)) as db:
        return {
            "pages": _one(db, "PRAGMA page_count"),
            "page_size": _one(db, "PRAGMA page_size"),
            "free_pages": _one(db, "PRAGMA freelist_count"),
            "migrations": _one(db, "SELECT count(*) FROM _sqlite_migrations"),
            "rows": {
                table: _one(db, f'SELECT count(*) FROM "{table}"')  # noqa: S608 - its own names
                for (table,) in db.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
                ).fetchall()
            },
        }


def _opened(file: Path) -> Connection:
    """The database to look at; beside a stopped agent's nothing may be left that is root's."""
    at_rest = not file.with_name(f"{file.name}-wal").exists()
    return connect(str(file), read_only=True, at_rest=at_rest)


def _one(db: Connection, query: str) -> object:
    try:
        return db.execute(query).fetchone()[0]
    except DatabaseError as error:
        return str(error)


def _files(state_dir: Path) -> object:
    return [*_listed(state_dir)]


def _listed(state_dir: Path) -> Iterator[object]:
    for place, file in enumerate(sorted(state_dir.rglob("*"))):
        if place == MAX_FILES:
            yield {"name": "…", "left_out": "more files"}
            return
        facts = file.lstat()
        yield {
            "name": str(file.relative_to(state_dir)),
            "size": facts.st_size,
            "mode": oct(facts.st_mode),
            "owner": [facts.st_uid, facts.st_gid],
            "changed_at": facts.st_mtime_ns // 1_000_000,
        }


def _unit() -> str:
    return _run("systemctl", "show", UNIT, f"--property={UNIT_FIELDS}", "--no-pager")


def _log(masker: Masker) -> str:
    told = _run("journalctl", "-u", UNIT, "-n", str(LOG_LINES), "-o", "cat", "--no-pager")
    return "".join(masker.line(line) + "\n" for line in told.splitlines())


def _run(*command: str) -> str:
    done = subprocess.run(  # noqa: S603 - words of ours, and the file that --config named
        command,
        capture_output=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.decode(errors="replace") or done.stderr.decode(errors="replace")
