"""SQLite library: is it one that can't corrupt the journal."""

from collections.abc import Iterator

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground
from agent.store.sqlite import OLDEST_SAFE, library_version

Version = tuple[int, int, int]


def judge(version: Version) -> Found:
    """Return what this version means."""
    seen = f"SQLite {'.'.join(map(str, version))}"
    if version < OLDEST_SAFE:
        return Found(
            code="sqlite_affected",
            result=Result.BAD,
            said=Sentence(
                "SQLite 版本太旧，有可能损坏流水；代理因此拒绝启动。",
                "This SQLite can corrupt the journal; the agent refuses to start with it.",
            ),
            seen=f"{seen}, needed is {'.'.join(map(str, OLDEST_SAFE))}",
            advice=Sentence(
                "代理自带正确的版本，被别的换掉了：重新安装代理。",
                "The agent brings its own, and another one is in its place: install it again.",
            ),
            mends=(Mend(command=f"apt-get install --reinstall ./{SERVICE}_*.deb"),),
        )
    said = Sentence("SQLite 版本没有问题。", "The SQLite library is a good one.")
    return Found(code="sqlite_good", result=Result.GOOD, said=said, seen=seen)


def _look(_: Ground) -> Iterator[Found]:
    yield judge(library_version())


SQLITE_LIBRARY = Check(
    id="sqlite_library", title=Sentence("SQLite 版本", "SQLite library"), look=_look
)
