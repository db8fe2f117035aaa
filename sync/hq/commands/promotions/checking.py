"""Price books as files: read, reviewed and tried on their examples, and what is wrong told."""

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
from agent.domain.promotions.words import mistake_words, why
from sync.hq.commands.language import is_chinese, say

MAX_BYTES = 32 * 1024 * 1024
"""Of one file: a book of 5,000 promotions takes two."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file."""

    file: str
    promotions: int
    mistakes: list[dict[str, Any]]
    examples: list[dict[str, Any]]
    good: bool


def check(
    path: Path, *, quiet: bool, explain: bool = False, alone: bool = True
) -> tuple[Checked, Book | None]:
    """Check a file and tell what is wrong, unless `quiet`; return what became of it, and its book
    if that could be read. `explain`: also how each example is reckoned; not `alone`: it may name
    promotions and groups of other files."""
    read = _read(path)
    if isinstance(read, Book):
        mistakes, tried = [one for one in review(read) if alone or not _names_others(one)], []
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
    if not quiet:
        _tell(path, mistakes, tried, explain=explain)
        if checked.good:
            print(_summary(path, count, tried))
    return checked, read if isinstance(read, Book) else None


def _names_others(one: Mistake) -> bool:
    return one.path.endswith((".stacking.only_beside", ".stacking.not_beside"))


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
        tell_mistake(str(path), one)
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


def tell_mistake(file: str, one: Mistake) -> None:
    """Say what is wrong, and where, on stderr."""
    said = _spoken(mistake_words(one))
    if one.weight is Weight.WARNING:
        said = say("warning: {what}", what=said)
    print(f"{file}: {one.path}: {said}", file=sys.stderr)


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
