"""Files of the wrong owner and secrets that others can read are told, with what mends it."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

from msgspec import structs

from agent.domain.finding import Finding, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.checks.permissions import (
    PERMISSIONS,
    FileFacts,
    judge_state,
)
from agent.ops.doctor.checks.service import judge
from agent.ops.doctor.mending import safe_mends
from agent.state_dir import LOCAL_KEY_FILE
from tests.ops.doctor.place import findings_of, ground_of, settings_of

ME = pwd.getpwuid(os.geteuid())
OTHER = ME.pw_uid + 1


def test_secrets_that_others_can_read_are_shut_by_the_command_told(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    key = state / LOCAL_KEY_FILE
    key.write_text("sk_1")
    key.chmod(0o644)
    ground = ground_of(settings_of(state))
    found = findings_of(PERMISSIONS, ground)["mode_open"]
    assert LOCAL_KEY_FILE in found.seen
    (mend,) = found.mends
    assert mend.safe
    subprocess.run(mend.command.split(), check=True)
    assert [*findings_of(PERMISSIONS, ground)] == ["files_good"]
    assert key.stat().st_mode & 0o777 == 0o600


def facts(owner: int, mode: int = 0o600, group: int = 0) -> FileFacts:
    path = "/var/lib/store-agent/store.db"
    return FileFacts(path=path, owner=owner, group=group, mode=stat.S_IFREG | mode)


def test_the_agent_is_started_once_its_files_are_its_own() -> None:
    (found,) = judge_state([facts(OTHER)], user=ME, state_dir="/var/lib/store-agent")
    (stopped,) = judge({"LoadState": "loaded", "UnitFileState": "enabled"}, answers=False)
    title = Sentence("", "")
    findings = [Finding(check="x", title=title, **structs.asdict(one)) for one in (stopped, found)]
    first, last = safe_mends(findings)
    assert first.startswith("chown")
    assert last == "systemctl start store-agent"


def test_a_shut_directory_shuts_all_that_is_in_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / LOCAL_KEY_FILE).write_text("sk_1")
    (state / LOCAL_KEY_FILE).chmod(0o644)
    assert [*findings_of(PERMISSIONS, ground_of(settings_of(state)))] == ["files_good"]


def test_files_of_another_owner_are_given_back() -> None:
    directory = FileFacts(path="/var/lib/store-agent", owner=ME.pw_uid, group=0, mode=0o40700)
    (found,) = judge_state([directory, facts(OTHER)], user=ME, state_dir="/var/lib/store-agent")
    assert (found.code, found.result) == ("owner_wrong", Result.BAD)
    assert found.mends[0].command.startswith(f"chown -R {ME.pw_name}:")
    assert found.mends[0].command.endswith(" /var/lib/store-agent")
