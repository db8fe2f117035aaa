"""store-hq: the command line of head office."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from agent.base.loading import loading
from agent.base.own_user import become_owner_of
from agent.base.settings import SettingsError
from sync.hq.commands.command import Command
from sync.hq.commands.language import say, speak
from sync.hq.settings import DEFAULT_FILE, ENV_PREFIX, load_settings

FAILED = 1
USAGE = 2

_DESCRIPTION = "Head office: receives the stores' journals, and tells the stores what is new."
_EPILOG = """\
from nothing to the first coupon:
  store-hq init                                  make the schema, the keys and a policy
  store-hq stores add MB001
  store-hq stores enrol MB001                    for its PC: store-agent enroll CODE
  store-hq campaign add --name "30-5" --rule 30:5 --class bound --ends 30d
  store-hq issue --campaign 1 --store MB001 --count 3
  store-hq run                                   serve the stores until SIGTERM

Settings come from {file} (or --config FILE), FILE.d/*.toml and
{prefix}SECTION__NAME, e.g. {prefix}DATABASE__DSN.
Exit status: 0 done, 1 could not be done (the message says what to do), 2 wrong usage or settings,
78 run does not serve this database as it is: not set up, or made by a newer version.
Chinese is spoken where LC_ALL or LANG is a Chinese locale, such as zh_CN.UTF-8.
"""

_COMMANDS = {
    "run": ("house", "serve the stores"),
    "init": ("trust", "set up or upgrade the database, the keys and the policy"),
    "check-config": ("house", "check the settings and print them"),
    "stores": ("house", "add, list, enrol, release stores; record backups"),
    "rollouts": ("house", "hand settings or a version to a share of the stores at a time"),
    "keys": ("trust", "list, add, revoke signing keys; show the root key"),
    "policy": ("trust", "show or publish what stores may decide offline"),
    "campaign": ("coupons", "add, list, change, copy or end campaigns"),
    "issue": ("coupons", "issue coupons as signed tokens, with QR images"),
    "coupon": ("coupons", "list or revoke coupons"),
    "promotions": ("promotions", "write the price book: check, import, list, end promotions"),
    "handouts": ("coupons", "give a store coupons to hand out with its sales"),
    "articles": ("selling", "import or list articles; take them out of sale"),
    "prices": ("selling", "plan prices that begin later, at the same instant in every store"),
    "wallet": ("members", "serve the page on which members see their coupons"),
    "members": ("members", "import or list members; print a member's code"),
    "stock": ("stock", "set, add to, import or list a store's stock"),
    "events": ("line", "look at what stores sent"),
    "readers": ("house", "let the chain's other programs (CRM, ERP) read all events"),
    "parked": ("line", "look at events that could not be applied"),
    "compare": ("line", "look whether the stores hold the same as head office"),
    "cases": ("coupons", "look at coupons used twice"),
    "backups": ("house", "list the backups that stores left here; fetch one to be restored"),
    "closings": ("cash", "look at the stores' Z reports"),
    "completeness": ("house", "look whether all that the stores did has come, day by day"),
    "reconciliation": ("house", "write the month of both channels as a table for a spreadsheet"),
    "restored": ("trust", "begin anew after the database was restored from a backup"),
}
"""Each command's subject, the folder it lies in, and what it does."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    speak()
    words = sys.argv[1:] if argv is None else list(argv)
    args = _parser(words).parse_args(words)
    if args.alone is not None:
        return int(args.alone(args))
    try:
        settings = load_settings(args.config, os.environ)
    except SettingsError as error:
        args.tell_mistakes(error)
        return USAGE
    become_owner_of(Path(settings.paths.keys_dir))
    status: int = args.handler(args, settings)
    return status


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="store-hq",
        description=say(_DESCRIPTION),
        epilog=say(_EPILOG, file=DEFAULT_FILE, prefix=ENV_PREFIX),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help=say("settings in TOML"))
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    chosen = next((word for word in words if word in _COMMANDS), None)
    for name, (subject, summary) in _COMMANDS.items():
        command = Command(commands, name, help=summary)
        if name == chosen:  # the others are not even imported, so that `run` stays small
            module = f"sync.hq.commands.{subject}.{name.replace('-', '_')}"
            with loading():
                loaded = import_module(module)
            loaded.configure(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
