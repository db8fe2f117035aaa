"""Whatever befalls stores and head office, every promise is kept; a careless part is noticed.

.venv/bin/python -m tests.simulation --help
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.accidents import Accident
from tests.simulation.mutants import MUTANTS
from tests.simulation.outcomes import OUTCOMES, met
from tests.simulation.site import Lived

pytestmark = pytest.mark.xdist_group("simulation")  # the histories are lived through once

RELIABILITY = Path(__file__).parents[2] / "docs/reliability.md"
AGAIN = 9
"""Histories that are lived through twice."""


def simulate(*arguments: str) -> Any:
    """Run the command in a process of its own, whose loop and database nobody else uses."""
    command = [sys.executable, "-m", "tests.simulation", "--json", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{ran.stdout[-500:]}\n{ran.stderr[-5_000:]}"
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def lived() -> list[Lived]:
    """The first histories."""
    return [
        Lived(seed, [Accident(one) for one in accidents], Counter(met), took_s, broken)
        for seed, accidents, met, took_s, broken in simulate()
    ]


def test_every_promise_is_kept_through_every_accident(lived: list[Lived]) -> None:
    assert [one for one in lived if one.broken] == []
    befallen = {accident: met(lived, accident)["histories"] for accident in Accident}
    assert {accident for accident, histories in befallen.items() if histories < 5} == set()


def test_every_turn_that_the_protocol_knows_is_taken(lived: list[Lived]) -> None:
    reached = Counter[str]()
    for accident in Accident:
        reached.update(met(lived, accident))
    assert [name for name in OUTCOMES if not reached[name]] == []


def test_a_history_is_the_same_each_time(lived: list[Lived]) -> None:
    again = simulate("--seeds", "0", str(AGAIN))
    first = [[one.seed, one.accidents, dict(one.met), one.took_s] for one in lived[:AGAIN]]
    assert first == [row[:4] for row in again]


def test_every_mutant_is_caught() -> None:
    found = simulate("--mutants")
    assert {name for name, (_, complaint) in found.items() if not complaint} == set()
    assert list(found) == [mutant.name for mutant in MUTANTS]


def test_the_mutants_and_their_killers_stand_in_the_documents() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", RELIABILITY.read_text(), re.M)
    told = {name: (what, by, broken) for name, what, by, broken in rows}
    for mutant in MUTANTS:
        by = "any" if set(mutant.shown_by) == set(Accident) else ", ".join(mutant.shown_by)
        assert told.get(mutant.name) == (mutant.what, by.replace("_", " "), mutant.broken)
