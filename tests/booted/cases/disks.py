"""The disk of the journal fills up, or turns read-only."""

import time

from tests.booted.case import Case
from tests.booted.pair import Pair
from tests.booted.small_disk import SmallDisk
from tests.booted.store_pc import STATE

_SIZE_MB = 48


def _full(pair: Pair) -> None:
    disk = _moved_to_a_small_disk(pair)
    with pair.selling() as till:
        till.wait_for(20)
        disk.fill()
        pair.store.wait(_UNABLE)
        _expect_it_is_told(pair)
        pair.expect(pair.store.unit("ActiveState") == "active", "the service gave up")
        disk.make_room()
        till.wait_for(20)
        pair.store.wait(_ABLE)


def _full_at_start(pair: Pair) -> None:
    disk = _moved_to_a_small_disk(pair)
    with pair.selling() as till:
        till.wait_for(20)
        disk.fill()
        pair.store.machine.run("systemctl restart --no-block store-agent")
        pair.store.wait(_said(_START_WAITS))
        disk.make_room()
        since = time.monotonic()
        till.wait_for(20)
        pair.note(f"sells {time.monotonic() - since:.0f} s after there is room")


def _read_only(pair: Pair) -> None:
    disk = _moved_to_a_small_disk(pair)
    with pair.selling() as till:
        till.wait_for(20)
        disk.turn_read_only()
        pair.store.wait(_UNABLE)
        _expect_it_is_told(pair)
        pair.store.machine.power_off()
        disk.mend()
        pair.store.machine.boot(disk.option(STATE))
        till.wait_for(20)


_TOLD, _START_WAITS = "recording_impossible", "start_waits"
"""Events in the journal."""
_HEALTH = "curl -s -o /dev/null -m 10 -w '%{http_code}' http://127.0.0.1:8770/healthz"
_UNABLE = f'[ "$({_HEALTH})" = 503 ]'
_ABLE = f'[ "$({_HEALTH})" = 200 ]'


def _expect_it_is_told(pair: Pair) -> None:
    """That no sale can be recorded must be seen without a key, by Nagios, and in the journal."""
    status, said = pair.store.attempt("status --check")
    known = "usage:" not in said  # argparse ends with 2, too
    pair.expect(known and status == 2, f"status --check ends with {status}: {said[-300:]}")
    pair.store.wait(_said(_TOLD))


def _said(event: str) -> str:
    return f"journalctl -u store-agent -b -o cat --no-pager | grep -q {event}"


def _moved_to_a_small_disk(pair: Pair) -> SmallDisk:
    """The journal on a disk of its own, with what it held."""
    pair.store.machine.power_off()
    state = pair.store.machine.root / STATE.lstrip("/")
    disk = pair.until_judged.enter_context(
        SmallDisk(pair.place / "disk", content=state, size_mb=_SIZE_MB)
    )
    pair.store.machine.boot(disk.option(STATE))
    pair.store.wait_until_active()
    return disk


CASES = (
    Case(
        name="full",
        what="the disk fills up in mid-sale, later there is room",
        expected="/healthz 503, status --check 2; it goes on by itself",
        run=_full,
    ),
    Case(
        name="full-start",
        what="the service starts anew while the disk is full",
        expected="it sells as soon as there is room",
        run=_full_at_start,
    ),
    Case(
        name="read-only",
        what="ext4 finds an error and turns read-only; fsck, on again",
        expected="/healthz 503, status --check 2; nothing answered is lost",
        run=_read_only,
    ),
)
