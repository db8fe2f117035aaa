"""Enrolment: the one-time code, and what a store and HQ tell each other once. Pure.

A code is typed by people: 24 letters and digits, of which the first half is a secret that HQ knows
by its hash, and the second half says whose root key the store will find there.
"""

import hashlib
import secrets
from typing import Annotated, Final, NamedTuple

from msgspec import Meta, Struct

from sync.protocol.messages import ServerTime, Short, StoreCode

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which are mistaken for one another; 5 bits each."""
SECRET_CHARS = 12
"""60 bits: a guess a millisecond for a day meets it with a chance of 1 to 10^10."""
ROOT_CHARS = 12
_GROUP = 4
_ROOT_TAG = b"store-enrolment-root-v1\0"
_SECRET_TAG = b"store-enrolment-secret-v1\0"

PublicKey = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
DocumentHex = Annotated[str, Meta(pattern=r"\A[0-9a-f]*\Z", max_length=120_000)]


class CodeError(ValueError):
    """What was typed is no enrolment code."""


class EnrolmentCode(NamedTuple):
    """A code, read."""

    secret: str
    root_mark: str
    """Of the root key of the HQ that made it."""

    @classmethod
    def make(cls, root_key: str) -> "EnrolmentCode":
        """Return a fresh code of the HQ with this root key, 64 hex digits."""
        secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_CHARS))
        return cls(secret, mark_of(root_key))

    @classmethod
    def parse(cls, text: str) -> "EnrolmentCode":
        """Return what was typed: in any case, with or without dashes and spaces. CodeError."""
        plain = "".join(text.split()).replace("-", "").upper()
        if len(plain) != SECRET_CHARS + ROOT_CHARS or set(plain) - set(ALPHABET):
            raise CodeError("a code has 24 letters and digits in groups of four, without I O 0 1")
        return cls(plain[:SECRET_CHARS], plain[SECRET_CHARS:])

    @property
    def hash(self) -> bytes:
        """What HQ keeps of it."""
        return hashlib.sha256(_SECRET_TAG + self.secret.encode()).digest()

    def __str__(self) -> str:
        plain = self.secret + self.root_mark
        return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))


def mark_of(root_key: str) -> str:
    """Return by which letters of a code a root key is told: 60 bits of its digest."""
    number = int.from_bytes(hashlib.sha256(_ROOT_TAG + bytes.fromhex(root_key)).digest()[:8], "big")
    return "".join(ALPHABET[number >> 59 - 5 * at & 31] for at in range(ROOT_CHARS))


class EnrolmentOrder(Struct, frozen=True, kw_only=True):
    """`POST /sync/v1/enrolments`: signed by the key that it brings, whose hex is the keyid."""

    secret: Annotated[str, Meta(pattern=r"\A[A-Z2-9]{12}\Z")]
    """The first half of the code."""
    public_key: PublicKey
    install_id: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{0,64}\Z")] = ""
    """Of an installation that has a database already; empty: HQ gives one."""
    closing_key: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""
    """By which the machine signs its Z reports; empty: an agent that does not tell."""
    app_version: Short = ""
    only_look: bool = False
    """Only tell what would be answered: the code is not used up, and no key is taken."""


class EnrolmentAnswer(Struct, frozen=True, kw_only=True):
    """What a store is told once."""

    store: StoreCode
    name: str
    install_id: Short
    """The keyid of its requests from now on; empty if it only looked."""
    root_key: PublicKey
    key_set: DocumentHex
    """The newest key set, as DocumentChange holds it: HQ's coupon keys and answer keys."""
    policy: DocumentHex
    urls: tuple[str, ...]
    """HQ's addresses; empty: the one that was asked."""
    server_time: ServerTime
    app_version: Short
