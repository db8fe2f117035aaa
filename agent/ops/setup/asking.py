"""Collecting the answers on a terminal."""

import argparse
import os
from pathlib import Path

from msgspec import Struct

from agent.ops.plugged import plugged_in
from agent.ops.setup.dialogue import Dialogue
from agent.ops.setup.given import Answers, Given
from agent.ops.setup.hq_trial import Outcome, try_hq
from agent.ops.setup.key import KEPT_AS
from agent.ops.setup.plan import Found, Plan, make_plan
from agent.ops.setup.questions import (
    COLUMNS,
    DEVICES,
    HQ,
    KEY_FILE,
    LANGUAGE,
    NAME,
    PRINTER,
    ROOT_KEY,
    STORE,
    TILL,
    Question,
)
from agent.ops.setup.words import Words, cashiers_language
from sync.key_file import KeyFileError, read_key

_BEGIN = Words(
    "门店代理安装设置。每题按回车即采用方括号里的值;Ctrl-C 随时放弃,什么也不会改。",
    "Setting this store up. Enter takes what is in brackets; Ctrl-C gives up, and changes nothing.",
)
_AGAIN = Words(
    "连不上总部也可以继续(收银不受影响)。要重新填写吗?",
    "The till works without head office, too. Answer these again?",
)
_MEND = Words("请重新填写。", "Please answer these again.")
_FROM_HQ = "head office"


class Collected(Struct, frozen=True, kw_only=True):
    """Everything that is needed to write."""

    plan: Plan
    key: str | None
    """To be kept; None: the present one stays."""
    key_file: Path
    language: str
    dialogue: Dialogue | None = None
    """Whom to ask further; None: nobody."""
    as_json: bool = False
    lines: tuple[str, ...] = ()
    """What there is to tell before anything is written."""


def collect(
    arguments: argparse.Namespace,
    config: Path,
    found: Found,
    given: Answers,
    key: str | None,
    language: str,
) -> Collected:
    """Ask for what was not given. Raises GivenUpError, SettingsError."""
    dialogue = Dialogue(language, found, plugged_in())
    dialogue.say(_BEGIN)
    answers = dict(given)
    answers.setdefault(LANGUAGE, Given(cashiers_language(os.environ), LANGUAGE.flag))
    _ask(dialogue, answers, given, LANGUAGE)
    dialogue.language = answers[LANGUAGE].text if LANGUAGE not in given else language
    path = key_path(config, found)
    key = _ask_line(dialogue, answers, given, key, path, offline=arguments.offline)
    _ask(dialogue, answers, given, TILL)
    if any(question not in given for question in DEVICES):
        dialogue.show_plugged()
    for question in DEVICES:
        _ask(dialogue, answers, given, question)
        if question is PRINTER and answers[PRINTER].text:
            _ask(dialogue, answers, given, COLUMNS)
    kept = path if answers[HQ].text else None
    return Collected(
        plan=make_plan(found, answers, key_file=kept),
        key=key,
        key_file=path,
        language=dialogue.language,
        dialogue=dialogue,
    )


def key_path(config: Path, found: Found) -> Path:
    """Return where the key is kept."""
    return Path(found.value(KEY_FILE.setting) or config.with_name(KEPT_AS))


def present_key(path: Path) -> str:
    """Return the key that is kept already; empty if there is none that can be read."""
    try:
        return read_key(path)
    except KeyFileError:
        return ""


def name_by_hq(answers: Answers, found: Found, name: str) -> None:
    """Take the store's name from head office where nobody gave another."""
    if name and NAME not in answers and not found.value(NAME.setting):
        answers[NAME] = Given(name, _FROM_HQ)


def _ask(dialogue: Dialogue, answers: Answers, given: Answers, question: Question) -> None:
    if question not in given:
        answers[question] = dialogue.ask(question, answers)


def _ask_line(
    dialogue: Dialogue,
    answers: Answers,
    given: Answers,
    key: str | None,
    path: Path,
    *,
    offline: bool,
) -> str | None:
    """Ask for store, address and keys until head office agrees, or is not there; return the key."""
    given, typed = dict(given), key
    while True:
        _ask(dialogue, answers, given, STORE)
        _ask(dialogue, answers, given, HQ)
        if not answers[HQ].text:
            return typed
        _ask(dialogue, answers, given, ROOT_KEY)
        if key is None or typed is None:
            typed = dialogue.ask_key(has_one=bool(present_key(path))) if key is None else key
        if offline or _is_accepted(dialogue, answers, typed or present_key(path)):
            return typed
        for question in (STORE, HQ, ROOT_KEY):  # an answer that was given may be the wrong one
            given.pop(question, None)
        key = None


def _is_accepted(dialogue: Dialogue, answers: Answers, key: str) -> bool:
    trial = try_hq(
        [url.strip() for url in answers[HQ].text.split(",") if url.strip()],
        key=key,
        store=answers[STORE].text,
        root_key=answers[ROOT_KEY].text,
        language=dialogue.language,
    )
    print("\n".join(trial.lines), flush=True)
    if trial.outcome is Outcome.REFUSED:
        dialogue.say(_MEND)
        return False
    if trial.outcome is Outcome.UNREACHED:
        return not dialogue.agrees(_AGAIN, by_default=False)
    name_by_hq(answers, dialogue.found, trial.store_name)
    return True
