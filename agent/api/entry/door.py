"""How far a request has to prove itself before a route answers it."""

from enum import StrEnum


class Door(StrEnum):
    """What a route asks for, the least first; Host and Origin are asked of all."""

    PUBLIC = "public"
    """Nobody in particular: sign-in, the page, documentation. Tells nothing of the store."""
    ON_THIS_PC = "on_this_pc"
    """Nobody in particular, if it runs on this PC; from elsewhere as KEPT."""
    LOCKED_TOO = "locked_too"
    """An API key, or a session even while it is locked."""
    KEPT = "kept"
    """An API key, or a session that is not locked."""
