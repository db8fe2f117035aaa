"""The next batch: how large, and what of it head office has confirmed. Pure."""

from dataclasses import dataclass

from agent.domain.line.chain import line_hash
from sync.errors import ContradictionError
from sync.protocol.batch import encode_batch
from sync.protocol.limits import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_LINE_BYTES
from sync.protocol.messages import BatchHead, BatchLimits, EventsAnswer, Point


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Events in a row, as they are sent."""

    epoch: int
    after: Point
    """The place before the first event."""
    lines: list[bytes]
    full: bool
    """Whether more events may wait behind it."""

    @property
    def last_seq(self) -> int:
        """Seq of the last event."""
        return self.after.seq + len(self.lines)

    @property
    def last(self) -> Point:
        """The place of the last event."""
        return self._place(self.last_seq)

    def encoded(self) -> bytes:
        """Return the bytes of the batch."""
        head = BatchHead(
            epoch=self.epoch,
            first_seq=self.after.seq + 1,
            last_seq=self.last_seq,
            prev_hash=self.after.hash,
        )
        return encode_batch(head, self.lines)

    def confirmed(self, answer: EventsAnswer) -> Point:
        """Return the place up to which `answer` proves that HQ holds the same.

        Raises ContradictionError when it proves nothing of this batch.
        """
        if not self.after.seq < answer.accepted_through <= self.last_seq:
            sent = f"{self.after.seq + 1} to {self.last_seq} sent"
            raise ContradictionError("accepted_not_sent", f"{sent}, {answer.accepted_through}")
        place = self._place(answer.accepted_through)
        if answer.hash != place.hash:
            raise ContradictionError("hash_differs", f"HQ's hash at {place.seq} is another")
        return place

    def _place(self, seq: int) -> Point:
        line = self.lines[seq - self.after.seq - 1]
        return Point(seq, line_hash(line).hex())


class BatchSize:
    """How much to send at once: what HQ takes, less after failures, growing back with success."""

    def __init__(self, max_events: int) -> None:
        self._own = max(1, min(max_events, MAX_BATCH_EVENTS))
        self._ceiling = self.events = self._own
        self.bytes = MAX_BATCH_BYTES

    def limit(self, limits: BatchLimits) -> None:
        """Take HQ's limits from an answer to hello."""
        self._ceiling = max(1, min(self._own, limits.events))
        self.events = min(self.events, self._ceiling)
        self.bytes = max(MAX_LINE_BYTES, min(limits.bytes, MAX_BATCH_BYTES))

    def too_large(self, sent: int) -> None:
        """HQ refused `sent` events at once: never so many again before the next hello."""
        self.events = self._ceiling = max(1, sent // 2)

    def lost(self, sent: int) -> None:
        """A batch of `sent` events got no answer: on a slow line fewer may get through in time."""
        self.events = max(1, sent // 2)

    def confirmed(self) -> None:
        """A batch was confirmed."""
        self.events = min(self._ceiling, self.events * 2)

    def is_full(self, lines: list[bytes]) -> bool:
        """Whether more events may wait behind `lines`."""
        if len(lines) >= self.events:
            return True
        return sum(map(len, lines)) + len(lines) + MAX_LINE_BYTES > self.bytes
