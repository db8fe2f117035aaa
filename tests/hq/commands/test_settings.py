"""Settings and a database that are not as they should be are told in words."""

from pathlib import Path

import pytest

from sync.hq.cli import main
from tests.lab.ports import free_port


def test_every_mistake_in_the_settings_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hq.toml"
    file.write_text('[database]\ndsn = "mysql://x"\n[server]\nprt = 1\n[feed]\npage_rows = 1001\n')

    assert main(["check-config", "--config", str(file)]) == 2

    assert "3 mistakes" in capsys.readouterr().err


def test_the_settings_are_shown_without_the_databases_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", "postgresql://u:hidden-word@h/d")

    assert main(["check-config"]) == 0
    assert main(["check-config", "--json"]) == 0

    assert "hidden-word" not in capsys.readouterr().out


def test_a_database_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_dsn: str
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", f"{database_dsn}_not")

    assert main(["stores", "list"]) == 1

    assert "[database] dsn" in capsys.readouterr().err


def test_a_database_that_does_not_answer_or_is_not_set_up_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_dsn: str
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", f"postgresql://hq@127.0.0.1:{free_port()}/hq")
    assert main(["stores", "list"]) == 1
    assert "does not answer" in capsys.readouterr().err

    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", database_dsn)
    assert main(["stores", "list"]) == 1
    assert "store-hq init" in capsys.readouterr().err
