"""Going through the three codes with whoever holds the scanner, and writing what comes of it."""

import argparse
import asyncio
import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from agent.base.settings import SettingsError
from agent.ops.calibration.conclusion import Conclusion, NotReadableError, conclude
from agent.ops.calibration.probes import (
    CHINESE,
    PLAIN,
    PROBES,
    SEPARATED,
    Probe,
    on_terminal,
    sheet,
)
from agent.ops.calibration.scanner_file import Values, rendered, scanner_file
from agent.ops.device_trial import print_page
from agent.ops.kept_file import KeptFile
from agent.ops.local_api import NoAgentError, NotRunningError, RefusedError, ask
from agent.ops.plugged import plugged_in
from agent.settings import DEFAULT_FILE, Settings, load_settings
from drivers.scanner.heard import Heard
from drivers.scanner.listening import Listening, listening

MIN_CODE_BYTES = 8
"""Less is a key that somebody pressed."""

_STOP_FIRST = (
    "The agent runs and has the scanner. Sell nothing for two minutes, then:\n"
    "  sudo systemctl stop store-agent; sudo store-agent devices calibrate; "
    "sudo systemctl start store-agent"
)


def calibrate(settings: Settings, arguments: argparse.Namespace) -> int:
    """Return 0 when the settings are written or need no change, 1 when nothing was done."""
    drop_in = scanner_file(arguments.config or DEFAULT_FILE)
    try:
        if arguments.undo:
            return _undo(drop_in, yes=arguments.yes)
        if _agent_runs(settings):
            return _say_no(_STOP_FIRST)
        if arguments.print:
            done, said = print_page(settings, sheet())
            print(said)
            if not done:
                return 1
        found, address = asyncio.run(_go_through(settings, arguments))
        return _write(settings, arguments, drop_in, rendered(_values(settings, found, address)))
    except NotReadableError as error:
        return _say_no(f"The scanner can't be read: {error}.")
    except OSError as error:
        return _say_no(f"{error.filename}: {error.strerror}. Run it as root: sudo store-agent …")
    except KeyboardInterrupt:
        return _say_no("Given up; nothing was changed.")


async def _go_through(settings: Settings, arguments: argparse.Namespace) -> tuple[Conclusion, str]:
    """Return what was found out, and the scanner's address; raise NotReadableError."""
    named = (arguments.address,) if arguments.address else settings.scanner.addresses
    addresses = named or tuple(_candidates(settings))
    async with listening(addresses, alone=bool(named)) as listener:
        for line in listener.refused:
            print(line)
        if not listener.opened:
            raise NotReadableError("there is none that could be heard: store-agent devices")
        print(f"Heard 正在监听: {', '.join(listener.opened)}")
        with _silent_keyboard():
            plain = await _asked(listener, PLAIN, arguments.wait)
            if plain is None:
                raise NotReadableError(f"nothing came in {arguments.wait:g} s")
            separated = await _asked(listener, SEPARATED, arguments.wait)
            chinese = await _asked(listener, CHINESE, arguments.wait)
    return conclude(plain, separated, chinese), plain.address


async def _asked(listener: Listening, probe: Probe, seconds: float) -> Heard | None:
    """Show a code and return what comes of it."""
    number = PROBES.index(probe) + 1
    print(f"\n{number}/{len(PROBES)} 请扫此码 scan this code: {probe.shows}\n")
    print(on_terminal(probe), flush=True)
    heard = await _scan(listener, seconds)
    print("收到 received." if heard else "没有收到，跳过 nothing came: left out.", flush=True)
    return heard


async def _scan(listener: Listening, seconds: float) -> Heard | None:
    """The next code, of whichever device; keys that somebody presses are none."""
    while heard := await listener.next(seconds):
        if len(heard.decoded("auto")) >= MIN_CODE_BYTES:
            return heard
    return None


def _candidates(settings: Settings) -> Iterator[str]:
    """Everything plugged in that may be a scanner and is not set as something else."""
    others = settings.printer.address, settings.display.address
    for one in plugged_in():
        if one.what != "printer" and not any(one.address in other for other in others):
            yield one.address


def _values(settings: Settings, found: Conclusion, address: str) -> Values:
    options = found.options
    values: Values = {}
    if address not in settings.scanner.addresses:
        values["addresses"] = (*settings.scanner.addresses, address)
    values["prefix"] = options.prefix
    values["suffix"] = options.suffix
    values["idle_ms"] = options.idle_ms
    values["encoding"] = options.encoding
    print("\n" + "\n".join(f"- {remark}" for remark in found.remarks))
    return values


def _write(settings: Settings, arguments: argparse.Namespace, drop_in: KeptFile, text: str) -> int:
    change = drop_in.difference(text)
    if not change:
        print(f"\n{drop_in.path} says so already 无需更改.")
        return 0
    print(f"\n{change}\n")
    if not _agreed("写入吗? Write it?", yes=arguments.yes):
        return _say_no("Nothing was changed.")
    drop_in.write(text)
    try:
        now = load_settings(arguments.config, os.environ)
    except SettingsError as error:
        drop_in.undo()
        return _say_no(f"Nothing was changed: with it, {error}")
    print(f"Written: {drop_in.path}. Take it back: store-agent devices calibrate --undo")
    if rendered(_effective(now, text)) != text:
        print("Another file, or the environment, says something else and wins: look at [scanner].")
    print("Start the agent: sudo systemctl start store-agent")
    return 0


def _effective(settings: Settings, text: str) -> Values:
    """What holds now of the settings that `text` has."""
    names = ("addresses", "prefix", "suffix", "idle_ms", "encoding")
    return {name: getattr(settings.scanner, name) for name in names if f"\n{name} = " in text}


def _undo(drop_in: KeptFile, *, yes: bool) -> int:
    if not drop_in.can_be_undone:
        return _say_no(f"There is nothing to take back: no calibration wrote {drop_in.path}.")
    print(drop_in.difference(drop_in.before()))
    if not _agreed("撤销吗? Take it back?", yes=yes):
        return _say_no("Nothing was changed.")
    drop_in.undo()
    print("Taken back 已撤销. Restart the agent: sudo systemctl restart store-agent")
    return 0


def _agent_runs(settings: Settings) -> bool:
    try:
        ask(settings, "GET", "/api/v1/status")
    except NotRunningError:
        return False
    except (NoAgentError, RefusedError):
        return True  # it may, and have the scanner
    return True


def _agreed(question: str, *, yes: bool) -> bool:
    if yes:
        return True
    print(f"{question} [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是")


@contextmanager
def _silent_keyboard() -> Iterator[None]:
    """While a scanner may type into this terminal, show nothing of it; forget it afterwards."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    silent = [*before]
    silent[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _say_no(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
