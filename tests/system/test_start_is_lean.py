"""What `store-agent run` loads: a till waits for its start, and its PC has little memory."""

import subprocess
import sys

UNNEEDED = {
    "difflib": "settings that are right",
    "escpos": "a till without a printer",
    "pyrage": "the day, and backups are the night's",
    "serial": "a till without a serial line",
    "tarfile": "the day, and backups are the night's",
}
_START = f"""
import sys
import agent.cli, agent.compose, agent.starting
print(*sorted({set(UNNEEDED)!r} & set(sys.modules)))
"""


def test_what_a_sale_does_not_need_is_not_loaded_at_the_start() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _START], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
