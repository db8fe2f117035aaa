"""Disks that are full, read-only, in memory, layered, failing or lying are told."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.domain.finding import Result
from agent.ops.doctor.checks import disk_health, disk_space, file_system, fsync
from agent.ops.doctor.mounts import disks_of, mount_of, parse
from tests.faults.small_disk import on_small_disk

SMALL = 2 << 20
_DOCTOR = (
    *(sys.executable, "-m", "agent.cli", "doctor", "--json"),
    *("--only", "disk_space", "--only", "file_system"),
)
GIBIBYTE = 1 << 30


def test_a_real_disk_that_is_full_and_read_only_is_told(tmp_path: Path) -> None:
    content, state = tmp_path / "content", tmp_path / "state"
    content.mkdir()
    state.mkdir()
    (content / "store.db").write_bytes(b"")
    config = tmp_path / "agent.toml"
    config.write_text(f'[store]\ncode = "MB001"\n[paths]\nstate_dir = "{state}"\n')
    around = on_small_disk(state, size=SMALL, content=content, full=True)
    turned = ("sh", "-ec", 'mount -o remount,ro "$0" && exec "$@"', str(state))
    command = (*around, *turned, *_DOCTOR, "--config", str(config))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    found = {one["check"]: one["code"] for one in json.loads(done.stdout)["findings"]}
    assert found == {"disk_space": "disk_full", "file_system": "read_only"}


def test_a_real_disk_of_memory_is_told() -> None:
    assert file_system.judge(mount_of(Path("/dev/shm"))).code == "in_memory"


def test_the_sync_of_memory_is_found_out_and_a_disks_is_believed(tmp_path: Path) -> None:
    memory = fsync.measure(Path("/dev/shm"))
    assert fsync.judge(typical_us=memory, rotating="", preloaded="").code == "fsync_lies"
    disk = mount_of(tmp_path)
    if disk.kind == "ext4":
        assert fsync.measure(tmp_path) > fsync.IMPOSSIBLE_US
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("typical_us", "rotating", "preloaded", "code"),
    [
        (900.0, "", "", "fsync_honest"),
        (20.0, "", "", "fsync_honest"),
        (9_000.0, "/dev/sda", "", "fsync_honest"),
        (90.0, "/dev/sda", "", "fsync_cached"),
        (900.0, "", "libeatmydata is loaded", "fsync_lies"),
        (250_000.0, "/dev/sda", "", "fsync_slow"),
    ],
)
def test_a_sync_is_judged_by_what_the_disk_can_do(
    typical_us: float, rotating: str, preloaded: str, code: str
) -> None:
    found = fsync.judge(typical_us=typical_us, rotating=rotating, preloaded=preloaded)
    assert found.code == code


@pytest.mark.parametrize(
    ("free", "files", "code"),
    [
        (10 * GIBIBYTE, 100_000, "disk_roomy"),
        (300 << 20, 100_000, "disk_low"),
        (1 << 20, 100_000, "disk_full"),
        (10 * GIBIBYTE, 0, "disk_full"),
        (10 * GIBIBYTE, -1, "disk_roomy"),
    ],
)
def test_room_is_judged_by_bytes_and_by_files(free: int, files: int, code: str) -> None:
    found = disk_space.judge(
        free_bytes=free, total_bytes=64 * GIBIBYTE, free_files=files, place="/var/lib/store-agent"
    )
    assert found.code == code
    assert any(mend.safe for mend in found.mends) == (found.result is not Result.GOOD)


MOUNTINFO = """\
22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro
30 22 0:26 / /tmp rw,nosuid - tmpfs tmpfs rw,size=1g
31 22 0:40 / /srv/share rw - nfs4 10.0.0.5:/store rw,vers=4.2
32 22 0:41 / /srv/box rw - overlay overlay rw,lowerdir=/a,upperdir=/b,workdir=/c
33 22 8:3 / /srv/old rw - ext4 /dev/sda3 rw,nobarrier
34 22 8:4 / /srv/a\\040b rw - ext4 /dev/sda4 ro
35 22 0:44 / /srv/fuse rw - fuse.sshfs it@pc:/store rw
"""


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ("/", "file_system_good"),
        ("/tmp", "in_memory"),
        ("/srv/share", "network_file_system"),
        ("/srv/fuse", "network_file_system"),
        ("/srv/box", "layered_file_system"),
        ("/srv/old", "no_barrier"),
        ("/srv/a b", "read_only"),
    ],
)
def test_a_file_system_is_judged_by_kind_and_options(point: str, code: str) -> None:
    mounts = {str(mount.point): mount for mount in parse(MOUNTINFO)}
    assert file_system.judge(mounts[point]).code == code


def test_the_disk_under_a_partition_or_a_volume_is_found(tmp_path: Path) -> None:
    sda = tmp_path / "devices/sda"
    (sda / "sda2").mkdir(parents=True)
    (sda / "sda2/partition").write_text("2")
    volume = tmp_path / "devices/dm-0"
    (volume / "slaves").mkdir(parents=True)
    (volume / "slaves/sda2").symlink_to(sda / "sda2")
    links = tmp_path / "dev/block"
    links.mkdir(parents=True)
    (links / "253:0").symlink_to(volume)
    assert [disk.name for disk in disks_of("253:0", tmp_path)] == ["sda"]
    assert disks_of("0:26", tmp_path) == ()


ATA: dict[str, Any] = {
    "smart_status": {"passed": True},
    "ata_smart_attributes": {
        "table": [{"id": 5, "name": "Reallocated_Sector_Ct", "raw": {"value": 0}}]
    },
}
NVME: dict[str, Any] = {
    "smart_status": {"passed": True},
    "nvme_smart_health_information_log": {
        "critical_warning": 0,
        "available_spare": 100,
        "available_spare_threshold": 10,
        "percentage_used": 3,
        "media_errors": 0,
    },
}


def _with(report: dict[str, Any], **changed: int) -> dict[str, Any]:
    log = report["nvme_smart_health_information_log"] | changed
    return report | {"nvme_smart_health_information_log": log}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (ATA, "disk_well"),
        (NVME, "disk_well"),
        (ATA | {"smart_status": {"passed": False}}, "disk_failing"),
        (
            ATA | {"ata_smart_attributes": {"table": [{"id": 197, "raw": {"value": 8}}]}},
            "disk_worn",
        ),
        (_with(NVME, media_errors=2), "disk_worn"),
        (_with(NVME, percentage_used=97), "disk_worn"),
        (_with(NVME, available_spare=10), "disk_worn"),
        ({"smartctl": {"messages": [{"string": "Unknown USB bridge"}]}}, "disk_silent"),
    ],
)
def test_a_disk_is_judged_by_its_own_report(told: dict[str, Any], code: str) -> None:
    assert disk_health.judge(told, "/dev/sda").code == code


@pytest.mark.parametrize(
    ("errors", "life", "spare", "is_failing"),
    [(0, 0, 0, False), (0, 10, 1, False), (1, 0, 0, True), (0, 11, 1, True), (0, 1, 3, True)],
)
def test_what_the_kernel_counted_needs_no_report(
    errors: int, life: int, spare: int, is_failing: bool
) -> None:
    found = disk_health.judge_kernel(disk="/dev/mmcblk0", errors=errors, life=life, spare=spare)
    assert (found is not None) == is_failing
