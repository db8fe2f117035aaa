"""Members: who they are, and the stores that know them."""

import re
from collections.abc import Collection, Sequence

import msgspec
from asyncpg import Connection

from agent.base.strict_json import MAX_INTEGER
from sync.hq.errors import AdminError

MAX_POINTS = 10**12
"""At the start; what is earned on top stays far within what every store can read."""

_ID = re.compile(r"[0-9a-f]{24}")
_MASKED = re.compile(r"(\d{3}\*{4}\d{4})?", re.ASCII)
_PHONE = re.compile(r"\d{11}", re.ASCII)

_PUT = """
INSERT INTO member (member_id, tier, points, phone_masked)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) ORDER BY 1
ON CONFLICT (member_id) DO UPDATE
    SET tier = excluded.tier, phone_masked = excluded.phone_masked,
        points = CASE WHEN abs(member.points) > $5 THEN excluded.points ELSE member.points END
"""

_SUBSCRIBE = """
INSERT INTO member_store (store, member_id)
SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
"""

_TELL = """
INSERT INTO change (store, entity, key, body)
SELECT s.store, 'member', member.member_id, member_body(member, settled_through(s.store))
FROM member JOIN member_store s USING (member_id)
WHERE member.member_id = ANY($1) ORDER BY member.member_id, s.store
"""

_LOCK_ONE = "SELECT FROM member WHERE member_id = $1 FOR SHARE"

_INTRODUCE = """
INSERT INTO member_store (store, member_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING store
"""

_TELL_ONE = """
INSERT INTO change (store, entity, key, body)
SELECT $1, 'member', member_id, member_body(member, settled_through($1))
FROM member WHERE member_id = $2
"""

_LIST = """
SELECT member_id, tier, points, phone_masked, array(
    SELECT store FROM member_store s WHERE s.member_id = m.member_id ORDER BY store) AS stores
FROM member m ORDER BY member_id
"""

_SOME = """
SELECT member_id, tier, points, phone_masked, array(
    SELECT store FROM member_store s WHERE s.member_id = m.member_id ORDER BY store) AS stores
FROM member m WHERE member_id = ANY($1)
"""

_LEAVE = """
DELETE FROM member_store USING unnest($1::text[], $2::text[]) AS left_by (store, member_id)
WHERE (member_store.store, member_store.member_id) = (left_by.store, left_by.member_id)
"""

_TELL_GONE = """
INSERT INTO change (store, entity, key, body)
SELECT store, 'member', member_id, 'null'
FROM unnest($1::text[], $2::text[]) AS left_by (store, member_id) ORDER BY member_id, store
"""

_FORGET = "DELETE FROM member WHERE member_id = ANY($1)"

_FIND = "SELECT member_id FROM member WHERE member_id = $1"

_STORES = "SELECT store FROM store WHERE store = ANY($1)"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member as HQ keeps them; HQ's own phone book is elsewhere."""

    member_id: str
    """24 hex digits."""
    tier: str = ""
    points: int = 0
    """At the start; later the sales decide."""
    phone_masked: str = ""
    """138****5678, or empty."""
    stores: tuple[str, ...] = ()
    """The stores that know the member from the start."""


def mask_phone(phone: str) -> str:
    """Return 138****5678 for an 11-digit number, and what is masked or empty as it is."""
    if _PHONE.fullmatch(phone):
        return f"{phone[:3]}****{phone[-4:]}"
    if _MASKED.fullmatch(phone):
        return phone
    raise AdminError("a phone number has 11 digits, or is masked like 138****5678")


async def put_members(connection: Connection, members: Sequence[Member]) -> None:
    """Add members, or change tier and phone of known ones; tell their stores. AdminError.

    Points of known ones are set only where they are more than a store can read.
    """
    by_id = {member.member_id: member for member in members}
    await _check(connection, by_id.values())
    rows = [(m.member_id, m.tier, m.points, m.phone_masked) for m in by_id.values()]
    pairs = [(store, m.member_id) for m in by_id.values() for store in m.stores]
    if not rows:
        return
    async with connection.transaction():
        await connection.execute(_PUT, *zip(*rows, strict=True), MAX_INTEGER)
        if pairs:
            await connection.execute(_SUBSCRIBE, *zip(*pairs, strict=True))
        # A later statement than the one that locked the members' rows.
        await connection.execute(_TELL, list(by_id))


async def introduce_member(connection: Connection, member_id: str, store: str) -> None:
    """Let the store know a member, who is there just now; within the caller's transaction."""
    await connection.execute(_LOCK_ONE, member_id)
    if await connection.fetchval(_INTRODUCE, store, member_id) is not None:
        await connection.execute(_TELL_ONE, store, member_id)


async def list_members(connection: Connection) -> list[Member]:
    """Return every member by id."""
    rows = await connection.fetch(_LIST)
    return [Member(**{**row, "stores": tuple(row["stores"])}) for row in rows]


async def find_members(connection: Connection, ids: Sequence[str]) -> list[Member]:
    """Return those of the ids that there are."""
    rows = await connection.fetch(_SOME, ids)
    return [Member(**{**row, "stores": tuple(row["stores"])}) for row in rows]


async def forget_members(
    connection: Connection, left_by: Sequence[tuple[str, str]], ids: Sequence[str]
) -> None:
    """Let stores know members no more (store, member id), and forget the members of `ids`.

    The members were locked by an earlier statement of this transaction.
    """
    if left_by:
        columns = list(zip(*left_by, strict=True))
        await connection.execute(_LEAVE, *columns)
        await connection.execute(_TELL_GONE, *columns)
    await connection.execute(_FORGET, ids)


def check_id(member_id: str) -> None:
    """Raise AdminError unless it has the form of a member id."""
    if not _ID.fullmatch(member_id):
        raise AdminError(
            "a member id is 24 hex digits 0-9 a-f, as `store-hq members list` shows; got {member}",
            member=repr(member_id),
        )


async def check_member(connection: Connection, member_id: str) -> None:
    """Raise AdminError unless there is a member of that id."""
    check_id(member_id)
    if await connection.fetchval(_FIND, member_id) is None:
        raise AdminError(
            "there is no member {member}; `store-hq members import` adds members",
            member=repr(member_id),
        )


async def _check(connection: Connection, members: Collection[Member]) -> None:
    for member in members:
        check_id(member.member_id)
        if not _MASKED.fullmatch(member.phone_masked):
            raise AdminError(
                "{member}: the phone must be masked like 138****5678", member=member.member_id
            )
    asked = sorted({store for member in members for store in member.stores})
    known = {row["store"] for row in await connection.fetch(_STORES, asked)}
    if unknown := [store for store in asked if store not in known]:
        raise AdminError("there is no store {stores}", stores=", ".join(unknown))
