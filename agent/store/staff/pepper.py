"""The pepper: a secret outside the database, without which its PIN hashes can't be tried."""

import os
from pathlib import Path

from agent.store.errors import StartRefusedError
from agent.store.secret_file import make_secret

PEPPER_BYTES = 32


def load_pepper(file: Path) -> bytes:
    """Return the pepper in `file`, made if there is none; readable by its owner alone.

    Raises StartRefusedError for a file that is no pepper: a new one would void every PIN.
    """
    if not file.exists():
        make_secret(file, os.urandom(PEPPER_BYTES))
    pepper = file.read_bytes()
    if len(pepper) != PEPPER_BYTES:
        raise StartRefusedError(
            f"{file} holds {len(pepper)} bytes, a pepper has {PEPPER_BYTES}: bring it back from "
            "where it was copied; or remove it and set every PIN anew: store-agent cashier set-pin"
        )
    return pepper
