"""A head office that is set up, and its command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync.hq.cli import main

Shop = Callable[..., Any]
"""Run a command that must be done; returns its JSON, or its words without --json."""


@pytest.fixture
def environment(hq_dsn: str, keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a head office that is set up."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", hq_dsn)
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(keys_dir))


@pytest.fixture
def hq(environment: None, capsys: pytest.CaptureFixture[str]) -> Shop:
    def run(*words: str) -> Any:
        assert main(words) == 0, capsys.readouterr().err
        out = capsys.readouterr().out
        return msgspec.json.decode(out) if "--json" in words else out

    return run


@pytest.fixture
def signing(hq: Shop) -> str:
    """A signing key that counts today; the one of the template is dated by the tests' clock."""
    return str(hq("keys", "add", "--not-after", "60d", "--json")[0]["kid"])
