"""The pepper is made once, for its owner alone, and never replaced in silence."""

from pathlib import Path

import pytest

from agent.store.errors import StartRefusedError
from agent.store.staff.pepper import PEPPER_BYTES, load_pepper


def test_it_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "pepper"
    pepper = load_pepper(file)
    assert len(pepper) == PEPPER_BYTES
    assert load_pepper(file) == pepper
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["pepper"]


def test_each_pc_has_its_own(tmp_path: Path) -> None:
    assert load_pepper(tmp_path / "a") != load_pepper(tmp_path / "b")


def test_what_a_power_cut_left_of_making_it_is_in_no_way(tmp_path: Path) -> None:
    (tmp_path / ".pepper").write_bytes(b"half")
    assert len(load_pepper(tmp_path / "pepper")) == PEPPER_BYTES


@pytest.mark.parametrize("kept", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_one_is_told_and_kept(tmp_path: Path, kept: bytes) -> None:
    file = tmp_path / "pepper"
    file.write_bytes(kept)
    with pytest.raises(StartRefusedError, match="set-pin"):
        load_pepper(file)
    assert file.read_bytes() == kept


def test_it_is_never_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / ".pepper").symlink_to(victim)
    load_pepper(tmp_path / "pepper")
    assert victim.read_text() == "precious"
