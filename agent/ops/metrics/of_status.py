"""The figures that the status holds."""

from typing import TYPE_CHECKING

from agent.base.clock import SECOND_MS, Millis
from agent.services.house.devices import DeviceReport
from agent.services.house.exchange import Exchange
from agent.services.house.status import BackupStatus, LineStatus, StatusReport
from drivers.ports import DeviceState
from sync.transport.ways import WayState
from sync.uploader import UploadState

if TYPE_CHECKING:
    from agent.base.exposition import Exposition

ANSWERS = (DeviceState.CONNECTED, DeviceState.DEGRADED)


def tell_status(page: "Exposition", report: StatusReport, now: Millis) -> None:
    """Tell a report; `now` is this PC's clock."""
    page.gauge(
        "sales_recordable", "Whether a sale can be recorded now (1).", report.recording.possible
    )
    _tell_line(page, report.line, report.exchange.state)
    _tell_sync(page, report)
    _tell_outbox(page, report)
    _tell_risk(page, report)
    _tell_devices(page, report.devices)
    page.gauge(
        "data_set_back",
        "Whether this PC's data was damaged or set back (1).",
        bool(report.set_back.reason),
    )
    _tell_backup(page, report.backup, now)
    page.gauge("print_jobs_waiting", "Papers that wait for the printer.", report.prints.waiting)
    page.gauge(
        "print_jobs_unknown",
        "Papers of which people have to say whether they came out.",
        report.prints.unknown,
    )
    page.gauge(
        "print_job_oldest_age_seconds",
        "Age of the oldest paper that waits; 0 = none waits.",
        _age_s(report.prints.oldest_at, report.now),
    )


def _tell_line(page: "Exposition", line: LineStatus, exchange: Exchange) -> None:
    page.gauge("line_online", "Whether HQ is reached (1).", line.online)
    ways = [({"url": way.url, "interface": way.interface}, way.state) for way in line.ways]
    page.gauges(
        "way_in_use",
        "Whether HQ is called at this address, over this interface (1).",
        [(labels, float(state is WayState.IN_USE)) for labels, state in ways],
    )
    page.gauges(
        "way_answers",
        "Whether HQ is reached at this address, over this interface, as far as known (1).",
        [(labels, float(state is not WayState.FAILING)) for labels, state in ways],
    )
    page.gauges(
        "upload_state",
        "What the uploader does: 1 for the state that holds.",
        [({"state": str(state)}, float(line.upload == state)) for state in UploadState],
    )
    page.gauges(
        "exchange_state",
        "How the store stands with HQ: 1 for the state that holds.",
        [({"state": str(state)}, float(exchange is state)) for state in Exchange],
    )
    page.gauge(
        "upload_failures_in_a_row", "Failed attempts to send since the last good one.", line.attempt
    )


def _tell_sync(page: "Exposition", report: StatusReport) -> None:
    page.gauge(
        "hq_contact_timestamp_seconds",
        "HQ's clock at its last answer, Unix time; missing: never heard.",
        report.last_contact_at / SECOND_MS if report.last_contact_at else None,
    )
    age = report.feed.age_ms
    page.gauge(
        "feed_age_seconds",
        "Since the change feed was last complete; missing: never yet.",
        None if age is None else max(0, age) / SECOND_MS,
    )
    revoked_age = report.feed.revocations_age_ms
    page.gauge(
        "revocations_age_seconds",
        "Since all revoked coupons were last held here; missing: never, or some are missing now.",
        None if revoked_age is None else max(0, revoked_age) / SECOND_MS,
    )
    page.gauge(
        "feed_failing", "Whether the feed's last poll failed (1).", bool(report.feed.last_error)
    )
    skew = report.clock_skew_ms
    page.gauge(
        "clock_skew_seconds",
        "How far this PC's clock is ahead of HQ's; missing before the first contact of this run.",
        None if skew is None else skew / SECOND_MS,
    )
    page.counter("journal_events", "Events recorded in this epoch.", report.journal_seq)
    page.counter("acknowledged_events", "Events that HQ holds, of this epoch.", report.acked_seq)


def _tell_outbox(page: "Exposition", report: StatusReport) -> None:
    outbox = report.outbox
    page.gauge("outbox_pending_events", "Events that HQ has not acknowledged.", outbox.pending)
    page.gauge(
        "outbox_oldest_age_seconds",
        "Age of the oldest of them; 0 = there is none.",
        _age_s(outbox.oldest_at, report.now),
    )
    page.gauge("parked_events", "Events that HQ holds and could not apply.", outbox.parked_at_hq)
    page.gauge("parked_changes", "Changes from HQ that this agent can't apply.", outbox.parked_here)


def _tell_risk(page: "Exposition", report: StatusReport) -> None:
    risk, limits = report.at_risk, report.at_risk.limits
    page.gauge("at_risk_coupons", "Coupons taken at risk and not confirmed yet.", risk.count)
    page.gauge("at_risk_coupons_limit", "At so many the next is refused.", limits.hard_count)
    page.gauge("at_risk_fen", "Discount taken at risk and not confirmed yet, fen.", risk.sum_fen)
    page.gauge("at_risk_fen_limit", "At so much the next is refused, fen.", limits.hard_sum_fen)
    page.gauge("open_cases", "Coupons used twice that HQ has yet to judge.", report.cases)


def _tell_devices(page: "Exposition", devices: tuple[DeviceReport, ...]) -> None:
    def told(states: tuple[DeviceState, ...]) -> list[tuple[dict[str, str], float]]:
        return [
            ({"device": device.name, "kind": str(device.kind)}, float(device.state in states))
            for device in devices
        ]

    page.gauges(
        "device_up",
        "Whether a device answers, or needs no answer to be known as there (1).",
        told(ANSWERS),
    )
    page.gauges(
        "device_degraded",
        "Whether a device works and wants looking after (1), such as paper near its end.",
        told((DeviceState.DEGRADED,)),
    )


def _tell_backup(page: "Exposition", backup: BackupStatus, now: Millis) -> None:
    last = backup.last_good_at
    page.gauge("backup_configured", "Whether backups are to be made (1).", backup.configured)
    page.gauge(
        "backup_age_seconds",
        "Since the last good backup; missing: never yet.",
        None if last is None else _age_s(last, now),
    )
    page.gauge("backup_failing", "Whether the last try failed (1).", bool(backup.last_error))


def _age_s(since: Millis | None, now: Millis) -> float:
    return 0.0 if since is None else max(0, now - since) / SECOND_MS
