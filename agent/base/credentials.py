"""Secrets that the service manager hands over (systemd.exec(5), CREDENTIALS)."""

from collections.abc import Mapping
from pathlib import Path


def credential(name: str, environ: Mapping[str, str]) -> str:
    """Return the file of a credential that holds something, else an empty string."""
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(directory, name)
    if not directory or not file.is_file() or not file.read_bytes().strip():
        return ""
    return str(file)
