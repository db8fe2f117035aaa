"""A store's recording: what it wrote and was told, and what that came to at both ends."""

import gzip
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from agent.domain.line.event_body import VERSIONS, name_of
from agent.store.sqlite import Connection

RECORDED_DIR = Path(__file__).parent / "recorded"

FEED_TABLES = (
    *("campaign", "article", "stock", "member", "coupon_state", "handout", "opaque_code"),
    *("document", "case_file", "parked_at_hq"),
)


_EFFECTS = {
    "sale": "seq, sale_id, till, receipt_no, business_date, occurred_at, total_fen, discount_fen, "
    "payable_fen, points_earned, member_id",
    "refund": "seq, refund_id, sale_id, till, receipt_no, business_date, occurred_at, "
    "refunded_fen, points_back, member_id",
    "redemption": "seq, n, redemption_id, coupon_id, campaign, discount_fen, at_risk, bound, "
    "policy_version, member_id, approved_by, till, receipt, occurred_at",
    "reversal": "seq, n, redemption_id, coupon_id, occurred_at",
    "closing": "seq, till, z_no, shift_id, business_date, opened_at, closed_at, closed_by, "
    "sales_count, sales_fen, refunds_count, refunds_fen, expected_cash_fen, counted_fen, "
    "difference_fen, signer",
}
"""What an event does in its store's tables at HQ: table -> columns, the first two its order."""


_OF_NOW = """store = $1
AND epoch = (SELECT epoch FROM store_position p WHERE p.store = $1)"""
"""What the store's present PC wrote."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """All of one store."""

    store: str
    root_key: str
    """HQ's public key, hex."""
    lines: list[bytes]
    """The journal, exactly as it travelled."""
    last_hash: str
    pages: list[bytes]
    """The change feed from its start, as HQ answered."""
    effects: dict[str, list[list[Any]]]
    """Rows at HQ by table."""
    figures: dict[str, list[list[Any]]]
    """Rows at the store by table: what the feed and its own sales came to."""

    def write(self, directory: Path) -> None:
        """Keep it in text files, but for the database."""
        (directory / f"{self.store}.journal").write_bytes(_lines(self.lines))
        (directory / f"{self.store}.feed").write_bytes(_lines(self.pages))
        rest = {name: getattr(self, name) for name in ("store", "root_key", "last_hash", "effects")}
        told = msgspec.json.encode({**rest, "figures": self.figures})
        (directory / f"{self.store}.json").write_bytes(msgspec.json.format(told, indent=1) + b"\n")

    @classmethod
    def read(cls, directory: Path, store: str) -> "Recording":
        """Return what was kept."""
        rest = msgspec.json.decode((directory / f"{store}.json").read_bytes())
        return cls(
            lines=(directory / f"{store}.journal").read_bytes().splitlines(),
            pages=(directory / f"{store}.feed").read_bytes().splitlines(),
            **rest,
        )


def recorded() -> list[tuple[str, str]]:
    """Return every version and store that was recorded."""
    return sorted((file.parent.name, file.stem) for file in RECORDED_DIR.glob("*/MB*.json"))


def database_of(version: str, store: str, place: Path) -> Path:
    """Put the store's database of then into `place`; return the file."""
    file = place / "store.db"
    file.write_bytes(gzip.decompress((RECORDED_DIR / version / f"{store}.db.gz").read_bytes()))
    return file


async def effects(connection: asyncpg.Connection, store: str) -> dict[str, list[list[Any]]]:
    """Return what the store's journal did at HQ: the rows of each table, in order."""
    done: dict[str, list[list[Any]]] = {}
    for table, columns in _EFFECTS.items():
        query = f"SELECT {columns} FROM {table} WHERE {_OF_NOW} ORDER BY 1, 2"
        done[table] = [list(row) for row in await connection.fetch(query, store)]
    return done


def feed_figures(db: Connection) -> dict[str, list[list[Any]]]:
    """Return what the store holds of the feed: the rows of each table, as JSON has them."""
    figures: dict[str, list[list[Any]]] = {}
    for table in FEED_TABLES:
        rows = db.execute(f"SELECT * FROM {table} ORDER BY 1")
        figures[table] = [[_json(value) for value in row] for row in rows]
    return figures


def shapes() -> dict[str, Any]:
    """Return the JSON schema of each version of each kind, without its words."""
    readings = {
        name_of(kind, number): reading.body
        for kind, versions in VERSIONS.items()
        for number, reading in enumerate(versions, 1)
    }
    return {name: shape_of(body) for name, body in readings.items()}


def shape_of(body: type[msgspec.Struct]) -> Any:
    """Return the JSON schema of a body, without its words."""
    return _without_words(msgspec.json.schema(body))


def _without_words(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: _without_words(value)
            for key, value in schema.items()
            if key not in ("title", "description") or isinstance(value, dict)
        }
    return [_without_words(one) for one in schema] if isinstance(schema, list) else schema


def _lines(parts: list[bytes]) -> bytes:
    return b"".join(part + b"\n" for part in parts)


def _json(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    return value.decode() if value.startswith(b"{") else value.hex()
