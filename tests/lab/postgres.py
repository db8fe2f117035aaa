"""A real, durable PostgreSQL that tests and the demo start, stop and kill.

    with PostgresServer() as server:
        dsn = server.create_database("head_office")

All calls block; from asyncio use `asyncio.to_thread`. The server cannot outlive its launcher.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.lab.clusters import kept, unpack
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.postgres_binaries import PostgresBinaries, find_binaries
from tests.lab.process_tree import kill_tree, wait_for_end

USER = "hq"
"""The one database user, a superuser: trusted without a password, from this machine only."""

START_TIMEOUT_S = 60.0  # recovery after a crash included
STOP_TIMEOUT_S = 60.0
LOG_TAIL_CHARS = 2_000

_POLL_S = 0.01
_ACCESS_RULES = f"host all {USER} {LOOPBACK}/32 trust\nlocal all {USER} trust\n"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": ".",  # the cluster itself
    # What is acknowledged is on disk: this is the database that durability is proven with.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "32MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off"}
"""Safe from crashes of PostgreSQL, not from those of the machine."""

# Runs the server in its own place (same process id) and leaves a guard behind that asks it to
# shut down at once (SIGINT) when the launcher closes the pipe on standard input, or dies.
# The guard is nobody's child: PostgreSQL takes an unknown child that dies for a crashed backend.
_GUARDED = """
exec 3<&0 </dev/null
( ( read -r _ <&3; kill -INT $$ ) & )
exec "$@" 3<&-
"""


class PostgresStartError(RuntimeError):
    """The server ended, or was not ready in time; holds the end of its log."""


class PostgresServer:
    """One PostgreSQL cluster on a loopback port that stays the same across restarts.

    Data live in `data_dir`, or else in a temporary directory that `stop()` removes. One that is not
    `durable` makes new databases faster: for hundreds of them, where none has to outlive the power.
    A new cluster is unpacked from `archive`.
    """

    def __init__(
        self,
        *,
        data_dir: Path | None = None,
        port: int | None = None,
        durable: bool = True,
        archive: Callable[[], Path] | None = None,
    ) -> None:
        self._data_dir = data_dir
        self._port = port
        self._archive = archive or empty_cluster
        self._settings = _SETTINGS if durable else _SETTINGS | _FORGETFUL
        self._temporary = data_dir is None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Return the DSN of the database `postgres` when it accepts connections.

        Creates the cluster first if there is none. Does nothing if it runs. PostgresStartError.
        """
        if self._process is None:
            if self._data_dir is None:
                self._data_dir = Path(tempfile.mkdtemp(prefix="store-agent-postgres-"))
            self._data_dir.mkdir(parents=True, exist_ok=True)
            binaries = find_binaries()
            cluster = _ensure_cluster(self._data_dir, self._archive)
            _wait_for_predecessor(cluster)
            self._process = self._launch(cluster, binaries)
            self._wait_until_ready(cluster, self._process)
        return self.dsn("postgres")

    def stop(self) -> None:
        """Shut down at once but cleanly, and wait for the end; does nothing if it doesn't run."""
        if self._process is not None:
            _close_pipe(self._process)
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            self._process = None
        if self._temporary and self._data_dir is not None:
            shutil.rmtree(self._data_dir)
            self._data_dir = None

    def kill(self) -> None:
        """Kill every process of the cluster (SIGKILL) and wait for their end; the data stay."""
        if self._process is not None:
            kill_tree(self._process.pid)
            self._process.wait()
            _close_pipe(self._process)
            self._process = None

    def dsn(self, database: str) -> str:
        """The address of `database` on this server."""
        return f"postgresql://{USER}@{LOOPBACK}:{self.port}/{database}"

    @property
    def port(self) -> int:
        """The loopback port, the same for the life of this object."""
        if self._port is None:
            self._port = free_port()
        return self._port

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create the database `name`, empty or as `template` is, and return its DSN."""
        copied = [] if template is None else [f"--template={template}", "--strategy=file_copy"]
        self._run_client("createdb", *copied, name)
        return self.dsn(name)

    def local_dsn(self, database: str) -> str:
        """The address of `database` by the socket in the cluster, without TCP."""
        assert self._data_dir is not None, "the server is not started"
        return f"postgresql://{USER}@/{database}?host={self._data_dir}/cluster&port={self.port}"

    def drop_database(self, name: str) -> None:
        """Drop the database `name`, ending the connections that are open to it."""
        self._run_client("dropdb", "--force", name)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self, cluster: Path, binaries: PostgresBinaries) -> subprocess.Popen[bytes]:
        settings = self._settings | {"port": str(self.port)}
        options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
        with _log_path(cluster).open("ab") as log:
            command = ["/bin/sh", "-c", _GUARDED, "sh", binaries.path("postgres"), *options]
            return _popen(command, cluster=cluster, binaries=binaries, output=log)

    def _wait_until_ready(self, cluster: Path, process: subprocess.Popen[bytes]) -> None:
        # The same signal that pg_ctl waits for: line 8 of postmaster.pid, written by this process.
        deadline = time.monotonic() + START_TIMEOUT_S
        while process.poll() is None and time.monotonic() < deadline:
            status = _lock_file_lines(cluster)
            if status[:1] == [str(process.pid)] and status[7:8] == ["ready"]:
                return
            time.sleep(_POLL_S)
        self.kill()
        raise PostgresStartError(f"no PostgreSQL on port {self.port}:\n{_log_tail(cluster)}")

    def _run_client(self, program: str, *arguments: str) -> None:
        connection = ["--host", LOOPBACK, "--port", str(self.port), "--username", USER]
        subprocess.run(
            [find_binaries().path(program), *connection, "--maintenance-db=postgres", *arguments],
            check=True,
            env=_environment(),
        )


def _ensure_cluster(data_dir: Path, archive: Callable[[], Path]) -> Path:
    """The cluster's directory in `data_dir`: whole or not there, even if this is interrupted."""
    cluster = data_dir / "cluster"
    if cluster.exists():
        return cluster
    unfinished = data_dir / "cluster.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unpack(archive(), unfinished)
    return unfinished.rename(cluster)


def empty_cluster() -> Path:
    """The archive of what initdb makes."""
    return kept("empty", "with-socket", _made_by_initdb)


def _made_by_initdb(directory: Path) -> Path:
    binaries = find_binaries()
    cluster = directory / "cluster"
    cluster.mkdir(mode=0o700)
    binaries.account.own(cluster)
    _init_cluster(cluster, binaries)
    return cluster


def _init_cluster(cluster: Path, binaries: PostgresBinaries) -> None:
    options = [f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust"]
    command = [binaries.path("initdb"), "--no-sync", *options]
    with _log_path(cluster).open("wb") as log:
        creation = _popen(command, cluster=cluster, binaries=binaries, output=log)
        creation.communicate()
    if creation.returncode != 0:
        raise PostgresStartError(f"initdb ended with {creation.returncode}:\n{_log_tail(cluster)}")
    (cluster / "pg_hba.conf").write_text(_ACCESS_RULES)


def _popen(
    command: list[str], *, cluster: Path, binaries: PostgresBinaries, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start `command` on the cluster as the account of the binaries, in a session of its own."""
    # Named by descriptor, the cluster may lie below a directory that the account can't enter.
    descriptor = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[descriptor],
            env=_environment() | {"PGDATA": f"/proc/self/fd/{descriptor}"},
            cwd="/",
            start_new_session=True,
            user=binaries.account.uid,
            group=binaries.account.gid,
            extra_groups=binaries.account.extra_groups,
        )
    finally:
        os.close(descriptor)


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGPORT, PGOPTIONS and the like would change the server."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def _wait_for_predecessor(cluster: Path) -> None:
    """A server whose launcher died is shutting down; one that stays holds the cluster's lock."""
    lines = _lock_file_lines(cluster)
    if lines and _is_postgres(int(lines[0])):
        wait_for_end(int(lines[0]))


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except FileNotFoundError:
        return False


def _lock_file_lines(cluster: Path) -> list[str]:
    """The lines of postmaster.pid, or none if there is no such file."""
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def _log_path(cluster: Path) -> Path:
    return cluster.parent / "postgres.log"


def _log_tail(cluster: Path) -> str:
    return _log_path(cluster).read_text(errors="replace")[-LOG_TAIL_CHARS:]
