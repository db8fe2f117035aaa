"""The store's key for head office: where setup reads it, and where it keeps it."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from agent.base.settings import Mistake
from agent.ops.kept_file import KeptFile
from agent.ops.setup.given import Answers
from agent.ops.setup.questions import KEY_FILE
from sync.key_file import KeyFileError, read_key

KEPT_AS = "hq.key"
"""Beside agent.toml, unless [hq] key_file says otherwise; also the credential's name."""
MODE = 0o640
GROUP = "store-agent"
STDIN = "-"
_CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Set by systemd (LoadCredential=, systemd-run -p SetCredential=…)."""
_KEY = re.compile(r"[!-~]{1,256}")


def given_key(answers: Answers, environ: Mapping[str, str], mistakes: list[Mistake]) -> str | None:
    """Return the key that was given; None if none was. What is wrong is added to `mistakes`."""
    given = answers.get(KEY_FILE)
    credential = Path(environ.get(_CREDENTIALS, ""), KEPT_AS)
    if given is None and not (environ.get(_CREDENTIALS) and credential.exists()):
        return None
    try:
        if given is None:
            return read_key(credential)
        if given.text == STDIN:
            return checked(sys.stdin.readline())
        return read_key(Path(given.text))
    except KeyFileError as error:
        where = given.where if given else str(credential)
        mistakes.append(Mistake(where=where, what=f"the key can't be used: {error}"))
        return None


def checked(text: str) -> str:
    """Return a key that was typed or piped in; raise KeyFileError, which never repeats it."""
    key = text.strip()
    if not _KEY.fullmatch(key):
        raise KeyFileError("not one word of plain signs" if key else "empty")
    return key


def kept_key(path: Path) -> KeptFile:
    """Return the file that keeps the key; only root and the agent read it."""
    return KeptFile(path, mode=MODE, group=GROUP)
