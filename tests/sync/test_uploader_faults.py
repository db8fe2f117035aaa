"""Whatever head office answers: nothing lost, nothing acknowledged that it did not confirm."""

import asyncio

import pytest
from structlog.testing import capture_logs

from sync.batching import Batch
from sync.client import HqClient
from sync.protocol.messages import BatchLimits, EventsAnswer, Point
from sync.retry import FINAL_RETRY_MS
from sync.uploader import Uploader, UploadState
from tests.lab.ports import LOOPBACK, free_port
from tests.sync.factories import make_client, make_uploader
from tests.sync.faults import (
    Held,
    altered,
    half_a_body,
    lost_answer,
    lost_request,
    problem,
    raw,
    silence,
    status,
)
from tests.sync.honesty import assert_honest
from tests.sync.memory import MemoryOutbox
from tests.sync.toy_hq import Fault, ToyHq
from tests.sync.virtual_time import VirtualTime

WRONG_HASH = "ab" * 32

FAULTS: list[tuple[Fault, UploadState, str]] = [
    (status(500), UploadState.BACKING_OFF, "http_500"),
    (status(429, headers={"Retry-After": "30"}), UploadState.BACKING_OFF, "http_429"),
    (status(503), UploadState.BACKING_OFF, "http_503"),
    (half_a_body, UploadState.BACKING_OFF, "broken_off"),
    (lost_answer, UploadState.BACKING_OFF, "broken_off"),
    (lost_request, UploadState.BACKING_OFF, "broken_off"),
    (silence, UploadState.BACKING_OFF, "timeout"),
    (raw(b"<html>log in</html>", "text/html"), UploadState.BACKING_OFF, "not_json"),
    (raw(b"<html>log in</html>"), UploadState.BACKING_OFF, "answer_malformed"),
    (raw(b" " * 3_000_000), UploadState.BACKING_OFF, "answer_too_large"),
    (status(302, headers={"Location": "/"}), UploadState.BACKING_OFF, "http_302"),
    (problem(409, "position_differs"), UploadState.BACKING_OFF, "position_differs"),
    (problem(410, "epoch_over"), UploadState.BACKING_OFF, "epoch_over"),
    (problem(403, "fenced"), UploadState.FENCED, "fenced"),
    (problem(426, "protocol_old"), UploadState.UPGRADE_NEEDED, "protocol_old"),
    (problem(401, "key_unknown"), UploadState.REJECTED, "key_unknown"),
    (problem(400, "body_invalid"), UploadState.REJECTED, "body_invalid"),
]
LIES: list[tuple[Fault, UploadState, str]] = [
    (altered(hash=WRONG_HASH), UploadState.BACKING_OFF, "hash_differs"),
    (altered(accepted_through=3), UploadState.BACKING_OFF, "hash_differs"),
    (altered(accepted_through=0), UploadState.BACKING_OFF, "accepted_not_sent"),
    (altered(accepted_through=9), UploadState.BACKING_OFF, "accepted_not_sent"),
    (altered(accepted_through=2**50), UploadState.BACKING_OFF, "accepted_not_sent"),
]


@pytest.mark.parametrize(("fault", "state", "code"), FAULTS + LIES)
async def test_fault_stops_the_sending_for_a_while_and_loses_nothing(
    uploader: Uploader,
    outbox: MemoryOutbox,
    hq: ToyHq,
    time: VirtualTime,
    fault: Fault,
    state: UploadState,
    code: str,
) -> None:
    hq.misbehave("events", fault)
    await uploader.start()
    wait = await time.asleep()
    assert uploader.status.state is state
    assert uploader.status.last_error == code
    assert uploader.status.attempt == 1
    assert uploader.status.next_try_in_ms == wait
    assert outbox.acknowledged == []
    assert len(outbox.lines) == 10
    time.pass_by(wait)
    await outbox.until_acknowledged(10)
    await time.asleep()
    assert hq.lines == outbox.lines
    assert uploader.status.state is UploadState.IDLE
    assert uploader.status.last_error == ""
    assert uploader.status.attempt == 0
    assert_honest(outbox, hq)


@pytest.mark.parametrize("fault", [status(500), half_a_body, lost_answer, lost_request, silence])
async def test_first_hello_whose_answer_is_lost_does_not_fence_the_store(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime, fault: Fault
) -> None:
    hq.misbehave("hello", fault, fault)
    await uploader.start()
    await time.pass_until_awake()
    await time.pass_until_awake()
    await outbox.until_acknowledged(10)
    assert outbox.epoch == hq.epoch
    assert hq.lines == outbox.lines
    assert_honest(outbox, hq)


async def test_new_epoch_that_could_not_be_written_is_given_again(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    outbox.failing_writes = 1
    await uploader.start()
    await time.pass_until_awake()
    await outbox.until_acknowledged(10)
    assert hq.lines == outbox.lines


@pytest.mark.parametrize("fault", [status(500), half_a_body, status(401), raw(b"{}"), silence])
async def test_fault_at_hello_is_got_over_too(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime, fault: Fault
) -> None:
    await uploader.start()
    await outbox.until_acknowledged(10)
    await time.asleep()
    hq.misbehave("hello", fault)
    await time.pass_until_awake()
    await time.asleep()
    assert uploader.status.attempt == 1
    await time.pass_until_awake()
    await outbox.append()
    await outbox.until_acknowledged(11)
    assert_honest(outbox, hq)


async def test_answer_that_was_lost_is_found_out_by_hello_and_nothing_comes_twice(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    hq.misbehave("events", lost_answer)
    await uploader.start()
    await time.pass_until_awake()
    await outbox.until_acknowledged(10)
    assert hq.lines == outbox.lines
    assert sum(hq.batch_sizes) == 10


async def test_batch_that_hq_holds_already_is_sent_again_and_kept_once(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    """HQ was still at work on a batch when hello asked: the batch comes a second time."""
    first, again = Held(), Held()
    hq.misbehave("events", first, again)
    uploader = make_uploader(outbox, client, time)
    await uploader.start()
    wait = await time.asleep()
    assert uploader.status.last_error == "timeout"
    time.pass_by(wait)
    await again.reached.wait()
    first.released.set()
    again.released.set()
    await outbox.until_acknowledged(10)
    assert hq.lines == outbox.lines
    assert sum(hq.batch_sizes) > 10
    assert_honest(outbox, hq)
    await uploader.stop()


async def test_retry_after_is_honoured_whatever_happens_meanwhile(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    hq.misbehave("events", status(503, headers={"Retry-After": "30"}))
    await uploader.start()
    wait = await time.asleep()
    assert wait >= 30_000
    seen = len(hq.requests)
    await outbox.append()
    await client.changes("")
    seen += 1
    time.pass_by(wait - 1)
    assert len(hq.requests) == seen
    assert uploader.status.next_try_in_ms == 1
    time.pass_by(1)
    await outbox.until_acknowledged(11)


async def test_answer_to_another_call_ends_a_wait_for_the_line(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    hq.misbehave("hello", *[lost_request] * 8)
    await uploader.start()
    for _ in range(7):
        await time.pass_until_awake()
    assert await time.asleep() > 0
    assert uploader.status.attempt == 8
    moment = time.monotonic_ms()
    await client.changes("")
    await outbox.until_acknowledged(10)
    assert time.monotonic_ms() == moment


async def test_waits_grow_while_hq_is_unreachable_and_events_do_not_shorten_them(
    outbox: MemoryOutbox, time: VirtualTime
) -> None:
    client = make_client(f"http://{LOOPBACK}:{free_port()}", time=time)
    await client.start()
    uploader = make_uploader(outbox, client, time)
    await uploader.start()
    waits = []
    for _ in range(5):
        await time.asleep()
        await outbox.append()
        waits.append(await time.pass_until_awake())
    assert waits == [100, 200, 400, 800, 1_600]
    await time.asleep()
    assert uploader.status.last_error == "not_reached"
    assert not client.link.online
    assert len(outbox.lines) == 15
    await uploader.stop()
    await client.stop()


async def test_failure_that_repeats_after_a_good_hello_still_waits_longer(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    hq.misbehave("events", *[status(500)] * 4)
    await uploader.start()
    assert [await time.pass_until_awake() for _ in range(4)] == [100, 200, 400, 800]
    await outbox.until_acknowledged(10)


async def test_batch_that_is_too_large_is_split(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq
) -> None:
    hq.misbehave("events", status(413), status(413))
    await uploader.start()
    await outbox.until_acknowledged(10)
    assert hq.batch_sizes == [1] * 10
    assert uploader.status.last_error == ""


async def test_event_that_hq_never_takes_is_kept_and_said_to_be_stuck(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    hq.misbehave("events", *[status(413)] * 4)
    await uploader.start()
    assert await time.asleep() >= FINAL_RETRY_MS
    assert uploader.status.state is UploadState.STUCK
    assert uploader.status.last_error == "event_too_large"
    assert "seq 1" in uploader.status.detail
    assert outbox.acknowledged == []
    await time.pass_until_awake()
    await time.pass_until_awake()
    await outbox.until_acknowledged(10)
    assert hq.lines == outbox.lines


async def test_slow_line_gets_smaller_batches_until_they_pass(
    uploader: Uploader, outbox: MemoryOutbox, hq: ToyHq, time: VirtualTime
) -> None:
    hq.misbehave("events", Held())
    await uploader.start()
    await time.pass_until_awake()
    await outbox.until_acknowledged(10)
    assert hq.batch_sizes == [2, 2, 4, 2]  # the second was read before the first was through


async def test_full_disk_is_got_over_and_what_hq_took_meanwhile_is_acknowledged(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    outbox.epoch = hq.epoch = 1
    hq.install_id = "install-1"
    uploader = make_uploader(outbox, client, time)
    outbox.failing_writes = 3
    await uploader.start()
    for attempt in (1, 2, 3):
        await time.asleep()
        assert uploader.status.state is UploadState.BACKING_OFF
        assert uploader.status.last_error == "storage_full"
        assert uploader.status.attempt == attempt
        await time.pass_until_awake()
    await outbox.until_acknowledged(10)
    assert hq.lines == outbox.lines
    assert_honest(outbox, hq)
    await uploader.stop()


async def test_store_is_restarted_between_any_two_answers_and_loses_nothing(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    for seq in range(1, 11):
        uploader = make_uploader(outbox, client, time)
        hq.limits = BatchLimits(events=1, bytes=1_048_576)
        await uploader.start()
        await outbox.until_acknowledged(seq)
        await uploader.stop()
        assert_honest(outbox, hq)
    assert hq.lines[:10] == outbox.lines


async def test_outage_is_one_warning_and_its_end_one_line(
    outbox: MemoryOutbox, hq: ToyHq, client: HqClient, time: VirtualTime
) -> None:
    hq.misbehave("hello", *[status(502)] * 5)
    with capture_logs() as logs:
        uploader = make_uploader(outbox, client, time)
        await uploader.start()
        for _ in range(5):
            await time.pass_until_awake()
        await outbox.until_acknowledged(10)
        await time.asleep()
        await uploader.stop()
    levels = [(entry["event"], entry["log_level"]) for entry in logs]
    assert levels == [
        ("upload_failed", "warning"),
        *[("upload_failed", "debug")] * 4,
        ("upload_recovered", "info"),
    ]


@pytest.mark.parametrize("fault", [lie for lie, _, _ in LIES])
async def test_control_uploader_that_trusts_every_answer_is_caught(
    uploader: Uploader,
    outbox: MemoryOutbox,
    hq: ToyHq,
    time: VirtualTime,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
) -> None:
    def credulous(batch: Batch, answer: EventsAnswer) -> Point:
        return Point(answer.accepted_through, answer.hash)

    monkeypatch.setattr(Batch, "confirmed", credulous)
    hq.misbehave("events", fault)
    await uploader.start()
    while not outbox.acknowledged:
        await outbox.writing.wait()
        await asyncio.sleep(0)
    await uploader.stop()
    with pytest.raises(AssertionError):
        assert_honest(outbox, hq)
