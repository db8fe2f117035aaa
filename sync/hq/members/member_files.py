"""Files of members: what they change of who they are and which stores know them."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from asyncpg import Connection

from agent.base.strict_json import MAX_INTEGER
from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes
from sync.hq.imports.plan import Change, Fields, FileRow, Plan, change_of, way_back
from sync.hq.imports.record import Run
from sync.hq.members.members import Member, find_members, forget_members, put_members

_LOCK = "SELECT FROM member WHERE member_id = ANY($1) ORDER BY member_id FOR UPDATE"

_STORES = "SELECT store FROM store"

_USED = """
SELECT DISTINCT store, member_id FROM sale
JOIN unnest($1::text[]) AS asked (member_id) USING (member_id)
UNION SELECT '', member_id FROM coupon WHERE member_id = ANY($1)
"""

_NEW = {"tier": "", "points": 0, "phone_masked": "", "stores": []}
"""What a new member has in columns that the file has not."""


class MemberFiles:
    """Files with member_id and maybe tier, points, phone_masked, stores."""

    kind = "members"
    store = ""

    async def lock(self, connection: Connection, keys: Collection[str]) -> None:
        """No sale moves the members' points until the transaction ends."""
        await connection.execute(_LOCK, list(keys))

    async def plan(
        self, connection: Connection, rows: Sequence[FileRow], mistakes: Mistakes
    ) -> Plan:
        """Return what `rows` change. Points are those of new members, later the sales decide,
        and of those who have more than a store can read; a store that knows a member goes on
        knowing them."""
        await _check_stores(connection, rows, mistakes)
        known = await _known(connection, [row.key for row in rows])
        changes = [_change(row, known.get(row.key)) for row in rows]
        found = [change for change in changes if change]
        return Plan(
            changes=found,
            unchanged=len(rows) - len(found),
            kept=[row.key for row in rows if _has_other_points(row, known.get(row.key))],
        )

    async def plan_back(self, connection: Connection, changes: Sequence[Change], _run: Run) -> Plan:
        """Return the way back; a member who has bought something, or has a coupon, stays, and so
        does what a store knows that sold to them."""
        keys = [change.key for change in changes]
        known = await _known(connection, keys)
        used: dict[str, set[str]] = {}
        for row in await connection.fetch(_USED, keys):
            used.setdefault(row["member_id"], set()).add(row["store"])
        ways = [_back(c, known.get(c.key), used.get(c.key, set())) for c in changes]
        return Plan(
            changes=[back for back, _ in ways if back],
            kept=[change.key for change, (_, others) in zip(changes, ways, strict=True) if others],
        )

    async def write(self, connection: Connection, changes: Sequence[Change], _run: int) -> None:
        """Write what was planned, and tell the stores that know the members."""
        known = await _known(connection, [change.key for change in changes])
        now = {c.key: {**known.get(c.key, {}), **c.after} for c in changes if c.after is not None}
        left = [
            (store, key)
            for key, fields in known.items()
            for store in fields["stores"]
            if key not in now or store not in now[key]["stores"]
        ]
        await forget_members(connection, left, [key for key in known if key not in now])
        await put_members(
            connection,
            [msgspec.convert({"member_id": key, **fields}, Member) for key, fields in now.items()],
        )


async def _known(connection: Connection, keys: Sequence[str]) -> Mapping[str, Fields]:
    return {
        member.member_id: {
            "tier": member.tier,
            "points": member.points,
            "phone_masked": member.phone_masked,
            "stores": list(member.stores),
        }
        for member in await find_members(connection, keys)
    }


async def _check_stores(
    connection: Connection, rows: Sequence[FileRow], mistakes: Mistakes
) -> None:
    known = {row["store"] for row in await connection.fetch(_STORES)}
    for row in rows:
        if unknown := [store for store in row.fields.get("stores", ()) if store not in known]:
            mistakes.add(
                row.place,
                AdminError(
                    "there is no store {stores}: compare with `store-hq stores list`",
                    stores=", ".join(map(repr, unknown)),
                ),
            )


def _change(row: FileRow, known: Fields | None) -> Change | None:
    if known is None:
        return change_of(row.key, None, {**_NEW, **row.fields})
    fields = {**row.fields}
    if abs(known["points"]) <= MAX_INTEGER:
        fields.pop("points", None)
    if "stores" in fields:
        fields["stores"] = sorted({*known["stores"], *fields["stores"]})
    return change_of(row.key, known, fields)


def _has_other_points(row: FileRow, known: Fields | None) -> bool:
    if known is None or abs(known["points"]) > MAX_INTEGER:
        return False
    return bool(row.fields.get("points", known["points"]) != known["points"])


def _back(change: Change, now: Fields | None, used: Collection[str]) -> tuple[Change | None, bool]:
    if change.before is None and used:
        return None, True
    back, others = way_back(change, now)
    if now is None or change.before is None or "stores" not in change.before:
        return back, others
    ours = {*(change.after or {})["stores"]} - {*change.before["stores"]}
    stores = sorted({*now["stores"]} - (ours - {*used}))
    rest = {} if back is None else {k: v for k, v in (back.after or {}).items() if k != "stores"}
    restored = change_of(change.key, now, {**rest, "stores": stores})
    return restored, others or bool(ours & {*used})
