"""Who this installation is at head office, beside the database, for when that can't tell.

Also whether the database was closed: one that was not has its WAL, or has lost it.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from agent.state_dir import INSTALLATION_FILE
from agent.store.secret_file import make_secret


class Installation(Struct, frozen=True, kw_only=True):
    """As it was at the last start."""

    store: str
    install_id: str
    is_open: bool
    """The database was in use when this was written, and was not closed since."""


def load(state_dir: Path) -> Installation | None:
    """Return what was kept; None when nothing was, or it can't be read."""
    try:
        return msgspec.json.decode((state_dir / INSTALLATION_FILE).read_bytes(), type=Installation)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def keep(state_dir: Path, installation: Installation) -> None:
    """Keep it; when this returns, it outlasts a power cut, and so do the names beside it.
    OSError."""
    make_secret(state_dir / INSTALLATION_FILE, msgspec.json.encode(installation))
