"""What enrolment left on this machine: who it is to HQ, its key, and whom it believes. One file."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta, Struct

from agent.domain.trust.document import DocumentError, open_document
from agent.domain.trust.keys import KeySet, answering
from sync.protocol.enrolment import DocumentHex, PublicKey
from sync.protocol.messages import StoreCode

_PREFIX = "hk_"
ENROLMENT_FILE = "enrolment.json"
"""In the state directory; its owner's alone."""


class EnrolmentFileError(Exception):
    """The file can't be used; the message says why, and never what is in it."""


class Enrolment(Struct, frozen=True, kw_only=True):
    """The file, as JSON."""

    store: StoreCode
    install_id: Annotated[str, Meta(min_length=1, max_length=64)]
    private_key: Annotated[str, Meta(pattern=r"\Ahk_[A-Za-z0-9_-]{43}\Z")]
    """Ed25519, as `written` writes it: made here, and never sent."""
    root_key: PublicKey
    key_set: DocumentHex
    """The newest one at enrolment."""
    policy: DocumentHex = ""

    @property
    def key(self) -> Ed25519PrivateKey:
        """The machine's key."""
        return read(self.private_key)

    def answer_keys(self) -> dict[str, Ed25519PublicKey]:
        """Return the keys of HQ's answers; none if the root key did not sign them."""
        root = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.root_key))
        try:
            return answering(open_document(bytes.fromhex(self.key_set), KeySet, root=root))
        except (DocumentError, ValueError):
            return {}


def written(key: Ed25519PrivateKey) -> str:
    """Return a private key as text of a form that no log and no support bundle lets through."""
    return _PREFIX + urlsafe_b64encode(key.private_bytes_raw()).decode().rstrip("=")


def read(text: str) -> Ed25519PrivateKey:
    """Return the key in a text that `written` wrote; ValueError."""
    raw = urlsafe_b64decode(text.strip().removeprefix(_PREFIX) + "=")
    return Ed25519PrivateKey.from_private_bytes(raw)


def read_enrolment(state_dir: Path) -> Enrolment | None:
    """Return what is there; None if this machine was never enrolled. EnrolmentFileError."""
    file = state_dir / ENROLMENT_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Enrolment)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnrolmentFileError(f"{file}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise EnrolmentFileError(f"{file}: damaged, or of another version") from None
