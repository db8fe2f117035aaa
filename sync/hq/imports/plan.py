"""What a table file, or taking one back, changes: found out before anything is written."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from sync.hq.imports.mistakes import Place

Fields = Mapping[str, Any]
"""What is known under a key, by column: texts, whole numbers, lists of texts in order."""


class FileRow(NamedTuple):
    """A row of a file: a column that the file has not is not in `fields`."""

    place: Place
    key: str
    fields: Fields


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What changes under a key: only the fields that differ."""

    key: str
    before: Fields | None
    """None: it was not there."""
    after: Fields | None
    """None: it is taken out."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written."""

    changes: Sequence[Change] = ()
    unchanged: int = 0
    kept: Sequence[str] = ()
    """Keys of which something stays as it is: changed by others since, in use, or not for files to
    say."""

    @property
    def added(self) -> int:
        """How many are new."""
        return sum(change.before is None for change in self.changes)

    @property
    def taken_out(self) -> int:
        """How many are no more."""
        return sum(change.after is None for change in self.changes)

    @property
    def changed(self) -> int:
        """How many become different."""
        return len(self.changes) - self.added - self.taken_out


def change_of(key: str, before: Fields | None, after: Fields) -> Change | None:
    """Return how `key` changes when the fields of `after` are set, None if it does not."""
    if before is None:
        return Change(key=key, before=None, after=after)
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        return None
    return Change(key=key, before={name: before[name] for name in changed}, after=changed)


def way_back(change: Change, now: Fields | None) -> tuple[Change | None, bool]:
    """Return how to take `change` back, and whether something was changed by others since."""
    after = change.after or {}
    if now is None:
        return None, True
    if change.before is None:
        same = all(now[name] == value for name, value in after.items())
        back = Change(key=change.key, before=after, after=None) if same else None
        return back, not same
    ours = {name for name, value in after.items() if now[name] == value}
    restored = {name: value for name, value in change.before.items() if name in ours}
    return change_of(change.key, now, restored), len(ours) < len(after)
