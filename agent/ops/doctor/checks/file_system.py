"""File system: does it keep what it was told to keep, and may it be written."""

from collections.abc import Iterator

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import Ground
from agent.ops.doctor.mounts import Mount, mount_of

_IN_MEMORY = {"tmpfs", "ramfs", "rootfs"}
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "virtiofs"}
_LAYERED = {"overlay", "aufs", "unionfs"}
_UNSYNCED_OPTIONS = {"nobarrier", "barrier=0", "barrier=off", "norecovery"}
"""With these, a file system does not wait for the disk's cache: ext4(5), xfs(5), btrfs(5)."""


def judge(mount: Mount) -> Found:
    """Return what lying on this mount means for the journal."""
    seen = f"{mount.point}: {mount.kind} on {mount.source}"
    for judged in (_read_only, _in_memory, _network, _without_barrier, _layered):
        found = judged(mount, seen)
        if found:
            return found
    said = Sentence("数据放在本机硬盘上。", "The data is on a local file system.")
    return Found(code="file_system_good", result=Result.GOOD, said=said, seen=seen)


def _read_only(mount: Mount, seen: str) -> Found | None:
    if not mount.is_read_only:
        return None
    return Found(
        code="read_only",
        result=Result.BAD,
        said=Sentence(
            "磁盘是只读的：任何销售都存不下来。硬盘出错时系统会这样自我保护。",
            "The disk is read-only: no sale can be recorded. A system turns it so when the disk "
            "has errors.",
        ),
        seen=seen,
        advice=Sentence(
            "先看内核说了什么。硬盘坏了就换电脑；没坏就重启电脑，让它检查文件系统。",
            "Look what the kernel says. If the disk is broken, replace the PC; else restart it, "
            "which checks the file system.",
        ),
        mends=(
            Mend(command="journalctl -k -p err -n 50"),
            Mend(command=f"mount -o remount,rw {mount.point}"),
        ),
    )


def _in_memory(mount: Mount, seen: str) -> Found | None:
    if mount.kind not in _IN_MEMORY:
        return None
    return _wrong_place(
        "in_memory",
        "数据放在内存里：一断电，所有没上传的销售都没了。",
        "The data is in memory: a power cut loses every sale that head office does not have.",
        seen,
    )


def _network(mount: Mount, seen: str) -> Found | None:
    if mount.kind not in _NETWORK and not mount.kind.startswith("fuse."):
        return None
    return _wrong_place(
        "network_file_system",
        "数据放在网络盘上：网络盘不能保证已收下的销售断电后还在。",
        "The data is on a network file system, which can't promise that what was accepted is kept.",
        seen,
    )


def _wrong_place(code: str, zh: str, en: str, seen: str) -> Found:
    return Found(
        code=code,
        result=Result.BAD,
        said=Sentence(zh, en),
        seen=seen,
        advice=Sentence(
            "停下代理，把整个数据目录搬到本机硬盘，再在设置里改 [paths] state_dir。",
            "Stop the agent, move the whole state directory to a local disk, and set "
            "[paths] state_dir.",
        ),
        mends=(Mend(command="systemctl stop store-agent"),),
    )


def _without_barrier(mount: Mount, seen: str) -> Found | None:
    options = sorted(_UNSYNCED_OPTIONS & mount.options)
    if not options:
        return None
    return Found(
        code="no_barrier",
        result=Result.BAD,
        said=Sentence(
            "文件系统被设成不等硬盘真正写完：断电时已收下的销售可能丢失。",
            "The file system is set not to wait for the disk: a power cut may lose accepted sales.",
        ),
        seen=f"{seen} ({', '.join(options)})",
        advice=Sentence(
            f"从 /etc/fstab 里去掉 {', '.join(options)}。",
            f"Take {', '.join(options)} out of /etc/fstab.",
        ),
        mends=(Mend(command=f"mount -o remount,barrier {mount.point}"),),
    )


def _layered(mount: Mount, seen: str) -> Found | None:
    if mount.kind not in _LAYERED:
        return None
    return Found(
        code="layered_file_system",
        result=Result.WARN,
        said=Sentence(
            "数据放在叠加文件系统上（容器或还原系统）：重置时会被清掉。",
            "The data is on a layered file system (a container, or a PC that resets itself): a "
            "reset deletes it.",
        ),
        seen=seen,
        advice=Sentence(
            "给数据目录一块真正的分区或卷。", "Give the state directory a real partition or volume."
        ),
    )


def _look(ground: Ground) -> Iterator[Found]:
    yield judge(mount_of(ground.state_dir, ground.proc))


FILE_SYSTEM = Check(id="file_system", title=Sentence("文件系统", "File system"), look=_look)
