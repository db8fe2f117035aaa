"""What the package says when it took a new version back (systemd/packaging/trial.py)."""

from pathlib import Path

import msgspec

from agent.state_dir import ROLLED_BACK_FILE


class _Note(msgspec.Struct):
    version: str


def rolled_back_version(state_dir: Path) -> str:
    """Return the version that was tried and did not do its work; empty if none was."""
    try:
        return msgspec.json.decode((state_dir / ROLLED_BACK_FILE).read_bytes(), type=_Note).version
    except (OSError, msgspec.MsgspecError):
        return ""
