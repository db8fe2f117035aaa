"""The command as the package starts it."""

import subprocess
import sys


def test_the_module_is_the_command() -> None:
    """The package starts it by `python -m`: it must not end with 0 having done nothing."""
    told = subprocess.run(
        [sys.executable, "-m", "sync.hq.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert "usage: store-hq" in told.stdout
