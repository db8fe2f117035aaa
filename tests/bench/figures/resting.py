"""An agent at rest, online and with nothing to do: what it costs the PC that it stands on."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.bench.agent import Agent
from tests.bench.metric import Metric
from tests.bench.workshop import Workshop

SPAN_S = 65.0
"""A checkpoint and a dozen polls fall into it."""
SETTLED_S = 3.0
HOUR_S = 3_600
KB = 1_000


def measure(workshop: Workshop) -> list[Metric]:
    """Processor, wake-ups and bytes written, over spans of SPAN_S."""
    store = workshop.run(workshop.chain().open_store(connected=True))
    with Agent(store, workshop) as agent:
        workshop.run(asyncio.sleep(SETTLED_S))
        rests = [workshop.run(rest(agent.pid)) for _ in range(workshop.repetitions)]
    return [
        Metric.of("idle_cpu_percent", "%", [seen.cpu_percent for seen in rests]),
        Metric.of("idle_wakeups_per_s", "1/s", [seen.wakeups_per_s for seen in rests]),
        Metric.of("idle_written_kb_per_h", "kB/h", [seen.written_kb_per_h for seen in rests]),
    ]


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What a process did in a span."""

    cpu_percent: float
    """Of one core."""
    wakeups_per_s: float
    """How often one of its threads had waited and went on."""
    written_kb_per_h: float
    """To the disk, in blocks."""


async def rest(pid: int) -> Rest:
    """Look at the process twice, SPAN_S apart."""
    begun, before = perf_counter(), _counts(pid)
    await asyncio.sleep(SPAN_S)
    span_s = perf_counter() - begun
    ticks, wakeups, written = (now - then for now, then in zip(_counts(pid), before, strict=True))
    return Rest(
        cpu_percent=100 * ticks / os.sysconf("SC_CLK_TCK") / span_s,
        wakeups_per_s=wakeups / span_s,
        written_kb_per_h=written / KB * HOUR_S / span_s,
    )


def _counts(pid: int) -> tuple[int, int, int]:
    """Clock ticks, wake-ups and bytes written so far. Source: proc(5)."""
    proc = Path(f"/proc/{pid}")
    fields = proc.joinpath("stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    threads = [_fields(status) for status in proc.glob("task/*/status")]
    wakeups = sum(int(thread["voluntary_ctxt_switches"]) for thread in threads)
    return ticks, wakeups, int(_fields(proc / "io")["write_bytes"])


def _fields(file: Path) -> dict[str, str]:
    lines = file.read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
