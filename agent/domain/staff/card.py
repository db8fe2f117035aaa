"""Staff cards: a code on a card that a supervisor shows the scanner in place of number and PIN."""

import base64
import hashlib

SECRET_BYTES = 16
"""As many that nobody finds one by trying, however fast: no try has to be counted."""
_PREFIX = "STAFF"
CARD_PATTERN = r"\A[Ss][Tt][Aa][Ff][Ff][A-Za-z2-7]{26}\Z"
"""The form of a card's code; letters count in either case (Caps Lock)."""


def card_of(secret: bytes) -> str:
    """Return the code that stands on a card, of SECRET_BYTES random bytes."""
    return _PREFIX + base64.b32encode(secret).decode().rstrip("=")


def card_hash(card: str) -> str:
    """Return what is kept of a card's code: nobody can make the card of it."""
    return hashlib.sha256(b"staff card\0" + card.upper().encode()).hexdigest()
