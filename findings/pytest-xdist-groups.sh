#!/usr/bin/env bash
# pytest-xdist 3.8.0 with pytest 9.2.0: --dist loadgroup keeps no group together, and says nothing.
# xdist writes a test's group behind its id, into the private _nodeid of the item; since 9.2.0 pytest
# computes the id from something else, so that each test is a group of its own. Tests marked with
# one xdist_group run in all workers; what they share (a session's fixtures, a port, a database) is
# made once in each, and xdist reports "LoadGroupScheduling" all the same. pytest 9.1.1 groups.
#
# Output:
#   pytest 9.1.1: 6 tests of one group in 1 of 3 workers
#   pytest 9.2.0: 6 tests of one group in 3 of 3 workers
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
cat >test_group.py <<'PYTHON'
import os
from pathlib import Path

import pytest


@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(6))
def test_in_a_worker(number: int) -> None:
    Path(f"ran-{number}-{os.environ['PYTEST_XDIST_WORKER']}").touch()
PYTHON

# workers VERSION: in how many workers the tests of the group ran
workers() {
    rm -f ran-*
    venv/bin/pip install --quiet --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
    venv/bin/python -m pytest -q -n 3 --dist loadgroup >log 2>&1 || { cat log >&2 && exit 1; }
    printf '%s\n' ran-* | cut -d- -f3 | sort -u | wc -l
}

kept=$(workers 9.1.1)
echo "pytest 9.1.1: 6 tests of one group in $kept of 3 workers"
torn=$(workers 9.2.0)
echo "pytest 9.2.0: 6 tests of one group in $torn of 3 workers"
((kept == 1 && torn > 1))
