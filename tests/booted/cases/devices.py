"""Devices inside the service's sandbox: a printer on the network, a scanner on a serial line."""

import json

from tests.booted.case import Case
from tests.booted.pair import Pair

_CODE = "6901234567892"
_PRINTER = """\
import socket
server = socket.create_server(("127.0.0.1", 9100))
with open("/run/printed", "wb", buffering=0) as printed:
    while True:
        line, _ = server.accept()
        while data := line.recv(4096):
            printed.write(data)
            for n in range(len(data) - 2):
                if data[n : n + 2] == b"\\x10\\x04":  # DLE EOT: all is well
                    line.send(b"\\x12")
"""
_SCANNER = """\
import os, pty, shutil, time, tty
master, slave = pty.openpty()
tty.setraw(slave)
name = os.ttyname(slave)
shutil.chown(name, group="dialout")
os.chmod(name, 0o660)
open("/run/scanner", "w").write(name)
while True:
    if os.path.exists("/run/scan"):
        os.remove("/run/scan")
        os.write(master, b"%s\\r")
    time.sleep(0.1)
"""
_SETTINGS = """\
[scanner]
addresses = ["serial:{scanner}"]
"""
_PRINTER_TOO = """\
[printer]
address = "tcp://127.0.0.1:9100"
"""


def scanner_settings(pair: Pair) -> str:
    """Plug a scanner in at a serial line; return the settings that name it."""
    _start(pair, "scanner", _SCANNER % _CODE)
    pair.store.wait("test -s /run/scanner")
    return _SETTINGS.format(scanner=pair.store.machine.run("cat /run/scanner").strip())


def _start(pair: Pair, name: str, program: str) -> None:
    pair.store.machine.run(
        f"cat >/opt/{name}.py <<'T'\n{program}T\n"
        f"systemd-run -q --unit={name} python3 /opt/{name}.py"
    )


def _devices(pair: Pair) -> None:
    run = pair.store.machine.run
    _start(pair, "printer", _PRINTER)
    pair.store.write_settings("devices", scanner_settings(pair) + _PRINTER_TOO)
    run("systemctl restart store-agent")
    pair.store.wait("cd / && runuser -u store-agent -- store-agent devices", timeout_s=60)
    told = pair.store.command("test-print --open-drawer")
    pair.note(told.strip().splitlines()[-1][:80])
    pair.expect(int(run("stat -c %s /run/printed")) > 500, "the printer got no page")
    status = pair.store.status()["devices"]
    run("touch /run/scan")
    pair.store.wait("test ! -e /run/scan")
    pair.note(f"{len(status)} devices: {json.dumps([device['state'] for device in status])}")


CASES = (
    Case(
        name="devices",
        what="a printer on the network, a scanner on a serial line",
        expected="both work inside the sandbox",
        run=_devices,
    ),
)
