"""What systemd, the agent, its record of backups and the PC's memory tell is judged."""

from typing import Any

import pytest

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.finding import Result
from agent.ops.doctor.checks import (
    backup,
    devices,
    memory,
    recording,
    service,
    sqlite_library,
    sync,
    versions,
)
from agent.services.house.exchange import TOLD as TOLD_OF_SYNC
from agent.services.house.exchange import Exchange, Tone
from agent.services.house.hindrance import TOLD, Hindrance
from agent.store.house.backup_record import BackupRecord, FailedBackup, GoodBackup
from agent.store.sqlite import OLDEST_SAFE

RUNS = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "Result": "success",
    "NRestarts": "0",
    "UnitFileState": "enabled",
}
STOPPED = RUNS | {"ActiveState": "inactive", "SubState": "dead"}
FAILED = RUNS | {"ActiveState": "failed", "SubState": "failed", "Result": "exit-code"}


@pytest.mark.parametrize(
    ("unit", "answers", "codes"),
    [
        (RUNS, True, ["service_runs"]),
        (RUNS, False, ["service_silent"]),
        (RUNS | {"NRestarts": "9"}, True, ["restarted_often"]),
        (STOPPED, False, ["service_stopped"]),
        (STOPPED | {"UnitFileState": "disabled"}, False, ["service_stopped", "not_enabled"]),
        (FAILED, False, ["start_refused"]),
        (STOPPED | {"ActiveState": "activating"}, False, ["starting"]),
        ({"LoadState": "not-found"}, True, ["no_unit"]),
    ],
)
def test_a_service_is_judged_by_what_systemd_tells(
    unit: dict[str, str], answers: bool, codes: list[str]
) -> None:
    found = [*service.judge(unit, answers=answers)]
    assert [one.code for one in found] == codes
    assert (found[0].result is Result.GOOD) == (codes == ["service_runs"])


def test_an_affected_library_is_bad() -> None:
    assert sqlite_library.judge(OLDEST_SAFE).result is Result.GOOD
    assert sqlite_library.judge((3, 51, 2)).code == "sqlite_affected"


def status(
    state: str = "online",
    error: str = "",
    set_back: str = "",
    revocations_age_ms: int | None = 0,
    **outbox: int,
) -> dict[str, Any]:
    counted = {"pending": 0, "parked_here": 0, "parked_at_hq": 0} | outbox
    failed = {"last_error": error, "detail": ""}
    return {
        "line": {"upload": "idle", "ways": [], **failed},
        "feed": failed | {"age_ms": 0, "revocations_age_ms": revocations_age_ms},
        "outbox": counted,
        "exchange": {"state": state},
        "set_back": {"reason": set_back, "detail": ""},
    }


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        (status(), ["sync_good"]),
        (status("fenced"), ["upload_fenced"]),
        (status("rejected", "unauthorized", pending=4), ["upload_rejected"]),
        (status("offline", "timeout", pending=4), ["waiting"]),
        (status("feed_failing", "cursor_stuck"), ["sync_good", "feed_failing"]),
        (status(revocations_age_ms=None), ["sync_good", "revocations_differ"]),
        (status(set_back="set_back"), ["sync_good", "set_back"]),
        (status(set_back="set_aside"), ["sync_good"]),
        (status(parked_here=1, parked_at_hq=2), ["sync_good", "parked_here", "parked_at_hq"]),
    ],
)
def test_the_exchange_with_head_office_is_judged_by_the_status(
    told: dict[str, Any], codes: list[str]
) -> None:
    assert [one.code for one in sync.judge(told)] == codes


def test_a_line_that_fails_while_another_works_is_told_with_why() -> None:
    failing = {"url": "https://hq", "interface": "eth0", "state": "failing"}
    failing |= {"last_error": "not_reached", "detail": "no route"}
    used = {"url": "https://hq", "interface": "wwan0", "state": "in_use", "last_error": ""}
    told = status()
    told["line"]["ways"] = [failing, used]
    good, found = sync.judge(told)
    assert (good.code, found.code, found.result) == ("sync_good", "way_failing", Result.WARN)
    assert found.about == "https://hq (eth0)"
    assert "not_reached: no route; in use: https://hq (wwan0)" in found.seen
    told["line"]["ways"] = [failing, failing]
    assert [one.code for one in sync.judge(told)] == ["sync_good"]


@pytest.mark.parametrize("state", [*Exchange])
def test_each_state_in_which_events_are_not_taken_is_bad(state: Exchange) -> None:
    (found, *_) = sync.judge(status(state))
    assert (found.result is Result.BAD) == (TOLD_OF_SYNC[state].tone is Tone.BAD)


def good(age_ms: int) -> GoodBackup:
    at = Millis(100 * DAY_MS - age_ms)
    return GoodBackup(at=at, file="/mnt/b/1.age", size_bytes=1, seq=9, took_ms=5)


FAILURE = FailedBackup(at=Millis(0), code="target_not_mounted", detail="/mnt/b")


@pytest.mark.parametrize(
    ("record", "configured", "code"),
    [
        (BackupRecord(), False, "no_backups"),
        (BackupRecord(), True, "backup_missing"),
        (BackupRecord(good=good(5 * HOUR_MS)), True, "backup_good"),
        (BackupRecord(good=good(5 * HOUR_MS), failed=FAILURE), True, "backup_failed"),
        (BackupRecord(good=good(2 * DAY_MS)), True, "backup_failed"),
        (BackupRecord(good=good(8 * DAY_MS), failed=FAILURE), True, "backup_missing"),
    ],
)
def test_a_backup_is_judged_by_its_age(record: BackupRecord, configured: bool, code: str) -> None:
    assert backup.judge(record, configured=configured, now_ms=100 * DAY_MS).code == code


@pytest.mark.parametrize("hindrance", [*Hindrance])
def test_that_no_sale_can_be_recorded_is_bad(hindrance: Hindrance) -> None:
    found = recording.judge({"reason": hindrance.value, "detail": "look"})
    assert (found.code, found.result) == (hindrance, Result.BAD)
    assert found.said == TOLD[hindrance].sentence
    assert recording.judge({"healthy": True}).result is Result.GOOD


@pytest.mark.parametrize(
    ("available", "killed", "code"),
    [
        (2_000, 0, "memory_enough"),
        (150, 0, "memory_low"),
        (2_000, 3, "memory_killed"),
        (40, 3, "memory_out"),
    ],
)
def test_memory_is_judged_by_what_is_left(available: int, killed: int, code: str) -> None:
    found = memory.judge(available_mib=available, total_mib=4_000, killed=killed)
    assert found.code == code


@pytest.mark.parametrize(
    ("running", "hq", "code"),
    [
        ("", "", "versions_fit"),
        ("0.2.0", "0.2.1", "versions_fit"),
        ("0.2.0", "0.10.0", "versions_fit"),
        ("0.1.9", "0.2.0", "old_runs"),
        ("0.2.0", "0.1.5", "hq_older"),
    ],
)
def test_versions_are_compared_with_what_runs_and_with_head_office(
    running: str, hq: str, code: str
) -> None:
    assert versions.judge(installed="0.2.0", running=running, hq=hq).code == code


@pytest.mark.parametrize(
    ("state", "faults", "result"),
    [
        ("connected", [], Result.GOOD),
        ("degraded", ["paper_low"], Result.WARN),
        ("degraded", ["paper_out"], Result.BAD),
        ("disconnected", [], Result.BAD),
        ("unknown", [], Result.WARN),
        ("connecting", [], Result.UNKNOWN),
    ],
)
def test_a_device_is_judged_by_whether_it_can_work(
    state: str, faults: list[str], result: Result
) -> None:
    device = {
        "kind": "printer",
        "name": "printer",
        "address": "tcp://192.168.1.50:9100",
        "state": state,
        "faults": faults,
        "detail": "",
        "remedy": "",
    }
    assert devices.judge(device).result is result
