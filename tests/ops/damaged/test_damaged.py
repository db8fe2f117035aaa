"""Whatever a disk, a stick or people do to a PC's files, no command ends in a traceback, changes
what it only looks at, loses what a file still holds, or calls whole what is not.

Some of it; all of it: python -m tests.ops.damaged
"""

import pytest

from tests.ops.damaged.pcs import NEW, OLD, make
from tests.ops.damaged.trial import CONFIG, Trial, run

SEEDS = 4
ONCE_A_TRACEBACK = (321, 325, 390)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    directory = tmp_path_factory.mktemp("damaged") / "pcs"
    make(directory)
    return Trial(directory)


def test_each_command_says_what_to_do_about_damaged_files(trial: Trial) -> None:
    seeds = [*range(SEEDS), *ONCE_A_TRACEBACK]
    assert [one for seed in seeds for one in trial.run(seed)] == []


@pytest.mark.parametrize(
    "words",
    ["outbox verify", "outbox list", "outbox export {new}", "doctor --only journal", "backup now"],
)
@pytest.mark.parametrize("left", ["empty", "gone"])
def test_looking_at_an_empty_database_leaves_its_wal(trial: Trial, words: str, left: str) -> None:
    """SQLite deletes the WAL of an empty file, and with it what was sold last."""
    trial.restore()
    file = trial.directory / OLD / "state/store.db"
    wal = file.with_name("store.db-wal")
    before = wal.read_bytes()
    file.unlink() if left == "gone" else file.write_bytes(b"")
    new = trial.directory / "new.db"

    said = run(*words.format(new=new).split(), "--config", str(trial.directory / OLD / CONFIG))

    assert said.code != 0
    assert before
    assert wal.read_bytes() == before
    assert not new.exists()


def test_recover_begins_nothing_over_a_wal_that_was_left(trial: Trial) -> None:
    trial.restore()
    present = trial.directory / NEW / "state/store.db"
    present.write_bytes(b"")
    wal = present.with_name("store.db-wal")
    wal.write_bytes((trial.directory / OLD / "state/store.db-wal").read_bytes())
    before = wal.read_bytes()
    old = trial.directory / OLD / "state/store.db"

    said = run("recover", str(old), "--config", str(trial.directory / NEW / CONFIG))

    assert (said.code, said.raised) == (1, "")
    assert "-wal is left of it" in said.err
    assert (present.read_bytes(), wal.read_bytes()) == (b"", before)


def test_control_the_judge_notices_a_traceback_and_a_changed_file(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(_settings: object, **_: object) -> int:
        (trial.directory / OLD / "state/pepper").write_bytes(b"other")
        raise KeyError("careless")

    monkeypatch.setattr("agent.ops.outbox.list_outbox", careless)
    complaints = "\n".join(trial.run(0))
    assert "outbox list: a traceback: KeyError: 'careless'" in complaints
    assert "outbox list changed state/pepper" in complaints
