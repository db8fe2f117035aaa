"""Clocks that are set: the PC's, as NTP does after a start, and head office's."""

import time
from collections.abc import Callable

from tests.booted.case import Case
from tests.booted.faketime import Clock
from tests.booted.pair import FEED_S, Pair

_ANSWER_S = 3.0
"""Within which the till must be answered after a jump, on a busy machine."""
_RSS_MB = 200
_WAL = "/var/lib/store-agent/store.db-wal"
_NOW = "import json,sys; print(json.load(sys.stdin)['now'])"
_WAL_MB = 16


def _forwards(offset: str) -> Callable[[Pair], None]:
    def run(pair: Pair) -> None:
        clock = Clock(pair.store.machine, "store-agent")
        pair.store.wait_until_active()
        with pair.selling() as till:
            till.wait_for(20)
            clock.set(offset)
            started = time.monotonic()
            till.wait_for(1)
            slowest = max(sale.ms for sale in till.answered()[-20:]) / 1000
            pair.note(f"slowest answer {slowest:.1f} s")
            pair.expect(time.monotonic() - started < _ANSWER_S, "no answer after the jump")
            till.wait_for(100)
            _expect_small(pair)
            clock.set("+0")
            till.wait_for(40)
        pair.expect(pair.store.restarts() == 0, "it was started anew")

    return run


def _back(pair: Pair) -> None:
    clock = Clock(pair.store.machine, "store-agent")
    pair.store.wait_until_active()
    with pair.selling() as till:
        till.wait_for(20)
        clock.set("-8h")
        pair.note(f"a new price came after {pair.change_price():.0f} s")
        till.wait_for(200)
        pair.store.wait(f"[ $(stat -c %s {_WAL}) -lt {_WAL_MB * 1024 * 1024} ]", timeout_s=90)
    skew = pair.store.status()["clock_skew_ms"]
    pair.expect(abs(skew) > 7 * 3600 * 1000, f"the status shows a skew of {skew} ms")
    pair.expect("clock" in pair.store.journal("-p warning"), "the journal says nothing of it")


def _hq_ahead(pair: Pair) -> None:
    clock = Clock(pair.hq.machine, "store-hq")
    with pair.selling() as till:
        till.wait_for(20)
    first = till.answered()[0]
    before = pair.store.status()["now"]
    clock.set("+365d")
    status = "cd / && runuser -u store-agent -- store-agent status --json"
    pair.store.wait(f'[ "$({status} | python3 -c "{_NOW}")" -gt {before + 86_400_000} ]')
    clock.set("+0")
    again = pair.store.sell_again(first)
    pair.expect(
        (again["sale_id"], again["receipt"]) == (first.sale_id, first.receipt),
        f"the same key gave {again['receipt']} after {first.receipt}",
    )
    with pair.selling() as till:
        till.wait_for(20)


def _expect_small(pair: Pair) -> None:
    pid = pair.store.main_pid()
    rss_mb = int(pair.store.machine.run(f"awk '/VmRSS/ {{print $2}}' /proc/{pid}/status")) / 1024
    pair.note(f"RSS {rss_mb:.0f} MB")
    pair.expect(rss_mb < _RSS_MB, f"{rss_mb:.0f} MB after the jump")


CASES = (
    Case(
        name="clock-400d",
        what="the PC's clock is set forward 400 days",
        expected=f"answers within {_ANSWER_S:g} s, below {_RSS_MB} MB, no restart",
        run=_forwards("+400d"),
    ),
    Case(
        name="clock-26y",
        what="the PC's clock is set forward 26 years (flat battery)",
        expected=f"answers within {_ANSWER_S:g} s, below {_RSS_MB} MB, no restart",
        run=_forwards("+9500d"),
    ),
    Case(
        name="clock-back",
        what="the PC's clock is set back 8 hours (BIOS on local time)",
        expected=f"a new price within {FEED_S:g} s, WAL below {_WAL_MB} MB, skew shown and logged",
        run=_back,
    ),
    Case(
        name="hq-clock",
        what="head office's clock is a year ahead for some seconds",
        expected="the same key gives the same receipt afterwards",
        run=_hq_ahead,
    ),
)
