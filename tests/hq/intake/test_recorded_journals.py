"""HQ takes the journals of every released version, exactly as their agents wrote them."""

import msgspec
import pytest

from agent.domain.line.chain import GENESIS, line_hash
from tests.hq.head_office import HeadOffice
from tests.versions.recording import RECORDED_DIR, Recording, effects, recorded


def batch(lines: list[bytes]) -> bytes:
    """The lines from the first on as they travel."""
    head = {"epoch": 1, "first_seq": 1, "last_seq": len(lines), "prev_hash": GENESIS.hex()}
    return b"".join(part + b"\n" for part in (msgspec.json.encode(head), *lines))


def chained_anew(lines: list[bytes]) -> list[bytes]:
    """The same events, each with the hash of the one before it."""
    chained: list[bytes] = []
    prev = GENESIS
    for line in lines:
        told = msgspec.json.decode(line) | {"prev_hash": prev.hex()}
        chained.append(msgspec.json.encode(told, order="sorted"))
        prev = line_hash(chained[-1])
    return chained


@pytest.mark.parametrize(("version", "store"), recorded())
async def test_a_recorded_journal_is_taken_whole_and_does_what_it_did(
    hq: HeadOffice, version: str, store: str
) -> None:
    recording = Recording.read(RECORDED_DIR / version, store)
    client = await hq.store(store)
    answer = await client.post(batch(recording.lines))
    told = msgspec.json.decode(answer.body)
    assert (answer.status, told["accepted_through"]) == (200, len(recording.lines))
    assert (told["hash"], told["results"]) == (recording.last_hash, [])
    rows = await hq.rows("SELECT line FROM event WHERE store = $1 ORDER BY seq", store)
    assert [line for (line,) in rows] == recording.lines
    assert await effects(hq.db, store) == recording.effects


async def test_one_field_of_another_version_would_not_be_taken(hq: HeadOffice) -> None:
    """The control: a body that its version does not know is parked, in the same journal."""
    version, store = recorded()[0]
    recording = Recording.read(RECORDED_DIR / version, store)
    lines = list(recording.lines)
    sale = next(n for n, line in enumerate(lines) if b'"kind":"sale.recorded"' in line)
    lines[sale] = lines[sale].replace(b'"payable_fen"', b'"to_pay_fen"')
    client = await hq.store(store)
    answer = await client.post(batch(chained_anew(lines)))
    told = msgspec.json.decode(answer.body)
    assert answer.status == 200, answer.body
    assert [(row["seq"], row["code"]) for row in told["results"]] == [(sale + 1, "body_malformed")]
    assert await effects(hq.db, store) != recording.effects


async def test_a_hash_that_does_not_fit_is_not_taken(hq: HeadOffice) -> None:
    version, store = recorded()[0]
    recording = Recording.read(RECORDED_DIR / version, store)
    lines = [recording.lines[0].replace(b'"till":"T1"', b'"till":"T2"'), *recording.lines[1:]]
    client = await hq.store(store)
    assert (await client.post(batch(lines))).code == "chain_broken"
