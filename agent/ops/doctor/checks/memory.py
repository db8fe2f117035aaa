"""Memory: is there enough for the agent beside the POS, and was it ever ended for want of it."""

import re
from collections.abc import Iterator
from pathlib import Path

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground

BAD_MIB = 64
WARN_MIB = 200
"""The agent takes 150 at work."""
_WHO = Mend(command="ps -eo rss,pid,user,comm --sort=-rss | head -n 10")
_EVENTS = f"fs/cgroup/system.slice/{SERVICE}.service/memory.events"


def judge(*, available_mib: int, total_mib: int, killed: int) -> Found:
    """Return what so much memory means; `killed`: so often the agent's service ran out of it."""
    seen = f"{available_mib} MiB of {total_mib} MiB available"
    if available_mib < BAD_MIB:
        return Found(
            code="memory_out",
            result=Result.BAD,
            said=Sentence(
                "内存快用完了：系统可能随时结束代理或 POS。",
                "Memory is about to run out: the system may end the agent or the POS.",
            ),
            seen=seen,
            advice=Sentence("关掉占内存最多的程序。", "Close what takes most."),
            mends=(_WHO,),
        )
    if killed:
        return Found(
            code="memory_killed",
            result=Result.WARN,
            said=Sentence(
                f"代理因内存用完被系统结束过 {killed} 次。",
                f"The system has ended the agent {killed} times for want of memory.",
            ),
            seen=seen,
            mends=(Mend(command=f"journalctl -u {SERVICE} -p warning -n 50"), _WHO),
        )
    if available_mib < WARN_MIB:
        return Found(
            code="memory_low",
            result=Result.WARN,
            said=Sentence("内存不多了。", "Memory is getting low."),
            seen=seen,
            mends=(_WHO,),
        )
    said = Sentence("内存充足。", "There is enough memory.")
    return Found(code="memory_enough", result=Result.GOOD, said=said, seen=seen)


def _look(ground: Ground) -> Iterator[Found]:
    try:
        told = (ground.proc / "meminfo").read_text()
    except OSError:  # the service's sandbox hides it
        yield Found(
            code="memory_hidden",
            result=Result.UNKNOWN,
            said=Sentence(
                "从代理里面看不到电脑的内存。",
                "From inside the service the PC's memory can't be seen.",
            ),
            mends=(Mend(command=f"sudo {SERVICE} doctor"),),
        )
        return
    facts = {name: int(kib) // 1024 for name, kib in re.findall(r"^(\w+):\s+(\d+) kB", told, re.M)}
    yield judge(
        available_mib=facts["MemAvailable"],
        total_mib=facts["MemTotal"],
        killed=_killed(ground.sys / _EVENTS),
    )


def _killed(events: Path) -> int:
    try:
        found = re.search(r"^oom_kill (\d+)$", events.read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


MEMORY = Check(id="memory", title=Sentence("内存", "Memory"), look=_look)
