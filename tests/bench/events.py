"""Made-up events of the size of real ones, for floors that only carry them."""

import uuid

import msgspec

BATCH = 500
"""Events a batch, on the way to head office as in its inserts."""

SALE_EVENT_BYTES = 800
"""About the body of a sale of five lines with one coupon."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One journal row, as the floor's outbox holds it and posts it."""

    seq: int
    event_id: str
    body: msgspec.Raw
    """JSON that nobody on the way parses."""


def events(number: int, *, body_bytes: int = SALE_EVENT_BYTES) -> list[Event]:
    """Events 1 … `number`, each with an id of its own and a body of exactly `body_bytes`."""
    return [
        Event(seq=seq, event_id=str(uuid.uuid4()), body=msgspec.Raw(_body(seq, body_bytes)))
        for seq in range(1, number + 1)
    ]


def batches(all_events: list[Event]) -> list[list[Event]]:
    """The events in order, in batches of BATCH."""
    return [all_events[first : first + BATCH] for first in range(0, len(all_events), BATCH)]


def _body(seq: int, size: int) -> bytes:
    """Sale lines as long as they fit, then a note that fills the rest."""
    lines: list[dict[str, str | int]] = []
    body = _sale(seq, lines, "")
    while True:
        lines.append({"sku": f"69{seq:07d}{len(lines):04d}", "quantity": 1, "amount_fen": 2560})
        longer = _sale(seq, lines, "")
        if len(longer) > size:
            break
        body = longer
    if len(body) > size:
        raise ValueError(f"an event body takes at least {len(body)} bytes, got {size}")
    return _sale(seq, lines[:-1], "n" * (size - len(body)))


def _sale(seq: int, lines: list[dict[str, str | int]], note: str) -> bytes:
    return msgspec.json.encode(
        {"receipt": f"MB001-1-{seq:08d}", "occurred_at": 1_800_000_000_000, "lines": lines}
        | {"coupon": f"{seq:024x}", "total_fen": 12800, "note": note}
    )
