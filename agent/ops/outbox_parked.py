"""`store-agent outbox parked`: what head office holds and could not apply, in words."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agent.ops.store_file import look_into
from agent.settings import Settings
from agent.store.line import journal, parked_at_hq
from agent.store.line.parked_at_hq import ParkedAtHq
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import Connection


class Meaning(NamedTuple):
    """Of a reason, for the store."""

    chinese: str
    english: str
    todo: str


_TOO_NEW = Meaning(
    "总部的版本比本店旧，暂时读不懂；总部升级后会补上",
    "head office is older than this agent and can't read it yet",
    "nothing: head office applies it after its upgrade",
)
_BROKEN = Meaning(
    "内容不合规则，可能已损坏，或不是本程序写的",
    "it breaks the rules of every till: damaged, or another program's",
    "store-agent outbox verify, and look at the disk (smartctl -a)",
)
_TWICE = Meaning(
    "另一条记录已用过同样的编号，或券不属于本店；不重复生效",
    "another event had this id before, or the coupon is another store's; it counts once",
    "was a copy of this disk in use? Tell head office",
)
_TIME = Meaning(
    "券被用了两次，而本店的时间早于之前的记录",
    "a coupon was used twice, and the time here is from before earlier events",
    "was the clock set? store-agent doctor",
)
_REFUND = Meaning(
    "退的钱或货比销售单多，或已退过；库存和积分没有再动",
    "more was given back than there was; stock and points did not move again",
    "tell head office what happened; the money stands in the Z report",
)
_UNKNOWN = Meaning(
    "总部没有这张券、这次核销或这位会员",
    "head office does not have this coupon, redemption or member",
    "head office imports what is missing; the sale counts",
)
_CLOSING = Meaning(
    "日结单的签名、终端或点款不对",
    "a Z report whose signature, till or count does not fit",
    "compare the printed Z report with head office's figures",
)
_OTHER = Meaning("总部没能处理", "head office could not apply it", "call head office")

_BY_CODE = {
    "unknown_kind": _TOO_NEW,
    "unknown_version": _TOO_NEW,
    "event_id_reused": _TWICE,
    "redemption_repeated": _TWICE,
    "redemption_of_other_store": _TWICE,
    "coupon_of_other_store": _TWICE,
    "time_goes_back": _TIME,
    "refund_repeated": _REFUND,
    "refund_beyond_sale": _REFUND,
    "refund_of_unknown_sale": _REFUND,
    "unknown_coupon": _UNKNOWN,
    "unknown_redemption": _UNKNOWN,
    "unknown_member": _UNKNOWN,
    "bad_closing_signature": _CLOSING,
    "closing_of_other_till": _CLOSING,
    "closing_without_count": _CLOSING,
    "closing_key_unknown": _CLOSING,
    "refused_by_database": _OTHER,
    "not_settled": _OTHER,
}


def list_parked(settings: Settings, *, settled: bool, as_json: bool) -> int:
    """Print what is parked at head office, `settled`: what is done with, too; return 0."""

    def look(db: Connection, state: SyncState) -> int:
        found = parked_at_hq.listed(db, settled=settled)
        if as_json:
            told = [_as_json(db, state, one) for one in found]
            print(msgspec.json.encode({"open": parked_at_hq.count(db), "events": told}).decode())
        else:
            _print(found, ZoneInfo(settings.store.timezone))
        return 0

    return look_into(settings, look)


def _as_json(db: Connection, state: SyncState, one: ParkedAtHq) -> dict[str, object]:
    """With the exact line, where this PC's journal has it still."""
    lines = journal.lines(db, state.store, after_seq=one.seq - 1, max_events=1)
    held = [line.decode() for line in lines if one.event_id and one.event_id in line.decode()]
    means = _meaning(one)
    return msgspec.structs.asdict(one) | {
        "zh": means.chinese,
        "en": means.english,
        "todo": means.todo,
        "line": held[0] if held else None,
    }


def _meaning(one: ParkedAtHq) -> Meaning:
    return _BY_CODE.get(one.code, _BROKEN)


def _print(found: list[ParkedAtHq], zone: ZoneInfo) -> None:
    from agent.ops.tables import local_time, printable

    if not found:
        print("Nothing is parked: head office could apply every event that it received.")
        return
    print(
        f"{len(found)} of this store's events could not be applied at head office 搁置. "
        "They are kept there, sales stand, nothing waits for them:"
    )
    for one in found:
        means = _meaning(one)
        print(
            f"{one.epoch}.{one.seq} {printable(one.kind)}, since {local_time(one.at or None, zone)}"
        )
        print(f"  {printable(one.code)}: {means.chinese}")
        print(f"  {means.english} ({printable(one.detail)})")
        if one.settled:
            print(f"  settled at head office 总部已处理: {printable(one.why)}")
        else:
            print(f"  what to do: {means.todo}")
    print("Head office tries them again or settles them: store-hq parked show, retry, settle.")
