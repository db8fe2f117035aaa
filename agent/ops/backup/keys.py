"""Keys of backups: age's (age-encryption.org/v1), in the files that age-keygen writes, too.

With public keys a PC makes backups that it can't read itself: who takes it, or breaks into it, does
not get the members and sales of the months before.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from agent.ops.backup.errors import KeyUnreadableError, WrongRecipientError

FROM_STDIN = Path("-")
_SECRET = "AGE-SECRET-KEY-1"  # noqa: S105 - what each begins with


def recipients_of(public_keys: Sequence[str]) -> list[x25519.Recipient]:
    """Return who can read a backup; WrongRecipientError."""
    return [_recipient(key) for key in public_keys]


def read_identities(file: Path) -> list[x25519.Identity]:
    """Return the private keys in `file` (`-`: standard input), one a line, `#` begins a comment.

    Raises KeyUnreadableError.
    """
    try:
        text = sys.stdin.read() if file == FROM_STDIN else file.read_text("ascii")
        lines = text.split()
        found = [x25519.Identity.from_str(word) for word in lines if word.startswith(_SECRET)]
    except (OSError, UnicodeDecodeError, IdentityError) as error:
        raise KeyUnreadableError(f"the key in {file} can't be used: {error}") from error
    if not found:
        raise KeyUnreadableError(
            f"{file} holds no private key of age: a line that begins with {_SECRET}"
        )
    return found


def make_key(file: Path) -> str:
    """Put a new private key into the new `file`; return its public key. OSError if it is there."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(f"# public key: {public}\n{identity}\n")
        out.flush()
        os.fsync(out.fileno())
    return public


def _recipient(key: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(key)
    except RecipientError as error:
        raise WrongRecipientError(key) from error
