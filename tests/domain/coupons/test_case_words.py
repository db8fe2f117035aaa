"""A case is told in words to either store, whoever lost it."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.base.clock import HOUR_MS, Millis
from agent.domain.coupons.case import Ground
from agent.domain.coupons.case_words import Judged, Side, words_of

ZONE = ZoneInfo("Asia/Shanghai")
NOON = Millis(1_800_000_000_000)
CASE = Judged(
    store="MB002",
    winner=Side(store="MB001", occurred_at=NOON),
    loser=Side(store="MB002", occurred_at=Millis(NOON + HOUR_MS), receipt="MB002-T1-000042"),
    ground=Ground.TIME,
    loss_fen=500,
    closed=False,
)


def test_the_store_that_lost_reads_who_was_right_why_and_what_it_bears() -> None:
    told = words_of(CASE, ZONE)
    assert told.zh_cn == (
        "一张优惠券用了两次：门店 MB001 2027-01-15 16:00;"
        "本店 小票 MB002-T1-000042 2027-01-15 17:00。总部判定门店 MB001 有效：门店 MB001 先用。"
        "优惠 ¥5.00 由本店承担。两笔销售都不变。"
    )
    assert told.en == (
        "One coupon was used twice: store MB001 at 2027-01-15 16:00; this store, receipt "
        "MB002-T1-000042, at 2027-01-15 17:00. Head office judged for store MB001: store MB001 "
        "used it earlier. This store bears the ¥5.00. Both sales stand."
    )


def test_the_store_that_was_right_reads_that_the_other_bears_it() -> None:
    told = words_of(msgspec.structs.replace(CASE, store="MB001"), ZONE)
    assert "总部判定本店有效：本店先用。优惠 ¥5.00 由门店 MB002 承担" in told.zh_cn
    assert "Store MB002 bears the ¥5.00" in told.en


@pytest.mark.parametrize("ground", [*Ground, "lease"])
def test_every_ground_has_its_words_also_one_of_a_newer_head_office(ground: str) -> None:
    told = words_of(msgspec.structs.replace(CASE, ground=ground), ZONE)
    assert "{" not in told.zh_cn + told.en
    assert ("见总部" in told.zh_cn) is (ground == "lease")


def test_a_closed_case_says_why() -> None:
    told = words_of(msgspec.structs.replace(CASE, closed=True, why="MB002 has paid"), ZONE)
    assert told.zh_cn.endswith("已结案：MB002 has paid。")
    assert told.en.endswith("Closed: MB002 has paid.")
    told = words_of(msgspec.structs.replace(CASE, closed=True), ZONE)
    assert told.zh_cn.endswith("已结案：其中一次已撤销。")
