"""The doctor's command line: languages, mistakes in the settings, wrong usage, its document."""

import re
from pathlib import Path

import pytest

from agent.cli import main
from agent.ops.doctor.checks.sync import MENDED
from agent.ops.doctor.registry import checks_for
from agent.services.house.exchange import Exchange
from agent.services.house.hindrance import Hindrance
from tests.ops.doctor.place import settings_of

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/store-it/doctor.md").read_text("utf-8")
CODE = re.compile(r'code="([a-z_]+)"|_(?:bad|wrong_place|late)\(\s*(?:[\w.]+,\s*)?"([a-z_]+)"')
MADE = {f"upload_{state}" for state in MENDED} | {Exchange.FEED_FAILING, Exchange.FEED_INCOMPLETE}
MADE |= {
    f"device_{state}"
    for state in ("connected", "connecting", "degraded", "disconnected", "unknown")
}
MADE |= {hindrance.value for hindrance in Hindrance}
"""Codes that are made of a state."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "agent.toml"


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "设置有错"), ("en", "are wrong")])
def test_settings_that_cant_be_read_are_a_finding(
    config: Path, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    config.write_text('[store]\ncode = "mb001"\n[hq]\nurl = "x"\n')
    assert main(["doctor", "--config", str(config), "--language", language]) == 1
    told = capsys.readouterr().out
    assert said in told
    assert "did you mean '[hq] urls'" in told


def test_an_unknown_check_is_told_with_those_that_there_are(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text('[store]\ncode = "MB001"\n')
    assert main(["doctor", "--config", str(config), "--only", "disk"]) == 2
    assert "disk_space" in capsys.readouterr().err


def codes_of_the_sources() -> set[str]:
    sources = (ROOT / "agent/ops/doctor").rglob("*.py")
    found = (match for file in sources for match in CODE.findall(file.read_text("utf-8")))
    return {one or other for one, other in found} | MADE


def test_the_document_tells_every_check_and_every_code(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", DOCUMENT, re.MULTILINE)
    checks = checks_for(settings_of(tmp_path))
    assert [name for name, _ in rows if name != "any"] == [check.id for check in checks]
    told = {code for _, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert told == codes_of_the_sources()
