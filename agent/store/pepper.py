"""The pepper: a secret outside the database, without which its PIN hashes can't be tried."""

import os
from pathlib import Path

from agent.store.errors import StartRefusedError

PEPPER_BYTES = 32
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def load_pepper(file: Path) -> bytes:
    """Return the pepper in `file`, made if there is none; readable by its owner alone.

    Raises StartRefusedError for a file that is no pepper: a new one would void every PIN.
    """
    if not file.exists():
        _make(file)
    pepper = file.read_bytes()
    if len(pepper) != PEPPER_BYTES:
        raise StartRefusedError(
            f"{file} holds {len(pepper)} bytes, a pepper has {PEPPER_BYTES}: bring it back from "
            "where it was copied; or remove it and set every PIN anew: store-agent cashier set-pin"
        )
    return pepper


def _make(file: Path) -> None:
    draft = file.with_name(f".{file.name}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, _NEW_FILE, 0o600), "wb") as out:
        out.write(os.urandom(PEPPER_BYTES))
        out.flush()
        os.fsync(out.fileno())
    draft.rename(file)
    directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
