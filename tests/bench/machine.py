"""The machine that figures were taken on: what it is, and what it can do at the very most."""

import os
import platform
import sys
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import pysqlite3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.bench.floors.agent import FloorAgent
from tests.bench.floors.store import commit_one, open_database

Facts: TypeAlias = dict[str, str | int | float]

MEMORY_FILESYSTEMS = frozenset({"tmpfs", "ramfs"})
"""Where fsync costs nothing, so that no figure of a durable write means anything."""

_COMMITS = 500
_VERIFICATIONS = 2000
_ECHOES = 5000
_ECHO_CALLERS = 8
_BODY = b"x" * 600


def describe(directory: Path, *, postgres: str) -> Facts:
    """Hardware and versions; `directory` is where the databases are, `postgres` the version."""
    return {
        "cpu": _first_value("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": os.cpu_count() or 0,
        "memory_mb": int((_first_value("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) // 1024,
        "kernel": platform.release(),
        "filesystem": filesystem(directory),
        "python": sys.version.split()[0],
        "sqlite": pysqlite3.sqlite_version,
        "postgres": postgres,
    }


def limits(directory: Path) -> Facts:
    """How many a second of what every write needs: a durable commit, a check, a round trip."""
    return {
        "commits_per_s": round(_commits_per_s(directory)),
        "verifications_per_s": round(_verifications_per_s()),
        "echoes_per_s": round(_echoes_per_s(directory)),
    }


def filesystem(directory: Path) -> str:
    """The type of the filesystem that holds `directory`. Source: /proc/self/mounts, fstab(5)."""
    resolved = directory.resolve()
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    holders = [(mount[1], mount[2]) for mount in mounts if resolved.is_relative_to(mount[1])]
    return max(holders, key=lambda holder: len(holder[0]), default=("", "unknown"))[1]


def _commits_per_s(directory: Path) -> float:
    """Transactions of four rows by one SQLite connection, each durable before the next."""
    database = open_database(directory / "commits.db")
    start = perf_counter()
    for number in range(_COMMITS):
        commit_one(database, (f"{number:032x}", f"{number:060d}", number, _BODY))
    seconds = perf_counter() - start
    database.close()
    return _COMMITS / seconds


def _verifications_per_s() -> float:
    """Ed25519 checks of a message of a token's size, on one core."""
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key(), private.sign(_BODY[:120])
    start = perf_counter()
    for _ in range(_VERIFICATIONS):
        public.verify(signature, _BODY[:120])
    return _VERIFICATIONS / (perf_counter() - start)


def _echoes_per_s(directory: Path) -> float:
    """HTTP requests answered by a server that does nothing, for several callers."""
    with FloorAgent(mode="single", directory=directory) as agent:
        return agent.echo(_ECHOES, callers=_ECHO_CALLERS).per_s


def _first_value(path: str, key: str) -> str | None:
    for line in Path(path).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return None
