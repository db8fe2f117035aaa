"""Signed links: who has a member's link sees their coupons, until it expires. Pure.

base64url of the member id (12 bytes), the end (Unix seconds, 5 bytes) and an HMAC-SHA256 over both,
cut to 16 bytes: 44 characters.
"""

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple

from agent.base.clock import DAY_MS, SECOND_MS, Millis

MAX_AGE_MS = 31 * DAY_MS
"""No link is good for longer."""
LINK_CHARS = 44

_MEMBER_BYTES, _END_BYTES, _MAC_BYTES = 12, 5, 16
_TAG = b"store-hq/wallet-link/1\0"


class Link(NamedTuple):
    """What a link says."""

    member_id: str
    expires: Millis


def make_link(link: Link, *, secret: bytes) -> str:
    """Return the link's text; its end counts in whole seconds."""
    told = bytes.fromhex(link.member_id) + (link.expires // SECOND_MS).to_bytes(_END_BYTES)
    return base64.urlsafe_b64encode(told + _mac(told, secret)).decode()


def read_link(text: str, *, secret: bytes, now: Millis) -> Link | None:
    """Return what the link says; None if we did not make it, or it has expired."""
    try:
        data = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    told, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    if len(told) != _MEMBER_BYTES + _END_BYTES or not hmac.compare_digest(mac, _mac(told, secret)):
        return None
    expires = Millis(int.from_bytes(told[_MEMBER_BYTES:]) * SECOND_MS)
    return Link(told[:_MEMBER_BYTES].hex(), expires) if now < expires else None


def _mac(told: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, _TAG + told, hashlib.sha256)[:_MAC_BYTES]
