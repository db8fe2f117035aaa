"""Sync: what the running agent says of its exchange with head office."""

from collections.abc import Iterator
from typing import Any

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check, needs_root
from agent.ops.doctor.ground import AS_AGENT, SERVICE, Ground
from agent.services.house.exchange import TOLD, Exchange
from agent.services.house.set_back import SENTENCES, Setback
from sync.transport.ways import WayState

_CALL_BOTH = Sentence("请联系总部和支持。", "Tell head office and the support.")
_LOG = Mend(command=f"journalctl -u {SERVICE} -p warning -n 50")
_ENROL = (Mend(command=f"{SERVICE} enroll CODE"),)

MENDED: dict[Exchange, tuple[Sentence, Sentence | None, tuple[Mend, ...]]] = {
    Exchange.NOT_TAKEN: (
        Sentence(
            "连得上总部，但它多次没有接收数据。",
            "Head office is reached, and has not taken the data in many tries.",
        ),
        _CALL_BOTH,
        (_LOG,),
    ),
    Exchange.FENCED: (
        Sentence(
            "另一台电脑在用这家店的身份：总部不再接收这台的数据。",
            "Another PC has this store's identity: head office takes nothing from this one.",
        ),
        Sentence(
            "只留一台运行。该留这台时：请总部执行 store-hq stores enrol 得到加入码，"
            "再执行下面的命令；若另一台是这块硬盘的副本，请总部执行 store-hq stores release。",
            "Let only one run. If it is this one: get a code from head office (store-hq stores"
            " enrol), and put it into the command; if the other is a copy of this disk, head office"
            " runs store-hq stores release.",
        ),
        _ENROL,
    ),
    Exchange.KEY_MISSING: (
        Sentence("这台电脑还没有加入总部。", "This PC is not enrolled at head office."),
        Sentence(
            "请总部执行 store-hq stores enrol 得到加入码，再执行下面的命令。",
            "Get a code from head office (store-hq stores enrol), and put it into the command.",
        ),
        _ENROL,
    ),
    Exchange.REJECTED: (
        Sentence(
            "总部拒绝这台电脑的数据，多半是密钥或地址不对。",
            "Head office refuses: a wrong key or address, most likely.",
        ),
        Sentence(
            "核对 [hq] urls；密钥被收回时，请总部给一个新的加入码。",
            "Look at [hq] urls; if the key was taken back, head office gives another code.",
        ),
        _ENROL,
    ),
    Exchange.UPGRADE_NEEDED: (
        Sentence("总部要求升级代理。", "Head office wants a newer agent."),
        Sentence("升级代理；收银照常，数据保留。", "Update the agent; selling goes on."),
        (Mend(command=f"apt-get install ./{SERVICE}_*.deb"),),
    ),
    Exchange.JOURNAL_PRUNED: (
        Sentence(
            "总部缺的旧记录，这台电脑已不保留。",
            "Head office lacks old events that this PC no longer keeps.",
        ),
        Sentence(
            "总部多半是从旧备份恢复的，或有旧硬盘连过：请总部查看 store-hq stores list。",
            "Head office was restored from an old backup, or heard an old disk, most likely: it "
            "looks at store-hq stores list.",
        ),
        (_LOG,),
    ),
    Exchange.STUCK: (
        Sentence("有数据传不上去。", "Something can't be sent."),
        _CALL_BOTH,
        (_LOG,),
    ),
    Exchange.CRASHED: (
        Sentence("上传程序出错停了。", "What sends has broken down."),
        None,
        (Mend(command=f"systemctl restart {SERVICE}"),),
    ),
}
"""Of each state in which events are not taken: what is so, what to do, and the commands."""


def judge(status: dict[str, Any]) -> Iterator[Found]:
    """Give how the exchange stands; `status` as in `GET status`."""
    line, outbox = status["line"], status["outbox"]
    seen = f"{line['upload']}, {outbox['pending']} to be synced"
    trouble = ", ".join(filter(None, (line["last_error"], line["detail"])))
    if (state := Exchange(status["exchange"]["state"])) in MENDED:
        said, advice, mends = MENDED[state]
        yield Found(
            code=f"upload_{state}",
            result=Result.BAD,
            said=said,
            seen=f"{seen}; {trouble}",
            advice=advice,
            mends=mends,
        )
    elif outbox["pending"] and trouble:
        yield Found(
            code="waiting",
            result=Result.WARN,
            said=Sentence(
                f"有 {outbox['pending']} 条记录待同步；来网后自动补传。",
                f"{outbox['pending']} events wait to be synced; they go by themselves.",
            ),
            seen=f"{seen}; {trouble}",
        )
    else:
        said = Sentence("与总部的数据交换正常。", "The exchange with head office is in order.")
        yield Found(code="sync_good", result=Result.GOOD, said=said, seen=seen)
    yield from _standing_by(line["ways"])
    yield from _fed(state, status)
    yield from _parked(outbox)


def _standing_by(ways: list[dict[str, Any]]) -> Iterator[Found]:
    """Of several ways to head office those that fail while another works."""
    if all(way["state"] == WayState.FAILING for way in ways):
        return  # the exchange tells of it
    for way in ways:
        if way["state"] != WayState.FAILING:
            continue
        used = next((one for one in ways if one["state"] == WayState.IN_USE), way)
        yield Found(
            code="way_failing",
            result=Result.WARN,
            said=Sentence(
                "有一条线路连不上总部；另一条在用，收银和同步照常。",
                "One line or address does not reach head office; another one is used.",
            ),
            about=_named(way),
            seen=f"{way['last_error']}: {way['detail']}; in use: {_named(used)}",
            advice=Sentence(
                "查这条线路的网线、路由器或 4G 卡；恢复后会自动换回。",
                "Look at its cable, router or SIM card; it is used again by itself.",
            ),
            mends=(Mend(command="ip -brief address; ip route"),),
        )


def _named(way: dict[str, Any]) -> str:
    return f"{way['url']} ({way['interface']})" if way["interface"] else str(way["url"])


def _fed(state: Exchange, status: dict[str, Any]) -> Iterator[Found]:
    """What head office tells this PC, and whether it knows this PC otherwise."""
    if state in (Exchange.FEED_FAILING, Exchange.FEED_INCOMPLETE):
        feed = status["feed"]
        yield Found(
            code=str(state),
            result=Result.WARN,
            said=TOLD[state].title,
            seen=", ".join(filter(None, (feed["last_error"], feed["detail"]))),
            advice=TOLD[state].hint,
            mends=(_LOG,),
        )
    feed = status["feed"]
    if feed["age_ms"] is not None and feed["revocations_age_ms"] is None:
        yield Found(
            code="revocations_differ",
            result=Result.WARN,
            said=Sentence(
                "作废券名单与总部的不一致，正在补齐；补齐前本店的券按待总部确认处理。",
                "The revoked coupons are not all that head office states; they are fetched. Until "
                "then coupons of this store count at risk.",
            ),
            mends=(_LOG,),
        )
    if status["set_back"]["reason"] == Setback.SET_BACK:  # the journal's check tells the other
        yield Found(
            code="set_back",
            result=Result.WARN,
            said=SENTENCES[Setback.SET_BACK],
            seen=status["set_back"]["detail"],
            mends=(Mend(command=f"{AS_AGENT} outbox list"),),
        )


def _parked(outbox: dict[str, Any]) -> Iterator[Found]:
    if outbox["parked_here"]:
        yield Found(
            code="parked_here",
            result=Result.WARN,
            said=Sentence(
                f"总部下发的内容中有 {outbox['parked_here']} 项，这个版本读不懂。",
                f"This version can't read {outbox['parked_here']} things that head office told.",
            ),
            mends=(
                Mend(command=f"{AS_AGENT} feed parked"),
                Mend(command=f"{AS_AGENT} feed retry", safe=True),
            ),
        )
    if outbox["parked_at_hq"]:
        yield Found(
            code="parked_at_hq",
            result=Result.WARN,
            said=Sentence(
                f"总部收到 {outbox['parked_at_hq']} 条记录但还不能处理；没有丢失。",
                f"Head office holds {outbox['parked_at_hq']} events that it could not apply; "
                "nothing is lost.",
            ),
            advice=Sentence("请联系总部。", "Tell head office."),
            mends=(Mend(command=f"{AS_AGENT} outbox parked"),),
        )


def _look(ground: Ground) -> Iterator[Found]:
    status = ground.agent.status_or_none()
    if status is None and ground.agent.answers():
        yield needs_root(
            "只有 root 和代理的用户能问代理", "Only root and the agent's user may ask the agent"
        )
    elif status is None:
        yield Found(
            code="agent_not_asked",
            result=Result.UNKNOWN,
            said=Sentence(
                "代理没有应答，不知道有多少待同步。",
                "The agent does not answer, so what waits is not known.",
            ),
            mends=(Mend(command=f"{AS_AGENT} outbox list"),),
        )
    else:
        yield from judge(status)


SYNC = Check(id="sync", title=Sentence("数据同步", "Sync"), look=_look)
