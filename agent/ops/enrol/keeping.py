"""What enrolment leaves on this machine: a file of the agent's own in its state directory.

The key is on the disk before head office hears of it: when the answer is lost, the same command
brings it again.
"""

import os
import pwd
import shutil
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.state_dir import CLOSING_KEY_FILE
from agent.store.cash.closing_key import load_closing_key
from agent.store.house import installation
from agent.store.secret_file import alone_in, make_secret
from sync.enrolment_file import ENROLMENT_FILE, Enrolment, read, written
from sync.protocol.enrolment import EnrolmentAnswer

USER = "store-agent"
PENDING_FILE = "enrolment.key"
"""The key while head office is asked."""
DIRECTORY_MODE = 0o700


class OtherStoreError(Exception):
    """The database here is that of another store."""

    def __init__(self, store: str) -> None:
        super().__init__(f"the data of this machine is store {store}'s")
        self.store = store


def prepare(state_dir: Path) -> Ed25519PrivateKey:
    """Return the key that this machine will have, on its disk already; OSError."""
    _make(state_dir)
    return _pending(state_dir / PENDING_FILE)


def closing_key(state_dir: Path) -> str:
    """Return by which key this machine signs its Z reports, on its disk already: 64 hex digits.

    OSError; StartRefusedError for a file that is no key.
    """
    file = state_dir / CLOSING_KEY_FILE
    if not file.exists():
        _put(file, Ed25519PrivateKey.generate().private_bytes_raw())
    return load_closing_key(file).public_key().public_bytes_raw().hex()


def keep(state_dir: Path, answer: EnrolmentAnswer, key: Ed25519PrivateKey) -> None:
    """Keep what head office told to the machine with this key; OSError."""
    enrolment = Enrolment(
        store=answer.store,
        install_id=answer.install_id,
        private_key=written(key),
        root_key=answer.root_key,
        key_set=answer.key_set,
        policy=answer.policy,
    )
    with alone_in(state_dir):  # beside an agent that runs, and keeps what it is told
        _put(state_dir / ENROLMENT_FILE, msgspec.json.encode(enrolment))
        (state_dir / PENDING_FILE).unlink()


def known_installation(state_dir: Path, store: str) -> str:
    """Return the id of the installation whose database of `store` is here; empty for none.

    OtherStoreError if the database is another store's.
    """
    known = installation.load(state_dir)
    if known is None:
        return ""
    if known.store != store:
        raise OtherStoreError(known.store)
    return known.install_id


def _make(state_dir: Path) -> None:
    """Make the directory as the service would, if it is not there."""
    if state_dir.exists():
        return
    state_dir.mkdir(mode=DIRECTORY_MODE, parents=True)
    if os.geteuid() == 0 and _has_user():
        shutil.chown(state_dir, USER, USER)


def _has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def _pending(file: Path) -> Ed25519PrivateKey:
    try:
        return read(file.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        key = Ed25519PrivateKey.generate()
        _put(file, written(key).encode())
        return key


def _put(file: Path, secret: bytes) -> None:
    """Put it on the disk, the service's own as its directory is."""
    make_secret(file, secret)
    if os.geteuid() == 0:
        owner = file.parent.stat()
        os.chown(file, owner.st_uid, owner.st_gid, follow_symlinks=False)
