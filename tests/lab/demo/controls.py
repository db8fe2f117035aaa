"""The demo's controls: single keys at a terminal, signals anywhere."""

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

Action = Callable[[], Awaitable[None]]


@contextmanager
def pressed(keys: Mapping[str, Action], signals: Mapping[signal.Signals, Action]) -> Iterator[None]:
    """Within, a key or a signal runs its action, one after the other."""
    waiting: asyncio.Queue[Action] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    worker = asyncio.create_task(_work(waiting), name="controls")
    for number, action in signals.items():
        loop.add_signal_handler(number, waiting.put_nowait, action)
    try:
        with _keyboard(keys, waiting.put_nowait):
            yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
        worker.cancel()


def is_terminal() -> bool:
    """Whether keys can be pressed."""
    return sys.stdin.isatty()


async def _work(waiting: asyncio.Queue[Action]) -> None:
    while True:
        await (await waiting.get())()


@contextmanager
def _keyboard(keys: Mapping[str, Action], press: Callable[[Action], None]) -> Iterator[None]:
    """Read single keys where there is a terminal; its settings are as before afterwards."""
    if not is_terminal():
        yield
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def read() -> None:
        for key in os.read(terminal, 64).decode(errors="replace").lower():
            if key in keys:
                press(keys[key])

    tty.setcbreak(terminal)  # a key counts at once, and Ctrl-C still is a signal
    loop = asyncio.get_running_loop()
    loop.add_reader(terminal, read)
    try:
        yield
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
