"""What a replaced PC never sent comes to the new one, on a supervisor's word alone."""

import asyncio
import io
import json
from functools import partial
from pathlib import Path

import pytest

from agent.domain.staff.cashier import Role
from agent.services.staff.pins import Pins
from agent.state_dir import PEPPER_FILE
from agent.store.sqlite import Connection
from agent.store.staff import cashiers
from agent.store.staff.cashiers import CashierRow
from tests.ops.backup.test_backup import Shop
from tests.services.chain import Chain
from tests.services.stopped_clock import StoppedClock

PIN = "482916"
PEPPER = b"p" * 32
Said = pytest.CaptureFixture[str]


async def staffed(shop: Shop) -> None:
    (shop.state_dir / PEPPER_FILE).write_bytes(PEPPER)
    pins = Pins(PEPPER)
    pin_hash = await pins.hash(PIN)
    pins.close()
    async with shop.opened() as desk:
        for number, role in (("1001", Role.CASHIER), ("2001", Role.SUPERVISOR)):
            row = CashierRow(cashier=number, name=number, role=role, pin_hash=pin_hash)
            await desk.database.write(partial(_add, row=row))


def _add(db: Connection, *, row: CashierRow) -> bool:
    return cashiers.add(db, row)


async def test_what_was_never_sent_is_brought_in_once_on_a_supervisors_word(
    chain: Chain,
    clock: StoppedClock,
    tmp_path: Path,
    capsys: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    old, new = Shop(chain, clock, tmp_path / "a"), Shop(chain, clock, tmp_path / "b")
    await old.worked(3)
    await new.worked(1)
    await staffed(new)
    carried = tmp_path / "stick.db"
    async with old.opened() as desk:  # the old PC still sells
        await old.sell(desk)
        assert old.run("outbox", "export", str(carried)) == 0
    assert carried.stat().st_mode & 0o077 == 0
    assert old.run("outbox", "export", str(carried)) == 1, "nothing is overwritten"
    assert "Not exported" in capsys.readouterr().err

    async def bring_in(number: str, pin: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(pin + "\n"))
        words = ("--supervisor", number, "--pin-stdin", "--json")
        return await asyncio.to_thread(new.run, "outbox", "import", str(carried), *words)

    for number, pin in (("2001", "000000"), ("1001", PIN), ("3001", PIN)):
        assert await bring_in(number, pin) == 1
        assert "is no supervisor's" in capsys.readouterr().err
    assert new.seq() == 1
    assert await bring_in("2001", PIN) == 0
    assert json.loads(capsys.readouterr().out)["recorded"] == 4
    assert new.seq() == 5
    assert await bring_in("2001", PIN) == 0
    assert json.loads(capsys.readouterr().out)["recorded"] == 0, "once"
    assert new.seq() == 5
