"""The file that holds a store's key for HQ: one line, as `store-hq stores add` printed it."""

import os
import re
from pathlib import Path

from agent.base.credentials import credential

_KEY = re.compile(r"[!-~]{1,256}")


class KeyFileError(Exception):
    """The file holds no key that can be sent; the message says what is wrong with it."""


def read_key(file: Path) -> str:
    """Return the key; raise KeyFileError.

    A credential of the file's name, which systemd has read as root, stands for the file.
    """
    try:
        key = (credential(file.name, os.environ) or file).read_text("ascii").strip()
    except OSError as error:
        raise KeyFileError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{file}: not plain text") from error
    if not _KEY.fullmatch(key):
        raise KeyFileError(f"{file}: {'not one word' if key else 'empty'}")
    return key
