"""A disk that Linux makes read-only under the agent, as it does when it finds it damaged."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.agent_process import deliver_feed, run_agent
from tests.faults.head_office import PRICE_FEN, SKUS

SIZE = 24 << 20
SALE = {
    "till": "T1",
    "cashier": "C1",
    "lines": [{"sku": SKUS[0]}],
    "tenders": [{"kind": "cash", "amount_fen": PRICE_FEN}],
}


@contextmanager
def ext4(image: Path, directory: Path) -> Iterator[Path]:
    """Mount an ext4 of SIZE that turns read-only at the first fault; give what makes one."""
    with image.open("wb") as file:
        file.truncate(SIZE)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    options = "loop,errors=remount-ro"
    subprocess.run(["mount", "-o", options, str(image), str(directory)], check=True)
    try:
        device = os.stat(directory).st_dev
        name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
        yield Path(f"/sys/fs/ext4/{name}/trigger_fs_error")
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


async def test_a_disk_that_turns_read_only_is_told_as_such_and_the_till_still_gets_answers(
    tmp_path: Path,
) -> None:
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    with ext4(tmp_path / "disk.img", state_dir) as fault:
        await deliver_feed(state_dir)
        async with run_agent(state_dir) as (agent, till):
            assert (await till.post("/api/v1/sales", SALE)).status == 201
            fault.write_text("1")
            refused = await till.post("/api/v1/sales", SALE, key="k")
            assert (refused.status, "Retry-After" in refused.headers) == (503, True)
            assert (await agent.logged("recording_impossible"))["reason"] == "storage_read_only"
            sick = await till.send("GET", "/healthz", api_key=None)
            assert (sick.status, sick.json["extra"]["reason"]) == (503, "storage_read_only")
            assert (await till.get("/api/v1/status")).json["journal_seq"] == 1
