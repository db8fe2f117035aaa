"""The screen: drawn when something is told, and each second; once and plain on no terminal."""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from rich.console import Console, Group
from rich.live import Live

from agent.ops.local_api import (
    NoAgentError,
    RefusedError,
    agent_owner,
    ask,
    authority,
    read_local_key,
)
from agent.ops.other_end import StrangerError, check_other_end
from agent.ops.top.view import View
from agent.settings import Settings

Draw = Callable[[], None]

EVENTS_PATH = "/api/v1/events"
EVERY_S = 1.0
AGAIN_S = 2.0
"""Between tries to reach an agent that does not answer."""


def top(settings: Settings) -> int:
    """Show until Ctrl-C; return the exit code."""
    console, view = Console(), View(ZoneInfo(settings.store.timezone))
    if not console.is_terminal:
        return _once(settings, view)
    with suppress(KeyboardInterrupt):
        asyncio.run(_show(settings, view, console))
    return 0


def _once(settings: Settings, view: View) -> int:
    try:
        view.hear({"topic": "status", "facts": ask(settings, "GET", "/api/v1/status")})
    except (NoAgentError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    for line in view.lines(width=80, height=100):
        print(line.plain)
    return 0


async def _show(settings: Settings, view: View, console: Console) -> None:
    with Live(console=console, screen=True, auto_refresh=False) as live:

        def draw() -> None:
            width, height = console.size
            live.update(Group(*view.lines(width=width, height=height)), refresh=True)

        async with asyncio.TaskGroup() as group:
            group.create_task(_listen(settings, view, draw))
            while True:
                draw()
                await asyncio.sleep(EVERY_S)


async def _listen(settings: Settings, view: View, draw: Draw) -> None:
    while True:
        try:
            await _hear(settings, view, draw)
            view.lose("the agent has closed the line; trying again 重新连接中")
        except (aiohttp.ClientError, OSError, NoAgentError, StrangerError, TimeoutError) as error:
            view.lose(f"no agent answers 代理未响应: {str(error).splitlines()[0]}")
        draw()
        await asyncio.sleep(AGAIN_S)


async def _hear(settings: Settings, view: View, draw: Draw) -> None:
    key = read_local_key(Path(settings.paths.state_dir))
    headers = {"Authorization": f"Bearer {key}"}
    url = f"http://{authority(settings)}{EVENTS_PATH}"
    async with (
        aiohttp.ClientSession(headers=headers, connector=_ToTheAgent(settings)) as session,
        session.ws_connect(url) as socket,
    ):
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                view.hear(json.loads(message.data))
                draw()


class _ToTheAgent(aiohttp.TCPConnector):
    """Gives a connection out, over which the key is sent, when its other end is the agent's."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._owner = agent_owner(settings)

    async def connect(self, *arguments: Any, **more: Any) -> Any:
        """Connect; nothing was sent when this raises."""
        connection = await super().connect(*arguments, **more)
        transport = connection.transport
        try:
            if transport is None:
                raise ConnectionResetError("closed at once")
            taken = transport.get_extra_info("socket")
            await asyncio.to_thread(check_other_end, taken, self._owner)
        except BaseException:
            connection.close()
            raise
        return connection
