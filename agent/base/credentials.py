"""Secrets that the service manager hands over (systemd.exec(5), CREDENTIALS)."""

from collections.abc import Mapping
from pathlib import Path


def credential(name: str, environ: Mapping[str, str]) -> Path | None:
    """Return the file of a credential, if there is one that holds something."""
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(directory, name)
    if not directory or not file.is_file() or not file.read_bytes().strip():
        return None
    return file
