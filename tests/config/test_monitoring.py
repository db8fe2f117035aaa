"""What monitoring loads: rules that promtool takes, each alert tried, and no figure that is not."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.base.clock import SECOND_MS
from agent.base.clock_steps import TOLD_FROM_MS

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "config/monitoring"
DASHBOARD_TYPES = ROOT / "tests/config/dashboard"
GUIDE = ROOT / "docs/store-it/monitoring.md"
RULES = sorted(MONITORING.glob("*-alerts.yml"))
FIGURE = re.compile(r"\b(?:store_agent|store_hq|process)_[a-z0-9_]+\b")

AT = "90m"
"""When the rules are looked at; series have one sample a minute until then."""
STEADY = "x90"


class Trial(NamedTuple):
    """Series by which an alert fires, and by which it must not; values as promtool has them."""

    fires: Mapping[str, str]
    quiet: Mapping[str, str]


def held(value: float | str) -> str:
    return f"{value}{STEADY}"


def state(name: str, value: int = 1) -> dict[str, str]:
    return {f'store_agent_upload_state{{state="{name}"}}': held(value)}


def slow(name: str, labels: str, *, fast: int, all_of_them: int) -> dict[str, str]:
    """A histogram that gets so many values a minute, `fast` of them below 0.5 s."""
    return {
        f'{name}_bucket{{{labels}le="0.5"}}': f"0+{fast}{STEADY}",
        f'{name}_bucket{{{labels}le="5.0"}}': f"0+{all_of_them}{STEADY}",
        f'{name}_bucket{{{labels}le="+Inf"}}': f"0+{all_of_them}{STEADY}",
    }


def exchange(name: str) -> dict[str, str]:
    return {f'store_agent_exchange_state{{state="{name}"}}': held(1)}


def above(name: str, fires: float | str, quiet: float | str) -> Trial:
    return Trial({name: held(fires)}, {name: held(quiet)})


def counted(name: str, fires: str, quiet: str) -> Trial:
    return Trial({name: fires + STEADY}, {name: quiet + STEADY})


COMMITS, RESPONSES = "store_agent_commit_seconds", "store_hq_http_response_seconds"
EVENTS = 'operation="/sync/v1/events",'
TRIALS: dict[str, Trial] = {
    "StoreAgentDown": above('up{job="store-agent"}', 0, 1),
    "StoreAgentRestarts": Trial(
        {"store_agent_start_time_seconds": "0+60" + STEADY},
        {"store_agent_start_time_seconds": held(60)},
    ),
    "StoreAgentSalesNotRecordable": above("store_agent_sales_recordable", 0, 1),
    "StoreAgentWritesFail": counted('store_agent_write_failures_total{reason="full"}', "0+1", "7"),
    "StoreAgentDatabaseUnreadable": above("store_agent_status_readable", 0, 1),
    "StoreAgentDiskFull": Trial(
        {"store_agent_disk_free_bytes": held(4e9), "store_agent_disk_size_bytes": held(1e11)},
        {"store_agent_disk_free_bytes": held(6e9), "store_agent_disk_size_bytes": held(1e11)},
    ),
    "StoreAgentDiskSlow": Trial(
        slow(COMMITS, "", fast=80, all_of_them=100), slow(COMMITS, "", fast=95, all_of_them=100)
    ),
    "StoreAgentLineDown": Trial(
        {"store_agent_line_online": held(0), **state("backing_off")},
        {"store_agent_line_online": held(0), **state("unconfigured")},
    ),
    "StoreAgentRefusedByHq": Trial(exchange("not_taken"), exchange("delayed")),
    "StoreAgentDataSetBack": above("store_agent_data_set_back", 1, 0),
    "StoreAgentOutboxOld": Trial(
        {"store_agent_outbox_oldest_age_seconds": held(15_000)},
        {"store_agent_outbox_oldest_age_seconds": held(15_000), **state("unconfigured")},
    ),
    "StoreAgentFeedOld": above("store_agent_feed_age_seconds", 3_601, 3_599),
    "StoreAgentParked": Trial(
        {"store_agent_parked_events": held(0), "store_agent_parked_changes": held(1)},
        {"store_agent_parked_events": held(0), "store_agent_parked_changes": held(0)},
    ),
    "StoreAgentAtRiskNearLimit": Trial(
        {"store_agent_at_risk_fen": held(81), "store_agent_at_risk_fen_limit": held(100)},
        {"store_agent_at_risk_fen": held(0), "store_agent_at_risk_fen_limit": held(0)},
    ),
    "StoreAgentClockWrong": above("store_agent_clock_skew_seconds", -TOLD_FROM_MS // SECOND_MS, 59),
    "StoreAgentDeviceDown": above('store_agent_device_up{device="printer"}', 0, 1),
    "StoreAgentPapersWait": above("store_agent_print_jobs_unknown", 1, 0),
    "StoreAgentBackupOld": Trial(
        {"store_agent_backup_configured": held(1)},  # and never was one
        {"store_agent_backup_configured": held(1), "store_agent_backup_age_seconds": held(86_400)},
    ),
    "StoreAgentStuck": above("store_agent_event_loop_lag_seconds", 1.1, 0.2),
    "StoreAgentFaults": counted(
        'store_agent_http_responses_total{operation="sell",status="5xx"}', "0+1", "9"
    ),
    "StoreAgentMemory": above('process_resident_memory_bytes{job="store-agent"}', 401e6, 90e6),
    "StoreHqDown": above('up{job="store-hq"}', 0, 1),
    "StoreHqDatabaseDown": above("store_hq_database_up", 0, 1),
    "StoreHqStoresSilent": above('store_hq_silent_stores{longer_than="3600"}', 1, 0),
    "StoreHqAnswersFail": counted(
        'store_hq_http_responses_total{operation="other",status="5xx"}', "0+2", "40"
    ),
    "StoreHqSlow": Trial(
        slow(RESPONSES, EVENTS, fast=50, all_of_them=100),
        slow(RESPONSES, EVENTS, fast=95, all_of_them=100),
    ),
    "StoreHqParked": above("store_hq_parked_events", 1, 0),
    "StoreHqStoresCannotRead": above("store_hq_parked_changes", 1, 0),
    "StoreHqQuarantine": above("store_hq_quarantined_events", 1, 0),
    "StoreHqJournalsDiffer": above("store_hq_differing_stores", 1, 0),
    "StoreHqStoresBehind": above("store_hq_behind_stores", 1, 0),
    "StoreHqSettlementBehind": above("store_hq_unsettled_oldest_age_seconds", 601, 599),
    "StoreHqStoreClockWrong": above("store_hq_worst_store_clock_skew_seconds", 601, 599),
}


def alerts() -> list[str]:
    return [name for file in RULES for name in re.findall(r"- alert: (\w+)", file.read_text())]


def promtool(*arguments: str) -> None:
    told = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def of(alert: str, trial: Mapping[str, str]) -> list[dict[str, str]]:
    """Series as Prometheus names them when it read them from an instance of the alert's name."""
    told = []
    for series, values in trial.items():
        name, _, labels = series.removesuffix("}").partition("{")
        labels = f'{labels}{"," if labels else ""}instance="{alert}",store="MB001"'
        told.append({"series": f"{name}{{{labels}}}", "values": values})
    return told


def firing(selector: str, expected: int) -> dict[str, object]:
    return {
        "expr": f'count(ALERTS{{alertstate="firing",{selector}}}) or vector(0)',
        "eval_time": AT,
        "exp_samples": [{"labels": "{}", "value": expected}],
    }


def test_prometheus_takes_the_rules_and_the_example_of_its_settings(tmp_path: Path) -> None:
    for file in MONITORING.glob("*.yml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "store-agent-monitoring.key").write_text("sk_…")
    promtool("check", "config", str(tmp_path / "prometheus.yml"))
    broken = tmp_path / RULES[0].name
    broken.write_text(broken.read_text().replace("== 0", "== ="))
    with pytest.raises(AssertionError):  # the control
        promtool("check", "config", str(tmp_path / "prometheus.yml"))


def test_each_alert_fires_on_its_trouble_and_not_without(tmp_path: Path) -> None:
    assert set(TRIALS) == set(alerts())
    fires = [series for alert in TRIALS for series in of(alert, TRIALS[alert].fires)]
    quiet = [series for alert in TRIALS for series in of(alert, TRIALS[alert].quiet)]
    # Head office's alerts look at all of its processes together and name none.
    each = [firing(f'alertname="{alert}",instance=~"{alert}|"', 1) for alert in TRIALS]
    none = firing('alertname=~".+"', 0)
    trials = {
        "rule_files": [str(file) for file in RULES],  # JSON is YAML, too
        "evaluation_interval": "5m",
        "tests": [
            {"interval": "1m", "input_series": fires, "promql_expr_test": each},
            {"interval": "1m", "input_series": quiet, "promql_expr_test": [none]},
        ],
    }
    file = tmp_path / "trials.yml"
    file.write_text(json.dumps(trials))
    promtool("test", "rules", str(file))


def test_alerts_and_dashboard_ask_for_figures_that_there_are() -> None:
    known = set(FIGURE.findall(GUIDE.read_text("utf-8")))
    asked = {(place, name) for place, expression in expressions() for name in names_in(expression)}
    assert {(place, name) for place, name in asked if name not in known} == set()
    assert len(asked) > 60


def test_the_guide_tells_of_each_alert_what_it_means_and_what_to_do() -> None:
    parts = dict(
        re.findall(r"^#### (\w+)\n\n(.+?)(?=\n#|\Z)", GUIDE.read_text("utf-8"), re.M | re.S)
    )
    assert set(parts) == set(alerts())
    assert all(len(text) > 80 for text in parts.values())


def test_no_two_panels_lie_on_one_another() -> None:
    places: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        taken = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not taken & places, panel["title"]
        assert at["x"] + at["w"] <= 24
        places |= taken


def test_the_dashboard_is_of_the_form_that_grafana_publishes(tmp_path: Path) -> None:
    text = (MONITORING / "dashboard.json").read_text("utf-8")
    mistakes = {
        "panel": text.replace('"targets": [', '"target": [', 1),
        "place": text.replace('"gridPos": {', '"gridPos": {"hight": 8,', 1),
        "kind": text.replace('"type": "datasource"', '"type": "datasauce"', 1),
    }
    for name, told in {"whole": text, **mistakes}.items():
        (tmp_path / f"{name}.ts").write_text(
            f'import type {{ DashboardFile }} from "{DASHBOARD_TYPES / "as_json.ts"}";\n'
            f"const file: DashboardFile = {told};\nexport default file;\n"
        )
    options = ("--noEmit", "--strict", "--skipLibCheck", "--allowImportingTsExtensions")
    modules = ("--module", "nodenext", "--moduleResolution", "nodenext", "--pretty", "false")
    files = sorted(map(str, tmp_path.glob("*.ts")))
    compiler = DASHBOARD_TYPES / "node_modules/.bin/tsc"
    done = subprocess.run(
        [compiler, *options, *modules, *files], capture_output=True, text=True, check=False
    )
    found = set(re.findall(r"(\w+)\.ts\(\d+,\d+\): error", done.stdout))
    assert found == set(mistakes), done.stdout


def dashboard() -> dict[str, list[dict[str, dict[str, int]]]]:
    loaded: dict[str, list[dict[str, dict[str, int]]]] = json.loads(
        (MONITORING / "dashboard.json").read_text("utf-8")
    )
    return loaded


def expressions() -> Iterator[tuple[str, str]]:
    """Each expression with where it stands."""
    for file in RULES:
        for alert, expression in re.findall(
            r"- alert: (\w+)\n +expr: >-\n +(.+)", file.read_text("utf-8")
        ):
            yield alert, expression
    text = (MONITORING / "dashboard.json").read_text("utf-8")
    for expression in re.findall(r'"(?:expr|query)": "(.+)"', text):
        yield "dashboard", json.loads(f'"{expression}"')


def names_in(expression: str) -> set[str]:
    """The figures that an expression asks for; of a histogram its name."""
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in FIGURE.findall(expression)}
