"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that rows made later sort later."""

import os

from agent.base.clock import Millis


def uuid7(now: Millis) -> str:
    """Return a new UUIDv7 for the instant `now`, as its 36-character text."""
    value = int.from_bytes(os.urandom(10), "big")
    rand_a = value >> 68 & 0xFFF
    rand_b = value & (1 << 62) - 1
    text = f"{now << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
