"""Messages by which a store leaves its encrypted backups at head office.

HQ sees what lies in plain beside a backup anyway: whose it is, how large, its digest and the newest
event in it. It has no key that opens one.
"""

from typing import Annotated

from msgspec import Meta, Struct

from sync.protocol.messages import Hash, Instant, Seq, Short, StoreCode

BackupName = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{2,8}-\d{8}T\d{6}Z\.tar\.gz\.age\Z")]
"""As the file is called at the store."""


class BackupOffer(Struct, frozen=True, kw_only=True):
    """`POST /sync/v1/backups`: a backup that the store wants HQ to keep."""

    store: StoreCode
    install_id: Short
    epoch: Seq
    """The store's, now: a copy of its disk that was fenced pushes no good backup out."""
    name: BackupName
    size_bytes: Annotated[int, Meta(ge=1, le=2**53)]
    sha256: Hash
    """Of the encrypted file."""
    taken_at: Instant
    """By the store's clock."""
    seq: Seq
    """The newest event in it."""


class BackupStanding(Struct, frozen=True, kw_only=True):
    """HQ's answer to an offer and to each part: how far it has the backup."""

    received: Annotated[int, Meta(ge=0, le=2**53)]
    """Bytes that are on HQ's disk; the next part begins here."""
    stored: bool
    """Whether HQ has all of it, of the digest that was offered, and keeps it."""
