"""Service: does the agent run, under systemd, and at each start of the PC.

Properties: systemctl show, org.freedesktop.systemd1(5).
"""

from collections.abc import Iterator, Mapping

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.commands import output_of
from agent.ops.doctor.ground import AS_AGENT, SERVICE, Ground

MANY_RESTARTS = 3
_PROPERTIES = ("LoadState", "ActiveState", "SubState", "Result", "NRestarts", "UnitFileState")
_REFUSED = "exit-code"
_LOG = Mend(command=f"journalctl -u {SERVICE} -n 20")
_START = Mend(command=f"systemctl start {SERVICE}", safe=True)

Properties = Mapping[str, str]


def judge(unit: Properties, *, answers: bool) -> Iterator[Found]:
    """Give how the service stands; `unit`: systemd's properties; `answers`: whether it does."""
    state = f"{unit.get('ActiveState')} ({unit.get('SubState')}), result {unit.get('Result')}"
    if unit.get("LoadState") != "loaded":
        yield _no_unit(answers=answers)
        return
    if unit.get("ActiveState") != "active":
        yield _not_active(unit, state)
    elif not answers:
        yield _silent(state)
    elif int(unit.get("NRestarts") or 0) > MANY_RESTARTS:
        yield _restarted(unit["NRestarts"])
    else:
        said = Sentence("代理在运行。", "The agent runs.")
        yield Found(code="service_runs", result=Result.GOOD, said=said, seen=state)
    if unit.get("UnitFileState") not in ("enabled", "static", "alias"):
        yield Found(
            code="not_enabled",
            result=Result.WARN,
            said=Sentence(
                "电脑重启后，代理不会自己启动。", "The agent does not start with the PC."
            ),
            seen=str(unit.get("UnitFileState")),
            mends=(Mend(command=f"systemctl enable {SERVICE}", safe=True),),
        )


def judge_bare(*, answers: bool) -> Found:
    """Return how it stands where there is no systemd to ask."""
    if answers:
        said = Sentence("代理在运行。", "The agent runs.")
        return Found(code="agent_runs", result=Result.GOOD, said=said)
    return Found(
        code="agent_stopped",
        result=Result.BAD,
        said=Sentence("代理没有运行：收银台不能用。", "The agent does not run: there is no till."),
        seen="no systemd here",
        mends=(Mend(command=f"{SERVICE} run"),),
    )


def _no_unit(*, answers: bool) -> Found:
    return Found(
        code="no_unit",
        result=Result.WARN if answers else Result.BAD,
        said=Sentence(
            "systemd 里没有代理的服务：电脑重启后它不会启动。",
            "systemd does not know the agent's service: it won't start with the PC.",
        ),
        mends=(
            Mend(command="systemctl daemon-reload", safe=True),
            Mend(command=f"apt-get install --reinstall ./{SERVICE}_*.deb"),
        ),
    )


def _not_active(unit: Properties, state: str) -> Found:
    if unit.get("ActiveState") == "activating":
        why = Sentence("代理正在启动。", "The agent is being started.")
        return Found(code="starting", result=Result.WARN, said=why, seen=state, mends=(_LOG,))
    if unit.get("Result") == _REFUSED:
        return Found(
            code="start_refused",
            result=Result.BAD,
            said=Sentence(
                "代理拒绝启动：收银台不能用。日志最后几行说明原因。",
                "The agent refused to start: there is no till. The end of its log says why.",
            ),
            seen=state,
            mends=(_LOG, Mend(command=f"{AS_AGENT} check-config"), _START),
        )
    return Found(
        code="service_stopped",
        result=Result.BAD,
        said=Sentence("代理没有运行：收银台不能用。", "The agent does not run: there is no till."),
        seen=state,
        mends=(_START,),
    )


def _silent(state: str) -> Found:
    return Found(
        code="service_silent",
        result=Result.BAD,
        said=Sentence(
            "代理在运行，但没有应答；看门狗会在 30 秒内重启它。",
            "The agent runs and does not answer; the watchdog restarts it within 30 s.",
        ),
        seen=state,
        mends=(_LOG, Mend(command=f"systemctl restart {SERVICE}")),
    )


def _restarted(times: str) -> Found:
    return Found(
        code="restarted_often",
        result=Result.WARN,
        said=Sentence(
            f"代理已自动重启 {times} 次。", f"The agent was restarted {times} times by itself."
        ),
        mends=(Mend(command=f"journalctl -u {SERVICE} -p warning -n 50"),),
    )


def _look(ground: Ground) -> Iterator[Found]:
    answers = ground.agent.answers()
    if ground.inside or not (ground.run / "systemd/system").is_dir():
        yield judge_bare(answers=answers)
        return
    status, told = output_of(["systemctl", "show", SERVICE, f"-p{','.join(_PROPERTIES)}"])
    if status:
        raise OSError(told.strip()[:200])
    yield from judge(dict(line.split("=", 1) for line in told.splitlines()), answers=answers)


SERVICE_CHECK = Check(id="service", title=Sentence("代理服务", "Service"), look=_look)
