"""`store-agent feed`: what HQ told and this version can't read, and trying it again."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from agent.settings import Settings

RETRY = "/api/v1/feed/retry"

_MEANWHILE = {
    "campaign": "its coupons are refused (needs_update)",
    "promotion": "it is not applied, and its coupons are refused (needs_update)",
    "price_rules": "the rules known before count",
    "coupon": "it is refused (needs_update)",
    "opaque_code": "the code is refused (needs_update)",
    "article": "it is sold as it was known before, if it was",
    "stock": "the pieces shown are those known before",
    "member": "tier and points are those known before",
    "handout": "it is not handed out",
    "key_set": "codes signed by newer keys are refused (needs_update)",
    "policy": "what may be decided offline stays as it was",
    "case": "it is not counted among the open cases",
    "handout_given": "the coupon may be handed out once more",
    "past_event": "a sale of the lost PC is not found here; head office can give it back",
    "past_end": "sales of the lost PC are told as not known yet, and no coupon is handed out",
}
"""What the store does without the change, by entity."""
_OF_NEWER_VERSIONS = "this version has no use for it"


def add_commands(commands: Any, readable: argparse.ArgumentParser) -> None:
    """Add `feed` with its parts to the parser's `commands`."""
    about = "what head office tells this store"
    feed = commands.add_parser("feed", help=about, description=about)
    parts = feed.add_subparsers(required=True, metavar="parked|retry")
    listing = _part(parts, "parked", _parked, "what this version can't read, and why", readable)
    listing.add_argument("--limit", type=_count, default=50, help="at most so many (50)")
    _part(parts, "retry", _retry, "try again what is parked; each start does, too", readable)


def _part(
    parts: Any, name: str, command: Any, about: str, parent: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parts.add_parser(
        name, help=about, description=about, parents=[parent]
    )
    parser.set_defaults(command=command)
    return parser


def _parked(settings: Settings, arguments: argparse.Namespace) -> int:
    from importlib.metadata import version

    from agent.ops.store_file import look_into
    from agent.store.line import parked
    from agent.store.line.parked import ParkedChange
    from agent.store.line.sync_state import SyncState
    from agent.store.sqlite import Connection

    def look(db: Connection, state: SyncState) -> int:
        count = parked.count(db)
        rows: list[ParkedChange] = parked.parked_after(db, 0, arguments.limit)
        if arguments.json:
            changes = [_as_json(row) for row in rows]
            versions = {"agent": version("store-agent"), "hq": state.hq_version}
            told = {"parked": count, "versions": versions, "changes": changes}
            print(json.dumps(told, ensure_ascii=False))
        else:
            _print(rows, count, state.hq_version, ZoneInfo(settings.store.timezone))
        return 0

    return look_into(settings, look)


def _as_json(row: Any) -> dict[str, Any]:
    return {
        "entity": row.entity,
        "key": row.key,
        "at": row.at,
        "why": row.why,
        "meanwhile": _MEANWHILE.get(row.entity, _OF_NEWER_VERSIONS),
        "body": row.body.decode(errors="backslashreplace"),
    }


def _print(rows: Sequence[Any], count: int, hq_version: str, zone: ZoneInfo) -> None:
    from importlib.metadata import version

    from agent.ops.tables import local_time, printable

    if not rows:
        print("Nothing is parked: this agent could read all that head office told.")
        return
    print(f"{count} changes from head office can't be read 搁置, and are kept:")
    for row in rows:
        print(f"{printable(row.entity)} {printable(row.key)}, since {local_time(row.at, zone)}")
        print(f"  why: {printable(row.why)}")
        print(f"  until then: {_MEANWHILE.get(row.entity, _OF_NEWER_VERSIONS)}")
    if count > len(rows):
        print(f"… and {count - len(rows)} more: --limit {count}")
    mine, theirs = version("store-agent"), printable(hq_version) or "a version not known yet"
    print(
        f"What mends it: this is store-agent {mine}, head office runs {theirs}. If head office is "
        "newer, install its store-agent here; it tries again at its start. If not, head office has "
        "to tell it anew; `store-agent feed retry` tries again at once."
    )


def _retry(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.local_api import NoAgentError, NotRunningError, RefusedError, ask

    try:
        answer = ask(settings, "POST", RETRY)
    except NotRunningError as error:
        print(f"{error}\nIt tries again by itself when it starts.", file=sys.stderr)
        return 1
    except (NoAgentError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(answer))
    else:
        print(f"{answer['applied']} applied, {answer['parked']} still parked.")
    return 0


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)
