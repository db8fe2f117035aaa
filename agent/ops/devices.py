"""`store-agent devices` and `store-agent test-print`: what is plugged in, and does it work."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.settings import Settings

if TYPE_CHECKING:
    from agent.ops.plugged import Plugged

_NOTHING_CONFIGURED = (
    "Nothing is configured: see [scanner], [printer] and [display] in the settings."
)


def add_commands(
    commands: Any, common: argparse.ArgumentParser, readable: argparse.ArgumentParser
) -> None:
    """Add `devices` and `test-print` to the parser's `commands`."""
    about = "what is plugged in and configured, its state and what mends it"
    devices = commands.add_parser("devices", help=about, description=about, parents=[readable])
    devices.set_defaults(command=_devices)
    _add_calibrate(devices.add_subparsers(metavar="calibrate"))
    about = "print a test page and say what the printer answered"
    printing = commands.add_parser("test-print", help=about, description=about, parents=[common])
    printing.add_argument("--open-drawer", action="store_true", help="open the cash drawer, too")
    printing.set_defaults(command=_test_print)


def _add_calibrate(parts: Any) -> None:
    about = "find out how the scanner sends: it reads three codes, and the settings are written"
    calibrating = parts.add_parser("calibrate", help=about, description=about)
    calibrating.add_argument(
        "address", nargs="?", help="of the scanner (those in the settings, or whatever is there)"
    )
    calibrating.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="settings file")
    calibrating.add_argument(
        "--print", action="store_true", help="print the codes on the receipt printer, too"
    )
    calibrating.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS", help="for each code (60)"
    )
    calibrating.add_argument("--yes", action="store_true", help="write without asking")
    calibrating.add_argument("--undo", action="store_true", help="take the last one back")
    calibrating.set_defaults(command=_calibrate)


def _calibrate(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.calibration.command import calibrate

    return calibrate(settings, arguments)


def _devices(settings: Settings, arguments: argparse.Namespace) -> int:
    """Show all; return 0 when every configured device works."""
    from agent.ops.local_api import NoAgentError, RefusedError
    from agent.ops.plugged import plugged_in

    try:
        running, configured = _configured(settings)
    except (NoAgentError, RefusedError) as error:  # one may run, and hold the devices
        print(error, file=sys.stderr)
        return 1
    plugged = plugged_in()
    if arguments.json:
        told = {
            "agent_running": running,
            "configured": configured,
            "plugged_in": [
                {name: getattr(one, name) for name in one.__struct_fields__} for one in plugged
            ],
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        show_devices(configured, plugged, running=running)
    return 0 if all(map(_works, configured)) else 1


def _works(device: dict[str, Any]) -> bool:
    """Whether it does what it is there for: a printer with little paper does, one with none not."""
    from drivers.printer.status import BLOCKING

    return device["state"] in ("connected", "degraded") and BLOCKING.isdisjoint(device["faults"])


def _configured(settings: Settings) -> tuple[bool, list[dict[str, Any]]]:
    """Return whether the agent runs, and how each device stands: as it says, or as we find it."""
    from agent.ops.local_api import NotRunningError, ask

    try:
        return True, ask(settings, "GET", "/api/v1/status")["devices"]
    except NotRunningError:
        from agent.ops.device_trial import look

        return False, look(settings)


def show_devices(
    configured: list[dict[str, Any]], plugged: "tuple[Plugged, ...]", *, running: bool
) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from agent.ops.tables import device_state

    console = Console()
    asked = "as the running agent says" if running else "tried by this command: no agent runs"
    table = Table(title=f"Configured 已配置 ({asked})", title_justify="left")
    for heading in ("device", "address", "state"):
        table.add_column(heading, overflow="fold")
    for device in configured:
        table.add_row(escape(device["name"]), escape(device["address"]), device_state(device))
    console.print(table if configured else escape(_NOTHING_CONFIGURED))
    for device in configured:
        if device["found"]:
            console.print(f"{device['name']}: {device['found']}", markup=False, soft_wrap=True)
        if device["remedy"]:
            console.print(f"{device['name']}: {device['remedy']}", markup=False, soft_wrap=True)
    _show_plugged(console, configured, plugged)


def _show_plugged(
    console: Any, configured: list[dict[str, Any]], plugged: "tuple[Plugged, ...]"
) -> None:
    from rich.markup import escape
    from rich.table import Table

    used = {_node(one["address"]): one["name"] for one in configured if one["kind"] != "drawer"}
    table = Table(title="Plugged in 已插入", title_justify="left")
    for heading in ("address for the settings", "what it says", "used as"):
        table.add_column(heading, overflow="fold")
    for one in plugged:
        use = used.get(_node(one.address), "-" if one.usable else "may not be opened")
        if one.open_in:
            use += f", open in {', '.join(one.open_in)}"
        use = use if one.address else "-"
        table.add_row(escape(one.address or "-"), escape(one.about or one.what), escape(use))
    console.print(table if plugged else "Nothing is plugged in that looks like a device.")
    for one in plugged:
        if one.remedy:
            console.print(f"{one.what}: {one.remedy}", markup=False, soft_wrap=True)
    for line in _ambiguous(configured, plugged):
        console.print(line, markup=False, soft_wrap=True)


def _ambiguous(configured: list[dict[str, Any]], plugged: "tuple[Plugged, ...]") -> Iterator[str]:
    """What to write for each device whose name in the settings may be another's tomorrow."""
    twins = {_node(one.address): one.address for one in plugged if one.has_twin}
    for device in configured:
        lasting = twins.get(_node(device["address"]))
        if lasting and "/by-id/" in device["address"] and "/by-id/" not in lasting:
            yield (
                f"{device['name']}: two devices of one model share the name in its address, which "
                f"may be the other's after the next start; write {lasting} (the socket that it is "
                "plugged into)"
            )


def _node(address: str) -> Path:
    """The node behind an address, whichever of its names is used."""
    return Path(address.partition(":")[2].partition("?")[0]).resolve()


def _test_print(settings: Settings, arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from agent.ops.device_trial import print_by_agent, print_directly
    from agent.ops.local_api import NoAgentError, NotRunningError, RefusedError

    try:
        try:
            done, said = print_by_agent(settings, open_drawer=arguments.open_drawer)
        except NotRunningError:
            done, said = print_directly(settings, open_drawer=arguments.open_drawer)
    except (NoAgentError, RefusedError) as error:
        done, said = False, str(error)
    console = Console(stderr=not done)
    style = "green" if done else "red"
    console.print(said, style=style, markup=False, highlight=False, soft_wrap=True)
    return 0 if done else 1
