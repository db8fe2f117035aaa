"""A shift over HTTP: open, sell, move cash, look, count, close."""

import stat

import pytest

from agent.state_dir import CLOSING_KEY_FILE
from tests.api.conftest import Shop
from tests.api.till import SALES, SHIFTS, Till, sale
from tests.services.facts import checked_events

WHO = {"till": "T1", "cashier": "C7"}


@pytest.fixture
async def shift(till: Till) -> str:
    """The path of an open shift with 500 yuan in the drawer."""
    opened = await till.post(SHIFTS, WHO | {"float_fen": 50_000})
    assert opened.status == 201
    return f"{SHIFTS}/{opened.json['shift_id']}"


async def test_a_shift_from_float_to_signed_closing(shop: Shop, till: Till, shift: str) -> None:
    current = (await till.get(f"{SHIFTS}/current?till=T1")).json["shift"]
    assert (current["z_no"], current["opened_by"]) == (1, "C7")
    await till.post(SALES, sale())
    out = await till.post(f"{shift}/cash", WHO | {"amount_fen": -10_000, "why": "存银行"})
    assert out.status == 201
    alone = await till.post(f"{shift}/drawer", WHO | {"why": "换零"})
    assert (alone.status, alone.json["outcome"]) == (200, "needs_supervisor")
    drawer = await till.post(f"{shift}/drawer", WHO | {"why": "换零", "approved_by": "S1"})
    assert (drawer.status, drawer.json["recorded"]) == (201, True)
    x = (await till.get(f"{shift}/report")).json
    assert (x["report"]["expected_cash_fen"], x["report"]["closed_at"]) == (52_680, None)

    closing = await till.post(f"{shift}/closing", WHO | {"counted_fen": 52_600}, key="z-1")

    told = closing.json
    assert (closing.status, told["report"]["difference_fen"]) == (201, -80)
    assert (told["report"]["drawer_openings"], told["unsynced"]["pending"]) == (1, 5)
    again = await till.post(f"{shift}/closing", WHO | {"counted_fen": 52_600}, key="z-1")
    assert again.body == closing.body
    assert (await till.get(f"{shift}/report")).json["report"] == told["report"]
    assert (await till.get(f"{SHIFTS}/current?till=T1")).json == {"shift": None}
    assert checked_events(shop.state_dir, "MB001") == 5


async def test_the_closing_key_outlives_a_restart_and_is_the_agents_alone(shop: Shop) -> None:
    signers = []
    for _ in range(2):
        till = await shop.open()
        opened = (await till.post(SHIFTS, WHO | {"float_fen": 0})).json
        path = f"{SHIFTS}/{opened['shift_id']}/closing"
        signers.append((await till.post(path, WHO | {"counted_fen": 0})).json["signer"])
        await shop.close()
    assert signers[0] == signers[1]
    mode = (shop.state_dir / CLOSING_KEY_FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_what_can_not_be_done_with_a_shift_is_refused(till: Till, shift: str) -> None:
    second = await till.post(SHIFTS, WHO | {"float_fen": 0})
    assert (second.status, second.code) == (409, "shift_already_open")
    assert shift.endswith(second.json["extra"]["shift_id"])
    elsewhere = WHO | {"till": "T2", "counted_fen": 0}
    assert (await till.post(f"{shift}/closing", elsewhere)).code == "shift_of_other_till"
    nothing = WHO | {"amount_fen": 0, "why": "x"}
    assert (await till.post(f"{shift}/cash", nothing)).code == "nothing_moved"
    assert (await till.get(f"{SHIFTS}/none/report")).code == "unknown_shift"
    assert (await till.get(f"{SHIFTS}/current")).code == "invalid_request"
    await till.post(f"{shift}/closing", WHO | {"counted_fen": 0})
    closed = await till.post(f"{shift}/closing", WHO | {"counted_fen": 0})
    assert (closed.status, closed.code) == (409, "shift_closed")


async def test_a_sale_without_an_open_shift_is_recorded(till: Till) -> None:
    assert (await till.get(f"{SHIFTS}/current?till=T1")).json["shift"] is None
    assert (await till.post(SALES, sale())).status == 201
