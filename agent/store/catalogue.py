"""What the change feed brought: campaigns, articles, stock, members, coupon states, documents."""

import msgspec

from agent.base.clock import Millis
from agent.domain.campaign import Campaign
from agent.domain.document import DocumentKind
from agent.store.sqlite import Connection

_campaign = msgspec.json.Decoder(Campaign)


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """An article of the chain."""

    sku: str
    gtin: str
    name: str
    price_fen: int


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member, as this store may know them."""

    member_id: str
    tier: str
    points: int
    phone_masked: str


def campaign(db: Connection, number: int) -> Campaign | None:
    """Return a campaign's rules."""
    row = db.execute("SELECT body FROM campaign WHERE campaign = ?", (number,)).fetchone()
    return _campaign.decode(row[0]) if row else None


def put_campaign(db: Connection, body: Campaign) -> None:
    """Keep a campaign's newest rules."""
    db.execute(
        "INSERT OR REPLACE INTO campaign VALUES (?, ?)",
        (body.campaign, msgspec.json.encode(body)),
    )


def articles(db: Connection, skus: list[str]) -> dict[str, Article]:
    """Return the known ones of `skus`."""
    marks = ",".join("?" * len(skus))
    rows = db.execute(
        f"SELECT sku, gtin, name, price_fen FROM article WHERE sku IN ({marks})",  # noqa: S608 - marks
        skus,
    )
    return {row[0]: _article(row) for row in rows}


def article_by_gtin(db: Connection, gtin: str) -> Article | None:
    """Return the article with the 14-digit `gtin`."""
    row = db.execute(
        "SELECT sku, gtin, name, price_fen FROM article WHERE gtin = ?", (gtin,)
    ).fetchone()
    return _article(row) if row else None


def article_by_digits(db: Connection, digits: str, gtin_begin: str) -> Article | None:
    """Return the article whose sku is `digits`, or whose 14-digit GTIN begins so.

    Never one with a maker's GTIN: no scale weighs it, and anybody can print a label with its sku.
    """
    row = db.execute(
        "SELECT sku, gtin, name, price_fen FROM article "
        "WHERE sku = ? AND (gtin = '' OR gtin GLOB '02*') "
        "UNION ALL SELECT * FROM (SELECT sku, gtin, name, price_fen FROM article "
        "WHERE gtin >= ? AND gtin < ? AND gtin <> '' ORDER BY gtin LIMIT 1) LIMIT 1",
        (digits, gtin_begin, gtin_begin + ":"),
    ).fetchone()
    return _article(row) if row else None


def put_article(db: Connection, article: Article) -> None:
    """Keep an article's newest price and name."""
    db.execute(
        "INSERT OR REPLACE INTO article VALUES (?,?,?,?)",
        (article.sku, article.gtin, article.name, article.price_fen),
    )


def put_stock(db: Connection, sku: str, quantity: int) -> None:
    """Set the pieces in stock."""
    db.execute("INSERT OR REPLACE INTO stock VALUES (?, ?)", (sku, quantity))


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
    db.execute(
        "INSERT OR REPLACE INTO member VALUES (?,?,?,?)",
        (member.member_id, member.tier, member.points, member.phone_masked),
    )


class CouponRow(msgspec.Struct, frozen=True, kw_only=True):
    """What HQ says of a coupon: `revoked`, or `used` and where."""

    coupon_id: str
    state: str
    redemption_id: str
    store: str
    till: str
    receipt: str
    occurred_at: Millis


def put_coupon_state(db: Connection, row: CouponRow) -> None:
    """Keep what HQ says of a coupon; a revocation stands, whatever is told after it."""
    db.execute(
        "INSERT INTO coupon_state VALUES (?,?,?,?,?,?,?) ON CONFLICT (coupon_id) DO UPDATE "
        "SET state = excluded.state, redemption_id = excluded.redemption_id, "
        "store = excluded.store, till = excluded.till, receipt = excluded.receipt, "
        "occurred_at = excluded.occurred_at WHERE coupon_state.state <> 'revoked'",
        msgspec.structs.astuple(row),
    )


def free_coupon(db: Connection, coupon_id: str) -> None:
    """Forget a use that HQ told and that was reversed."""
    db.execute("DELETE FROM coupon_state WHERE coupon_id = ? AND state = 'used'", (coupon_id,))


def document(db: Connection, kind: DocumentKind) -> bytes | None:
    """Return the newest signed document of `kind`."""
    row = db.execute("SELECT document FROM document WHERE kind = ?", (str(kind),)).fetchone()
    return row[0] if row else None


def put_document(db: Connection, kind: DocumentKind, version: int, data: bytes) -> None:
    """Keep a signed document unless a newer one is kept."""
    db.execute(
        "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (kind) DO UPDATE "
        "SET version = excluded.version, document = excluded.document "
        "WHERE excluded.version >= document.version",
        (str(kind), version, data),
    )


def put_case(db: Connection, case_id: str, state: str, body: bytes) -> None:
    """Keep a case's newest state."""
    db.execute("INSERT OR REPLACE INTO case_file VALUES (?, ?, ?)", (case_id, state, body))


def count_open_cases(db: Connection) -> int:
    """Return the number of cases that concern this store and are open."""
    return int(db.execute("SELECT count(*) FROM case_file WHERE state = 'open'").fetchone()[0])


def park_change(db: Connection, entity: str, key: str, body: bytes, why: str, at: Millis) -> None:
    """Keep a change that can't be applied, so that nobody loses it unseen."""
    db.execute(
        "INSERT INTO parked_change (entity, key, body, why, at) VALUES (?,?,?,?,?)",
        (entity, key, body, why, at),
    )


def _article(row: tuple[str, str, str, int]) -> Article:
    return Article(sku=row[0], gtin=row[1], name=row[2], price_fen=row[3])


def _member(row: tuple[str, str, int, str]) -> Member:
    return Member(member_id=row[0], tier=row[1], points=row[2], phone_masked=row[3])
