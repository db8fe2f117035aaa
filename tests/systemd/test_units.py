"""The units are right and closed, as systemd itself judges them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
BASE_UNITS = Path("/lib/systemd/system")
MAX_EXPOSURE = 2.5

units = pytest.mark.parametrize("name", ["store-agent", "store-hq"])


class Root:
    """A file system that holds systemd's own units, one of ours as it is, and what it starts."""

    def __init__(self, directory: Path, name: str, *, installed: bool = True) -> None:
        self.directory = directory
        self.name = name
        shutil.copytree(BASE_UNITS, directory / "usr/lib/systemd/system", symlinks=True)
        (directory / "lib").symlink_to("usr/lib")
        self.unit = directory / "etc/systemd/system" / f"{name}.service"
        self.unit.parent.mkdir(parents=True)
        self.unit.write_bytes((SYSTEMD / f"{name}.service").read_bytes())
        if installed:
            program = directory / f"opt/{name}/bin/{name}"
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)

    def verify(self) -> str:
        """What `systemd-analyze verify` has to say; nothing if it is content."""
        done = _run("systemd-analyze", f"--root={self.directory}", "verify", f"{self.name}.service")
        return done.stdout + done.stderr + (f"exit {done.returncode}" if done.returncode else "")


@units
def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path, name: str) -> None:
    assert Root(tmp_path, name).verify() == ""


@units
@pytest.mark.parametrize("line", ["Foo=1", "WatchdogSec=soon", "MemoryDenyWriteExecute=perhaps"])
def test_systemd_would_say_it_if_a_line_were_wrong(tmp_path: Path, name: str, line: str) -> None:
    root = Root(tmp_path, name)
    root.unit.write_text(root.unit.read_text().replace("[Service]\n", f"[Service]\n{line}\n"))
    number = root.unit.read_text().splitlines().index(line) + 1
    assert f"{name}.service:{number}: " in root.verify()


@units
def test_systemd_would_say_it_if_the_program_were_missing(tmp_path: Path, name: str) -> None:
    assert (
        f"/opt/{name}/bin/{name} is not executable"
        in Root(tmp_path, name, installed=False).verify()
    )


@units
def test_the_service_is_hardly_exposed(name: str) -> None:
    assert _exposure(SYSTEMD / f"{name}.service") <= MAX_EXPOSURE


@units
def test_a_service_without_the_sandbox_would_be_exposed(tmp_path: Path, name: str) -> None:
    bare = tmp_path / f"{name}.service"
    bare.write_text(f"[Service]\nExecStart=/opt/{name}/bin/{name} run\nUser={name}\n")
    assert _exposure(bare) > MAX_EXPOSURE


@units
def test_the_user_of_the_service_is_made_by_sysusers(tmp_path: Path, name: str) -> None:
    (user,) = re.findall(r"^User=(.+)$", (SYSTEMD / f"{name}.service").read_text(), re.MULTILINE)
    config = SYSTEMD / f"{name}.sysusers.conf"
    done = _run("systemd-sysusers", f"--root={tmp_path}", "--dry-run", str(config))
    assert done.returncode == 0, done.stderr
    assert f"Creating user '{user}'" in done.stdout + done.stderr


@units
def test_the_service_starts_what_the_package_installs_with_the_file_it_reads(name: str) -> None:
    text = (SYSTEMD / f"{name}.service").read_text()
    file = {"store-agent": "agent.toml", "store-hq": "hq.toml"}[name]
    assert f"ExecStart=/opt/{name}/bin/{name} run --config /etc/{name}/{file}\n" in text
    assert f"\nStateDirectory={name}\n" in text
    assert f"\nConfigurationDirectory={name}\n" in text


def _exposure(unit: Path) -> float:
    done = _run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    (score,) = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    return float(score)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
