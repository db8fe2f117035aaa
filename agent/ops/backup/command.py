"""`store-agent backup`: make one now, list, verify, restore, and the key that opens them."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.settings import Settings

_KEY_HELP = "file with the private key (backup new-key, age-keygen); - reads standard input"


def add_commands(
    commands: Any, common: argparse.ArgumentParser, readable: argparse.ArgumentParser
) -> None:
    """Add `backup` with its parts to the parser's `commands`."""
    about = "copies of what this PC holds, on another disk"
    backup = commands.add_parser("backup", help=about, description=about)
    parts = backup.add_subparsers(required=True, metavar="now|list|verify|restore|new-key")
    _part(parts, "now", _now, "make one, beside the running agent", readable)
    _part(parts, "list", _list, "those in the target, the newest last", readable)
    verify = _part(
        parts,
        "verify",
        _verify,
        "is it whole? with --key: all of it opens and the chain holds",
        readable,
    )
    restore = _part(
        parts,
        "restore",
        _restore,
        "put one in the place of the database; the agent is stopped",
        common,
    )
    for one in (verify, restore):
        one.add_argument("backup", nargs="?", default="latest", help="its name, a path, or latest")
        one.set_defaults(reads_what_root_names=True)
    verify.add_argument("--key", type=Path, help=_KEY_HELP)
    restore.add_argument("--key", type=Path, required=True, help=_KEY_HELP)
    making = _part(
        parts, "new-key", _new_key, "make the key that opens backups; not on a till's PC", common
    )
    making.set_defaults(first_run=_new_key)  # on a PC without an agent's settings
    making.add_argument(
        "file", type=Path, help="new file for the private key: keep it off the store"
    )


def _part(
    parts: Any, name: str, command: Any, about: str, parent: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parts.add_parser(
        name, help=about, description=about, parents=[parent]
    )
    parser.set_defaults(command=command)
    return parser


def _now(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.backup.order import order_of
    from agent.ops.backup.sending import send_backup
    from agent.ops.backup.take import take_backup

    def work(told: Any) -> int:
        taken = take_backup(order_of(settings), told=told)
        good = taken.good
        if settings.backup.to_hq:
            told("sending to head office", 0, 1)
            asyncio.run(send_backup(settings, Path(good.file)))
            told("sending to head office", 1, 1)
        if arguments.json:
            import msgspec

            print(msgspec.json.encode(taken).decode())
            return 0
        print(
            f"Backed up to {good.file}: {good.size_bytes / 1e6:.1f} MB, {taken.events} events, "
            f"the last is {good.seq}; read back and whole, {good.took_ms / 1000:.1f} s."
        )
        for name in taken.deleted:
            print(f"Deleted {name}, which newer ones supersede.")
        if settings.backup.to_hq:
            print("Head office keeps it, too.")
        return 0

    return _told(work, quiet=arguments.json)


def _list(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.backup.order import target_of
    from agent.ops.tables import local_time

    def work(_: Any) -> int:
        kept = target_of(settings).kept()
        if arguments.json:
            print(json.dumps([_as_json(one) for one in kept]))
            return 0
        zone = ZoneInfo(settings.store.timezone)
        for one in kept:
            at = local_time(int(one.taken.timestamp() * 1000), zone)
            size = f"{one.file.stat().st_size / 1e6:.1f} MB"
            seq = f"events up to {one.note.seq}" if one.note else "its note is gone: backup verify"
            print(f"{one.file.name}  {at}  {size}  {seq}")
        if not kept:
            print("There is no backup yet: store-agent backup now")
        return 0

    return _told(work, quiet=True)


def _verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.backup.verify import verify_backup

    def work(told: Any) -> int:
        found = verify_backup(
            _file(settings, arguments.backup),
            arguments.key,
            Path(settings.paths.state_dir),
            told=told,
        )
        if arguments.json:
            import msgspec

            print(msgspec.json.encode(found).decode())
        elif found.content is not None:
            content = found.content
            print(
                f"{found.file} is whole: store {content.store}, {content.events} events, the last "
                f"is {content.seq} with hash {content.hash}."
            )
        else:
            print(
                f"{found.file} is as it was written ({found.sha256[:16]}…). Whether it opens, "
                "only its key can tell: --key FILE."
            )
        return 0

    return _told(work, quiet=arguments.json)


def _restore(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.base.clock import SystemClock
    from agent.domain.selling.receipt import ungreeted_after
    from agent.ops.backup.keys import read_identities
    from agent.ops.backup.restore import restore_backup

    def work(told: Any) -> int:
        restored = restore_backup(
            _file(settings, arguments.backup),
            read_identities(arguments.key),
            Path(settings.paths.state_dir),
            store=settings.store.code,
            ungreeted_after=ungreeted_after(SystemClock().wall()),
            told=told,
        )
        print(
            f"Restored: events up to {restored.content.seq}. At its start the agent introduces "
            "itself anew to head office, which tells it what happened since: systemctl start "
            "store-agent"
        )
        if restored.aside:
            print(
                f"What was there is kept in {restored.aside}. Bring in what head office never "
                f"had:\n  store-agent recover {restored.aside}/store.db"
            )
        return 0

    return _told(work, quiet=False)


def _new_key(arguments: argparse.Namespace) -> int:
    from agent.ops.backup.keys import make_key

    try:
        public = make_key(arguments.file)
    except OSError as error:
        print(f"{arguments.file} can't be made: {error.strerror}", file=sys.stderr)
        return 1
    print(
        f"The private key is in {arguments.file}: keep it where backups are restored, and a copy "
        f"in a safe; without it no backup opens. In the stores' settings:\n[backup]\nrecipients = "
        f'["{public}"]'
    )
    return 0


def _file(settings: Settings, name: str) -> Path:
    from agent.ops.backup.order import target_of

    return Path(name) if "/" in name else target_of(settings).find(name).file


def _as_json(kept: Any) -> dict[str, Any]:
    import msgspec

    return {
        "file": str(kept.file),
        "size_bytes": kept.file.stat().st_size,
        "note": msgspec.to_builtins(kept.note) if kept.note else None,
    }


def _told(work: Callable[[Any], int], *, quiet: bool) -> int:
    """Run `work` with progress on the terminal; say what stood in its way."""
    from agent.ops.backup.errors import BackupError
    from agent.ops.backup.progress import progress
    from agent.store.errors import StoreError

    try:
        with progress(quiet=quiet) as told:
            return work(told)
    except (BackupError, StoreError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'the files'}: {error.strerror}", file=sys.stderr)
    return 1
