"""Promises 1 to 5 (docs/architecture.md) hold, whatever happens to a chain, in whatever order.

Each run does the same. To search further, at random and with shorter counterexamples:

    PROMISES_EXAMPLES=500 ./run test tests/system/promises -k hold
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.system.promises import sabotage
from tests.system.promises.books import PromiseBrokenError
from tests.system.promises.chain import Site
from tests.system.promises.machine import machine_on

EXAMPLES = 30
STEPS = 50

SAME_EACH_TIME = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Sabotage = Callable[[str, pytest.MonkeyPatch], Coroutine[Any, Any, None]]


@pytest.fixture
def extent() -> settings:
    """How far to search."""
    asked = os.environ.get("PROMISES_EXAMPLES")
    if asked is None:
        return SAME_EACH_TIME
    return settings(
        SAME_EACH_TIME,
        derandomize=False,
        max_examples=int(asked),
        phases=[Phase.generate, Phase.shrink],
    )


def test_the_promises_hold(runner: asyncio.Runner, site: Site, extent: settings) -> None:
    run_state_machine_as_test(machine_on(site, runner), settings=extent)


@pytest.mark.parametrize(
    ("careless", "broken"),
    [
        (sabotage.forget_places_and_ids, "promise [25]"),
        (sabotage.forget_uses, "promise 3"),
        (sabotage.forget_refunds, "promise 3"),
        (sabotage.forget_answers, "promise 1"),
    ],
)
def test_control_a_careless_chain_is_caught(
    runner: asyncio.Runner,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    careless: Sabotage,
    broken: str,
) -> None:
    runner.run(careless(site.dsn, monkeypatch))
    with pytest.raises(PromiseBrokenError, match=broken):
        run_state_machine_as_test(machine_on(site, runner), settings=SAME_EACH_TIME)
