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


_ROOTS = """
import ssl
from agent.base.loading import without_roots
with without_roots():
    import agent.compose
from aiohttp import connector
unused = connector._SSL_CONTEXT_VERIFIED
print(unused.cert_store_stats()["x509"], unused.verify_mode.name, unused.check_hostname)
print("set_default_verify_paths" in vars(ssl.SSLContext))
"""


def test_what_is_loaded_without_roots_believes_nobody_and_later_contexts_have_theirs() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _ROOTS], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["0", "CERT_REQUIRED", "True", "False"]
