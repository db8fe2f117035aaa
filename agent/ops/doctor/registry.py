"""All checks, in the order in which they are told."""

from agent.ops.doctor.check import Check
from agent.ops.doctor.checks.backup import BACKUP
from agent.ops.doctor.checks.clock import CLOCK
from agent.ops.doctor.checks.devices import DEVICES
from agent.ops.doctor.checks.disk_health import DISK_HEALTH
from agent.ops.doctor.checks.disk_space import DISK_SPACE
from agent.ops.doctor.checks.file_system import FILE_SYSTEM
from agent.ops.doctor.checks.fsync import FSYNC
from agent.ops.doctor.checks.head_office import head_office_checks
from agent.ops.doctor.checks.journal import JOURNAL
from agent.ops.doctor.checks.memory import MEMORY
from agent.ops.doctor.checks.permissions import PERMISSIONS
from agent.ops.doctor.checks.port import PORT
from agent.ops.doctor.checks.recording import RECORDING
from agent.ops.doctor.checks.rivals import RIVALS
from agent.ops.doctor.checks.service import SERVICE_CHECK
from agent.ops.doctor.checks.settings import SETTINGS
from agent.ops.doctor.checks.sqlite_library import SQLITE_LIBRARY
from agent.ops.doctor.checks.sync import SYNC
from agent.ops.doctor.checks.versions import VERSIONS
from agent.settings import Settings


def checks_for(settings: Settings) -> tuple[Check, ...]:
    """Return the checks of a store with these settings."""
    return (
        SERVICE_CHECK,
        RECORDING,
        SETTINGS,
        PORT,
        PERMISSIONS,
        DISK_SPACE,
        FILE_SYSTEM,
        FSYNC,
        DISK_HEALTH,
        SQLITE_LIBRARY,
        JOURNAL,
        BACKUP,
        CLOCK,
        *head_office_checks(settings.hq.urls, settings.hq.interfaces),
        SYNC,
        DEVICES,
        RIVALS,
        MEMORY,
        VERSIONS,
    )
