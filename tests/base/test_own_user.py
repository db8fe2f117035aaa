"""What root types leaves no file that the service could not read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOBODY = 65534
CHILD = """
import sys
from pathlib import Path
from agent.base.own_user import become_owner_of
become_owner_of(Path(sys.argv[1]), still_reads=len(sys.argv) > 2)
Path(sys.argv[1], "made").write_text("")
for file in sys.argv[2:]:
    print(Path(file).read_text())
    Path(file).write_text("")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
@pytest.mark.parametrize("owner", [NOBODY, 0])
def test_a_file_that_root_has_made_belongs_to_the_owner_of_the_directory(
    tmp_path: Path, owner: int
) -> None:
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    tmp_path.chmod(0o755)
    os.chown(state_dir, owner, owner)
    for above in tmp_path.parents:
        if above.stat().st_uid == 0 and str(above).count("/") > 1:
            above.chmod(above.stat().st_mode | 0o011)
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", CHILD, str(state_dir)], cwd=root, check=True)
    assert (state_dir / "made").stat().st_uid == owner


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_what_root_names_is_still_read_and_not_written(tmp_path: Path) -> None:
    state_dir, stick = tmp_path / "state", tmp_path / "stick"
    state_dir.mkdir()
    stick.mkdir(0o700)
    os.chown(state_dir, NOBODY, NOBODY)
    (stick / "old.db").write_text("sold")
    (stick / "old.db").chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(state_dir), str(stick / "old.db")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "sold\n", done.stderr
    assert "PermissionError" in done.stderr
    assert (state_dir / "made").stat().st_uid == NOBODY
    assert (stick / "old.db").read_text() == "sold"
