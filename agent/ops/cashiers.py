"""`store-agent cashier`: who may sign in at the till page. Works on the running agent."""

import argparse
import json
import sys
from typing import Any
from urllib.parse import quote

from agent.settings import Settings

_ALL = "/api/v1/cashiers"


def add_commands(
    commands: Any, common: argparse.ArgumentParser, readable: argparse.ArgumentParser
) -> None:
    """Add `cashier` with its parts to the parser's `commands`."""
    about = "who may sign in at the till page"
    cashier = commands.add_parser("cashier", help=about, description=about)
    parts = cashier.add_subparsers(required=True, metavar="add|list|set-pin|card|unlock|remove")
    adding = _part(parts, "add", _add, "let somebody sign in; asks for the PIN twice", common)
    adding.add_argument("--name", required=True, help="as on the receipt")
    adding.add_argument("--role", choices=("cashier", "supervisor", "it"), default="cashier")
    _part(parts, "list", _list, "everybody who may sign in", readable, of_one=False)
    renewing = _part(parts, "set-pin", _set_pin, "a new PIN; it ends the lock, too", common)
    _part(parts, "card", _card, "a card to approve by, in place of the former", common)
    _part(parts, "unlock", _unlock, "end the lock after wrong PINs", common)
    _part(parts, "remove", _remove, "let somebody sign in no longer", common)
    for asking in (adding, renewing):
        asking.add_argument(
            "--pin-stdin", action="store_true", help="read the PIN from standard input, one line"
        )


def _part(
    parts: Any,
    name: str,
    command: Any,
    about: str,
    parent: argparse.ArgumentParser,
    *,
    of_one: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parts.add_parser(
        name, help=about, description=about, parents=[parent]
    )
    parser.set_defaults(command=command)
    if of_one:
        parser.add_argument("cashier", help="the cashier's number, such as 1001")
    return parser


def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    pin = _pin(arguments)
    order = {"cashier": arguments.cashier, "name": arguments.name, "role": arguments.role}
    said = "Cashier {cashier} {name} ({role}) may sign in."
    return _ask(settings, "POST", _ALL, said, None if pin is None else order | {"pin": pin})


def _list(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.local_api import NoAgentError, RefusedError, ask

    try:
        cashiers = ask(settings, "GET", _ALL)["cashiers"]
    except (NoAgentError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(cashiers, ensure_ascii=False))
        return 0
    for one in cashiers:
        locked = f"  locked for {-(-one['locked_ms'] // 1000)} s" if one["locked_ms"] else ""
        print(f"{one['cashier']}  {one['role']}  {one['name']}{locked}")
    if not cashiers:
        print("Nobody may sign in yet: store-agent cashier add 1001 --name NAME")
    return 0


def _set_pin(settings: Settings, arguments: argparse.Namespace) -> int:
    pin = _pin(arguments)
    said = "Cashier {cashier} {name} has a new PIN."
    order = None if pin is None else {"pin": pin}
    return _ask(settings, "POST", f"{_one(arguments)}/pin", said, order)


def _card(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the code as QR and text: it is told this once."""
    import segno

    from agent.ops.local_api import NoAgentError, RefusedError, ask

    try:
        told = ask(settings, "POST", f"{_one(arguments)}/card", {})
    except (NoAgentError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    segno.make(told["card"], error="m", micro=False).terminal(compact=True)
    print(f"Card of {told['cashier']} {told['name']}: {told['card']}")
    print("Print it on a card, and keep it like a key; the former card counts no more.")
    return 0


def _unlock(settings: Settings, arguments: argparse.Namespace) -> int:
    said = "Cashier {cashier} {name} may try again."
    return _ask(settings, "POST", f"{_one(arguments)}/unlock", said, {})


def _remove(settings: Settings, arguments: argparse.Namespace) -> int:
    said = "Cashier {cashier} {name} may sign in no longer."
    return _ask(settings, "DELETE", _one(arguments), said, {})


def _ask(settings: Settings, method: str, path: str, said: str, order: Any) -> int:
    """Ask the agent and say what came of it; an order of None was called off."""
    from agent.ops.local_api import NoAgentError, RefusedError, ask

    if order is None:
        return 2
    try:
        print(said.format_map(ask(settings, method, path, order)))
    except (NoAgentError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _one(arguments: argparse.Namespace) -> str:
    return f"{_ALL}/{quote(arguments.cashier, safe='')}"


def _pin(arguments: argparse.Namespace) -> str | None:
    """Return the PIN that was given, None with a word when it is none."""
    from agent.domain.staff.pin import MAX_PIN_DIGITS, MIN_PIN_DIGITS

    if arguments.pin_stdin:
        pin = sys.stdin.readline().rstrip("\r\n")
    else:
        from getpass import getpass

        pin = getpass("PIN: ")
        if getpass("The same PIN again: ") != pin:
            print("The two PINs differ; nothing was changed.", file=sys.stderr)
            return None
    if not (pin.isascii() and pin.isdigit() and MIN_PIN_DIGITS <= len(pin) <= MAX_PIN_DIGITS):
        print(f"A PIN has {MIN_PIN_DIGITS} to {MAX_PIN_DIGITS} digits.", file=sys.stderr)
        return None
    return pin
