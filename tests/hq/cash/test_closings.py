"""Z reports: kept when their signature fits, parked when it does not."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.domain.cash.closing import sign_closing
from agent.domain.cash.events import CashMoved, DrawerOpened, ShiftClosed, ShiftOpened
from sync.hq.cash import list_closings
from sync.hq.cli import main
from sync.hq.closing_keys import How, register
from sync.hq.settlement.retry import retry_parked
from sync.protocol.messages import RowState
from tests.hq.equality import differences
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import CLOSING_KEY, NOON, Journal

KIND = "shift.closed"
Cli = Callable[..., Awaitable[str]]


@pytest.fixture
def cli(
    hq_dsn: str,
    keys_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Cli:
    """Runs `store-hq closings`; returns what it printed."""
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", hq_dsn)
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(keys_dir))

    async def run(*words: str) -> str:
        assert await asyncio.to_thread(main, ("closings", *words)) == 0
        return capsys.readouterr().out

    return run


async def test_a_signed_closing_is_kept_with_its_figures(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.append(KIND, journal.closing(z_no=7, counted_fen=9_990))
    journal.append(KIND, journal.closing(z_no=8, counted_fen=10_000))

    answer = await store.send(journal)

    assert answer.results == ()
    first, second = await list_closings(hq.db)
    assert (first.store, first.till, first.z_no) == ("MB001", "T1", 7)
    assert (first.expected_cash_fen, first.counted_fen, first.difference_fen) == (
        10_000,
        9_990,
        -10,
    )
    assert first.signer == CLOSING_KEY.public_key().public_bytes_raw().hex()
    assert second.difference_fen == 0
    assert await list_closings(hq.db, store="MB002") == []
    assert await list_closings(hq.db, till="T1", since="2027-01-15") == [first, second]
    assert await list_closings(hq.db, since="2027-01-16") == []


def altered(closed: ShiftClosed) -> ShiftClosed:
    return msgspec.structs.replace(
        closed, report=msgspec.structs.replace(closed.report, drawer_openings=1)
    )


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("bad_closing_signature", lambda journal: altered(journal.closing())),
        ("closing_of_other_till", lambda journal: journal.closing(till="T2")),
        ("closing_of_other_till", lambda _: Journal("MB002").closing()),
    ],
)
async def test_a_closing_that_is_not_the_tills_own_is_parked_and_its_neighbours_are_kept(
    hq: HeadOffice, store: StoreClient, code: str, make: Callable[[Journal], ShiftClosed]
) -> None:
    journal = store.journal()
    journal.append(KIND, journal.closing(z_no=1))
    journal.append(KIND, make(journal))
    journal.append(KIND, journal.closing(z_no=3))

    answer = await store.send(journal)

    assert [(row.seq, row.state, row.code) for row in answer.results] == [
        (2, RowState.PARKED, code)
    ]
    assert [closing.z_no for closing in await list_closings(hq.db)] == [1, 3]
    assert await hq.count("event") == 3


async def test_a_closing_sent_again_is_kept_once_also_in_a_new_epoch(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.sell()
    journal.append(KIND, journal.closing())
    journal.sell()
    await store.send(journal)
    await store.send(journal)
    del journal.lines[2:]
    journal.sell(skus=("other",))
    trail = tuple(journal.point(seq) for seq in (3, 1, 0))
    assert (await store.hello(journal, trail=trail)).accepted_seq == 1
    answer = await store.send(journal, 2)
    assert [row.state for row in answer.results] == [RowState.DUPLICATE]
    assert len(await list_closings(hq.db)) == 1


async def test_what_else_happens_in_a_shift_is_held_as_events(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.append("shift.opened", ShiftOpened(shift_id="s", z_no=1, float_fen=10_000))
    journal.append("cash.moved", CashMoved(shift_id="s", amount_fen=-5_000, why="bank"))
    journal.append("drawer.opened", DrawerOpened(shift_id="s", why="change"))
    answer = await store.send(journal)
    assert answer.results == ()
    assert await differences(hq, journal) == []


async def test_closings_are_listed_on_a_terminal(store: StoreClient, cli: Cli) -> None:
    assert "no closing" in await cli("list")
    journal = store.journal()
    journal.append(KIND, journal.closing(z_no=7, counted_fen=9_990))
    await store.send(journal)
    table = await cli("list", "--store", "MB001")
    assert "DIFFERENCE" in table
    assert "-0.10" in table
    [listed] = json.loads(await cli("list", "--json"))
    assert (listed["z_no"], listed["difference_fen"]) == (7, -10)


async def test_what_a_printed_z_report_bears_is_looked_up(
    hq: HeadOffice, store: StoreClient, cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = store.journal_of_sales(2)
    journal.append(KIND, journal.closing(z_no=7))
    printed = f"3:{journal.last.hash[:12]}"
    await store.send(journal, 1, 2)
    assert "head office has the store's journal up to 2" in await cli("check", "MB001", printed)
    await store.send(journal, 3)
    assert "till T1, Z7 of 2027-01-15" in await cli("check", "MB001", printed.upper())
    assert "no Z report" in await cli("check", "MB001", f"2:{journal.point(2).hash}")
    changed = ("closings", "check", "MB001", f"3:{'0' * 12}")
    assert await asyncio.to_thread(main, changed) == 1
    assert "another event 3" in capsys.readouterr().err

    old = journal.copy()
    old.lines = old.lines[:2]
    await store.hello(old)
    old.sell()
    await store.send(old, 3)
    told = json.loads(await cli("check", "MB001", printed, "--json"))
    assert (told["verdict"], told["z_no"]) == ("left_behind", 7)


def forged(journal: Journal, key: Ed25519PrivateKey, *, z_no: int) -> ShiftClosed:
    return sign_closing(journal.closing(z_no=z_no).report, key)


async def test_a_closing_under_another_key_is_named_and_not_believed_until_people_accept_it(
    hq: HeadOffice, store: StoreClient, cli: Cli
) -> None:
    """The control: its signature fits, and whoever it is sends it from the store's own machine."""
    journal, stranger = store.journal(), Ed25519PrivateKey.generate()
    name = stranger.public_key().public_bytes_raw().hex()
    journal.append(KIND, journal.closing(z_no=1))
    journal.append(KIND, forged(journal, stranger, z_no=2))
    journal.append(KIND, journal.closing(z_no=3))

    answer = await store.send(journal)

    assert [(row.seq, row.code, row.detail) for row in answer.results] == [
        (2, "closing_key_unknown", f"signed by {name}")
    ]
    assert [one.z_no for one in await list_closings(hq.db)] == [1, 3]
    paper = f"2:{journal.point(2).hash[:12]}"
    assert "does not believe it" in await cli("check", "MB001", paper)
    assert (await retry_parked(hq.db, "MB001", now=NOON)).applied == 0
    [known] = json.loads(await cli("keys", "--json"))
    assert (known["how"], known["public_key"]) == ("first_heard", CLOSING_KEY_HEX)

    await cli("accept", "MB001", name.upper())
    assert (await retry_parked(hq.db, "MB001", now=NOON)).applied == 1
    assert [one.z_no for one in await list_closings(hq.db)] == [1, 2, 3]


async def test_a_machine_that_told_its_key_has_no_other_and_the_old_ones_closings_stay_good(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    journal = store.journal()
    journal.append(KIND, journal.closing(z_no=1))
    await store.send(journal)
    told = Ed25519PrivateKey.generate()
    name = told.public_key().public_bytes_raw().hex()
    await register(hq.db, "MB001", name, install_id=journal.install_id, how=How.ENROLLED, now=NOON)
    journal.append(KIND, forged(journal, told, z_no=2))
    journal.append(KIND, journal.closing(z_no=3))  # of the PC before, brought in by this one
    journal.append(KIND, forged(journal, Ed25519PrivateKey.generate(), z_no=4))
    answer = await store.send(journal)
    assert [(row.seq, row.code) for row in answer.results if row.code != "already_accepted"] == [
        (4, "closing_key_unknown")
    ]
    theirs = other.journal()
    theirs.append(KIND, theirs.closing(z_no=1))
    theirs.append(KIND, forged(theirs, told, z_no=2))  # a key counts in its own store
    assert [row.code for row in (await other.send(theirs)).results] == ["closing_key_unknown"]


async def test_a_machine_enrolled_with_the_key_of_a_copied_disk_has_no_other_either(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    for machine in ("of-before", journal.install_id):
        await register(
            hq.db, "MB001", CLOSING_KEY_HEX, install_id=machine, how=How.ENROLLED, now=NOON
        )
    journal.append(KIND, forged(journal, Ed25519PrivateKey.generate(), z_no=1))
    journal.append(KIND, journal.closing(z_no=2))
    answer = await store.send(journal)
    assert [(row.seq, row.code) for row in answer.results] == [(1, "closing_key_unknown")]


CLOSING_KEY_HEX = CLOSING_KEY.public_key().public_bytes_raw().hex()
