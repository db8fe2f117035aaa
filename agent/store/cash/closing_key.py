"""The store's closing key: an Ed25519 key of this installation that signs its Z reports."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.store.errors import StartRefusedError
from agent.store.secret_file import make_secret

KEY_BYTES = 32


def load_closing_key(file: Path) -> Ed25519PrivateKey:
    """Return the key in `file`, made if there is none; readable by its owner alone.

    Raises StartRefusedError for a file that is no key: a new one would be another signer.
    """
    if not file.exists():
        make_secret(file, Ed25519PrivateKey.generate().private_bytes_raw())
    raw = file.read_bytes()
    if len(raw) != KEY_BYTES:
        raise StartRefusedError(
            f"{file} holds {len(raw)} bytes, a closing key has {KEY_BYTES}: bring it back from "
            "where it was copied; or remove it and enrol this PC anew (store-agent enroll CODE): "
            "head office believes Z reports under no other key"
        )
    return Ed25519PrivateKey.from_private_bytes(raw)
