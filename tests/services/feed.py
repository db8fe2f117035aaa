"""Pages of head office's change feed."""

from typing import Any

import msgspec

from sync.protocol.messages import Change, ChangesPage


def change(entity: str, key: str = "k", /, **body: Any) -> Change:
    return Change(entity=entity, key=key, body=msgspec.Raw(msgspec.json.encode(body)))


def page(*changes: Change, cursor: str = "1", more: bool = False, at: int = 5) -> ChangesPage:
    return ChangesPage(
        cursor=cursor, more=more, hq_epoch="e1", server_time=at, changes=tuple(changes)
    )
