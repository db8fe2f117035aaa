"""Devices: does each that the settings name work."""

from collections.abc import Iterator
from typing import Any

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.device_trial import LOOK_S, look
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import AS_AGENT, Ground
from agent.services.house.devices import DeviceKind
from drivers.ports import DeviceState, Fault
from drivers.printer.status import BLOCKING

Device = dict[str, Any]
"""As in `GET status`."""

_KINDS = {
    DeviceKind.SCANNER: Sentence("扫码枪", "The scanner"),
    DeviceKind.PRINTER: Sentence("打印机", "The printer"),
    DeviceKind.DRAWER: Sentence("钱箱", "The cash drawer"),
    DeviceKind.DISPLAY: Sentence("顾客显示屏", "The customer display"),
}
_STATES = {
    DeviceState.CONNECTED: (Result.GOOD, "正常", "works"),
    DeviceState.CONNECTING: (Result.UNKNOWN, "还在连接", "is still being connected"),
    DeviceState.DEGRADED: (Result.WARN, "能用，但有问题", "works, and not as it should"),
    DeviceState.DISCONNECTED: (Result.BAD, "没有连上", "is not connected"),
    DeviceState.UNKNOWN: (Result.WARN, "没有应答，不知道能不能用", "does not answer"),
}
_FAULTS = {
    Fault.PAPER_OUT: Sentence("缺纸", "it is out of paper"),
    Fault.PAPER_LOW: Sentence("纸快用完", "its paper is low"),
    Fault.COVER_OPEN: Sentence("盖子开着", "its cover is open"),
    Fault.OFFLINE: Sentence("打印机暂停", "it is offline"),
    Fault.CUTTER: Sentence("切刀卡住", "its knife is stuck"),
    Fault.UNRECOVERABLE: Sentence("故障，请关机再开", "it has to be switched off and on"),
}


def judge(device: Device) -> Found:
    """Return how one device stands."""
    result, zh, en = _STATES[DeviceState(device["state"])]
    kind = _KINDS[DeviceKind(device["kind"])]
    faults = [_FAULTS[Fault(fault)] for fault in device["faults"]]
    if not BLOCKING.isdisjoint(device["faults"]):
        result = Result.BAD
    said = Sentence(
        f"{kind.zh_cn}{zh}{''.join(f',{one.zh_cn}' for one in faults)}。",
        f"{kind.en} {en}{''.join(f', {one.en}' for one in faults)}.",
    )
    remedy = device["remedy"]
    return Found(
        code=f"device_{device['state']}",
        result=result,
        said=said,
        about=f"{device['name']} {device['address']}".strip(),
        seen=", ".join(filter(None, (*device["faults"], device["detail"]))),
        advice=Sentence(remedy, remedy) if remedy else None,
        mends=() if result is Result.GOOD else (Mend(command=f"{AS_AGENT} devices"),),
    )


def _look(ground: Ground) -> Iterator[Found]:
    # A drawer hangs on the printer, which tells for both.
    devices = [one for one in _devices(ground) if one["kind"] != "drawer" or one["detail"]]
    yield from map(judge, devices)
    if not devices:
        yield Found(
            code="no_devices",
            result=Result.GOOD,
            said=Sentence("设置里没有设备。", "The settings name no devices."),
        )


def _devices(ground: Ground) -> list[Device]:
    """As the running agent says; tried by ourselves only while none runs, which holds them."""
    if ground.agent.is_stopped():
        return look(ground.settings)
    status = ground.agent.status_or_none()
    if status is None:
        raise PermissionError("the agent holds the devices, and does not tell this user of them")
    devices: list[Device] = status["devices"]
    return devices


DEVICES = Check(id="devices", title=Sentence("设备", "Devices"), look=_look, timeout_s=LOOK_S + 6.0)
