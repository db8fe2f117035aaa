"""`store-agent cases`: coupons used twice, as head office judged them."""

import argparse
from typing import Any
from zoneinfo import ZoneInfo

from agent.settings import Settings


def add_commands(commands: Any, readable: argparse.ArgumentParser) -> None:
    """Add `cases` to the parser's `commands`."""
    about = "coupons of this store that were used twice, and how head office judged"
    parser = commands.add_parser("cases", help=about, description=about, parents=[readable])
    parser.set_defaults(command=_cases)


def _cases(settings: Settings, arguments: argparse.Namespace) -> int:
    import msgspec

    from agent.ops.store_file import look_into
    from agent.ops.tables import printable
    from agent.services.coupons.cases import case_views
    from agent.store.line.sync_state import SyncState
    from agent.store.sqlite import Connection

    def look(db: Connection, state: SyncState) -> int:
        views = case_views(db, state.store, ZoneInfo(settings.store.timezone))
        if arguments.json:
            print(msgspec.json.encode(views).decode())
            return 0
        if not views:
            print("No coupon of this store was used twice, as far as head office has told.")
        for view in views:
            state_words = "open 未结" if view.open else "closed 已结"
            print(f"{printable(view.case_id)} {state_words}")
            print(f"  {printable(view.sentence.zh_cn)}\n  {printable(view.sentence.en)}")
        return 0

    return look_into(settings, look)
