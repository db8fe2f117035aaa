"""API keys of the local API: a file a client, holding the SHA-256 of its key, never the key."""

import hashlib
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from time import monotonic, time_ns

KEY_PREFIX = "sk_"
LOOK_AGAIN_S = 1.0
LOCAL_CLIENT = "local"
"""The client whose key lies beside the database, for this PC's own commands."""
MONITORING_CLIENT = "monitoring"
"""The client whose key reads what monitoring needs, and opens nothing else."""

_TICK_NS = 1_000_000_000
"""File systems stamp a change by a tick of at most a second: a second change within it shows no
trace, so a directory that young is read again."""
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}\Z")


class ClientNameError(ValueError):
    """The client's name is not 1-32 of a-z, 0-9 and '-', or it is this PC's own."""


class UnknownClientError(LookupError):
    """No client of this name has a key."""


class ApiKeys:
    """The keys in a directory; a new one counts at once, a removed one for a second at most."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: int | None = None
        self._looked_at = 0.0
        self._clients: dict[str, str] = {}

    def client_of(self, key: str) -> str | None:
        """Return the client that `key` belongs to, None when it counts for nothing."""
        digest = _digest(key)
        if digest not in self._clients or monotonic() - self._looked_at > LOOK_AGAIN_S:
            self._looked_at = monotonic()
            self._reload_if_changed()
        return self._clients.get(digest)

    def add(self, client: str) -> str:
        """Make a key for `client` and return it; it is shown once and replaces an older one.

        Raises ClientNameError.
        """
        if client == LOCAL_CLIENT:
            raise ClientNameError(f"the key of {client!r} is this PC's own: choose another name")
        return self.make(client)

    def make(self, client: str) -> str:
        """Do what `add` does, also for this PC's own commands."""
        _check_name(client)
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._directory / f".{client}"
        draft.unlink(missing_ok=True)
        # Exclusive, so that root, who may add keys here, never writes through somebody's link.
        with os.fdopen(os.open(draft, _NEW_FILE, 0o600), "w", encoding="ascii") as file:
            file.write(_digest(key) + "\n")
            os.fchmod(file.fileno(), 0o644)  # the agent must read root's; the directory is closed
        draft.replace(self._directory / client)
        return key

    def names(self) -> list[str]:
        """Return the names of the clients that have a key, in order."""
        return sorted(self._read().values())

    def remove(self, client: str) -> None:
        """Take the key of `client` away; raise UnknownClientError if there is none."""
        _check_name(client)
        try:
            (self._directory / client).unlink()
        except FileNotFoundError:
            raise UnknownClientError(f"no key of {client!r} in {self._directory}") from None

    def _reload_if_changed(self) -> None:
        now = time_ns()
        try:
            changed = self._directory.stat().st_mtime_ns
        except FileNotFoundError:
            self._seen, self._clients = None, {}
            return
        if changed != self._seen:
            self._clients = self._read()
            self._seen = changed if now - changed > _TICK_NS else None

    def _read(self) -> dict[str, str]:
        clients: dict[str, str] = {}
        for path in self._directory.iterdir():
            if _NAME.match(path.name):
                with suppress(OSError, UnicodeDecodeError):  # removed just now, or no key's file
                    clients[path.read_text("ascii").strip()] = path.name
        return clients


def ensure_local_key(keys: ApiKeys, file: Path) -> None:
    """Make the key of this PC's own commands if it is not there; readable by its owner alone."""
    if file.exists() and keys.client_of(file.read_text("ascii").strip()) == LOCAL_CLIENT:
        return
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(keys.make(LOCAL_CLIENT) + "\n", "ascii")


def _check_name(client: str) -> None:
    if not _NAME.match(client):
        raise ClientNameError(f"a client is named by 1-32 of a-z, 0-9 and '-', got {client!r}")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
