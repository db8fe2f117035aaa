"""Bodies of journal events: shifts and the cash in the drawer."""

from msgspec import Struct

from agent.domain.bounds import Whole, Word
from agent.domain.cash.shift import ShiftReport


class ShiftOpened(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shift.opened`: a till begins a shift with `float_fen` of cash in its drawer."""

    shift_id: Word
    z_no: Whole
    float_fen: Whole


class CashMoved(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cash.moved`: cash put into the drawer (positive) or taken out of it (negative)."""

    shift_id: Word
    amount_fen: Whole
    why: str
    approved_by: Word | None = None


class DrawerOpened(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`drawer.opened`: the drawer was opened without a sale."""

    shift_id: Word
    why: str
    approved_by: Word | None = None


class ShiftClosed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shift.closed`: the closing (the Z report), signed by the store's own key."""

    report: ShiftReport
    signer: Word
    """Ed25519 public key, hex."""
    signature: Word
    """Ed25519 over the tag `store-agent/closing/1`, a zero byte and the report's canonical JSON;
    128 hex digits."""
