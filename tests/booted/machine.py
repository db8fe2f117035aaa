"""A system booted with systemd in a container: commands run in it, and its plug can be pulled."""

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.booted import roots
from tests.booted.enclosure import in_cgroup
from tests.booted.roots import Layers

BOOT_TIMEOUT_S = 120.0
COMMAND_TIMEOUT_S = 120.0
INSTALL_TIMEOUT_S = 600.0
_POLL_S = 0.1
_BOOTED = ("running", "degraded")
_NO_ENVIRONMENT = (
    *("env", "-i", "HOME=/root", "TERM=dumb", "LANG=C.UTF-8"),
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
)


class MachineError(Exception):
    """A machine did not boot, or a command in it failed; says what was seen."""


class Machine:
    """A container with a systemd of its own and a network that outlives it."""

    def __init__(self, name: str, layers: Layers, place: Path, *, address: str) -> None:
        """`place` takes what is written; `address` is its IPv4 address."""
        self.name = name
        self.root = place / f"{name}.root"
        self.written = place / f"{name}.written"
        self._console = place / f"{name}.console"
        self._layers = layers
        self.address = address
        self._nspawn: subprocess.Popen[bytes] | None = None

    def set_up(self) -> None:
        """Mount its root and connect its network: before the first boot."""
        roots.mount(self._layers, written=self.written, at=self.root)
        (self.root / "etc/hostname").write_text(f"{self.name}\n")

    def tear_down(self) -> None:
        """End it hard and unmount it; what it wrote stays in `written`."""
        if self._nspawn is not None:
            self.pull_the_plug()
        roots.unmount(self.root)

    def boot(self, *options: str, init: Sequence[str] = ()) -> None:
        """Start it; return when systemd says that it is up."""
        command = [
            *("systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}"),
            *(f"--machine={self.name}", "--register=no", "--keep-unit", "--console=pipe"),
            *("--resolv-conf=off", "--timezone=off"),
            *(f"--network-namespace-path=/run/netns/{self.name}", *options, *init),
        ]
        with self._console.open("ab") as console:
            self._nspawn = subprocess.Popen(
                in_cgroup(self.name, command),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        self._wait_for_boot()

    def run(self, command: str, *, check: bool = True, timeout_s: float = COMMAND_TIMEOUT_S) -> str:
        """Run a line of shell in it as root; return what it said, both streams in one."""
        done = self.attempt(command, timeout_s=timeout_s)
        if check and done.returncode:
            raise MachineError(f"{self.name}: {command}\nstatus {done.returncode}: {done.stdout}")
        return done.stdout

    def attempt(
        self, command: str, *, timeout_s: float = COMMAND_TIMEOUT_S
    ) -> "subprocess.CompletedProcess[str]":
        """The same, with its exit status; 124 if it was not done in time, as timeout(1) has it."""
        inside = ["timeout", "--kill-after=5", f"{timeout_s:g}", "bash", "-c", command]
        return subprocess.run(
            [*self.entering(), *inside],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )

    def entering(self) -> list[str]:
        """The words before a command that is to run in it, as root, until it is booted anew."""
        leader = self._leader()
        if leader is None:
            raise MachineError(f"{self.name} is off")
        root = f"/proc/{leader}/root"
        return [
            *("nsenter", f"--target={leader}", "-m", "-u", "-i", "-n", "-p", "-C"),
            *(f"--root={root}", f"--wd={root}", "--", *_NO_ENVIRONMENT),
        ]

    def bring(self, file: Path) -> str:
        """Copy a file into it; return its path there."""
        shutil.copy(file, self.root / "var/tmp")
        return f"/var/tmp/{file.name}"

    def install(self, package: Path) -> str:
        """Install a Debian package without network, keeping settings; return what apt said."""
        brought = self.bring(package)
        said = self.run(
            "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq"
            " -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
            f" {brought}",
            timeout_s=INSTALL_TIMEOUT_S,
        )
        self.run(f"rm {brought}")
        return said

    def start_outside(
        self, command: Sequence[str], log: Path, *, environment: Mapping[str, str] = os.environ
    ) -> "subprocess.Popen[bytes]":
        """Start a command of this machine's own system in the container's network.

        It goes on while the container starts anew, as a till beside the PC would.
        """
        with log.open("ab") as output:
            return subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self.name}", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
            )

    def pid_outside(self, pid: int) -> int:
        """What a process in it is called here."""
        leader = self._leader()
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                called = next(
                    line.split()[1:]
                    for line in status.read_text().splitlines()
                    if line.startswith("NSpid:")
                )
                same = (status.parent / "ns/pid").samefile(f"/proc/{leader}/ns/pid")
            except OSError:
                continue  # it has ended meanwhile
            if same and called[-1] == str(pid):
                return int(status.parent.name)
        raise MachineError(f"{self.name} has no process {pid}")

    def pull_the_plug(self) -> None:
        """Kill everything in it at once."""
        leader = self._leader()
        if leader is not None:
            os.kill(leader, signal.SIGKILL)
        self._wait_until_off()

    def power_off(self) -> None:
        """Shut it down in order."""
        self._leave("poweroff")

    def restart(self, *, how: str = "reboot") -> None:
        """Let it shut down by `how`, a command of systemctl, and boot it again."""
        self._leave(how)
        self.boot()

    def _leave(self, how: str) -> None:
        leader = self._leader()
        # What entered it ends with it, and would hold up its end if it were waited for.
        with subprocess.Popen(
            [
                *("nsenter", f"--target={leader}", "-m", "-u", "-i", "-n", "-p", "-C"),
                *(f"--root=/proc/{leader}/root", "--", *_NO_ENVIRONMENT),
                *("systemctl", *shlex.split(how)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ):
            self._wait_until_off()

    def _wait_until_off(self) -> None:
        assert self._nspawn is not None
        try:
            self._nspawn.wait(timeout=BOOT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise MachineError(f"{self.name} does not go off:\n{self._last_words()}") from None
        self._nspawn = None

    def _wait_for_boot(self) -> None:
        until = time.monotonic() + BOOT_TIMEOUT_S
        state = "no systemd"
        while time.monotonic() < until and self._nspawn is not None:
            if self._nspawn.poll() is not None:
                break
            if self._leader() is not None:
                state = self.run("systemctl is-system-running", check=False).strip()
                if state in _BOOTED:
                    return
            time.sleep(_POLL_S)
        raise MachineError(f"{self.name} does not boot ({state}):\n{self._last_words()}")

    def _last_words(self) -> str:
        return self._console.read_text(errors="replace")[-3000:]

    def _leader(self) -> int | None:
        """The process id of its systemd, as seen from here."""
        if self._nspawn is None:
            return None
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        if not children.exists():
            return None
        for child in map(int, children.read_text().split()):
            with suppress(OSError):  # it has ended meanwhile
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return child
        return None
