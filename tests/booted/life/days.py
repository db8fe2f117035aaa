"""Lives a store's days: both clocks go on by a day after each, everything else is as at work.

A day: a shift is opened, some sales, the shift is closed, a backup is made, head office notes its
own. Then both clocks are set on by 24 hours, and the agent prunes what is past its time.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import pyrage

from tests.booted import network
from tests.booted.faketime import ENVIRONMENT, Clock
from tests.booted.head_office import STORE
from tests.booted.pair import Pair
from tests.booted.progress import say
from tests.booted.store_pc import STATE
from tests.booted.together import together

SALES_A_DAY = 40
RETENTION_DAYS = 7
_RATE_PER_S = 40.0
_BACKUPS = "/var/backups/store-agent"
_SETTINGS = f"""\
[journal]
retention_days = {RETENTION_DAYS}
checkpoint_seconds = 2
prune_seconds = 2
[backup]
target = "{_BACKUPS}"
must_be_mounted = false
"""
_MAY_WRITE_BACKUPS = f"""\
[Service]
ReadWritePaths={_BACKUPS}
"""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was seen at the end of a day."""

    day: int
    rss_mb: float
    descriptors: int
    threads: int
    database_mb: float
    wal_mb: float
    journal_events: int
    """In the store's own database; older ones are pruned."""
    backups_mb: float
    """All that the rotation keeps."""
    log_kb: float
    """Written to the system journal in this day by the service."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of what is sampled."""
        return tuple(name for name in cls.__dataclass_fields__ if name != "day")

    def values(self) -> dict[str, float]:
        """What is sampled, by name."""
        return asdict(self)


def live(pair: Pair, days: int) -> Iterator[Sample]:
    """Live `days` days; yield what is seen at the end of each."""
    recipient = pyrage.x25519.Identity.generate().to_public()
    pair.store.write_settings("life", f'{_SETTINGS}recipients = ["{recipient}"]\n')
    pair.store.write_drop_in("backups", _MAY_WRITE_BACKUPS)
    pair.store.machine.run(f"install -d -o store-agent -g store-agent {_BACKUPS}")
    set_clocks = _clocks(pair)
    for day in range(1, days + 1):
        set_clocks(f"+{day - 1}d")
        logged = _log_bytes(pair)
        _work_a_day(pair)
        sample = _sample(pair, day, logged)
        say(f"day {day}: {json.dumps(sample.values())}")
        yield sample


def _clocks(pair: Pair) -> Callable[[str], None]:
    store = Clock(pair.store.machine, "store-agent", time_passes=True)
    hq = Clock(pair.hq.machine, "store-hq", time_passes=True)
    pair.store.wait_until_active()

    def set_both(offset: str) -> None:
        # Heard of each other between the two, one would seem a day ahead.
        network.set_link("hq", up=False)
        together(lambda: hq.set(offset), lambda: store.set(offset))
        network.set_link("hq", up=True)

    return set_both


def _work_a_day(pair: Pair) -> None:
    shift = pair.store.post("/api/v1/shifts", {"till": "T1", "cashier": "1001", "float_fen": 50000})
    pair.sell(SALES_A_DAY, rate_per_s=_RATE_PER_S)
    pair.store.post(
        f"/api/v1/shifts/{shift['shift_id']}/closing",
        {"till": "T1", "cashier": "1001", "counted_fen": 50000},
    )
    pair.store.wait_until_synced()
    pair.store.command("backup now", environment=ENVIRONMENT)
    received = pair.hq.rows(f"SELECT max(seq) FROM event WHERE store = '{STORE}'")[0][0]
    pair.hq.command(f"stores backed-up {STORE} --through {received} --yes")


def _sample(pair: Pair, day: int, logged: int) -> Sample:
    pid = pair.store.main_pid()
    rss, threads, descriptors, database, wal, backups = (
        float(value)
        for value in pair.store.machine.run(
            f"awk '/^VmRSS|^Threads/ {{print $2}}' /proc/{pid}/status; ls /proc/{pid}/fd | wc -l;"
            f" stat -c %s {STATE}/store.db {STATE}/store.db-wal; du -bs {_BACKUPS} | cut -f1"
        ).split()
    )
    verified = json.loads(pair.store.command("outbox verify --json"))
    return Sample(
        day=day,
        rss_mb=round(rss / 1024, 1),
        threads=int(threads),
        descriptors=int(descriptors),
        database_mb=round(database / 1e6, 2),
        wal_mb=round(wal / 1e6, 2),
        journal_events=verified["checked"],
        backups_mb=round(backups / 1e6, 2),
        log_kb=round((_log_bytes(pair) - logged) / 1e3, 1),
    )


def _log_bytes(pair: Pair) -> int:
    return int(pair.store.machine.run("journalctl -u store-agent -b --no-pager -o cat | wc -c"))
