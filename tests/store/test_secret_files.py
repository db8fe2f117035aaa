"""Secret files: made once, whole, for their owner alone, and never replaced in silence."""

import stat
from pathlib import Path

import pytest

from agent.store.cash.closing_key import load_closing_key
from agent.store.errors import StartRefusedError


def test_a_closing_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "closing.key"
    first = load_closing_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_closing_key(file).private_bytes_raw() == first.private_bytes_raw()
    assert [path.name for path in tmp_path.iterdir()] == ["closing.key"]


def test_a_draft_that_a_power_cut_left_is_no_key(tmp_path: Path) -> None:
    (tmp_path / ".closing.key").write_bytes(b"half")
    assert len(load_closing_key(tmp_path / "closing.key").private_bytes_raw()) == 32


def test_a_damaged_key_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "closing.key"
    file.write_bytes(b"short")
    with pytest.raises(StartRefusedError, match=r"closing\.key holds 5 bytes.*enrol this PC anew"):
        load_closing_key(file)
    assert file.read_bytes() == b"short"
