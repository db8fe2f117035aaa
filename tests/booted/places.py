"""Where the systems of this test lie: outside the repository, kept from run to run."""

import os
from pathlib import Path

PLACE = Path(os.environ.get("STORE_SYSTEMTEST_DIR", "/var/tmp/storeit"))
"""Base systems and installed ones, about 2 GB; may be deleted when no test runs."""
RUNS = PLACE / "runs"
"""What a running case writes: in memory, about 300 MB, gone with the test."""
KEPT = PLACE / "failed"
"""Journals of the cases that failed."""
