"""The doctor on a booted PC: each trouble is made, not feigned, and told with what mends it."""

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.booted import network
from tests.booted.case import Case
from tests.booted.cases.devices import scanner_settings
from tests.booted.faketime import Clock
from tests.booted.head_office import URL
from tests.booted.pair import Pair
from tests.booted.small_disk import SmallDisk
from tests.booted.store_pc import STATE

GOOD, BAD, USAGE, WARN, UNKNOWN = range(5)
"""Exit statuses, as docs/store-it/doctor.md tells them."""
_DISK_MB = 700


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something wrong with the PC, and what the doctor has to say of it."""

    check: str
    code: str
    status: int
    names: str
    """What `seen`, `about` or a command must name: the cause."""
    made: Callable[[Pair], AbstractContextManager[None]]


def _told(pair: Pair) -> None:
    for trouble in _TROUBLES:
        with trouble.made(pair):
            status, told = _doctor(pair, f"--only {trouble.check}")
            findings = [one for one in told["findings"] if one["code"] == trouble.code]
            named = [one for one in findings if trouble.names in json.dumps(one)]
            pair.expect(status == trouble.status and bool(named), f"{trouble}: {status} {told}")
            pair.expect(all(one["mends"] or one["advice"] for one in named), f"no advice: {named}")
        _, told = _doctor(pair)
        pair.expect(trouble.code not in _codes(told), f"{trouble.code} is told of what is mended")
    pair.note(f"{len(_TROUBLES)} troubles told, each gone when mended")
    _other_statuses(pair)


def _other_statuses(pair: Pair) -> None:
    port = pair.store.machine.run("store-agent doctor --only port --language zh-CN")
    pair.expect("端口" in port, f"not in Chinese: {port}")
    for arguments, status in (("--only nonsense", USAGE), ("--only disk_health", UNKNOWN)):
        done = pair.store.machine.attempt(f"store-agent doctor {arguments}")
        pair.expect(done.returncode == status, f"{arguments}: {done.returncode} {done.stdout}")


def _mended(pair: Pair) -> None:
    pair.store.machine.run(
        "systemctl disable --now store-agent;"
        f" chown root:root {STATE}/store.lock; chmod -R a+rX {STATE}"
    )
    status, told = _doctor(pair, "--fix --yes")
    undone = [fix for fix in told["fixes"] if not fix["done"]]
    still = _codes(told) & {"service_stopped", "not_enabled", "owner_wrong", "mode_open"}
    pair.expect(bool(told["fixes"]) and not undone and not still, f"{status}: {told}")
    pair.note(f"{len(told['fixes'])} commands run by --fix")
    with pair.selling() as till:
        till.wait_for(20)
    again, told = _doctor(pair, "--fix --yes --only service --only permissions")
    pair.expect((again, told["fixes"]) == (GOOD, []), f"a second time: {again} {told}")


def _doctor(pair: Pair, arguments: str = "") -> tuple[int, dict[str, Any]]:
    done = pair.store.machine.attempt(f"store-agent doctor --json {arguments} 2>/run/said")
    said = pair.store.machine.run("cat /run/said")
    pair.expect(done.stdout.startswith("{"), f"doctor: {done.returncode} {done.stdout}{said}")
    told: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, told


def _codes(told: dict[str, Any]) -> set[str]:
    return {one["code"] for one in told["findings"]}


@contextmanager
def _stopped(pair: Pair) -> Iterator[None]:
    pair.store.machine.run("systemctl stop store-agent")
    yield
    pair.store.machine.run("systemctl start store-agent")


@contextmanager
def _port_taken(pair: Pair) -> Iterator[None]:
    with _stopped(pair):
        pair.store.machine.run(
            "systemd-run -q --unit=thief python3 -m http.server --bind 127.0.0.1 8770"
        )
        pair.store.wait("ss -ltn 'sport = :8770' | grep -q 8770")
        yield
        pair.store.machine.run("systemctl stop thief")


@contextmanager
def _wrong_settings(pair: Pair) -> Iterator[None]:
    pair.store.write_settings("wrong", "[apy]\nport = 8771\n")
    yield
    pair.store.machine.run("rm /etc/store-agent/agent.toml.d/wrong.toml")


@contextmanager
def _files_of_root(pair: Pair) -> Iterator[None]:
    pair.store.machine.run(f"chown root:root {STATE}/pepper")
    yield
    pair.store.machine.run(f"chown store-agent:store-agent {STATE}/pepper")


def _disk_with(free_mb: int) -> Callable[[Pair], AbstractContextManager[None]]:
    @contextmanager
    def made(pair: Pair) -> Iterator[None]:
        machine = pair.store.machine
        machine.power_off()
        state = machine.root / STATE.lstrip("/")
        place = pair.place / f"disk-{free_mb}"
        with SmallDisk(place, content=state, size_mb=_DISK_MB) as disk:
            disk.fill(leave_mb=free_mb)
            machine.boot(disk.option(STATE))
            pair.store.wait_until_active()
            yield
            machine.power_off()
        machine.boot()
        pair.store.wait_until_active()

    return made


@contextmanager
def _cable_out(pair: Pair) -> Iterator[None]:
    network.set_link("hq", up=False)
    yield
    network.set_link("hq", up=True)


def _second_address(url: str) -> Callable[[Pair], AbstractContextManager[None]]:
    @contextmanager
    def made(pair: Pair) -> Iterator[None]:
        with _settings(pair, "z-second", f'[hq]\nurls = ["{URL}", "{url}"]\n'):
            yield

    return made


@contextmanager
def _settings(pair: Pair, name: str, toml: str) -> Iterator[None]:
    """Settings that stay until the block ends, without a restart."""
    pair.store.write_settings(name, toml)
    yield
    pair.store.machine.run(f"rm /etc/store-agent/agent.toml.d/{name}.toml")


@contextmanager
def _scanner_held(pair: Pair) -> Iterator[None]:
    """By a program that bears brltty's name, and reads the line as that does."""
    run = pair.store.machine.run
    with _settings(pair, "scanner", scanner_settings(pair)):
        run("cp /usr/bin/cat /opt/brltty")
        run("systemd-run -q --unit=rival /opt/brltty $(cat /run/scanner)")
        pair.store.wait("pgrep -x brltty")
        yield
        run("systemctl stop rival scanner")


@contextmanager
def _clock_behind(pair: Pair) -> Iterator[None]:
    clock = Clock(pair.store.machine, "store-agent")
    pair.store.wait_until_active()
    clock.set("-2h")
    _wait_for_skew(pair, at_least_ms=3_600_000)
    yield
    clock.set("+0")
    _wait_for_skew(pair, at_least_ms=-1)


def _wait_for_skew(pair: Pair, *, at_least_ms: int) -> None:
    """Until the agent has compared its clock with head office's anew; -1: that it is right."""
    asked = "cd / && runuser -u store-agent -- store-agent status --json"
    wanted = f"abs(skew) > {at_least_ms}" if at_least_ms > 0 else "abs(skew) < 60000"
    program = (
        "import json,sys; skew = json.load(sys.stdin)['clock_skew_ms'];"
        f" sys.exit(skew is None or not {wanted})"
    )
    pair.store.wait(f"{asked} | python3 -c {shlex.quote(program)}")


_TROUBLES: Sequence[Trouble] = (
    Trouble(
        check="service",
        code="service_stopped",
        status=BAD,
        names="systemctl start store-agent",
        made=_stopped,
    ),
    Trouble(check="port", code="port_taken", status=BAD, names="python3", made=_port_taken),
    Trouble(check="settings", code="settings_wrong", status=BAD, names="api", made=_wrong_settings),
    Trouble(
        check="permissions", code="owner_wrong", status=BAD, names="pepper", made=_files_of_root
    ),
    Trouble(check="head_office", code="not_reached", status=BAD, names=URL, made=_cable_out),
    Trouble(
        check="head_office_2",
        code="no_name",
        status=BAD,
        names="hq.invalid",
        made=_second_address("http://hq.invalid:8780"),
    ),
    Trouble(check="rivals", code="device_held", status=BAD, names="brltty", made=_scanner_held),
    Trouble(check="disk_space", code="disk_low", status=WARN, names=STATE, made=_disk_with(200)),
    Trouble(check="disk_space", code="disk_full", status=BAD, names=STATE, made=_disk_with(40)),
    Trouble(check="clock", code="clock_wrong", status=BAD, names="head office", made=_clock_behind),
)


CASES = (
    Case(
        name="doctor",
        what="port taken, clock wrong, cable out, disk low, scanner held … one after the other",
        expected="the doctor names each cause and what to do, and no more once it is mended",
        run=_told,
    ),
    Case(
        name="doctor-fix",
        what="service off, files of root and open to all; doctor --fix",
        expected="it is mended and sells; a second time there is nothing to do",
        run=_mended,
    ),
)
