"""Members, as this store may know them."""

from collections.abc import Iterable

import msgspec

from agent.store.sqlite import Connection

_PUT = "INSERT OR REPLACE INTO member (member_id, tier, points, phone_masked) VALUES (?,?,?,?)"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member, as this store may know them."""

    member_id: str
    tier: str
    points: int
    phone_masked: str


def member(db: Connection, member_id: str) -> Member | None:
    """Return a member."""
    row = db.execute(
        "SELECT member_id, tier, points, phone_masked FROM member WHERE member_id = ?", (member_id,)
    ).fetchone()
    return _member(row) if row else None


def members_by_phone(db: Connection, masked: str, limit: int) -> list[Member]:
    """Return members whose masked number is `masked`, or ends with its four digits alone."""
    rows = db.execute(
        "SELECT member_id, tier, points, phone_masked FROM member "
        "WHERE substr(phone_masked, -4) = ? AND phone_masked LIKE ? ORDER BY member_id LIMIT ?",
        (masked[-4:], f"%{masked}", limit),
    )
    return [_member(row) for row in rows]


def put_member(db: Connection, member: Member) -> None:
    """Keep a member's newest state."""
    db.execute(_PUT, (member.member_id, member.tier, member.points, member.phone_masked))


def put_members(db: Connection, rows: Iterable[tuple[str, str, int, str]]) -> None:
    """Keep the newest state of many members, each a row as in the table."""
    db.executemany(_PUT, rows)


def _member(row: tuple[str, str, int, str]) -> Member:
    return Member(member_id=row[0], tier=row[1], points=row[2], phone_masked=row[3])
