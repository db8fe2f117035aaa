"""Rivals: programs that take the store's devices away from the agent."""

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check, needs_root
from agent.ops.doctor.ground import Ground
from agent.ops.plugged import OURS
from agent.ops.processes import Process, agent_process, openers, processes
from drivers.address import HidAddress, SerialAddress, UsbAddress, parse_address
from drivers.taken import TakenPrinter, taken_printers


class Known(Struct, frozen=True, kw_only=True):
    """A program that is known for taking devices."""

    takes: Sentence
    nodes: tuple[str, ...]
    """Which nodes it goes for."""
    mend: str


KNOWN: Mapping[str, Known] = {
    "ModemManager": Known(
        takes=Sentence(
            "会向每个新的串口发调制解调器命令，扫码枪会因此出错",
            "sends modem commands to each new serial line, which upsets scanners",
        ),
        nodes=("ttyACM*", "ttyUSB*"),
        mend="systemctl disable --now ModemManager.service",
    ),
    "brltty": Known(
        takes=Sentence(
            "会把 CH340 等串口转接线当成盲文显示器占走",
            "takes serial adapters (CH340 and others) for braille displays",
        ),
        nodes=("ttyUSB*", "ttyACM*"),
        mend="apt-get remove brltty",
    ),
    "ipp-usb": Known(
        takes=Sentence("会占走 USB 打印机", "takes USB printers"),
        nodes=("usb/lp*",),
        mend="systemctl disable --now ipp-usb.service",
    ),
}


def judge_running(running: Iterable[Process], nodes: Mapping[str, bool]) -> Iterator[Found]:
    """Give what known rivals that run may take; `nodes`: which patterns there are on this PC."""
    for name in sorted({one.name for one in running} & KNOWN.keys()):
        known = KNOWN[name]
        if any(nodes.get(pattern) for pattern in known.nodes):
            yield Found(
                code="rival_runs",
                result=Result.WARN,
                said=Sentence(
                    f"程序 {name} 在运行：它{known.takes.zh_cn}。",
                    f"The program {name} runs: it {known.takes.en}.",
                ),
                about=name,
                mends=(Mend(command=known.mend),),
            )


def judge_open(address: str, others: Iterable[Process]) -> Iterator[Found]:
    """Give who else has the device at `address` open."""
    for one in others:
        known = KNOWN.get(one.name)
        yield Found(
            code="device_held",
            result=Result.BAD,
            said=Sentence(
                f"程序 {one.name} 占着这个设备：扫的码或打印的内容会丢。",
                f"The program {one.name} has this device open: scans and papers get lost.",
            ),
            about=address,
            seen=f"{one}{f' of {one.unit}' if one.unit else ''}",
            mends=(Mend(command=known.mend if known else one.end),),
        )


def judge_taken(taken: TakenPrinter) -> Found:
    """Return what it means that a USB printer has no node."""
    if not taken.by_program:
        return Found(
            code="usblp_missing",
            result=Result.BAD,
            said=Sentence(
                "USB 打印机已插上，但系统没有加载它的驱动。",
                "A USB printer is plugged in, and the system's driver for it is not loaded.",
            ),
            about=taken.about or "USB",
            advice=Sentence(taken.remedy, taken.remedy),
            mends=(Mend(command="modprobe usblp", safe=True),),
        )
    return Found(
        code="printer_taken",
        result=Result.BAD,
        said=Sentence(
            "USB 打印机被别的程序占走了（多半是 CUPS）。",
            "Another program has the USB printer (most often CUPS).",
        ),
        about=taken.about or "USB",
        advice=Sentence(taken.remedy, taken.remedy),
        mends=(Mend(command=f"fuser -v {taken.node}"), Mend(command="lpstat -v")),
    )


def _look(ground: Ground) -> Iterator[Found]:
    found = [
        *_opened(ground),
        *judge_running(processes(ground.proc), _nodes(ground.dev)),
        *map(judge_taken, taken_printers(ground.sys / "bus/usb/devices")),
    ]
    yield from found
    if not found and not ground.is_root and any(_paths(one) for one in _addresses(ground)):
        yield needs_root(
            "只有 root 看得到哪些程序占着设备", "Only root sees which programs have devices open"
        )
    elif not found:
        said = Sentence("没有别的程序抢设备。", "No other program takes the devices.")
        yield Found(code="no_rivals", result=Result.GOOD, said=said)


def _opened(ground: Ground) -> Iterator[Found]:
    holders = openers(ground.proc, ground.dev)
    agent = int(agent_process(ground.state_dir))
    for address in _addresses(ground):
        for path in _paths(address):
            node = Path(os.path.realpath(path))
            others = [one for one in holders.get(node, ()) if one.name != OURS and one.pid != agent]
            yield from judge_open(address, others)


def _addresses(ground: Ground) -> Iterator[str]:
    settings = ground.settings
    yield from settings.scanner.addresses
    yield from filter(None, (settings.printer.address, settings.display.address))


def _paths(address: str) -> tuple[str, ...]:
    match parse_address(address):
        case SerialAddress() | HidAddress() | UsbAddress() as node:
            return (str(node.path),)
        case _:
            return ()


def _nodes(dev: Path) -> dict[str, bool]:
    patterns = {pattern for known in KNOWN.values() for pattern in known.nodes}
    return {pattern: bool(glob.glob(str(dev / pattern))) for pattern in patterns}


RIVALS = Check(id="rivals", title=Sentence("抢占设备的程序", "Rivals"), look=_look)
