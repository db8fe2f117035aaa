"""All checks are told, whatever one of them meets."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.domain.finding import Found, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check, run_all
from agent.ops.doctor.ground import Ground
from tests.ops.doctor.place import ground_of, settings_of

SAID = Sentence("好", "good")


def good(_: Ground) -> Iterator[Found]:
    yield Found(code="fine", result=Result.GOOD, said=SAID)


def broken(_: Ground) -> Iterator[Found]:
    raise ValueError("a surprise")


def forbidden(_: Ground) -> Iterator[Found]:
    raise PermissionError(13, "Permission denied", "/secret")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return ground_of(settings_of(tmp_path))


def test_a_check_that_hangs_is_unknown_and_hides_no_other(ground: Ground) -> None:
    for_ever = threading.Event()

    def hang(_: Ground) -> Iterator[Found]:
        for_ever.wait()
        yield from good(_)

    checks = (
        Check(id="hangs", title=SAID, look=hang, timeout_s=0.05),
        Check(id="fine", title=SAID, look=good),
    )
    found = {one.check: one for told in run_all(checks, ground) for one in told}
    for_ever.set()
    assert (found["hangs"].code, found["hangs"].result) == ("timed_out", Result.UNKNOWN)
    assert found["fine"].result is Result.GOOD


def test_a_check_that_fails_is_unknown_and_says_why(ground: Ground) -> None:
    checks = (
        Check(id="broken", title=SAID, look=broken),
        Check(id="forbidden", title=SAID, look=forbidden),
        Check(id="fine", title=SAID, look=good),
    )
    found = {one.check: one for told in run_all(checks, ground) for one in told}
    assert found["broken"].code == "not_checked"
    assert "a surprise" in found["broken"].seen
    assert found["forbidden"].code == "needs_root"
    assert found["forbidden"].mends[0].command == "sudo store-agent doctor"
    assert found["fine"].result is Result.GOOD
