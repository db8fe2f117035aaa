"""What a group lacks is said before anything is measured, and no group costs another's figures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.__main__ import BROKEN_OFF, take
from tests.bench.figures import browser
from tests.bench.groups import Group
from tests.bench.metric import Metric
from tests.bench.workshop import Workshop


def figure(workshop: Workshop) -> list[Metric]:
    return [Metric.of("figure", "ms", [1.0])]


def fails(workshop: Workshop) -> list[Metric]:
    raise RuntimeError("the disk is on fire")


def broken_off(workshop: Workshop) -> list[Metric]:
    raise KeyboardInterrupt


GOOD = Group(name="good", about="", measure=figure)
BAD = Group(name="bad", about="", measure=fails)
LACKING = Group(name="lacking", about="", measure=fails, missing=lambda: "needs a horse")
INTERRUPTED = Group(name="interrupted", about="", measure=broken_off)


def taken(workshop: Workshop, *groups: Group) -> tuple[list[str], dict[str, str]]:
    console = Console(quiet=True)
    metrics, not_taken = take(groups, workshop, console, console.status(""))
    return [metric.name for metric in metrics], not_taken


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with Workshop(disk=tmp_path, repetitions=1) as workshop:
        yield workshop


def test_a_group_that_fails_leaves_the_figures_of_the_others(workshop: Workshop) -> None:
    assert taken(workshop, GOOD, BAD, LACKING, GOOD) == (
        ["figure", "figure"],
        {"lacking": "needs a horse", "bad": "RuntimeError: the disk is on fire"},
    )


def test_ctrl_c_leaves_the_figures_that_were_taken(workshop: Workshop) -> None:
    assert taken(workshop, GOOD, INTERRUPTED, BAD) == (
        ["figure"],
        {"interrupted": BROKEN_OFF, "bad": BROKEN_OFF},
    )


def test_the_page_needs_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    assert browser.missing() is None
    monkeypatch.setattr(browser, "CHROMIUM", "/nowhere/chromium")
    assert "apt-get install chromium" in (browser.missing() or "")
