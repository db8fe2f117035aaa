"""Versions: does what is installed run, and do both sides of the line fit."""

import platform
import re
from collections.abc import Iterator
from importlib.metadata import version

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground


def judge(*, installed: str, running: str, hq: str) -> Found:
    """Return what the versions mean; `running`, `hq`: empty where they are not known."""
    seen = f"installed {installed}, running {running or '-'}, head office {hq or '-'}"
    seen += f", Python {platform.python_version()}, Linux {platform.release()}"
    if running and running != installed:
        return Found(
            code="old_runs",
            result=Result.WARN,
            said=Sentence(
                "装了新版本，但运行的还是旧版本。",
                "Another version is installed than the one that runs.",
            ),
            seen=seen,
            advice=Sentence("找一个没有顾客的时候重启。", "Restart it while no customer waits."),
            mends=(Mend(command=f"systemctl restart {SERVICE}"),),
        )
    if hq and _minor(hq) < _minor(installed):
        return Found(
            code="hq_older",
            result=Result.WARN,
            said=Sentence(
                "总部的版本比这台电脑的旧；总部应该先升级。",
                "Head office runs an older version than this PC; it has to be upgraded first.",
            ),
            seen=seen,
            advice=Sentence("请联系总部。", "Tell head office."),
        )
    said = Sentence("版本没有问题。", "The versions fit.")
    return Found(code="versions_fit", result=Result.GOOD, said=said, seen=seen)


def _minor(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _look(ground: Ground) -> Iterator[Found]:
    status = ground.agent.status_or_none() or {}
    yield judge(
        installed=version(SERVICE),
        running=status.get("version", ""),
        hq=status.get("hq_version", ""),
    )


VERSIONS = Check(id="versions", title=Sentence("版本", "Versions"), look=_look)
