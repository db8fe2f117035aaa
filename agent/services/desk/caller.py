"""Who asks: a POS with its API key, or a cashier signed in at a till page."""

from msgspec import Struct

from agent.domain.staff.cashier import Role


class Caller(Struct, frozen=True, kw_only=True):
    """One that was let in."""

    client: str
    """Whose Idempotency-Keys they are: the POS's name, or `till:<code>` of a session. No POS is
    named so."""
    cashier: str | None = None
    """Signed in at a till page; None for a POS, which is trusted to name its cashiers."""
    till: str | None = None
    """The till of the session."""
    role: Role = Role.IT
    training: bool = False
    """Nothing it does leaves the training database."""
    approved_by: str | None = None
    """The supervisor whose PIN was given for this session a moment ago."""
    session: bytes | None = None
    """SHA-256 of the session's token."""
