"""Journals of a store, made line by line."""

from collections.abc import Sequence

import msgspec

from agent.base.clock import Millis
from agent.base.strict_json import canonical
from agent.domain.line.chain import GENESIS, Envelope, line_hash, line_of
from sync.protocol.batch import encode_batch
from sync.protocol.messages import BatchHead


def envelope(seq: int = 1, prev_hash: str = GENESIS.hex(), *, body: bytes = b"{}") -> Envelope:
    return Envelope(
        body=msgspec.Raw(body),
        business_date="2026-02-02",
        cashier="C1",
        event_id=f"019c1c00-0000-7000-8000-{seq:012x}",
        kind="coupon.redeemed",
        occurred_at=Millis(1_770_000_000_000 + seq),
        prev_hash=prev_hash,
        seq=seq,
        store="MB001",
        till="T1",
    )


def journal(count: int, *, first_seq: int = 1, prev_hash: str = GENESIS.hex()) -> list[bytes]:
    """The lines of `count` events that follow one another."""
    lines: list[bytes] = []
    for seq in range(first_seq, first_seq + count):
        line = line_of(envelope(seq, prev_hash, body=canonical({"n": seq, "名": "满30减5"})))
        lines.append(line)
        prev_hash = line_hash(line).hex()
    return lines


def batch(
    lines: Sequence[bytes], *, first_seq: int = 1, prev_hash: str = GENESIS.hex(), epoch: int = 1
) -> bytes:
    head = BatchHead(
        epoch=epoch, first_seq=first_seq, last_seq=first_seq + len(lines) - 1, prev_hash=prev_hash
    )
    return encode_batch(head, lines)
