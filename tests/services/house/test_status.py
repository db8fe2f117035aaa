"""The status says what is so now: open cases, the feed's age and its last failure."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from agent.base.clock import HOUR_MS, Millis
from agent.ops.tables import print_status
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.clock_watch import ClockWatch
from agent.services.house.set_back import NOT_SET_BACK, SENTENCES, TOLD_FOR_MS, Setback
from agent.services.house.status import (
    NO_BACKUPS,
    BackupStatus,
    FeedFailure,
    StatusReport,
    StatusSource,
)
from agent.services.line.apply_changes import ChangeApplier
from agent.store.line import sync_state
from agent.store.sqlite import Connection
from sync.protocol.messages import Change, ChangesPage
from tests.services.chain import Chain
from tests.services.fleet import ALONE
from tests.services.hq_line import DOWN, RECORDS, WELL
from tests.services.stopped_clock import StoppedClock

OLD_CURSOR = FeedFailure(last_error="cursor_stuck", detail="more is to come")


async def report(
    desk: StoreDesk, *, feed: FeedFailure = WELL, backup: BackupStatus = NO_BACKUPS
) -> StatusReport:
    return await StatusSource(
        desk,
        version="1",
        fleet=ALONE,
        recording=lambda: RECORDS,
        line=lambda: DOWN,
        feed=lambda: feed,
        backup=lambda: backup,
    ).report()


def case_page(chain: Chain, **states: str) -> ChangesPage:
    def use(store: str) -> dict[str, Any]:
        return {
            "store": store,
            "redemption_id": f"r-{store}",
            "occurred_at": 1,
            "at_risk": True,
            "discount_fen": 100,
        }

    changes = tuple(
        Change(
            entity="case",
            key=case_id,
            body=msgspec.Raw(
                msgspec.json.encode(
                    {
                        "case_id": case_id,
                        "coupon_id": "cc" * 12,
                        "state": state,
                        "winner": use("MB001"),
                        "loser": use("MB002"),
                        "ground": "time",
                        "opened_at": 1,
                    }
                )
            ),
        )
        for case_id, state in states.items()
    )
    return ChangesPage(
        cursor="1", more=False, hq_epoch="e1", server_time=chain.now, changes=changes
    )


async def test_a_closed_case_is_counted_no_longer(chain: Chain, desk: StoreDesk) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(case_page(chain, c1="open", c2="open"))
    assert (await report(desk)).cases == 2
    await applier.apply(case_page(chain, c1="closed"))
    told = await report(desk)
    assert (told.cases, told.outbox.parked_here) == (1, 0)


async def test_a_feed_that_was_never_complete_has_no_age(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    assert (await report(desk)).feed.age_ms is None
    await ChangeApplier(desk).apply(chain.page())
    clock.advance(7_000)
    assert (await report(desk)).feed.age_ms == 7_000


async def test_people_read_what_failed_and_when_it_is_tried_again(
    chain: Chain, desk: StoreDesk, clock: StoppedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    clock.advance(65_000)
    told = await report(desk, feed=OLD_CURSOR)
    assert (told.feed.last_error, told.feed.detail) == ("cursor_stuck", "more is to come")
    print_status(msgspec.to_builtins(told), desk.time.zone)
    shown = " ".join(capsys.readouterr().out.split())
    for words in ("not_reached: no route [/to] hq", "in 12 s, after 3 failed", "0:01:05 ago"):
        assert words in shown
    assert "cursor_stuck" in shown
    assert "fails 不通: https://hq (eth0) (x: [y])" in shown
    assert "in use 使用中: https://hq (wwan0)" in shown


async def test_a_clock_that_is_off_or_was_set_is_shown_from_a_minute_on(
    chain: Chain, desk: StoreDesk, clock: StoppedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    watch = ClockWatch(desk.time, clock)
    clock.now = Millis(clock.now - 8 * HOUR_MS)
    await watch.look()
    told = msgspec.structs.replace(await report(desk), clock_step=watch.last_step)
    print_status(msgspec.to_builtins(told), desk.time.zone)
    assert "8:00:00 behind HQ's" in capsys.readouterr().out
    clock.now = Millis(clock.now + 8 * HOUR_MS)
    print_status(msgspec.to_builtins(await report(desk)), desk.time.zone)
    assert "时钟" not in capsys.readouterr().out


async def test_a_database_that_was_set_aside_is_told_in_plain_words(desk: StoreDesk) -> None:
    assert (await report(desk)).set_back == NOT_SET_BACK
    aside = msgspec.structs.replace(NO_BACKUPS, set_aside=("/q/1",))
    told = (await report(desk, backup=aside)).set_back
    assert (told.reason, told.sentence) == ("set_aside", SENTENCES[Setback.SET_ASIDE])
    assert "store-agent recover /q/1/store.db" in told.detail


async def test_head_offices_word_that_the_data_was_set_back_is_told_for_some_days(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    def enter(epoch: int) -> Callable[[Connection], None]:
        return lambda db: sync_state.enter_epoch(db, epoch, sync_state.get(db).acked)

    await desk.database.write(lambda db: sync_state.heard(db, desk.time.now(), hq_version="1"))
    await desk.database.write(enter(1))
    assert (await report(desk)).set_back.reason == ""  # a first epoch is no word on the past
    await desk.database.write(lambda db: sync_state.begin_anew(db, ungreeted_after=0))
    await desk.database.write(enter(2))
    assert (await report(desk)).set_back.reason == ""  # the store itself said so
    await desk.database.write(enter(3))
    assert (await report(desk)).set_back.reason == "set_back"
    clock.advance(TOLD_FOR_MS)
    assert (await report(desk)).set_back.reason == ""


@pytest.mark.parametrize("what", [*Setback])
def test_a_setback_is_told_in_both_languages(what: Setback) -> None:
    said = SENTENCES[what]
    assert "照常收银" in said.zh_cn
    assert "o on selling" in said.en
