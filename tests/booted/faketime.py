"""The wall clock of one service, set by hand: libfaketime, loaded into it by a drop-in.

The container shares the kernel's clock with this machine, which stays as it is. Monotonic time is
not touched, as when NTP or a person sets a PC's clock, unless days are to pass.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.booted.machine import Machine
from tests.booted.places import PLACE

_LIBRARY = PLACE / "libfaketime.so.1"
_INSIDE = "/opt/faketime"
_NOTICED_S = 1
"""How long the library keeps what it read of the file."""
ENVIRONMENT = (
    f"LD_PRELOAD={_INSIDE}/libfaketime.so.1 FAKETIME_TIMESTAMP_FILE={_INSIDE}/clock"
    f" FAKETIME_CACHE_DURATION={_NOTICED_S}"
)
"""Of a command that is to have the service's clock, too."""
_DROP_IN = f"""\
[Service]
Environment={ENVIRONMENT}
"""
_WALL_CLOCK_ALONE = "Environment=FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1\n"


def fetch() -> None:
    """Get the library from Debian's package, once; needs the network."""
    if _LIBRARY.exists():
        return
    with tempfile.TemporaryDirectory() as scratch:
        download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "libfaketime"]
        subprocess.run(download, cwd=scratch, check=True)
        package = next(Path(scratch).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(package), scratch], check=True)
        shutil.copy(next(Path(scratch).glob("usr/lib/*/faketime/libfaketime.so.1")), _LIBRARY)


class Clock:
    """The wall clock of one service of a machine."""

    def __init__(self, machine: Machine, service: str, *, time_passes: bool = False) -> None:
        """Let the service have a clock of its own from its next start on; it is started anew.

        With `time_passes` its monotonic time goes on as well: not a clock that is set, but days.
        """
        unit = _DROP_IN + ("" if time_passes else _WALL_CLOCK_ALONE)
        self._machine = machine
        directory = f"/etc/systemd/system/{service}.service.d"
        machine.run(f"mkdir -p {_INSIDE} {directory}")
        shutil.copy(_LIBRARY, machine.root / _INSIDE.lstrip("/"))
        self.set("+0")
        machine.run(
            f"cat >{directory}/faketime.conf <<'T'\n{unit}T\n"
            f"chmod -R a+rX {_INSIDE}; systemctl daemon-reload; systemctl restart {service}"
        )

    def set(self, offset: str) -> None:
        """Set it off from this machine's by `offset`: +400d, -8h, +0."""
        clock = f"{_INSIDE}/clock"
        # Exchanged as a whole: one that is read half written would stop the service.
        self._machine.run(
            f"echo '{offset}' >{clock}.new && chmod 644 {clock}.new && mv {clock}.new {clock}"
            f" && sleep {_NOTICED_S + 1}"
        )
