"""Tables for a terminal."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent.base.clock import SECOND_MS
from agent.base.clock_steps import TOLD_FROM_MS


def print_status(report: dict[str, Any], zone: ZoneInfo) -> None:
    """Print a status report for people to read, with the times of `zone`."""
    line, feed = report["line"], report["feed"]
    outbox, risk = report["outbox"], report["at_risk"]
    limits = risk["limits"]
    table = Table(title=f"Store {report['store']}  ·  store-agent {report['version']}")
    table.add_column("")
    table.add_column("now")
    table.add_row("sales 销售记录", _recording(report["recording"], zone))
    table.add_row("head office 总部", _exchange(report["exchange"]))
    if sentence := report["set_back"]["sentence"]:
        said = f"[red]{escape(sentence['zh-CN'])}\n{escape(sentence['en'])}[/]"
        table.add_row("data set back 数据被换回", said)
    state = "[green]online 在线[/]" if line["online"] else "[yellow]offline 断网[/]"
    table.add_row("line to HQ 网络", f"{state} since {local_time(line['since'], zone)}")
    _add_ways(table, line["ways"])
    table.add_row("upload 上传", line["upload"] + _trouble(line))
    if line["next_try_in_ms"] is not None:
        wait_s = ceil(line["next_try_in_ms"] / 1000)
        table.add_row("next try 再试", f"in {wait_s} s, after {line['attempt']} failed")
    table.add_row("feed 下发", _feed_age(feed["age_ms"]) + _trouble(feed))
    if feed["age_ms"] is not None:
        table.add_row("revoked coupons 作废券", _revocations(feed["revocations_age_ms"]))
    if report["hq_version"]:
        table.add_row("version of HQ 总部版本", escape(report["hq_version"]))
    table.add_row("last contact 最近联系", local_time(report["last_contact_at"], zone))
    if clock := _clock(report, zone):
        table.add_row("clock 时钟", clock)
    oldest = f", oldest {local_time(outbox['oldest_at'], zone)}" if outbox["oldest_at"] else ""
    table.add_row("to be synced 待同步", f"{outbox['pending']}{oldest}")
    told = " (store-agent feed parked)" if outbox["parked_here"] else ""
    parked = f"{outbox['parked_at_hq']} at HQ, {outbox['parked_here']} here{told}"
    table.add_row("parked 搁置", parked)
    table.add_row(
        "taken at risk 断网核销",
        f"{risk['count']} of {limits['hard_count']} coupons, "
        f"{risk['sum_fen'] / 100:.2f} of {limits['hard_sum_fen'] / 100:.2f} yuan",
    )
    table.add_row("journal 流水", f"{report['journal_seq']} events, {report['acked_seq']} at HQ")
    for late in report["late_shifts"]:
        told = f"{late['till']}, Z {late['z_no']} of {late['business_date']}"
        table.add_row("shift not closed 未交班", f"[yellow]{escape(told)}[/]")
    table.add_row("cases 冲突", str(report["cases"]))
    prints = report["prints"]
    table.add_row("prints 打印", f"{prints['waiting']} wait, {prints['unknown']} unknown")
    table.add_row("backup 备份", _backup(report["backup"], zone))
    for row in _from_hq(report):
        table.add_row(*row)
    for directory in report["backup"]["set_aside"]:
        said = (
            f"[red]not brought in yet 未恢复[/]: store-agent recover {escape(directory)}/store.db"
        )
        table.add_row("database set aside 隔离的数据库", said)
    for device in report["devices"]:
        table.add_row(escape(f"{device['name']} 设备"), device_state(device))
    Console().print(table)


def _from_hq(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What head office stages, if it does."""
    fleet = report["fleet"]
    if rollouts := fleet["rollouts"]:
        told = ", ".join(f"{one['rollout']} {one['state']}" for one in rollouts)
        yield "rollouts 总部下发设置", escape(told)
    if fleet["wanted_version"] not in ("", report["version"]):
        yield "wanted version 总部要求的版本", escape(fleet["wanted_version"])


_COLOURS = {"good": "green", "warn": "yellow", "bad": "red", "plain": "default"}


def _exchange(exchange: dict[str, Any]) -> str:
    """The state in both languages, with what to do."""
    colour = _COLOURS[exchange["tone"]]
    title, hint = exchange["title"], exchange["hint"]
    return (
        f"[{colour}]{escape(title['en'])} {escape(title['zh-CN'])}[/]: {escape(hint['en'])}"
        f"\n{escape(hint['zh-CN'])}"
    )


def _recording(recording: dict[str, Any], zone: ZoneInfo) -> str:
    if recording["possible"]:
        return "[green]are recorded 可记录[/]"
    said = " ".join(recording["sentence"].values())
    since = local_time(recording["since"], zone)
    return f"[bold red]{escape(said)}[/] since {since}\n[red]{escape(recording['detail'])}[/]"


_WAYS = {
    "in_use": "[green]in use 使用中[/]",
    "ready": "ready 备用",
    "failing": "[red]fails 不通[/]",
    "on_trial": "[yellow]on trial 恢复中[/]",
}


def _add_ways(table: Table, ways: list[dict[str, Any]]) -> None:
    """A row for each, where there are several."""
    for number, way in enumerate(ways if len(ways) > 1 else (), start=1):
        table.add_row(f"way {number} 线路", _way(way))


def _way(way: dict[str, Any]) -> str:
    """A way to head office, how it stands, and why."""
    over = f" ({way['interface']})" if way["interface"] else ""
    return f"{_WAYS[way['state']]}: {escape(way['url'] + over)}{_trouble(way)}"


def device_state(device: dict[str, Any]) -> str:
    """Return a device's state in its colour, with what is wrong."""
    colour = {"connected": "green", "degraded": "yellow"}.get(device["state"], "red")
    said = ", ".join(filter(None, (*device["faults"], device["detail"])))
    return f"[{colour}]{device['state']}[/]" + (f" ({escape(said)})" if said else "")


def _trouble(part: dict[str, Any]) -> str:
    """The failure that holds, with its words; a detail may hold brackets, which are no markup."""
    if not part["last_error"]:
        return ""
    said = f"{part['last_error']}: {part['detail']}" if part["detail"] else part["last_error"]
    return f" [red]({escape(said)})[/]"


def _clock(report: dict[str, Any], zone: ZoneInfo) -> str:
    """How far this PC's clock is off and when it was last set, both from TOLD_FROM_MS on."""
    said = []
    skew_ms, step = report["clock_skew_ms"] or 0, report["clock_step"]
    if abs(skew_ms) >= TOLD_FROM_MS:
        told = timedelta(seconds=round(abs(skew_ms) / SECOND_MS))
        said.append(f"[red]{told} {'ahead of' if skew_ms > 0 else 'behind'} HQ's 与总部不一致[/]")
    if step:
        by, at = timedelta(seconds=round(abs(step["by_ms"]) / SECOND_MS)), step["at"]
        way = "forwards" if step["by_ms"] > 0 else "back"
        said.append(f"was set {way} by {by} at {local_time(at, zone)}")
    return ", ".join(said)


def _backup(backup: dict[str, Any], zone: ZoneInfo) -> str:
    if not backup["configured"]:
        return "[yellow]none is made 未设置[/] (store-agent backup --help)"
    good = backup["last_good_at"]
    last = f"good one of {local_time(good, zone)}" if good else "[red]none yet 尚无[/]"
    return last + _trouble(backup)


def _feed_age(age_ms: int | None) -> str:
    if age_ms is None:
        return "never complete 尚未收全"
    return f"complete {timedelta(seconds=max(0, age_ms) // 1000)} ago"


def _revocations(age_ms: int | None) -> str:
    if age_ms is None:
        return "[yellow]not all that head office states 与总部不一致[/]"
    return f"all held {timedelta(seconds=max(0, age_ms) // 1000)} ago"


def local_time(at_ms: int | None, zone: ZoneInfo) -> str:
    """Return an instant as the clocks of `zone` show it, '-' for none."""
    if not at_ms:
        return "-"
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")


def printable(text: str) -> str:
    """Return what another machine sent without the signs that command a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
