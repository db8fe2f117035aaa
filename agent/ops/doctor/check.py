"""A check: one thing to look at, with its time-out; all of them at once."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import msgspec

from agent.base.logging import get_logger
from agent.domain.finding import Finding, Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.ground import SERVICE, Ground

TIMEOUT_S = 10.0
"""So long a check may take unless it says otherwise; then it is unknown."""

Look = Callable[[Ground], Iterable[Found]]

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to look at."""

    id: str
    """Stable, for programs."""
    title: Sentence
    look: Look
    """Gives at least one; OSError of it means that it could not be checked."""
    timeout_s: float = TIMEOUT_S


def run_all(checks: Sequence[Check], ground: Ground) -> Iterator[tuple[Finding, ...]]:
    """Give each check's findings as soon as they are there; at the time-out it is unknown.

    A look that hangs is left behind in a daemon thread of its own, which holds up nobody.
    """
    done: SimpleQueue[tuple[Check, list[Found]]] = SimpleQueue()
    begun = time.monotonic()
    waiting = {check.id: check for check in checks}
    hanging = {thread.name for thread in threading.enumerate()}
    for check in checks:
        if _name(check) in hanging:  # since the last time: one such thread is enough
            done.put((check, [_timed_out(check)]))
            continue
        threading.Thread(
            target=_look, args=(check, ground, done), name=_name(check), daemon=True
        ).start()
    while waiting:
        left_s = min(check.timeout_s for check in waiting.values()) + begun - time.monotonic()
        try:
            check, found = done.get(timeout=max(0.0, left_s))
        except Empty:
            for check in _late(waiting.values(), time.monotonic() - begun):
                del waiting[check.id]
                yield _named(check, [_timed_out(check)])
            continue
        if waiting.pop(check.id, None):
            yield _named(check, found)


def needs_root(what_zh: str, what_en: str) -> Found:
    """Return that only root can check this."""
    return Found(
        code="needs_root",
        result=Result.UNKNOWN,
        said=Sentence(f"{what_zh}。", f"{what_en}."),
        mends=(Mend(command=f"sudo {SERVICE} doctor"),),
    )


def _name(check: Check) -> str:
    return f"doctor-{check.id}"


def _look(check: Check, ground: Ground, done: "SimpleQueue[tuple[Check, list[Found]]]") -> None:
    try:
        found = list(check.look(ground))
    except PermissionError as error:
        hidden = needs_root("当前用户无权查看", "This user may not look")
        found = [msgspec.structs.replace(hidden, seen=str(error))]
    except Exception as error:  # whatever one check meets, the others are told
        log.debug("check_failed", check=check.id, exc_info=True)
        found = [_failed(error)]
    done.put((check, found))


def _late(waiting: Iterable[Check], passed_s: float) -> list[Check]:
    return [check for check in waiting if check.timeout_s <= passed_s]


def _named(check: Check, found: Iterable[Found]) -> tuple[Finding, ...]:
    return tuple(
        Finding(check=check.id, title=check.title, **msgspec.structs.asdict(one)) for one in found
    )


def _timed_out(check: Check) -> Found:
    return Found(
        code="timed_out",
        result=Result.UNKNOWN,
        said=Sentence(
            f"{check.timeout_s:g} 秒内没有结果，可能是磁盘、网络或设备没有反应。",
            f"No result within {check.timeout_s:g} s: a disk, the network or a device may hang.",
        ),
        advice=Sentence("再检查一次。", "Look once more."),
        mends=(Mend(command="journalctl -k -p warning -n 20"),),
    )


def _failed(error: Exception) -> Found:
    return Found(
        code="not_checked",
        result=Result.UNKNOWN,
        said=Sentence("没能检查。", "It could not be checked."),
        seen=f"{type(error).__name__}: {error}",
    )
