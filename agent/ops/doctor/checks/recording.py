"""Recording: whether a sale can be recorded now, as the running agent's own trial says."""

from collections.abc import Iterator

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground, Health
from agent.services.house.hindrance import TOLD, Hindrance


def judge(health: Health) -> Found:
    """Return what the agent's trial means."""
    if health.get("healthy"):
        said = Sentence("可以记录销售。", "Sales can be recorded.")
        return Found(code="recording_works", result=Result.GOOD, said=said)
    hindrance = Hindrance(health["reason"])
    return Found(
        code=hindrance,
        result=Result.BAD,
        said=TOLD[hindrance].sentence,
        seen=str(health.get("detail", "")),
        advice=Sentence("看下面磁盘各项的结果。", "Look at what is said of the disk below."),
        mends=(Mend(command="journalctl -k -p warning -n 50"),),
    )


def _look(ground: Ground) -> Iterator[Found]:
    health = ground.agent.health()
    if health is not None:
        yield judge(health)
        return
    yield Found(
        code="recording_untried",
        result=Result.UNKNOWN,
        said=Sentence(
            "代理没有应答，不知道能不能记录销售。",
            "The agent does not answer, so it is not known whether sales can be recorded.",
        ),
        mends=(Mend(command=f"systemctl status {SERVICE}"),),
    )


RECORDING = Check(id="recording", title=Sentence("记录销售", "Recording sales"), look=_look)
