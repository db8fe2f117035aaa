"""What the settings say of backups."""

from pathlib import Path

from agent.ops.backup.errors import NotConfiguredError
from agent.ops.backup.job import Order
from agent.ops.backup.target import Target
from agent.settings import Settings
from agent.state_dir import FOR_HQ_DIR


def order_of(settings: Settings) -> Order:
    """Return what is to be backed up and where to; NotConfiguredError.

    Without a target of its own, head office's copy is the one that counts: here lies one at most.
    """
    backup = settings.backup
    return Order(
        store=settings.store.code,
        state_dir=settings.paths.state_dir,
        target=str(target_of(settings).directory),
        recipients=backup.recipients,
        keep_daily=backup.keep_daily if backup.target else 1,
        keep_weekly=backup.keep_weekly if backup.target else 0,
        must_be_mounted=backup.must_be_mounted and bool(backup.target),
    )


def target_of(settings: Settings) -> Target:
    """Return where backups lie; NotConfiguredError."""
    backup = settings.backup
    if not backup.wanted:
        raise NotConfiguredError
    own = Path(settings.paths.state_dir) / FOR_HQ_DIR
    if not backup.target:
        own.mkdir(mode=0o700, exist_ok=True)
    return Target(Path(backup.target) if backup.target else own, store=settings.store.code)
