"""A batch on the wire: a head line and the events' lines, and the check of their chain."""

from collections.abc import Iterable, Sequence

import msgspec

from agent.domain.line.chain import ChainBrokenError, Envelope, line_hash
from sync.protocol.limits import MAX_BATCH_EVENTS, MAX_LINE_BYTES
from sync.protocol.messages import BatchHead

_head = msgspec.json.Decoder(BatchHead)
_envelope = msgspec.json.Decoder(Envelope)


class BatchError(ValueError):
    """The bytes are not a batch; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Event(msgspec.Struct, frozen=True):
    """A received event: its exact line, the line's hash, and what the line says."""

    line: bytes
    hash: bytes
    envelope: Envelope


def encode_batch(head: BatchHead, lines: Iterable[bytes]) -> bytes:
    """Return the bytes of a batch."""
    return b"\n".join((msgspec.json.encode(head), *lines, b""))


def decode_batch(data: bytes) -> tuple[BatchHead, Sequence[Event]]:
    """Return head and events of `data`, chain checked from head.prev_hash on.

    Raises BatchError for a malformed batch and ChainBrokenError for a chain that does not hold.
    """
    first, *lines = data.split(b"\n")
    if not lines or lines.pop():
        raise BatchError("batch_truncated", "the batch does not end with a line feed")
    try:
        head = _head.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BatchError("batch_head", str(error)) from None
    if not 0 < len(lines) <= MAX_BATCH_EVENTS:
        raise BatchError("batch_size", f"1 to {MAX_BATCH_EVENTS} events, got {len(lines)}")
    if head.last_seq - head.first_seq + 1 != len(lines):
        raise BatchError("batch_size", "first_seq, last_seq and the number of lines differ")
    return head, _chained(head, lines)


def _chained(head: BatchHead, lines: list[bytes]) -> Sequence[Event]:
    events: list[Event] = []
    prev = head.prev_hash
    for seq, line in enumerate(lines, head.first_seq):
        if len(line) > MAX_LINE_BYTES:
            raise BatchError("line_too_long", f"seq {seq} has more than {MAX_LINE_BYTES} bytes")
        try:
            envelope = _envelope.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BatchError("line_malformed", f"seq {seq}: {error}") from None
        if envelope.seq != seq or envelope.prev_hash != prev:
            raise ChainBrokenError(seq, "it does not follow from the event before it")
        digest = line_hash(line)
        events.append(Event(line, digest, envelope))
        prev = digest.hex()
    return events
