"""Backup: when the last good one was made, and why the last try failed."""

import os
import time
from collections.abc import Iterator

from agent.base.clock import DAY_MS, HOUR_MS
from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import AS_AGENT, Ground
from agent.store.house import backup_record
from agent.store.house.backup_record import BackupRecord

WARN_MS = 36 * HOUR_MS
"""One is made each night: the last one is missing."""
BAD_MS = 7 * DAY_MS
_NOW = Mend(command=f"{AS_AGENT} backup now", safe=True)


def judge(record: BackupRecord, *, configured: bool, now_ms: int) -> Found:
    """Return what the record of backups means."""
    good, failed = record.good, record.failed
    if not configured:
        return Found(
            code="no_backups",
            result=Result.WARN,
            said=Sentence(
                "没有设置备份：硬盘坏了，没上传的销售就没了。",
                "No backups are made: if the disk breaks, sales that head office does not have are "
                "lost.",
            ),
            advice=Sentence(
                "插上另一块硬盘，设置 [backup] target 和 recipients。",
                "Give it another disk, and set [backup] target and recipients.",
            ),
            mends=(Mend(command=f"{AS_AGENT} backup --help"),),
        )
    age_ms = now_ms - good.at if good else None
    seen = f"last good: {good.file}, {age_ms / HOUR_MS:.0f} h ago" if good and age_ms else ""
    if failed:
        seen = "; ".join(filter(None, (seen, f"{failed.code}: {failed.detail}")))
    if age_ms is None or age_ms > BAD_MS:
        said = Sentence("很久没有成功的备份了。", "There was no good backup for long.")
        return _late(Result.BAD, "backup_missing", said, seen)
    if failed or age_ms > WARN_MS:
        said = Sentence("最近一次备份没有成功。", "The last backup did not succeed.")
        return _late(Result.WARN, "backup_failed", said, seen)
    said = Sentence("备份正常。", "There is a recent good backup.")
    return Found(code="backup_good", result=Result.GOOD, said=said, seen=seen)


def _late(result: Result, code: str, said: Sentence, seen: str) -> Found:
    return Found(
        code=code,
        result=result,
        said=said,
        seen=seen,
        advice=Sentence(
            "看备份盘是不是插着、有没有空间，再做一次备份。",
            "Look whether the backup's disk is there and has room; then make one.",
        ),
        mends=(_NOW,),
    )


def _look(ground: Ground) -> Iterator[Found]:
    if ground.state_dir.exists():
        os.listdir(ground.state_dir)  # PermissionError says that this user may not
    yield judge(
        backup_record.read(ground.state_dir),
        configured=ground.settings.backup.wanted,
        now_ms=time.time_ns() // 1_000_000,
    )


BACKUP = Check(id="backup", title=Sentence("备份", "Backup"), look=_look)
