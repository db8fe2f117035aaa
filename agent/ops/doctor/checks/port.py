"""Port: does the agent have the port of its local API, or who else."""

from collections.abc import Iterator

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground
from agent.ops.processes import Listener, Process, agent_process, listener


def judge(*, port: int, held: Listener | None, agent_pid: int, answers: bool) -> Found:
    """Return what it means that `held` has the port.

    `agent_pid`: of the agent that works on this store, 0 for none. `answers`: whether it does.
    """
    if answers or (held and held.is_of(agent_pid)):
        said = Sentence(f"代理在端口 {port} 上服务。", f"The agent serves on port {port}.")
        return Found(code="port_ours", result=Result.GOOD, said=said)
    if held is None:
        said = Sentence(
            f"端口 {port} 空着，代理启动后会用它。",
            f"Port {port} is free for the agent's next start.",
        )
        return Found(code="port_free", result=Result.GOOD, said=said)
    who = str(held.process) if held.process else f"a program of user {held.user}"
    return Found(
        code="port_taken",
        result=Result.BAD,
        said=Sentence(
            f"端口 {port} 被别的程序占了，代理启动不了。",
            f"Another program has port {port}: the agent can't start.",
        ),
        seen=who,
        advice=Sentence(
            "停掉那个程序，或给代理换一个端口（[api] port），并告诉 POS。",
            "End that program, or set another [api] port and tell the POS.",
        ),
        mends=(*_ending(held.process, port), Mend(command=f"systemctl restart {SERVICE}")),
    )


def _ending(process: Process | None, port: int) -> Iterator[Mend]:
    if process is None:
        yield Mend(command=f"sudo ss -ltnp 'sport = :{port}'")
    else:
        yield Mend(command=process.end)


def _look(ground: Ground) -> Iterator[Found]:
    api = ground.settings.api
    yield judge(
        port=api.port,
        held=listener(ground.proc, api.host, api.port),
        agent_pid=int(agent_process(ground.state_dir)),
        answers=ground.agent.answers(),
    )


PORT = Check(id="port", title=Sentence("端口", "Port"), look=_look)
