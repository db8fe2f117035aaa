"""Disk health: what the disk says of itself (SMART), and which errors the kernel has seen.

`smartctl -j`: the names of its JSON are those of smartmontools' own schema. eMMC's life time:
JEDEC eMMC 5.1, DEVICE_LIFE_TIME_EST (1 to 10: tenths used, 11: beyond) and PRE_EOL_INFO (2: most of
the spare blocks are used, 3: nearly all).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check, needs_root
from agent.ops.doctor.commands import is_installed, output_of
from agent.ops.doctor.ground import Ground
from agent.ops.doctor.mounts import disks_of, mount_of

TIMEOUT_S = 20.0
"""A disk that sleeps spins up first."""
_WORN_PERCENT = 90
_LIFE_BEYOND, _SPARE_LOW = 0x0B, 2
_ATTRIBUTES = {5: "reallocated sectors", 197: "pending sectors", 198: "unreadable sectors"}
"""ATA attributes whose raw value should be 0; the same three that Backblaze's figures point at."""

_SAVE = Sentence(
    "尽快把数据同步到总部，备份后换硬盘。",
    "Let everything reach head office soon, make a backup, and replace the disk.",
)


def judge(told: dict[str, Any], disk: str) -> Found:
    """Return what a disk's own report (`smartctl -j -H -A`) means."""
    passed = told.get("smart_status", {}).get("passed")
    troubles = [*_ata_troubles(told), *_nvme_troubles(told)]
    if passed is False:
        return _failing(disk, ["SMART: failed", *troubles])
    if troubles:
        return Found(
            code="disk_worn",
            result=Result.WARN,
            said=Sentence("硬盘开始老化。", "The disk shows its age."),
            about=disk,
            seen=", ".join(troubles),
            advice=_SAVE,
            mends=(Mend(command=f"smartctl -a {disk}"),),
        )
    if passed is None:
        return _no_report(disk, "; ".join(_messages(told)))
    said = Sentence("硬盘自检正常。", "The disk says that it is well.")
    return Found(code="disk_well", result=Result.GOOD, said=said, about=disk)


def judge_kernel(*, disk: str, errors: int, life: int, spare: int) -> Found | None:
    """Return what the kernel knows; None: nothing wrong. `life`, `spare`: eMMC's, 0 for none."""
    if errors:
        return _failing(disk, [f"the kernel counted {errors} file system errors"])
    if life >= _LIFE_BEYOND or spare >= _SPARE_LOW:
        return _failing(disk, [f"eMMC: life {life} of 11, spare blocks {spare} of 3"])
    return None


def _ata_troubles(told: dict[str, Any]) -> Iterator[str]:
    for row in told.get("ata_smart_attributes", {}).get("table", ()):
        count = row.get("raw", {}).get("value", 0)
        if row.get("id") in _ATTRIBUTES and count:
            yield f"{count} {_ATTRIBUTES[row['id']]}"
        if row.get("when_failed"):
            yield f"{row.get('name')}: {row['when_failed']}"


def _nvme_troubles(told: dict[str, Any]) -> Iterator[str]:
    log = told.get("nvme_smart_health_information_log", {})
    if log.get("critical_warning"):
        yield f"critical warning {log['critical_warning']}"
    if log.get("media_errors"):
        yield f"{log['media_errors']} media errors"
    if log.get("percentage_used", 0) >= _WORN_PERCENT:
        yield f"{log['percentage_used']} % of its life used"
    if log.get("available_spare", 100) <= log.get("available_spare_threshold", 0):
        yield f"{log['available_spare']} % spare blocks left"


def _messages(told: dict[str, Any]) -> list[str]:
    return [str(one.get("string")) for one in told.get("smartctl", {}).get("messages", ())]


def _failing(disk: str, troubles: list[str]) -> Found:
    return Found(
        code="disk_failing",
        result=Result.BAD,
        said=Sentence("硬盘快坏了，或已经坏了。", "The disk is failing."),
        about=disk,
        seen=", ".join(troubles),
        advice=_SAVE,
        mends=(
            Mend(command=f"smartctl -a {disk}"),
            Mend(command="journalctl -k -p err -n 50"),
        ),
    )


def _no_report(disk: str, why: str) -> Found:
    return Found(
        code="disk_silent",
        result=Result.UNKNOWN,
        said=Sentence(
            "这块硬盘不报告自己的状态（虚拟机和 U 盘常这样）。",
            "The disk tells nothing of itself, as in a virtual machine or behind a USB adapter.",
        ),
        about=disk,
        seen=why,
    )


def _look(ground: Ground) -> Iterator[Found]:
    mount = mount_of(ground.state_dir, ground.proc)
    disks = disks_of(mount.device, ground.sys)
    if not disks:
        yield Found(
            code="no_disk",
            result=Result.UNKNOWN,
            said=Sentence(
                "数据不在一块看得见的硬盘上。", "The data lies on no disk that can be seen."
            ),
            seen=f"{mount.kind} on {mount.source}",
        )
    for disk in disks:
        yield _kernel_says(mount.source, disk, ground) or _disk_says(f"/dev/{disk.name}", ground)


def _kernel_says(source: str, disk: Path, ground: Ground) -> Found | None:
    errors = ground.sys / "fs/ext4" / Path(source).name / "errors_count"
    lives = [int(word, 16) for word in _read(disk / "device/life_time").split()]
    return judge_kernel(
        disk=f"/dev/{disk.name}",
        errors=int(_read(errors) or "0"),
        life=max(lives, default=0),
        spare=int(_read(disk / "device/pre_eol_info") or "0", 16),
    )


def _disk_says(disk: str, ground: Ground) -> Found:
    if not is_installed("smartctl"):
        return Found(
            code="no_smartctl",
            result=Result.UNKNOWN,
            said=Sentence(
                "没有 smartctl，无法读取硬盘自检结果。",
                "Without smartctl the disk's own report can't be read.",
            ),
            about=disk,
            mends=(Mend(command="apt-get install --no-install-recommends smartmontools"),),
        )
    if not ground.is_root:
        hidden = needs_root(
            "只有 root 能读硬盘自检结果", "Only root can read the disk's own report"
        )
        return msgspec.structs.replace(hidden, about=disk)
    _, told = output_of(["smartctl", "-j", "-H", "-A", disk], timeout_s=TIMEOUT_S)
    try:
        return judge(json.loads(told), disk)
    except ValueError:
        return _no_report(disk, told[:200])


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


DISK_HEALTH = Check(
    id="disk_health",
    title=Sentence("硬盘健康", "Disk health"),
    look=_look,
    timeout_s=TIMEOUT_S + 2,
)
