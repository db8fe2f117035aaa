"""Clock: how far off it is, by head office and by NTP, and whether anything keeps it right.

STA_UNSYNC: adjtimex(2). CanNTP: org.freedesktop.timedate1(5). The third line of /etc/adjtime:
hwclock(8).
"""

import ctypes
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime

from msgspec import Struct

from agent.base.clock import DAY_MS, MINUTE_MS, SECOND_MS
from agent.base.clock_steps import TOLD_FROM_MS
from agent.domain.finding import Found, Mend, Result
from agent.domain.line.effective_time import AHEAD_MS
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.commands import output_of
from agent.ops.doctor.ground import Ground
from agent.ops.doctor.hq_probe import probe
from agent.ops.doctor.ntp import ahead_s, servers
from agent.store.line import journal
from agent.store.sqlite import DatabaseError, connect
from sync.store_key import NoKey

_UNSYNCED = 0x0040
_BUFFER = 512
"""Larger than struct timex on every system."""
_NTP_ON = Mend(command="timedatectl set-ntp true", safe=True)
_INSTALL = Mend(command="apt-get install --no-install-recommends systemd-timesyncd")


class ClockFacts(Struct, frozen=True, kw_only=True):
    """What is known of this PC's clock; None: not known."""

    ahead_of_hq_ms: int | None = None
    ahead_of_ntp_ms: int | None = None
    ntp_server: str = ""
    synced: bool | None = None
    """Whether the kernel says that something keeps the clock right."""
    can_ntp: bool | None = None
    """Whether systemd knows a program that could be switched on for that."""
    local_rtc: bool = False
    """Whether the PC's battery clock runs on local time."""
    now_ms: int = 0
    newest_event_ms: int = 0
    """0: none."""


def judge(facts: ClockFacts) -> Iterator[Found]:
    """Give what is to be said of the clock: how far off it is, then what keeps it right."""
    yield _off(facts)
    if facts.local_rtc:
        yield Found(
            code="rtc_local",
            result=Result.WARN,
            said=Sentence(
                "主板时钟按本地时间走：每次开机，时间会先错几个小时。",
                "The PC's battery clock runs on local time: after each start the clock is hours "
                "off until NTP mends it.",
            ),
            mends=(Mend(command="timedatectl set-local-rtc 0"),),
        )
    if facts.synced is False:
        yield Found(
            code="ntp_off",
            result=Result.WARN,
            said=Sentence("没有程序在校准这台电脑的时钟。", "Nothing keeps this PC's clock right."),
            mends=_ntp(facts),
        )


def _ntp(facts: ClockFacts) -> tuple[Mend, ...]:
    if facts.can_ntp is None:
        return (_INSTALL, _NTP_ON)
    return (_NTP_ON,) if facts.can_ntp else (_INSTALL,)


def _off(facts: ClockFacts) -> Found:
    seen = ", ".join(_figures(facts))
    known = [off for off in (facts.ahead_of_hq_ms, facts.ahead_of_ntp_ms) if off is not None]
    worst = max(known, key=abs, default=0)
    if facts.newest_event_ms - facts.now_ms > DAY_MS:
        worst = worst or facts.now_ms - facts.newest_event_ms
    if abs(worst) >= TOLD_FROM_MS:
        zh = "快" if worst > 0 else "慢"
        en = "ahead" if worst > 0 else "behind"
        return Found(
            code="clock_wrong",
            result=Result.BAD if abs(worst) > AHEAD_MS else Result.WARN,
            said=Sentence(
                f"电脑的时钟{zh}了{_span_zh(abs(worst))}。",
                f"This PC's clock is {_span_en(abs(worst))} {en}.",
            ),
            seen=seen,
            advice=Sentence(
                "打开自动校时；每次开机都错，多半是主板电池没电了。",
                "Let NTP set it. If it is wrong after each start, the PC's battery is flat.",
            ),
            mends=(*_ntp(facts), Mend(command="timedatectl"), Mend(command="hwclock --systohc")),
        )
    if not known:
        return Found(
            code="clock_unchecked",
            result=Result.UNKNOWN,
            said=Sentence(
                "没有可对照的时间：总部和校时服务器都没有应答。",
                "There is nothing to compare the clock with: neither head office nor a time server "
                "answers.",
            ),
            seen=seen,
        )
    said = Sentence("电脑的时钟准。", "This PC's clock is right.")
    return Found(code="clock_right", result=Result.GOOD, said=said, seen=seen)


def _figures(facts: ClockFacts) -> Iterator[str]:
    yield f"{datetime.fromtimestamp(facts.now_ms / SECOND_MS, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if facts.ahead_of_hq_ms is not None:
        yield f"head office {facts.ahead_of_hq_ms / SECOND_MS:+.1f} s"
    if facts.ahead_of_ntp_ms is not None:
        yield f"{facts.ntp_server} {facts.ahead_of_ntp_ms / SECOND_MS:+.3f} s"


def _span_zh(ms: int) -> str:
    return f"{ms / DAY_MS:.1f} 天" if ms >= DAY_MS else f"{ms / MINUTE_MS:.0f} 分钟"


def _span_en(ms: int) -> str:
    return f"{ms / DAY_MS:.1f} days" if ms >= DAY_MS else f"{ms / MINUTE_MS:.0f} min"


def _look(ground: Ground) -> Iterator[Found]:
    server, ahead_ms = _by_ntp(ground)
    facts = ClockFacts(
        ahead_of_hq_ms=_by_hq(ground),
        ahead_of_ntp_ms=ahead_ms,
        ntp_server=server,
        synced=_is_synced(ground),
        can_ntp=_can_ntp(ground),
        local_rtc=_is_local(ground),
        now_ms=time.time_ns() // 1_000_000,
        newest_event_ms=_newest(ground),
    )
    yield from judge(facts)


def _by_hq(ground: Ground) -> int | None:
    status = ground.agent.status_or_none()
    if status and status["clock_skew_ms"] is not None:
        return int(status["clock_skew_ms"])
    hq = ground.settings.hq
    for url in hq.urls:
        seen = probe(url, credentials=NoKey(), timeout_s=hq.connect_timeout_ms / SECOND_MS)
        if seen.code and seen.clock_ahead_s is not None:
            return round(seen.clock_ahead_s * SECOND_MS)
    return None


def _by_ntp(ground: Ground) -> tuple[str, int | None]:
    for server in servers(ground.etc):
        with suppress(OSError):
            return server, round(ahead_s(server) * SECOND_MS)
    return "", None


def _is_synced(ground: Ground) -> bool | None:
    if (ground.run / "systemd/timesync/synchronized").exists():
        return True
    libc = ctypes.CDLL(None, use_errno=True)
    timex = ctypes.create_string_buffer(_BUFFER)
    if libc.adjtimex(timex) < 0:  # the service's sandbox forbids it
        return None
    status = ctypes.c_int.from_buffer(timex, 5 * ctypes.sizeof(ctypes.c_long)).value
    return not status & _UNSYNCED


def _can_ntp(ground: Ground) -> bool | None:
    if ground.inside:  # the service's sandbox shuts it off from systemd
        return None
    with suppress(OSError):
        status, told = output_of(["timedatectl", "show", "--property=CanNTP", "--value"])
        return None if status else told.strip() == "yes"
    return None


def _is_local(ground: Ground) -> bool:
    with suppress(OSError):
        return "LOCAL" in (ground.etc / "adjtime").read_text().split()
    return False


def _newest(ground: Ground) -> int:
    try:
        with closing(connect(str(ground.database), read_only=True)) as db:
            return journal.newest_at(db)
    except DatabaseError:  # `journal` tells why
        return 0


CLOCK = Check(id="clock", title=Sentence("时钟", "Clock"), look=_look, timeout_s=20.0)
