"""What enrolment left on this machine: who it is to HQ, its key, and whom it believes. One file."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta, Struct

from sync.protocol.enrolment import DocumentHex, PublicKey
from sync.protocol.messages import StoreCode

_PREFIX = "hk_"
ENROLMENT_FILE = "enrolment.json"
"""In the state directory; its owner's alone."""


WrittenKey = Annotated[str, Meta(pattern=r"\Ahk_[A-Za-z0-9_-]{43}\Z")]
MaybeKey = Annotated[str, Meta(pattern=r"\A(hk_[A-Za-z0-9_-]{43})?\Z")]
"""A key, or empty."""


class EnrolmentFileError(Exception):
    """The file can't be used; the message says why, and never what is in it."""


class Enrolment(Struct, frozen=True, kw_only=True):
    """The file, as JSON."""

    store: StoreCode
    install_id: Annotated[str, Meta(min_length=1, max_length=64)]
    private_key: WrittenKey
    """Ed25519, as `written` writes it: made here, and never sent."""
    root_key: PublicKey
    key_set: DocumentHex
    """The newest one that was told, at enrolment or since."""
    policy: DocumentHex = ""
    """Likewise."""
    next_key: MaybeKey = ""
    """It takes the place of `private_key` as soon as HQ has answered it: until then both are kept,
    for HQ may know either."""
    former_key: MaybeKey = ""
    """Its place was taken so; HQ knows it again when its database was restored from a backup."""
    key_since: Annotated[int, Meta(ge=0)] | None = None
    """The counted day from which `private_key` is known to be in use; None: not known."""

    @property
    def key(self) -> Ed25519PrivateKey:
        """The key that signs: the next one, once there is one."""
        return read(self.next_key or self.private_key)

    @property
    def other_key(self) -> Ed25519PrivateKey | None:
        """The key that HQ knows if it does not take `key`."""
        other = self.private_key if self.next_key else self.former_key
        return read(other) if other else None


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
