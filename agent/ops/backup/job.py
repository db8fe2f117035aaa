"""What the agent gives the night's process to do, and hears of it: it loads nothing of the work."""

from msgspec import Struct


class Order(Struct, frozen=True, kw_only=True):
    """What is to be backed up, and where to."""

    store: str
    state_dir: str
    target: str
    recipients: tuple[str, ...]
    keep_daily: int
    keep_weekly: int
    must_be_mounted: bool


class Job(Struct, frozen=True, kw_only=True):
    """What is to be done."""

    state_dir: str
    order: Order | None
    """None: no backups are set up; the database is checked where it lies."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of it."""

    code: str = ""
    """Of the BackupError; empty when all went well."""
    detail: str = ""
    file: str = ""
    events: int = 0
    took_ms: int = 0
    differing: dict[str, int] = {}
    """As in Content."""
