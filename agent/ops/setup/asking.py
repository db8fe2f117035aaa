"""Collecting the answers on a terminal."""

import argparse
import os
from pathlib import Path

from msgspec import Struct

from agent.base.settings_layers import Key
from agent.ops.plugged import plugged_in
from agent.ops.setup.dialogue import Dialogue
from agent.ops.setup.given import Answers, Given
from agent.ops.setup.hq_trial import Outcome, try_hq
from agent.ops.setup.plan import Found, Plan, make_plan
from agent.ops.setup.questions import (
    COLUMNS,
    DEVICES,
    HQ,
    LANGUAGE,
    NAME,
    PRINTER,
    STORE,
    TILL,
    Question,
)
from agent.ops.setup.words import Words, cashiers_language
from sync.enrolment_file import EnrolmentFileError, read_enrolment
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentCode

_BEGIN = Words(
    "门店代理安装设置。每题按回车即采用方括号里的值；Ctrl-C 随时放弃，什么也不会改。",
    "Setting this store up. Enter takes what is in brackets; Ctrl-C gives up, and changes nothing.",
)
_AGAIN = Words(
    "连不上总部也可以继续（收银不受影响），以后再用 store-agent enroll 加入。要重新填写吗？",
    "The till works without head office, too; `store-agent enroll` does this later. Answer again?",
)
_MEND = Words("请重新填写。", "Please answer these again.")
_FROM_HQ = "head office"
CA_FILE = Key("hq", "ca_file")
STATE_DIR = Key("paths", "state_dir")


class Collected(Struct, frozen=True, kw_only=True):
    """Everything that is needed to write."""

    plan: Plan
    code: EnrolmentCode | None
    """To be used up; None: the machine is enrolled, or is to be later."""
    language: str
    dialogue: Dialogue | None = None
    """Whom to ask further; None: nobody."""
    as_json: bool = False
    lines: tuple[str, ...] = ()
    """What there is to tell before anything is written."""


def collect(
    arguments: argparse.Namespace,
    found: Found,
    given: Answers,
    code: EnrolmentCode | None,
    language: str,
) -> Collected:
    """Ask for what was not given. Raises GivenUpError, SettingsError."""
    dialogue = Dialogue(language, found, plugged_in())
    dialogue.say(_BEGIN)
    answers = dict(given)
    answers.setdefault(LANGUAGE, Given(cashiers_language(os.environ), LANGUAGE.flag))
    _ask(dialogue, answers, given, LANGUAGE)
    dialogue.language = answers[LANGUAGE].text if LANGUAGE not in given else language
    code = _ask_line(dialogue, answers, given, code, offline=arguments.offline)
    _ask(dialogue, answers, given, TILL)
    if any(question not in given for question in DEVICES):
        dialogue.show_plugged()
    for question in DEVICES:
        _ask(dialogue, answers, given, question)
        if question is PRINTER and answers[PRINTER].text:
            _ask(dialogue, answers, given, COLUMNS)
    plan = make_plan(found, answers)
    return Collected(plan=plan, code=code, language=dialogue.language, dialogue=dialogue)


def enrolled_store(found: Found) -> str:
    """Return as which store this machine is enrolled; empty for none, or none that can be read."""
    try:
        enrolment = read_enrolment(Path(found.value(STATE_DIR)))
    except EnrolmentFileError:
        return ""
    return enrolment.store if enrolment else ""


def tell_by_hq(answers: Answers, found: Found, told: EnrolmentAnswer) -> None:
    """Take what head office says: the store, and its name where nobody gave another."""
    answers[STORE] = Given(told.store, _FROM_HQ)
    if told.urls:
        answers[HQ] = Given(",".join(told.urls), _FROM_HQ)
    if told.name and NAME not in answers and not found.value(NAME.setting):
        answers[NAME] = Given(told.name, _FROM_HQ)


def _ask(dialogue: Dialogue, answers: Answers, given: Answers, question: Question) -> None:
    if question not in given:
        answers[question] = dialogue.ask(question, answers)


def _ask_line(
    dialogue: Dialogue,
    answers: Answers,
    given: Answers,
    code: EnrolmentCode | None,
    *,
    offline: bool,
) -> EnrolmentCode | None:
    """Ask for address and code until head office agrees, or is not there; return the code.

    Where head office does not tell the store, people do.
    """
    found = dialogue.found
    given, present = dict(given), enrolled_store(found)
    while True:
        _ask(dialogue, answers, given, HQ)
        typed = code
        if typed is None and answers[HQ].text and not offline:
            typed = dialogue.ask_code(has_one=bool(present))
        if typed is None or offline or not answers[HQ].text:
            _ask(dialogue, answers, given, STORE)
            return None
        trial = try_hq(
            _urls(answers), typed, language=dialogue.language, ca_file=str(found.value(CA_FILE))
        )
        print("\n".join(trial.lines), flush=True)
        if trial.told is not None and trial.outcome is Outcome.GOOD:
            tell_by_hq(answers, dialogue.found, trial.told)
            return typed
        if trial.outcome is Outcome.REFUSED:
            dialogue.say(_MEND)
        elif not dialogue.agrees(_AGAIN, by_default=False):
            _ask(dialogue, answers, given, STORE)
            return None
        given.pop(HQ, None)  # an answer that was given may be the wrong one
        code = None


def _urls(answers: Answers) -> list[str]:
    return [url.strip() for url in answers[HQ].text.split(",") if url.strip()]
