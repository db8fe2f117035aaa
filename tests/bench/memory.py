"""Memory of a process, in MB of 2^20 bytes."""

from pathlib import Path


def resident_mb(pid: int) -> float:
    """What it holds in memory now (VmRSS). Source: proc_pid_status(5)."""
    return _status_mb(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most that it has held since it started (VmHWM)."""
    return _status_mb(pid, "VmHWM")


def _status_mb(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has no {name}: it has ended")
