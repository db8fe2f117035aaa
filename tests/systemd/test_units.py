"""The units are right and closed, as systemd itself judges them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
BASE_UNITS = Path("/lib/systemd/system")
MAX_EXPOSURE = 2.0

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
            for program in (directory / f"usr/bin/{name}", directory / "usr/bin/systemctl"):
                program.parent.mkdir(exist_ok=True)
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
    assert f"/usr/bin/{name} is not executable" in Root(tmp_path, name, installed=False).verify()


@units
def test_the_service_is_hardly_exposed(name: str) -> None:
    assert _exposure(SYSTEMD / f"{name}.service") <= MAX_EXPOSURE


@units
def test_a_service_without_the_sandbox_would_be_exposed(tmp_path: Path, name: str) -> None:
    bare = tmp_path / f"{name}.service"
    bare.write_text(f"[Service]\nExecStart=/usr/bin/{name} run\nUser={name}\n")
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
    assert f"ExecStart=/usr/bin/{name} run --config /etc/{name}/{file}\n" in text
    assert f"\nStateDirectory={name}\n" in text
    assert f"\nConfigurationDirectory={name}\n" in text


@units
def test_a_key_that_is_missing_is_no_reason_not_to_start(name: str) -> None:
    text = (SYSTEMD / f"{name}.service").read_text()
    loaded = re.findall(r"^LoadCredential=(.+):/etc/(.+)/", text, re.MULTILINE)
    stand_ins = re.findall(r"^SetCredential=(.+):", text, re.MULTILINE)
    assert [key for key, _ in loaded] == stand_ins
    assert {place for _, place in loaded} <= {name}


@units
def test_the_listening_socket_outlives_a_restart(name: str) -> None:
    assert "\nFileDescriptorStoreMax=1\n" in (SYSTEMD / f"{name}.service").read_text()


def test_the_service_may_open_each_kind_of_device_and_no_other() -> None:
    text = (SYSTEMD / "store-agent.service").read_text()
    allowed = set(re.findall(r"^DeviceAllow=(.+)$", text, re.MULTILINE))
    serial = {f"char-{name} rw" for name in ("ttyACM", "ttyUSB", "ttyS", "rfcomm")}
    assert allowed == serial | {"char-usb rw", "char-input r"}
    assert "\nDevicePolicy=closed\n" in text


def test_the_device_rules_are_well_formed_and_their_groups_exist() -> None:
    rules = _rules((SYSTEMD / "60-store-agent-devices.rules").read_text())
    sysusers = (SYSTEMD / "store-agent.sysusers.conf").read_text()
    joined = set(re.findall(r"^m store-agent (\S+)$", sysusers, re.MULTILINE))
    groups = {value for rule in rules for key, _, value in rule if key == "GROUP"}
    assert groups == joined | {"store-agent"}
    labels = [value for rule in rules for key, _, value in rule if key in ("GOTO", "LABEL")]
    assert labels == ["store_agent_end"] * 2


def test_only_scanners_among_the_keyboards_are_given_to_the_agent() -> None:
    rules = _rules((SYSTEMD / "60-store-agent-devices.rules").read_text())
    (keyboards,) = (
        rule
        for rule in rules
        if ("SUBSYSTEM", "==", "input") in rule and {"GROUP", "MODE"} & {key for key, _, _ in rule}
    )
    assert ("ENV{STORE_AGENT_SCANNER}", "==", "1") in keyboards
    assert ("GROUP", "=", "store-agent") in keyboards


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        ("lp[0-9]*", "usb/by-id/usb-$env{ID_SERIAL}"),
        ("lp[0-9]*", "usb/by-path/$env{ID_PATH}"),
        ("rfcomm[0-9]*", "serial/by-id/bluetooth-$attr{address}"),
        ("event[0-9]*", "input/by-id/bluetooth-$attr{uniq}-event-kbd"),
    ],
)
def test_what_the_system_numbers_anew_gets_a_name_that_stays_where_devices_looks_for_it(
    kernel: str, name: str
) -> None:
    rules = _rules((SYSTEMD / "60-store-agent-devices.rules").read_text())
    (rule,) = (rule for rule in rules if ("SYMLINK", "+=", name) in rule)
    assert ("KERNEL", "==", kernel) in rule
    known = {key for key, operator, value in rule if (operator, value) == ("==", "?*")}
    assert len(known) == 1  # nothing is named by what it does not have


@pytest.mark.parametrize("line", ['GROUP=lp, MODE="0660"', 'KERNEL=="lp*" GROUP="lp"', "GROUP"])
def test_a_malformed_rule_would_be_found(line: str) -> None:
    with pytest.raises(ValueError, match="no rule"):
        _rules(line)


def _rules(text: str) -> list[list[tuple[str, str, str]]]:
    """The rules as keys, operators and values. Source: udev(7)."""
    part = r'([A-Z]+(?:\{[A-Za-z_/]+\})?)(==|!=|=|\+=|-=|:=)"([^"]*)"'
    rules = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if not re.fullmatch(rf"{part}(, {part})*", line):
            raise ValueError(f"no rule: {line}")
        rules.append(re.findall(part, line))
    return rules


def _exposure(unit: Path) -> float:
    done = _run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    (score,) = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    return float(score)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
