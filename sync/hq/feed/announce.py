"""Adds a change to the feed. Whatever it tells must have been locked by an earlier statement of the
same transaction: schema/004_feed.sql says why."""

from collections.abc import Sequence
from typing import NamedTuple

from asyncpg import Connection
from msgspec import Struct

from agent.base.strict_json import canonical
from sync.protocol.messages import Entity

EVERY_STORE = "*"

_ANNOUNCE = """
INSERT INTO change (store, entity, key, body)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
"""


class Announcement(NamedTuple):
    """One change for one store, or EVERY_STORE."""

    store: str
    entity: Entity
    key: str
    body: Struct | None
    """None: the thing is no more (GONE)."""


async def announce(connection: Connection, *announcements: Announcement) -> None:
    """Add the changes in this order."""
    if announcements:
        rows = [_row(announcement) for announcement in announcements]
        await connection.execute(_ANNOUNCE, *zip(*rows, strict=True))


def _row(announcement: Announcement) -> Sequence[str]:
    store, entity, key, body = announcement
    return store, entity.value, key, canonical(body).decode()
