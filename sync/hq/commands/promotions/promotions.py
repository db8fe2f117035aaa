"""store-hq promotions: the chain's price book, written as files, tried, and told to the stores."""

import argparse
from pathlib import Path

from agent.domain.promotions.schema import schema
from sync.hq.commands.command import DONE, FAILED, Command
from sync.hq.commands.output import print_json
from sync.hq.commands.promotions import ending, importing, looking, results
from sync.hq.commands.promotions.checking import check


def configure(command: Command) -> None:
    """Describe the command."""
    checking = command.action(
        "check", help="read price books, try their examples, tell what is wrong"
    )
    checking.explanation(
        "A price book is a JSON file: promotions, articles, and examples (a basket, when and for"
        " whom, what is to be paid). Sums are in fen, 1/10,000 says what is paid: 9折 = 9000."
        " Every mistake is told with its place in the file; an example that comes out differently"
        " fails, and both answers are shown. Nothing is stored and no till hears of it."
        " docs/promotions.md explains each kind; docs/promotions/omo.json is a whole book."
    )
    checking.example(
        "store-hq promotions check docs/promotions/omo.json",
        "store-hq promotions check book.json --explain",
        "store-hq promotions check *.json --json",
    )
    checking.option("files", nargs="+", type=Path, metavar="FILE", help="a price book in JSON")
    checking.option(
        "--explain",
        action="store_true",
        help="show for each example what was taken off, and why the rest was not",
    )
    checking.runs_alone(_check)
    importing.configure(command)
    looking.configure(command)
    ending.configure(command)
    results.configure(command)
    form = command.action("schema", help="print the JSON Schema of price books, for editors")
    form.example("store-hq promotions schema > book.schema.json")
    form.runs_alone(_schema, machine_readable=False)


def _schema(args: argparse.Namespace) -> int:
    print_json(schema())
    return DONE


def _check(args: argparse.Namespace) -> int:
    checked = [check(path, quiet=args.json, explain=args.explain)[0] for path in args.files]
    if args.json:
        print_json(checked)
    return DONE if all(one.good for one in checked) else FAILED
