"""Answers given before anybody is asked: by flags, else by variables, else by a preseed file."""

import argparse
import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agent.base.settings import Mistake
from agent.base.settings_layers import UnreadableError, read_file
from agent.ops.setup.questions import (
    DEVICES,
    ENV_PREFIX,
    HQ,
    NAME,
    NONE,
    QUESTIONS,
    STORE,
    Question,
)

PRESEED_VARIABLE = ENV_PREFIX + "PRESEED"
_BY_NAME = {question.name: question for question in QUESTIONS}


class Given(NamedTuple):
    """An answer, and who gave it."""

    text: str
    where: str
    """For people: a flag, a variable, `FILE: name`."""


Answers = dict[Question, Given]


def gather(
    arguments: argparse.Namespace, environ: Mapping[str, str]
) -> tuple[Answers, list[Mistake]]:
    """Return what is given, and everything that is wrong with how it is given."""
    mistakes: list[Mistake] = []
    preseed = arguments.preseed or environ.get(PRESEED_VARIABLE)
    answers: Answers = dict(_of_file(Path(preseed), mistakes)) if preseed else {}
    answers.update(_of_environment(environ, mistakes))
    for question in QUESTIONS:
        text = getattr(arguments, question.name)
        if text is not None:
            answers[question] = Given(tidy(question, text), question.flag)
    return answers, mistakes


def tidy(question: Question, text: str) -> str:
    """Return an answer as it is meant: without blanks around it, wide signs of an input method as
    plain ones, a store's code in capitals, nothing for NONE."""
    text = text.strip()
    if question is NAME:
        return text
    text = unicodedata.normalize("NFKC", text)
    if text == NONE and question in (HQ, *DEVICES):
        return ""
    return text.upper() if question is STORE else text


def _of_file(file: Path, mistakes: list[Mistake]) -> Iterator[tuple[Question, Given]]:
    try:
        layer = read_file(file)
    except UnreadableError as error:
        mistakes.append(Mistake(where=error.where, what=error.what))
        return
    for key, value in layer.settings:
        where = f"{file}: {key.dotted}"
        question = _BY_NAME.get(key.name) if not key.section else None
        if question is None:
            mistakes.append(_unknown(where, key.dotted, _BY_NAME))
        else:
            yield question, Given(tidy(question, _text(value)), where)


def _of_environment(
    environ: Mapping[str, str], mistakes: list[Mistake]
) -> Iterator[tuple[Question, Given]]:
    known = {question.variable: question for question in QUESTIONS}
    for variable in sorted(name for name in environ if name.startswith(ENV_PREFIX)):
        if variable == PRESEED_VARIABLE:
            continue
        if variable in known:
            question = known[variable]
            yield question, Given(tidy(question, environ[variable]), variable)
        else:
            mistakes.append(_unknown(variable, variable, [*known, PRESEED_VARIABLE]))


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _unknown(where: str, word: str, words: Iterable[str]) -> Mistake:
    near = difflib.get_close_matches(word, list(words), n=1)
    return Mistake(where=where, what="unknown answer", hint=next(iter(near), ""))
