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
become_owner_of(Path(sys.argv[1]))
Path(sys.argv[1], "made").write_text("")
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
