"""A secret that systemd hands over is found; an empty stand-in for a missing one is none."""

from pathlib import Path

from agent.base.credentials import credential


def test_a_credential_is_found_where_systemd_put_it(tmp_path: Path) -> None:
    (tmp_path / "hq.key").write_text("secret\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert credential("hq.key", environ) == tmp_path / "hq.key"
    assert credential("other.key", environ) is None
    assert credential("hq.key", {}) is None


def test_the_stand_in_of_a_missing_file_is_no_credential(tmp_path: Path) -> None:
    (tmp_path / "hq.key").write_text("\n")
    assert credential("hq.key", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) is None
