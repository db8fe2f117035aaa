"""Setting a store up where nobody can be asked: by flags, environment or a preseed file."""

import json
from pathlib import Path

import pytest

from agent.settings import load_settings
from sync.enrolment_file import read_enrolment
from sync.hq.trust.keys import root_public_key
from sync.protocol.enrolment import EnrolmentCode
from tests.hq.head_office import HeadOffice
from tests.ops.setup.conftest import NAME, Place, written
from tests.ops.setup.terminal import unattended


@pytest.fixture
def preseed(tmp_path: Path, place: Place) -> Path:
    file = tmp_path / "preseed.toml"
    file.write_text(
        f'hq = ["{place.url}"]\ncode = "{place.code}"\n'
        'printer = "tcp://192.168.1.50:9100"\ncolumns = 32\n'
    )
    return file


async def test_a_preseed_file_sets_a_store_up_and_the_second_time_changes_nothing(
    config: Path, preseed: Path, tmp_path: Path
) -> None:
    first = await unattended(config, "--preseed", str(preseed), "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["changed"]
    before = {path: path.stat().st_mtime_ns for path in config.parent.rglob("*")}
    second = await unattended(config, "--preseed", str(preseed), "--json")
    assert json.loads(second.stdout) == {"changed": False, "files": []}
    assert {path: path.stat().st_mtime_ns for path in config.parent.rglob("*")} == before
    settings = load_settings(config, {})
    assert (settings.store.code, settings.store.name) == ("MB001", NAME)
    assert settings.printer.columns == 32
    enrolment = read_enrolment(tmp_path / "state")
    assert enrolment is not None
    assert enrolment.store == "MB001"


async def test_a_flag_wins_over_the_environment_and_that_over_the_preseed_file(
    config: Path, preseed: Path
) -> None:
    environ = {"STORE_SETUP_PRESEED": str(preseed), "STORE_SETUP_TILL": "T5"}
    done = await unattended(config, "--columns", "42", environ=environ)
    assert done.returncode == 0, done.stderr
    settings = load_settings(config, {})
    assert (settings.store.code, settings.till.code, settings.printer.columns) == (
        "MB001",
        "T5",
        42,
    )


async def test_every_mistake_is_told_at_once_and_nothing_is_written(
    config: Path, tmp_path: Path
) -> None:
    preseed = tmp_path / "preseed.toml"
    preseed.write_text('stoer = "MB001"\nprinter = "192.168.1.50"\n')
    environ = {"STORE_SETUP_COLUMNS": "wide", "STORE_SETUP_TIL": "T1"}
    arguments = ("--preseed", str(preseed), "--hq", "https://hq.example.com")
    done = await unattended(config, *arguments, "--code", "nothing", environ=environ)
    assert done.returncode == 2
    for words in (
        "stoer: unknown answer, did you mean 'store'?",
        "STORE_SETUP_TIL: unknown answer, did you mean 'STORE_SETUP_TILL'?",
        "STORE_SETUP_COLUMNS: wrong value",
        f"{preseed}: printer: ",
        "--code: a code has 24 letters and digits",
    ):
        assert words in done.stderr
    assert not written(config)


async def test_without_a_code_and_a_store_both_are_missing(config: Path) -> None:
    done = await unattended(config, "--hq", "https://hq.example.com")
    assert done.returncode == 2
    assert "--code, STORE_SETUP_CODE or code in a preseed file: missing" in done.stderr
    done = await unattended(config)
    assert done.returncode == 2
    assert "--store, STORE_SETUP_STORE or store in a preseed file: missing" in done.stderr
    assert not written(config)


async def test_what_head_office_refuses_is_not_written(
    config: Path, place: Place, hq: HeadOffice
) -> None:
    unknown = EnrolmentCode.make(root_public_key(hq.key_store))
    other_root = EnrolmentCode.parse(place.code)._replace(root_mark="A" * 12)
    for code, status, words in (
        (str(unknown), 2, "head office refuses the code (code_unknown"),
        (str(other_root), 1, "not signed by head office"),
    ):
        done = await unattended(config, "--hq", place.url, "--code", code)
        assert (done.returncode, done.stdout) == (status, "")
        assert words in done.stderr
    arguments = ("--store", "MB002", "--hq", place.url, "--code", place.code)
    done = await unattended(config, *arguments)
    assert done.returncode == 2
    assert "the code is for store MB001, and MB002 is given" in done.stderr
    assert not written(config)


async def test_what_was_written_by_hand_wins_and_an_answer_against_it_is_refused(
    config: Path,
) -> None:
    mine = config.with_name("agent.toml.d") / "store.toml"
    mine.parent.mkdir()
    mine.write_text('# by hand\n[till]\ncode = "K1"\n[store]\nname = "老店"\n')
    refused = await unattended(config, "--store", "MB001", "--till", "T2")
    assert refused.returncode == 2
    assert f"{mine}: [till] code says otherwise, and wins" in refused.stderr
    done = await unattended(config, "--store", "MB001", "--till", "K1")
    assert done.returncode == 0, done.stderr
    assert mine.read_text().startswith("# by hand")
    assert "till" not in (mine.parent / "00-setup.toml").read_text()


async def test_a_dry_run_shows_the_difference_and_undo_brings_back_what_was(
    config: Path, tmp_path: Path
) -> None:
    done = await unattended(config, "--store", "MB001")
    assert done.returncode == 0, done.stderr
    dry = await unattended(config, "--store", "MB002", "--dry-run")
    assert '-code = "MB001"\n+code = "MB002"' in dry.stdout
    assert load_settings(config, {}).store.code == "MB001"
    await unattended(config, "--store", "MB002")
    assert load_settings(config, {}).store.code == "MB002"
    undone = await unattended(config, "--undo")
    assert undone.returncode == 0
    assert load_settings(config, {}).store.code == "MB001"
    assert (await unattended(config, "--undo")).returncode == 1
