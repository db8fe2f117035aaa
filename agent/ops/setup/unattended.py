"""Collecting the answers where nobody can be asked: every mistake at once."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent.base.settings import Mistake, SettingsError
from agent.ops.device_settings import mistakes_of_devices
from agent.ops.setup.asking import Collected, key_path, name_by_hq, present_key
from agent.ops.setup.given import Answers, Given
from agent.ops.setup.hq_trial import Outcome, try_hq
from agent.ops.setup.plan import Found, make_plan
from agent.ops.setup.questions import HQ, KEY_FILE, ROOT_KEY, STORE, Question

_STAND_INS = {STORE: "XX", ROOT_KEY: "0" * 64}
"""In the place of what is missing, so that the rest is judged all the same."""


def collect(
    arguments: argparse.Namespace,
    config: Path,
    found: Found,
    given: Answers,
    key: str | None,
    mistakes: list[Mistake],
    language: str,
) -> Collected:
    """Return what is given; raise SettingsError with everything that is missing or wrong."""
    answers, path = dict(given), key_path(config, found)
    has_hq = bool(answers[HQ].text if HQ in answers else found.value(HQ.setting))
    has_key = bool(key or present_key(path))
    missing = list(_missing(found, answers, has_hq=has_hq, has_key=has_key or bool(mistakes)))
    for question, stand_in in _STAND_INS.items():
        if any(question is one for one in missing):
            answers[question] = Given(stand_in, question.flag)
    problems = [*mistakes, *map(_told, missing)]
    kept = path if has_hq else None
    plan = make_plan(found, answers, key_file=kept, mistakes=problems)
    if wrong := [Mistake(where="devices", what=one) for one in mistakes_of_devices(plan.settings)]:
        raise SettingsError(wrong)
    lines: tuple[str, ...] = ()
    if has_hq and not arguments.offline:
        trial = try_hq(
            plan.settings.hq.urls,
            key=key or present_key(path),
            store=plan.settings.store.code,
            root_key=plan.settings.hq.root_key,
            language=language,
        )
        if trial.outcome is Outcome.REFUSED:
            raise SettingsError([Mistake(where=HQ.flag, what=line) for line in trial.lines])
        lines = trial.lines
        name_by_hq(answers, found, trial.store_name)
        plan = make_plan(found, answers, key_file=kept)
    return Collected(
        plan=plan, key=key, key_file=path, language=language, as_json=arguments.json, lines=lines
    )


def _missing(found: Found, answers: Answers, *, has_hq: bool, has_key: bool) -> Iterator[Question]:
    if STORE not in answers and found.value(STORE.setting) is msgspec.NODEFAULT:
        yield STORE
    if has_hq and ROOT_KEY not in answers and not found.value(ROOT_KEY.setting):
        yield ROOT_KEY
    if has_hq and not has_key:
        yield KEY_FILE


def _told(question: Question) -> Mistake:
    where = f"{question.flag}, {question.variable} or {question.name} in a preseed file"
    return Mistake(where=where, what="missing", expected=question.expects.en)
