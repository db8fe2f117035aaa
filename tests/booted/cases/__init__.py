"""All cases, in the order in which they run."""

from tests.booted.case import Case
from tests.booted.cases import (
    backups,
    boots,
    clocks,
    controls,
    deaths,
    devices,
    disks,
    doctor,
    documents,
    enrolment,
    fleet,
    lives,
    owners,
    quiet,
    removals,
    units,
    upgrades,
    wallet,
)

CASES: tuple[Case, ...] = (
    *controls.CASES,
    *deaths.CASES,
    *boots.CASES,
    *disks.CASES,
    *owners.CASES,
    *clocks.CASES,
    *quiet.CASES,
    *devices.CASES,
    *units.CASES,
    *upgrades.CASES,
    *removals.CASES,
    *enrolment.CASES,
    *wallet.CASES,
    *backups.CASES,
    *doctor.CASES,
    *documents.CASES,
    *fleet.CASES,
    *lives.CASES,
)
