"""The suite runs in the background as it does in a terminal: its processes hear Ctrl-C."""

import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SLEEPER = "import time; print('here', flush=True); time.sleep(60)"
GIVEN_UP_S = 30.0


def test_a_process_that_a_test_starts_ends_by_ctrl_c() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE) as sleeper:
        assert sleeper.stdout is not None
        sleeper.stdout.readline()
        try:
            subprocess.run(["kill", "-INT", str(sleeper.pid)], check=True)
            assert sleeper.wait(GIVEN_UP_S) != 0
        finally:
            sleeper.kill()


def test_also_when_a_shell_has_put_the_suite_into_the_background() -> None:
    this = f"{__file__}::{test_a_process_that_a_test_starts_ends_by_ctrl_c.__name__}"
    suite = shlex.join([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", this])
    done = subprocess.run(
        ["sh", "-c", f"{suite} & wait $!"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
