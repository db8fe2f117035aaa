"""The closing: a Z report under the signature of the store's own key."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.base.strict_json import canonical
from agent.domain.cash.events import ShiftClosed
from agent.domain.cash.shift import ShiftReport

TAG = b"store-agent/closing/1\0"
"""What is signed begins with it, so that the signature counts for nothing else."""


def sign_closing(report: ShiftReport, key: Ed25519PrivateKey) -> ShiftClosed:
    """Return the closing with the report signed by `key`."""
    return ShiftClosed(
        report=report,
        signer=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(_signed(report)).hex(),
    )


def is_signed(closed: ShiftClosed) -> bool:
    """Whether the signature fits the report and the key that it names."""
    try:
        signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(closed.signer))
        signer.verify(bytes.fromhex(closed.signature), _signed(closed.report))
    except (ValueError, InvalidSignature):
        return False
    return True


def _signed(report: ShiftReport) -> bytes:
    return TAG + canonical(report)
