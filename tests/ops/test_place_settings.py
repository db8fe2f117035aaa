"""check-config finds settings that are well written and can't work on this PC."""

import socket
from pathlib import Path

import pytest

from agent.ops.place_settings import UNIT, mistakes_of_place
from agent.settings import Settings, load_settings
from agent.store.lock import LOCK_FILE

INSTALLED = Path(__file__).parents[2] / "systemd" / UNIT


def settings(tmp_path: Path, more: str = "") -> Settings:
    file = tmp_path / "agent.toml"
    file.write_text(f'store.code = "MB001"\n{more}\n')
    return load_settings(file, {})


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A directory of units that holds ours, as it is installed."""
    directory = tmp_path / "units"
    directory.mkdir()
    (directory / UNIT).write_text(INSTALLED.read_text())
    return directory


def test_a_state_directory_outside_the_sandbox_is_found_and_one_that_is_opened_is_not(
    tmp_path: Path, units: Path
) -> None:
    elsewhere = settings(tmp_path, 'paths.state_dir = "/srv/agent"\napi.port = 0')
    (found,) = mistakes_of_place(elsewhere, unit_dirs=[units])
    assert "ReadWritePaths=/srv/agent" in found
    drop_ins = units / f"{UNIT}.d"
    drop_ins.mkdir()
    (drop_ins / "disk.conf").write_text("[Service]\nReadWritePaths=/srv\n")
    assert list(mistakes_of_place(elsewhere, unit_dirs=[units])) == []


def test_the_state_directory_of_the_unit_is_no_mistake(tmp_path: Path, units: Path) -> None:
    usual = settings(tmp_path, "api.port = 0")
    assert list(mistakes_of_place(usual, unit_dirs=[tmp_path / "none", units])) == []


def test_where_no_unit_is_installed_every_directory_will_do(tmp_path: Path) -> None:
    elsewhere = settings(tmp_path, 'paths.state_dir = "/srv/agent"\napi.port = 0')
    assert list(mistakes_of_place(elsewhere, unit_dirs=[tmp_path])) == []


def test_a_port_that_another_program_has_is_found_with_its_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = settings(tmp_path, f'api.port = {port}\npaths.state_dir = "{tmp_path}"')
        (found,) = mistakes_of_place(taken, unit_dirs=[])
        assert f"ss -ltnp 'sport = :{port}'" in found
        assert "python" in found or "pytest" in found
    assert list(mistakes_of_place(taken, unit_dirs=[])) == []


@pytest.mark.parametrize(
    ("holders", "is_mistake"),
    [({1, 93}, False), ({93}, False), ({1}, False), ({1, 812}, True), ({812}, True)],
)
def test_the_socket_that_systemd_keeps_for_the_running_agent_is_no_mistake(
    tmp_path: Path, holders: set[int], is_mistake: bool
) -> None:
    """While the agent runs, systemd has the same socket open: `systemctl reload` looks then."""
    (tmp_path / LOCK_FILE).write_text("93\n")
    proc = tmp_path / "proc"
    (proc / "net").mkdir(parents=True)
    row = "0: 0100007F:2242 00000000:0000 0A 00000000:00000000 00:00000000 00000000 990 0 5511 1"
    (proc / "net/tcp").write_text(f"sl local_address …\n{row}\n")
    for pid in holders:
        (proc / f"{pid}/fd").mkdir(parents=True)
        (proc / f"{pid}/comm").write_text("python3.11\n")
        (proc / f"{pid}/fd/7").symlink_to("socket:[5511]")
    ours = settings(tmp_path, f'api.port = 8770\npaths.state_dir = "{tmp_path}"')
    assert bool(list(mistakes_of_place(ours, unit_dirs=[], proc=proc))) is is_mistake
