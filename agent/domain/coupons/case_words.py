"""A case in a manager's words: what happened, who was right and why, who bears the loss."""

from datetime import datetime, tzinfo
from typing import Final

from msgspec import Struct

from agent.base.clock import SECOND_MS, Millis
from agent.domain.coupons.case import Ground
from agent.domain.money import yuan
from agent.domain.outcome import Sentence


class Side(Struct, frozen=True, kw_only=True):
    """One of the two uses."""

    store: str
    occurred_at: Millis
    receipt: str = ""
    """Of this store's own use; empty: not known here."""


class Judged(Struct, frozen=True, kw_only=True):
    """A case as HQ judged it, and what this store knows of it."""

    store: str
    """Which is told."""
    winner: Side
    loser: Side
    ground: str
    loss_fen: int
    closed: bool
    why: str = ""
    """Said by who closed it."""


_GROUNDS: Final = {
    Ground.BINDING: Sentence("这张券本来就指定了{winner}", "the coupon names {winner}"),
    Ground.CLAIM: Sentence(
        "总部事先把这张券给了{winner}", "head office had given the coupon to {winner}"
    ),
    Ground.TIME: Sentence("{winner}先用", "{winner} used it earlier"),
    Ground.ARRIVAL: Sentence(
        "两边的时间无法比较，总部先收到{winner}的记录",
        "the times can't be compared, and head office heard of {winner} first",
    ),
}
_OTHER: Final = Sentence("见总部的判定", "as head office judged")


def words_of(case: Judged, zone: tzinfo) -> Sentence:
    """Return the case in words, with the times of `zone`."""
    ground = next((words for name, words in _GROUNDS.items() if name == case.ground), _OTHER)
    winner_zh, winner_en = _named(case.winner, case)
    loser_zh, loser_en = _named(case.loser, case)
    uses_zh = ";".join((_use(case.winner, winner_zh, zone), _use(case.loser, loser_zh, zone)))
    uses_en = "; ".join(
        (_use_en(case.winner, winner_en, zone), _use_en(case.loser, loser_en, zone))
    )
    return Sentence(
        f"一张优惠券用了两次：{uses_zh}。"
        f"总部判定{winner_zh}有效：{ground.zh_cn.format(winner=winner_zh)}。"
        f"优惠 ¥{yuan(case.loss_fen)} 由{loser_zh}承担。两笔销售都不变。"
        + (f"已结案：{case.why or '其中一次已撤销'}。" if case.closed else ""),
        f"One coupon was used twice: {uses_en}. "
        f"Head office judged for {winner_en}: {ground.en.format(winner=winner_en)}. "
        f"{loser_en[0].upper()}{loser_en[1:]} bears the ¥{yuan(case.loss_fen)}. "
        "Both sales stand."
        + (f" Closed: {case.why or 'one of the uses was taken back'}." if case.closed else ""),
    )


def _named(side: Side, case: Judged) -> tuple[str, str]:
    if side.store == case.store:
        return "本店", "this store"
    return f"门店 {side.store} ", f"store {side.store}"


def _use(side: Side, name: str, zone: tzinfo) -> str:
    receipt = f" 小票 {side.receipt}" if side.receipt else ""
    return f"{name.strip()}{receipt} {_at(side, zone)}"


def _use_en(side: Side, name: str, zone: tzinfo) -> str:
    receipt = f", receipt {side.receipt}," if side.receipt else ""
    return f"{name}{receipt} at {_at(side, zone)}"


def _at(side: Side, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(side.occurred_at / SECOND_MS, zone):%Y-%m-%d %H:%M}"
