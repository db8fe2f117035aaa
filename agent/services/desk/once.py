"""Doing a write once: the first answer is kept with what it tells, in one transaction."""

from collections.abc import Callable

from msgspec import Struct

from agent.base.clock import Millis
from agent.store import idempotency
from agent.store.idempotency import Answer
from agent.store.sqlite import Connection


class Ticket(Struct, frozen=True, kw_only=True):
    """Who asks, under which Idempotency-Key, for what."""

    client: str
    key: str
    request_hash: bytes


def once(
    db: Connection, ticket: Ticket, at: Millis, work: Callable[[Connection], Answer]
) -> Answer:
    """Return the first answer to `ticket`, running `work` only if there is none."""
    first = idempotency.find(db, ticket.client, ticket.key, ticket.request_hash)
    if first is not None:
        return first
    answer = work(db)
    idempotency.keep(db, ticket.client, ticket.key, ticket.request_hash, answer, at)
    return answer
