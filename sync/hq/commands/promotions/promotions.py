"""store-hq promotions: write the price book as files and try it, before any till knows it."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from agent.domain.money import yuan
from agent.domain.outcome import Sentence
from agent.domain.promotions.book import Book
from agent.domain.promotions.examples import Tried, try_examples
from agent.domain.promotions.reading import read_book
from agent.domain.promotions.review import Mistake, Weight, review
from agent.domain.promotions.schema import schema
from agent.domain.promotions.words import mistake_words, why
from sync.hq.commands.command import DONE, FAILED, Command
from sync.hq.commands.language import is_chinese, say
from sync.hq.commands.output import print_json

MAX_BYTES = 32 * 1024 * 1024
"""Of one file: a book of 5,000 promotions takes two."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file."""

    file: str
    promotions: int
    mistakes: list[dict[str, Any]]
    examples: list[dict[str, Any]]
    good: bool


def configure(command: Command) -> None:
    """Describe the command."""
    check = command.action("check", help="read price books, try their examples, tell what is wrong")
    check.explanation(
        "A price book is a JSON file: promotions, articles, and examples (a basket, when and for"
        " whom, what is to be paid). Sums are in fen, 1/10,000 says what is paid: 9折 = 9000."
        " Every mistake is told with its place in the file; an example that comes out differently"
        " fails, and both answers are shown. Nothing is stored and no till hears of it."
        " docs/promotions.md explains each kind; docs/promotions/omo.json is a whole book."
    )
    check.example(
        "store-hq promotions check docs/promotions/omo.json",
        "store-hq promotions check book.json --explain",
        "store-hq promotions check *.json --json",
    )
    check.option("files", nargs="+", type=Path, metavar="FILE", help="a price book in JSON")
    check.option(
        "--explain",
        action="store_true",
        help="show for each example what was taken off, and why the rest was not",
    )
    check.runs_alone(_check)
    form = command.action("schema", help="print the JSON Schema of price books, for editors")
    form.example("store-hq promotions schema > book.schema.json")
    form.runs_alone(_schema, machine_readable=False)


def _schema(args: argparse.Namespace) -> int:
    print_json(schema())
    return DONE


def _check(args: argparse.Namespace) -> int:
    checked = [_file(path, args) for path in args.files]
    if args.json:
        print_json(checked)
    return DONE if all(one.good for one in checked) else FAILED


def _file(path: Path, args: argparse.Namespace) -> Checked:
    read = _read(path)
    if isinstance(read, Book):
        mistakes, tried = review(read), []
        if not any(one.weight is Weight.ERROR for one in mistakes):
            tried = try_examples(read)
        count = len(read.promotions)
    else:
        mistakes, tried, count = read, [], 0
    wrong = any(one.weight is Weight.ERROR for one in mistakes)
    checked = Checked(
        file=str(path),
        promotions=count,
        mistakes=[_mistake(one) for one in mistakes],
        examples=[_example(one) for one in tried],
        good=not wrong and not any(one.differences for one in tried),
    )
    if not args.json:
        _tell(path, mistakes, tried, explain=args.explain)
        if checked.good:
            print(_summary(path, count, tried))
    return checked


def _read(path: Path) -> Book | list[Mistake]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return [_file_mistake(error.strerror or str(error))]
    if len(data) > MAX_BYTES:
        return [_file_mistake(say("more than {most} MiB", most=MAX_BYTES // 1024**2))]
    return read_book(data)


def _file_mistake(reason: str) -> Mistake:
    return Mistake(path="$", text="{why}", gaps={"why": reason})


def _tell(
    path: Path, mistakes: Sequence[Mistake], tried: Sequence[Tried], *, explain: bool
) -> None:
    for one in mistakes:
        said = _spoken(mistake_words(one))
        if one.weight is Weight.WARNING:
            said = say("warning: {what}", what=said)
        print(f"{path}: {one.path}: {said}", file=sys.stderr)
    for at, example in enumerate(tried):
        for difference in example.differences:
            where = f"{path}: $.examples[{at}].{difference.field}"
            said = say(
                "{name}: expected {expected}, and it is {answered}",
                name=example.name,
                expected=difference.expected,
                answered=difference.answered,
            )
            print(f"{where}: {said}", file=sys.stderr)
        if explain or example.differences:
            _explain(example)


def _explain(example: Tried) -> None:
    priced = example.priced
    if priced is None:
        return
    print(
        say(
            "{name}: {total} less {off} is {payable}",
            name=example.name,
            total=yuan(priced.total_fen),
            off=yuan(priced.discount_fen),
            payable=yuan(priced.payable_fen),
        )
    )
    for line in priced.lines:
        shares = "".join(f"  -{yuan(one.fen)} {one.promotion}" for one in line.allocations)
        print(f"  {line.quantity} x {line.sku}  {yuan(line.amount_fen)}{shares}")
    for used in priced.applied:
        coupon = f" ({used.coupon})" if used.coupon else ""
        print(f"  - {used.promotion}{coupon} {used.name}: -{yuan(used.fen)}")
    for lack in priced.not_applied:
        coupon = f" ({lack.coupon})" if lack.coupon else ""
        print(f"  x {lack.promotion}{coupon} {lack.name}: {_spoken(why(lack))}")
    if not priced.complete:
        print(say("  the budget of work was used up: the best found so far is taken"))


def _summary(path: Path, promotions: int, tried: Sequence[Tried]) -> str:
    return say(
        "{file}: good; promotions: {promotions}, examples tried: {examples}",
        file=path,
        promotions=promotions,
        examples=len(tried),
    )


def _mistake(one: Mistake) -> dict[str, Any]:
    words = mistake_words(one)
    return {"path": one.path, "weight": one.weight, "said": words}


def _example(tried: Tried) -> dict[str, Any]:
    return {
        "name": tried.name,
        "good": not tried.differences,
        "differences": tried.differences,
        "priced": tried.priced,
        "why": [
            {"promotion": one.promotion, "coupon": one.coupon, "said": why(one)}
            for one in (tried.priced.not_applied if tried.priced else ())
        ],
    }


def _spoken(sentence: Sentence) -> str:
    return sentence.zh_cn if is_chinese(os.environ) else sentence.en
