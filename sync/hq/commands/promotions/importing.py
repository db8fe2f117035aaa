"""`promotions import`: files of promotions become the book that every store goes by."""

from datetime import datetime
from pathlib import Path
from typing import Any

from agent.base.strict_json import parse
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.hits import stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.promotions.checking import check, tell_mistake
from sync.hq.commands.tables.report import plain
from sync.hq.errors import AdminError
from sync.hq.promotions.taking import (
    BookFile,
    BookPlan,
    Difference,
    FieldTurn,
    preview,
    put_together,
    take_over,
)

MAX_SHOWN = 100
"""Promotions shown to people; --json has all."""


def configure(command: Command) -> None:
    """Describe the action."""
    action = command.action("import", help="take files of promotions over: the stores go by them")
    action.explanation(
        "Each file is checked and its examples are tried, as by check; one mistake and nothing is"
        " taken. Promotions are added or changed by their id, those that no file names stay as they"
        " are; a rule of the whole book (coupons, by_hand, round_down_to_fen) that no file names"
        " stays, too. Each change is a new version; sales name the version that they went by."
    )
    action.example(
        "store-hq promotions import spring.json --dry-run    # what would change",
        "store-hq promotions import spring.json",
    )
    action.option("files", nargs="+", type=Path, metavar="FILE", help="a price book in JSON")
    action.option(
        "--dry-run", action="store_true", help="show what would change, and change nothing"
    )
    action.runs(administrative(_import))


def local_time(session: Session) -> datetime:
    """Return what the clocks of the stores show now."""
    return datetime.fromtimestamp(session.now / 1_000, session.zone).replace(tzinfo=None)


async def _import(session: Session) -> None:
    args, connection, at = session.args, session.connection, local_time(session)
    wanted = put_together([_file(path, quiet=args.json) for path in args.files])
    if args.dry_run:
        plan = await preview(connection, wanted, at=at)
    else:
        plan = await take_over(connection, wanted, now=session.now, at=at)
    if plan.mistakes:
        for one in plan.mistakes:
            tell_mistake(say("the book with it"), one)
        raise AdminError("nothing was taken over: correct the files and import them again")
    words = described(plan)
    if args.dry_run:
        words.append(say("dry run: nothing was changed. An import would do this:"))
    words.append(_counted(plan))
    if not args.dry_run and (plan.differences or plan.rules):
        words.append(await stores_hear(session))
    session.tell({"dry_run": args.dry_run, **for_machines(plan)}, *words)


def _file(path: Path, *, quiet: bool) -> BookFile:
    checked, book = check(path, quiet=quiet, alone=False)
    if book is None or not checked.good:
        raise AdminError(
            "{file}: nothing was taken over; `store-hq promotions check {file} --explain` shows"
            " why",
            file=path,
        )
    return BookFile(name=path.name, book=book, named=frozenset(parse(path.read_bytes())))


def described(plan: BookPlan) -> list[str]:
    """Return a line for each promotion that changes."""
    turns = [*plan.differences, *([plan.rules] if plan.rules else [])]
    lines = [_line(one) for one in turns[:MAX_SHOWN]]
    if len(turns) > MAX_SHOWN:
        lines.append(say("and {count} more; --json shows all", count=len(turns) - MAX_SHOWN))
    return lines


def for_machines(plan: BookPlan) -> dict[str, Any]:
    """Return the plan for JSON."""
    return {
        "added": sum(one.before == 0 for one in plan.differences),
        "changed": sum(one.before > 0 for one in plan.differences),
        "unchanged": plan.unchanged,
        "changes": plan.differences,
        "rules": plan.rules,
    }


def _counted(plan: BookPlan) -> str:
    told = for_machines(plan)
    return say(
        "new: {added}, changed: {changed}, unchanged: {unchanged}",
        added=told["added"],
        changed=told["changed"],
        unchanged=told["unchanged"],
    )


def _line(one: Difference) -> str:
    name = f"{one.id} {one.name}".strip()
    if one.before == 0:
        return say("+ {key} is new: {fields}", key=name, fields=f"v{one.version}")
    turns = ", ".join(map(turn_words, one.fields))
    return plain(f"~ {name} v{one.before} → v{one.version}: {turns}")


def turn_words(one: FieldTurn) -> str:
    """Say how a field becomes different."""
    return f"{one.field} {_text(one.before)} → {_text(one.after)}"


def _text(value: Any) -> str:
    return say("(empty)") if value is None else str(value)
