"""The first test receipt, and what is left to do."""

from collections.abc import Iterator

from agent.ops.device_trial import Said, print_by_agent, print_directly
from agent.ops.local_api import NoAgentError, NotRunningError, RefusedError
from agent.ops.setup.words import Words
from agent.settings import Settings

_NO_PRINTER = Words("没有设置打印机，无法打印测试小票。", "No printer is set: no test receipt.")
_RESTART_FIRST = Words(
    "代理还在用旧设置运行。先 sudo systemctl restart store-agent，再 sudo store-agent test-print",
    "The agent runs with the settings of before. First: sudo systemctl restart store-agent, then: "
    "sudo store-agent test-print",
)
_HEADING = Words("\n接下来：", "\nWhat to do next:")
_START = Words("启动服务", "start the service")
_RESTART = Words("重启服务，新设置才生效", "restart it: the settings count from then")
_STATUS = Words("查看状态", "see how it stands")
_CASHIER = Words("添加收银员", "let somebody sign in at the till page")
_POS = Words("给收银软件一个密钥", "a key for the POS")
_CALIBRATE = Words("校准扫码枪（扫三个码）", "three scans find out how the scanner sends")
_PAGE = Words("收银页面", "the till page")


def print_receipt(settings: Settings, *, is_current: bool, language: str) -> Said:
    """Print a test receipt; return whether it came out, and what to say.

    `is_current`: an agent that runs has these settings.
    """
    if not settings.printer.address:
        return False, _NO_PRINTER.said(language)
    try:
        if is_current:
            return print_by_agent(settings, open_drawer=False)
    except NotRunningError:
        pass
    except (NoAgentError, RefusedError) as error:
        return False, str(error)
    if not is_current and _runs(settings):
        return False, _RESTART_FIRST.said(language)
    return print_directly(settings, open_drawer=False)


def next_steps(
    settings: Settings, *, started: bool, changed: bool, language: str
) -> tuple[str, ...]:
    """Return the commands that are left to run, each with what it is for."""
    steps = list(_steps(settings, started=started, changed=changed))
    width = max(len(command) for command, _ in steps)
    return (
        _HEADING.said(language),
        *(f"  {command:{width}}  # {words.said(language)}" for command, words in steps),
    )


def _steps(settings: Settings, *, started: bool, changed: bool) -> Iterator[tuple[str, Words]]:
    if not started and _runs(settings):
        if changed:
            yield "sudo systemctl restart store-agent", _RESTART
    elif not started:
        yield "sudo systemctl enable --now store-agent", _START
    yield "sudo store-agent status", _STATUS
    yield "sudo store-agent cashier add 1001 --name …", _CASHIER
    yield "sudo store-agent api-key add pos-1", _POS
    if settings.scanner.addresses:
        yield "sudo store-agent devices calibrate", _CALIBRATE
    yield f"http://127.0.0.1:{settings.api.port}/", _PAGE


def _runs(settings: Settings) -> bool:
    from agent.ops.local_api import ask

    try:
        ask(settings, "GET", "/api/v1/status")
    except NotRunningError:
        return False
    except (NoAgentError, RefusedError):
        return True
    return True
