"""What the tables guarantee: receipts without gaps, one use a coupon, one store a file."""

import asyncio
from functools import partial

import pytest

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.events import Redemption
from agent.store import counted_days, idempotency
from agent.store.coupons import redemptions
from agent.store.database import Database
from agent.store.errors import StartRefusedError
from agent.store.idempotency import Answer, KeyReusedError
from agent.store.line import sync_state
from agent.store.selling import sales
from agent.store.sqlite import Connection, IntegrityError

CALLERS = 64


async def test_receipts_of_a_till_have_no_gap_whoever_fails(database: Database) -> None:
    def take(caller: int, db: Connection) -> tuple[str, int]:
        till = f"T{caller % 3}"
        number = sales.next_receipt_no(db, till)
        if caller % 5 == 0:
            raise ValueError("the sale was refused after it had its number")
        return till, number

    results = await asyncio.gather(
        *(database.write(partial(take, n)) for n in range(CALLERS)),
        return_exceptions=True,
    )
    taken = [result for result in results if isinstance(result, tuple)]
    assert len(taken) == len([n for n in range(CALLERS) if n % 5])
    for till in ("T0", "T1", "T2"):
        numbers = sorted(number for name, number in taken if name == till)
        assert numbers == list(range(1, len(numbers) + 1))


def redeem(db: Connection, redemption_id: str, *, coupon_id: str = "c1", seq: int = 1) -> None:
    use = Redemption(
        redemption_id=redemption_id,
        coupon_id=coupon_id,
        campaign=1,
        discount_fen=100,
        at_risk=False,
        bound=True,
        policy_version=1,
    )
    moment = redemptions.Moment(seq=seq, till="T1", receipt="R1", occurred_at=Millis(7))
    redemptions.add(db, use, moment)


def test_the_database_itself_refuses_a_coupon_in_use(db: Connection) -> None:
    redeem(db, "r1")
    with pytest.raises(IntegrityError, match=r"redemption\.coupon_id"):
        redeem(db, "r2")
    redemptions.reverse(db, "r1", seq=2)
    redeem(db, "r2", seq=3)
    with pytest.raises(IntegrityError):
        redeem(db, "r3")


def test_a_use_that_was_taken_back_is_no_use(db: Connection) -> None:
    redeem(db, "r1")
    used = redemptions.standing(db, "MB001", "c1").used
    assert used is not None
    assert (used.store, used.receipt, used.known_by) == ("MB001", "R1", "store")
    redemptions.reverse(db, "r1", seq=2)
    assert redemptions.standing(db, "MB001", "c1") == redemptions.Standing(False, None)


def test_a_file_belongs_to_one_store(db: Connection) -> None:
    sync_state.found(db, store="MB001", install_id="another")
    assert sync_state.get(db).install_id == "i1"
    with pytest.raises(StartRefusedError, match=r"MB001.*MB002.*paths\.state_dir"):
        sync_state.found(db, store="MB002", install_id="i2")


def test_a_first_answer_is_kept_for_its_client_key_and_request(db: Connection) -> None:
    assert idempotency.find(db, "pos-1", "k", b"request") is None
    answer = Answer(201, b"{}")
    idempotency.keep(db, "pos-1", "k", b"request", answer, Millis(5))
    assert idempotency.find(db, "pos-1", "k", b"request") == answer
    assert idempotency.find(db, "pos-2", "k", b"request") is None
    with pytest.raises(KeyReusedError):
        idempotency.find(db, "pos-1", "k", b"another")
    with pytest.raises(IntegrityError):
        idempotency.keep(db, "pos-1", "k", b"request", answer, Millis(6))


def test_old_first_answers_are_forgotten_in_steps(db: Connection) -> None:
    for day in range(10):
        idempotency.keep(db, "pos-1", f"k{day}", b"r", Answer(201, b"{}"), Millis(day))
        counted_days.live(db, DAY_MS, date=f"2026-01-{day:02}", at=Millis(0))
    steps = []
    while pairs := idempotency.kept_until(db, 6, 4):
        idempotency.forget(db, pairs)
        steps.append(len(pairs))
    assert steps == [4, 3]
    assert idempotency.find(db, "pos-1", "k6", b"r") is None
    assert idempotency.find(db, "pos-1", "k7", b"r") is not None
