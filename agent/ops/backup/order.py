"""What the settings say of backups."""

from pathlib import Path

from agent.ops.backup.errors import NotConfiguredError
from agent.ops.backup.take import Order
from agent.ops.backup.target import Target
from agent.settings import Settings


def order_of(settings: Settings) -> Order:
    """Return what is to be backed up and where to; NotConfiguredError."""
    backup = settings.backup
    if not backup.target:
        raise NotConfiguredError
    return Order(
        store=settings.store.code,
        state_dir=settings.paths.state_dir,
        target=backup.target,
        recipients=backup.recipients,
        keep_daily=backup.keep_daily,
        keep_weekly=backup.keep_weekly,
        must_be_mounted=backup.must_be_mounted,
    )


def target_of(settings: Settings) -> Target:
    """Return where backups lie; NotConfiguredError."""
    if not settings.backup.target:
        raise NotConfiguredError
    return Target(Path(settings.backup.target), store=settings.store.code)
