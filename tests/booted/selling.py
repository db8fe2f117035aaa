"""A till that sells meanwhile, and the sales that were answered."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.booted.machine import Machine

ANSWER_TIMEOUT_S = 300.0
"""For what is asked again and again: a restart, a watchdog and a busy machine fit in."""
_POLL_S = 0.1


class NotSoldError(Exception):
    """The till got no further; says what it heard."""


@dataclass(frozen=True)
class Sold:
    """One answered sale."""

    key: str
    sale_id: str
    receipt: str
    price_fen: int
    ms: int
    """From the first asking to the answer."""
    tries: int


def read_sold(file: Path) -> list[Sold]:
    """The answered sales of a file that till_load.py writes; a line under way is left out."""
    if not file.exists():
        return []
    lines = file.read_text().splitlines(keepends=True)
    return [Sold(**json.loads(line)) for line in lines if line.endswith("\n")]


class TillLoad:
    """The till that sells; see till_load.py."""

    def __init__(
        self, machine: Machine, *, key: str, rate_per_s: float, out: Path, sales: int | None = None
    ) -> None:
        """With `sales` it ends by itself after so many."""
        self._out = out
        self._log = out.with_suffix(".log")
        self._process = machine.start_outside(
            [
                *(sys.executable, "-m", "tests.booted.till_load"),
                *("--rate", str(rate_per_s), "--out", str(out)),
                *(() if sales is None else ("--sales", str(sales))),
            ],
            self._log,
            environment=os.environ | {"STORE_KEY": key},
        )

    def answered(self) -> list[Sold]:
        """The sales that were answered so far."""
        return read_sold(self._out)

    def wait_for(self, n: int) -> Self:
        """Return when `n` more sales are answered than now."""
        wanted = len(self.answered()) + n
        self._wait(lambda: len(self.answered()) >= wanted, f"{n} more sales answered")
        return self

    def heard(self) -> dict[str, int]:
        """How often each status and error was heard; once it has ended."""
        told: dict[str, int] = json.loads(self._out.with_suffix(".heard").read_text())
        return told

    def end(self) -> None:
        """Begin no new sale; return when each one under way is answered."""
        self._process.send_signal(signal.SIGTERM)
        self.wait_for_its_end()

    def wait_for_its_end(self) -> None:
        """Return when it has ended, each of its sales answered."""
        try:
            status = self._process.wait(timeout=ANSWER_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise NotSoldError(f"a sale stays without answer: {self._log.read_text()}") from None
        if status:
            raise NotSoldError(self._log.read_text()[-2000:])

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def _wait(self, happened: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + ANSWER_TIMEOUT_S
        while not happened():
            if self._process.poll() is not None:
                raise NotSoldError(self._log.read_text()[-2000:])
            if time.monotonic() > until:
                raise NotSoldError(f"not in {ANSWER_TIMEOUT_S:g} s: {what}")
            time.sleep(_POLL_S)


@contextmanager
def selling(machine: Machine, *, key: str, rate_per_s: float, out: Path) -> Iterator[TillLoad]:
    """Sell while the block runs; on leaving, every sale that was begun is answered."""
    load = TillLoad(machine, key=key, rate_per_s=rate_per_s, out=out)
    try:
        yield load
    except BaseException:
        load.kill()
        raise
    load.end()
