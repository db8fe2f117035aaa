"""The outbox reaches head office, in order, once, and as soon as it can."""

import asyncio

import pytest

from sync.client import HqClient
from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import Action, BatchLimits, ParkedChange, RowResult, RowState
from sync.uploader import IDLE_HELLO_MS, Uploader, UploadState
from tests.sync.factories import BATCH_EVENTS, make_client, make_uploader
from tests.sync.faults import Held, altered
from tests.sync.honesty import assert_honest
from tests.sync.memory import MemoryOutbox
from tests.sync.toy_hq import SERVER_TIME, ToyHq
from tests.sync.virtual_time import VirtualTime


async def test_backlog_arrives_whole_in_order_and_in_batches(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    await uploader.start()
    await outbox.until_acknowledged(10)
    await time.asleep()
    assert hq.lines == outbox.lines
    assert hq.batch_sizes == [BATCH_EVENTS, BATCH_EVENTS, 2]
    assert outbox.epoch == 1
    assert outbox.server_time == SERVER_TIME
    assert uploader.status.state is UploadState.IDLE
    assert_honest(outbox, hq)


async def test_new_event_is_sent_at_once(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    await uploader.start()
    await outbox.until_acknowledged(10)
    await time.asleep()
    await outbox.append()
    await outbox.until_acknowledged(11)
    assert hq.lines == outbox.lines
    assert time.monotonic_ms() == 0
    assert len(hq.hellos) == 1


async def test_what_can_not_be_read_is_told_at_once_and_by_the_next_hello_too(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    await uploader.start()
    await outbox.until_acknowledged(10)
    await time.asleep()
    outbox.parked = (ParkedChange(entity="campaign", key="5", why="w"),)
    held = Held()
    hq.misbehave("hello", held)
    uploader.greet_again()
    await held.reached.wait()
    held.released.set()
    await time.asleep()
    assert time.monotonic_ms() == 0
    assert [(hello.parked_count, hello.parked) for hello in hq.hellos] == [
        (0, ()),
        (1, outbox.parked),
    ]
    assert uploader.status.state is UploadState.IDLE


async def test_event_appended_while_hq_works_follows_at_once(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    await uploader.start()
    await outbox.until_acknowledged(10)
    outbox.may_write.clear()
    outbox.writing.clear()
    await outbox.append()
    await outbox.writing.wait()
    await outbox.append()
    outbox.may_write.set()
    await outbox.until_acknowledged(12)
    assert hq.lines == outbox.lines


async def test_what_hq_says_of_single_rows_is_recorded(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq
) -> None:
    parked = RowResult(seq=2, state=RowState.PARKED, code="campaign_unknown")
    hq.misbehave("events", altered(results=(parked,), backup_through=1))
    await uploader.start()
    await outbox.until_acknowledged(BATCH_EVENTS)
    assert outbox.results == [parked]
    assert outbox.backup_through == 1
    await outbox.until_acknowledged(10)


async def test_hqs_limit_of_events_is_kept(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq
) -> None:
    hq.limits = BatchLimits(events=3, bytes=1_048_576)
    await uploader.start()
    await outbox.until_acknowledged(10)
    assert hq.batch_sizes == [3, 3, 3, 1]


async def test_limit_of_bytes_is_kept_and_the_rest_follows(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq
) -> None:
    hq.limits = BatchLimits(events=500, bytes=200_000)
    await outbox.append(4, size=90_000)
    await uploader.start()
    await outbox.until_acknowledged(14)
    assert hq.batch_sizes == [4, 4, 4, 2]
    assert hq.lines == outbox.lines


async def test_hello_is_said_again_after_a_long_idle_time(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    await uploader.start()
    await outbox.until_acknowledged(10)
    hq.restore(5, hq_epoch="hq-1")
    assert await time.pass_until_awake() == IDLE_HELLO_MS
    await time.asleep()
    assert hq.actions == [Action.NEW_EPOCH, Action.RESEND_FROM]
    assert hq.lines == outbox.lines


async def test_restored_hq_gets_again_what_it_lost_and_the_feed_begins_anew(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    first = make_uploader(outbox, client, time)
    await first.start()
    await outbox.until_acknowledged(10)
    await first.stop()
    outbox.cursor, outbox.hq_epoch = "hq-1:7", "hq-1"
    hq.restore(3, hq_epoch="hq-2")
    second = make_uploader(outbox, client, time)
    await second.start()
    await time.asleep()
    assert hq.actions[1:] == [Action.RESEED, Action.RESEND_FROM]
    assert (outbox.cursor, outbox.hq_epoch) == ("", "hq-2")
    assert hq.lines == outbox.lines
    await second.stop()


async def test_store_disk_that_was_set_back_goes_on_in_a_new_epoch(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    first = make_uploader(outbox, client, time)
    await first.start()
    await outbox.until_acknowledged(10)
    await first.stop()
    restored = outbox.cut_back(7)
    second = make_uploader(restored, client, time)
    await second.start()
    await time.asleep()
    await restored.append(2)
    await restored.until_acknowledged(9)
    assert hq.actions[1:] == [Action.NEW_EPOCH]
    assert (restored.epoch, hq.epoch) == (2, 2)
    assert hq.lines == restored.lines
    await second.stop()


@pytest.mark.parametrize("sold_since", [2, 5])
async def test_store_disk_that_was_set_back_and_sold_on_is_traced_to_the_shared_place(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime, sold_since: int
) -> None:
    first = make_uploader(outbox, client, time)
    await first.start()
    await outbox.until_acknowledged(10)
    await first.stop()
    restored = outbox.cut_back(7)
    await restored.append(sold_since)
    second = make_uploader(restored, client, time)
    await second.start()
    await restored.until_acknowledged(7 + sold_since)
    assert hq.actions[-1] is Action.NEW_EPOCH
    assert [point.seq for point in hq.hellos[-1].trail][:1] == [7 + sold_since]
    assert hq.lines == restored.lines
    await second.stop()


async def test_second_machine_of_one_identity_is_fenced_and_freed_by_hq(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    hq.install_id, hq.epoch = "another machine", 4
    uploader = make_uploader(outbox, client, time)
    await uploader.start()
    wait = await time.asleep()
    assert uploader.status.state is UploadState.FENCED
    assert uploader.status.last_error == "fenced"
    assert uploader.status.next_try_in_ms == wait
    assert hq.lines == []
    hq.install_id = None
    time.pass_by(wait)
    await outbox.until_acknowledged(10)
    assert uploader.status.state in (UploadState.SENDING, UploadState.IDLE)
    assert hq.lines == outbox.lines
    await uploader.stop()


async def test_old_program_keeps_its_queue(
    uploader: Uploader,
    outbox: MemoryOutbox,
    hq: ToyHq,
    time: VirtualTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync.greeting.PROTOCOL", PROTOCOL + 1)
    await uploader.start()
    await time.asleep()
    assert uploader.status.state is UploadState.UPGRADE_NEEDED
    assert hq.lines == []
    assert len(outbox.lines) == 10
    assert outbox.acknowledged == []


async def test_hello_that_leads_nowhere_ends_in_a_back_off(
    uploader: Uploader, outbox: MemoryOutbox, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgetful(hq_epoch: str) -> None:
        outbox.hq_epoch = "still another"

    outbox.hq_epoch = "another"
    monkeypatch.setattr(outbox, "forget_cursor", forgetful)
    await uploader.start()
    await time.asleep()
    assert uploader.status.state is UploadState.BACKING_OFF
    assert uploader.status.last_error == "hello_without_end"


async def test_store_that_is_cut_off_from_the_start_says_so(uploader: Uploader, hq: ToyHq) -> None:
    held = Held()
    hq.misbehave("hello", held)
    await uploader.start()
    await held.reached.wait()
    assert uploader.status.state is UploadState.STARTING


async def test_store_without_head_office_stays_unconfigured(
    outbox: MemoryOutbox, time: VirtualTime
) -> None:
    uploader = make_uploader(outbox, make_client(time=time), time)
    await uploader.start()
    assert uploader.status.state is UploadState.UNCONFIGURED
    await uploader.join()
    await uploader.stop()


async def test_stop_waits_for_an_acknowledgement_that_is_being_written(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq
) -> None:
    await uploader.start()
    await outbox.until_acknowledged(10)
    outbox.may_write.clear()
    outbox.writing.clear()
    await outbox.append()
    await outbox.writing.wait()
    stopping = asyncio.create_task(uploader.stop())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not stopping.done()
    outbox.may_write.set()
    await stopping
    assert outbox.acked.seq == 11
    assert uploader.status.state is UploadState.STOPPED
    await uploader.join()
    await uploader.stop()


async def test_stop_breaks_off_a_silent_call_and_a_new_start_loses_nothing(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    held = Held()
    hq.misbehave("events", held)
    first = make_uploader(outbox, client, time)
    await first.start()
    await held.reached.wait()
    await first.stop()
    assert outbox.acked.seq == 0
    second = make_uploader(outbox, client, time)
    await second.start()
    await outbox.until_acknowledged(10)
    assert hq.lines == outbox.lines
    assert_honest(outbox, hq)
    await second.stop()


async def test_bug_ends_the_task_and_is_not_hidden(
    uploader: Uploader, outbox: MemoryOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(outbox, "acknowledge", broken)
    await uploader.start()
    with pytest.raises(ZeroDivisionError):
        await uploader.join()
    assert uploader.status.state is UploadState.CRASHED
