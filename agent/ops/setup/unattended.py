"""Collecting the answers where nobody can be asked: every mistake at once."""

import argparse
from collections.abc import Iterator

import msgspec

from agent.base.settings import Mistake, SettingsError
from agent.ops.device_settings import mistakes_of_devices
from agent.ops.setup.asking import Collected, enrolled_store, tell_by_hq
from agent.ops.setup.given import Answers, Given
from agent.ops.setup.hq_trial import Outcome, Trial, try_hq
from agent.ops.setup.plan import Found, make_plan
from agent.ops.setup.questions import CODE, HQ, STORE, Question
from agent.settings import HqSection
from sync.protocol.enrolment import EnrolmentCode

_STAND_IN = "XX"
"""In the place of a store that head office has yet to tell, so that the rest is judged all the
same."""


class UnreachedError(Exception):
    """Head office, which has to enrol this machine, did not answer; the message has its lines."""


def collect(
    arguments: argparse.Namespace,
    found: Found,
    given: Answers,
    code: EnrolmentCode | None,
    mistakes: list[Mistake],
    language: str,
) -> Collected:
    """Return what is given; SettingsError with everything that is missing or wrong,
    UnreachedError."""
    answers, present = dict(given), enrolled_store(found)
    if present:  # `store-agent enroll` does it anew
        code = None
    has_hq = bool(answers[HQ].text if HQ in answers else found.value(HQ.setting))
    enrols = has_hq and code is not None and not arguments.offline
    has_code = enrols or arguments.offline or bool(present) or bool(mistakes)
    missing = list(_missing(found, answers, is_told=enrols, needs_code=has_hq and not has_code))
    if STORE in missing or (enrols and STORE not in answers):
        answers.setdefault(STORE, Given(_known(found), STORE.flag))
    plan = make_plan(found, answers, mistakes=[*mistakes, *map(_told, missing)])
    if missing or mistakes:
        raise SettingsError([*mistakes, *map(_told, missing)])
    if wrong := [Mistake(where="devices", what=one) for one in mistakes_of_devices(plan.settings)]:
        raise SettingsError(wrong)
    lines: tuple[str, ...] = ()
    if enrols and code is not None:
        trial = _tried(plan.settings.hq, code, given, language)
        lines = trial.lines
        if trial.told is not None:
            tell_by_hq(answers, found, trial.told)
        plan = make_plan(found, answers)
    return Collected(
        plan=plan,
        code=code if enrols else None,
        language=language,
        as_json=arguments.json,
        lines=lines,
    )


def _tried(hq: HqSection, code: EnrolmentCode, given: Answers, language: str) -> Trial:
    trial = try_hq(hq.urls, code, language=language, ca_file=hq.ca_file)
    if trial.outcome is Outcome.UNREACHED:
        raise UnreachedError("\n".join(trial.lines))
    wrong = [*trial.lines] if trial.outcome is Outcome.REFUSED else []
    if trial.told and STORE in given and given[STORE].text != trial.told.store:
        wrong.append(f"the code is for store {trial.told.store}, and {given[STORE].text} is given")
    if wrong:
        raise SettingsError([Mistake(where=CODE.flag, what=line) for line in wrong])
    return trial


def _known(found: Found) -> str:
    store = found.value(STORE.setting)
    return _STAND_IN if store is msgspec.NODEFAULT else str(store)


def _missing(
    found: Found, answers: Answers, *, is_told: bool, needs_code: bool
) -> Iterator[Question]:
    has_store = STORE in answers or found.value(STORE.setting) is not msgspec.NODEFAULT
    if not is_told and not has_store and not needs_code:
        yield STORE
    if needs_code:
        yield CODE


def _told(question: Question) -> Mistake:
    where = f"{question.flag}, {question.variable} or {question.name} in a preseed file"
    return Mistake(where=where, what="missing", expected=question.expects.en)
