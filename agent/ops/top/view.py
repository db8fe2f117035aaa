"""What is seen: a report and the latest news, as lines that fit the terminal."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from agent.ops.tables import printable

MAX_NEWS = 200
SHOWN_SIGNS = 3
"""Of a scanned code: enough to tell it from another one, too few to use it."""
_TONES = {"good": "green", "plain": "", "warn": "yellow", "bad": "red"}
_COLOURS = {"connected": "green", "degraded": "yellow", "online": "green"}


class View:
    """Keeps what was told, and draws it."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._report: dict[str, Any] | None = None
        self._trouble = "connecting 连接中"
        self._news: deque[str] = deque(maxlen=MAX_NEWS)

    def hear(self, item: dict[str, Any]) -> None:
        """Take in one message of the events' socket."""
        facts = item.get("facts")
        if item["topic"] == "status":
            self._report, self._trouble = facts, ""
        told = _told(item["topic"], facts)
        if told:
            till = f"{item['till']}  " if item.get("till") else ""
            training = " （training 练习）" if item.get("training") else ""
            self._news.append(printable(f"{self._clock()}  {till}{told}{training}"))

    def lose(self, why: str) -> None:
        """The agent is not heard any more."""
        self._report, self._trouble = None, why

    def lines(self, *, width: int, height: int) -> list[Text]:
        """Return at most `height` lines of at most `width` columns."""
        lines = [*self._head(), *self._state(), Text("")]
        room = max(0, height - len(lines) - 1)
        lines.append(Text("news 动态", style="bold"))
        lines += [Text(line) for line in list(self._news)[::-1][:room]]
        for line in lines:
            line.truncate(width, overflow="ellipsis")
        return lines[:height]

    def _head(self) -> Iterator[Text]:
        report = self._report
        title = f"{report['store']}  store-agent {report['version']}" if report else "store-agent"
        yield Text(f"{title}   {self._clock()}   Ctrl-C ends 退出", style="bold")
        if self._trouble:
            yield Text(printable(self._trouble), style="red")

    def _state(self) -> Iterator[Text]:
        report = self._report
        if report is None:
            return
        line, outbox, prints = report["line"], report["outbox"], report["prints"]
        exchange = report["exchange"]
        line_state = f"{exchange['title']['en']} {exchange['title']['zh-CN']}"
        trouble = f"  {line['last_error']} {line['detail']}".rstrip()
        yield _row(
            "line 网络", f"{line_state}  upload {line['upload']}{trouble}", _TONES[exchange["tone"]]
        )
        age = report["feed"]["age_ms"]
        fed = "never complete 尚未收全" if age is None else f"complete {max(0, age) // 1000} s ago"
        yield _row("feed 下发", f"{fed}  {report['feed']['last_error']}".rstrip(), "")
        parked = outbox["parked_at_hq"] + outbox["parked_here"]
        queue = f"{outbox['pending']} to be synced 待同步  {parked} parked 搁置"
        yield _row("queue 队列", queue, "yellow" if parked else "")
        at_risk, waiting = report["at_risk"]["count"], prints["waiting"]
        yield _row("at risk", f"{at_risk} coupons 断网核销  {report['cases']} cases 冲突", "")
        yield _row("papers 打印", f"{waiting} wait  {prints['unknown']} unknown", "")
        if not report["recording"]["possible"]:
            yield _row("sales 销售", f"CAN'T BE RECORDED: {report['recording']['reason']}", "red")
        for device in report["devices"]:
            said = ", ".join(filter(None, (*device["faults"], device["detail"])))
            colour = _COLOURS.get(device["state"], "red")
            yield _row(device["name"], f"{device['state']}  {said}".rstrip(), colour)

    def _clock(self) -> str:
        return datetime.now(self._zone).strftime("%H:%M:%S")


def _row(name: str, said: str, style: str) -> Text:
    label = Text(printable(name))
    label.truncate(14, pad=True)
    return label + Text(printable(said), style=style)


def _told(topic: str, facts: Any) -> str:
    """What one piece of news says; "" for what the state shows already."""
    if topic == "scan":
        code = facts["code"]
        return f"scan 扫码  {facts['scanner']}  {len(code)} signs …{code[-SHOWN_SIGNS:]}"
    if topic == "synced":
        return f"synced 已确认  up to {facts['acked_seq']}"
    if topic == "print":
        return f"paper 打印  {facts['title']}  {facts['state']}"
    if topic == "basket":
        return "basket 购物篮  changed"
    return ""
