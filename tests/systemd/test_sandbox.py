"""What the services use works where the units put them."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
SYSTEMD = HERE.parents[1] / "systemd"
SECCOMP = [sys.executable, str(HERE / "seccomp.py")]
PROBE = [sys.executable, str(HERE / "sandbox_probe.py")]


def test_the_libraries_work_without_writable_code_and_without_netlink() -> None:
    done = _run(*SECCOMP, *PROBE)
    assert done.returncode == 0, done.stderr


def test_the_sandbox_of_that_test_holds() -> None:
    done = _run(*SECCOMP, *PROBE, "--break-out")
    assert done.returncode == 1
    assert "PermissionError: [Errno 1]" in done.stderr


def test_every_system_call_they_make_is_allowed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    done = _run("strace", "--follow-forks", "--quiet=all", f"--output={trace}", *PROBE)
    assert done.returncode == 0, done.stderr
    made = set(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace.read_text(), re.MULTILINE))
    assert {"openat", "pwrite64", "socket", "epoll_ctl"} <= made
    made.discard("fchown")  # by SQLite, for a file's owner, only as root, which no service is
    for unit in ("store-agent.service", "store-hq.service", "store-hq-wallet.service"):
        assert made - _allowed(SYSTEMD / unit) == set()


def test_a_privileged_system_call_would_not_be_allowed() -> None:
    allowed = _allowed(SYSTEMD / "store-agent.service")
    assert {"read", "fdatasync"} <= allowed
    assert not {"mount", "setuid", "chown", "ptrace", "init_module"} & allowed


def _allowed(unit: Path) -> set[str]:
    """The calls that a unit's SystemCallFilter= lines leave."""
    allowed: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.+)$", unit.read_text(), re.MULTILINE):
        named = set().union(*(_members(group) for group in line.removeprefix("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


@cache
def _members(group: str) -> frozenset[str]:
    """The calls of a group such as @system-service, as this machine's systemd knows them."""
    listed = _run("systemd-analyze", "syscall-filter", "--no-pager", group).stdout
    members = [line.strip() for line in listed.splitlines()[1:]]
    calls = {member for member in members if member and member[0] not in "@#"}
    return frozenset(calls).union(*(_members(m) for m in members if m.startswith("@")))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
