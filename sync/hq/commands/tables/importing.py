"""`import` and `undo`, alike for every kind of table file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.language import say
from sync.hq.commands.tables.columns import Column
from sync.hq.commands.tables.progress import progress
from sync.hq.commands.tables.report import described, for_machines, named
from sync.hq.commands.tables.table_file import read_table
from sync.hq.commands.tables.text import ENCODINGS
from sync.hq.imports.importing import Table, preview, preview_back, take_back, take_in
from sync.hq.imports.mistakes import Mistakes
from sync.hq.imports.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Files:
    """A kind of table files."""

    name: str
    """In JSON: what the rows are."""
    command: str
    """`store-hq …`, which takes them."""
    columns: Sequence[Column]
    """The first says what a row is of."""
    table: Callable[[Session], Table]
    tell_kept: Callable[[int, str], str] | None = None
    """Says why an import leaves something as it is, of how many and whom."""


def imports(command: Command, files: Files, *, help: str) -> Command:  # noqa: A002  # argparse's word
    """Describe the action that takes a file; `help` is that of the file, in English."""
    command.explanation(
        "A CSV file as spreadsheets save it: UTF-8, UTF-16 or GB18030; comma, semicolon or tab;"
        " columns in any order, also under Chinese names. A column that the file has not stays"
        " untouched, an empty cell empties. One mistake and nothing is taken: all of them are told"
        " with their lines."
    )
    command.option("file", type=Path, metavar="CSV", help=help)
    command.option(
        "--dry-run", action="store_true", help="show what would change, and change nothing"
    )
    command.option(
        "--encoding", choices=ENCODINGS, help="of a file that could be either; otherwise found out"
    )
    command.runs(administrative(lambda session: _import(session, files)))
    return command


def undoes(command: Command, files: Files) -> Command:
    """Describe the action that takes the last import back."""
    asks(command).explanation(
        "What others changed since, or what is in use by now, is kept and named. The stores hear of"
        " it as of every change. Once more takes back the import before, up to 20 of them."
    )
    command.runs(administrative(lambda session: _undo(session, files)))
    return command


async def _import(session: Session, files: Files) -> None:
    file, connection, table = session.args.file, session.connection, files.table(session)
    mistakes = Mistakes(str(file))
    with progress() as shown:
        rows = read_table(
            file,
            files.columns,
            encoding=session.args.encoding,
            mistakes=mistakes,
            progress=shown,
        )
        shown.compare()
        if session.args.dry_run:
            plan = await preview(connection, table, rows, mistakes)
        else:
            plan = await take_in(connection, table, rows, mistakes, file=file.name, now=session.now)
    session.tell(
        {files.name: len(rows), "dry_run": session.args.dry_run, **for_machines(plan)},
        *_imported(session, files, plan),
    )


async def _undo(session: Session, files: Files) -> None:
    table = files.table(session)
    run, plan = await preview_back(session.connection, table)
    told = say(
        "takes back {file}, imported {at}: taken out: {out}, changed back: {back}",
        file=run.file,
        at=session.shown(run.imported_at),
        out=plan.taken_out,
        back=plan.changed + plan.added,
    )
    confirm(session, [told, *_kept_back(plan), *described(plan)])
    plan = await take_back(session.connection, table, run, now=session.now)
    session.tell(
        {"file": run.file, "imported_at": run.imported_at, **for_machines(plan)},
        say(
            "{file} was taken back: taken out: {out}, changed back: {back}",
            file=run.file,
            out=plan.taken_out,
            back=plan.changed + plan.added,
        ),
        *_kept_back(plan),
    )


def _imported(session: Session, files: Files, plan: Plan) -> list[str]:
    lines = described(plan)
    if session.args.dry_run:
        lines.append(say("dry run: nothing was changed. An import would do this:"))
    lines.append(
        say(
            "new: {added}, changed: {changed}, unchanged: {unchanged}",
            added=plan.added,
            changed=plan.changed,
            unchanged=plan.unchanged,
        )
    )
    if plan.kept and files.tell_kept:
        lines.append(files.tell_kept(len(plan.kept), named(plan.kept)))
    if plan.changes and not session.args.dry_run:
        lines.append(say("`{command}` takes this back", command=files.command))
    return lines


def _kept_back(plan: Plan) -> list[str]:
    if not plan.kept:
        return []
    return [
        say(
            "changed by others since or in use, so kept as they are: {count} ({keys})",
            count=len(plan.kept),
            keys=named(plan.kept),
        )
    ]
