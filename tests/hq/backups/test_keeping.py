"""Head office keeps stores' backups as they came: whole, the newest, each store's its own."""

import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync.hq.backups.shelf import Shelf
from sync.hq.settings import BackupsSection
from sync.protocol.backups import BackupOffer, BackupStanding
from sync.protocol.identity import Identity
from sync.protocol.limits import MAX_BACKUP_PART_BYTES
from tests.faults.small_disk import on_small_disk
from tests.hq.head_office import Answer, HeadOffice, StoreClient, head_office
from tests.hq.journal import NOON, Journal

KEEP = 3
QUOTA_MB = 1


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    place = tmp_path / "backups"
    place.mkdir()
    return place


@pytest.fixture
async def hq(hq_dsn: str, keys_dir: Path, directory: Path) -> AsyncIterator[HeadOffice]:
    section = BackupsSection(directory=str(directory), keep=KEEP, store_quota_mb=QUOTA_MB)
    async with head_office(hq_dsn, keys_dir, backups=section) as hq:
        yield hq


@pytest.fixture
def shelf(directory: Path) -> Shelf:
    return Shelf(directory, keep=KEEP, quota_bytes=QUOTA_MB * 1_000_000)


def files(directory: Path) -> list[Path]:
    return [*directory.rglob("*")]


def content(size: int = 1_000) -> bytes:
    return os.urandom(size)


def offer_of(data: bytes, **changes: Any) -> BackupOffer:
    offer = BackupOffer(
        store="MB001",
        install_id=Journal("MB001").install_id,
        epoch=1,
        name="MB001-20261130T031004Z.tar.gz.age",
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        taken_at=NOON,
        seq=7,
    )
    return msgspec.structs.replace(offer, **changes)


async def offered(store: StoreClient, offer: BackupOffer) -> Answer:
    body = msgspec.json.encode(offer)
    is_copy = offer.install_id == "copy"
    identity = Identity("copy", offer.epoch) if is_copy else store.identity
    return await store.request("POST", "/sync/v1/backups", body, identity=identity)


async def part(store: StoreClient, offer: BackupOffer, offset: int, data: bytes) -> Answer:
    path, query = f"/sync/v1/backups/{offer.sha256}", {"offset": str(offset)}
    return await store.request("PUT", path, data, query=query)


def standing(answer: Answer) -> tuple[int, bool]:
    assert answer.status == 200, answer.body
    found = msgspec.json.decode(answer.body, type=BackupStanding)
    return found.received, found.stored


async def left(store: StoreClient, data: bytes, **changes: Any) -> BackupOffer:
    offer = offer_of(data, **changes)
    received, stored = standing(await offered(store, offer))
    while not stored:
        piece = data[received : received + MAX_BACKUP_PART_BYTES]
        received, stored = standing(await part(store, offer, received, piece))
    return offer


async def test_a_backup_that_comes_in_parts_is_kept_as_it_was(
    store: StoreClient, shelf: Shelf
) -> None:
    data = content(MAX_BACKUP_PART_BYTES + 5)
    offer = await left(store, data)
    (kept,) = shelf.kept("MB001")
    assert (kept.name, kept.seq, kept.taken_at) == (offer.name, 7, NOON)
    assert shelf.file_of(kept).read_bytes() == data
    assert shelf.file_of(kept).stat().st_mode & 0o077 == 0
    assert standing(await offered(store, offer)) == (len(data), True)
    assert len(shelf.kept("MB001")) == 1


async def test_after_a_cut_it_goes_on_where_it_ended_and_no_part_counts_twice(
    store: StoreClient, shelf: Shelf
) -> None:
    data = content()
    offer = offer_of(data)
    assert (await part(store, offer, 0, data)).code == "backup_not_offered"
    assert standing(await offered(store, offer)) == (0, False)
    assert standing(await part(store, offer, 0, data[:400])) == (400, False)
    assert standing(await part(store, offer, 0, data[:400])) == (400, False)  # its answer was lost
    assert standing(await part(store, offer, 900, data[900:])) == (400, False)
    assert standing(await offered(store, offer)) == (400, False)
    assert standing(await part(store, offer, 400, data[400:])) == (1_000, True)
    (kept,) = shelf.kept("MB001")
    assert shelf.file_of(kept).read_bytes() == data


async def test_what_is_not_what_was_offered_is_not_kept_and_may_come_anew(
    store: StoreClient, shelf: Shelf
) -> None:
    data = content()
    offer = offer_of(data)
    await offered(store, offer)
    assert (await part(store, offer, 0, content())).code == "backup_differs"
    assert shelf.kept("MB001") == []
    await left(store, data)
    assert len(shelf.kept("MB001")) == 1


async def test_one_that_is_too_large_is_refused_before_a_byte_of_it_comes(
    store: StoreClient, directory: Path
) -> None:
    large = offer_of(b"x", size_bytes=QUOTA_MB * 1_000_000 + 1)
    assert (await offered(store, large)).code == "backup_too_large"
    assert files(directory) == []
    offer = offer_of(content(10))
    await offered(store, offer)
    assert (await part(store, offer, 0, content(11))).code == "backup_too_large"
    assert (await part(store, offer, 0, bytes(MAX_BACKUP_PART_BYTES + 1))).code == "body_too_large"


async def test_the_newest_stay_up_to_their_number_and_quota_whatever_the_stores_clock_says(
    store: StoreClient, shelf: Shelf
) -> None:
    many = [await left(store, content(), taken_at=NOON - n) for n in range(KEEP + 2)]
    assert [one.sha256 for one in shelf.kept("MB001")] == [one.sha256 for one in many[-KEEP:]]
    large = await left(store, content(QUOTA_MB * 1_000_000))
    assert [one.sha256 for one in shelf.kept("MB001")] == [large.sha256]


async def test_a_backup_that_was_given_up_leaves_nothing(
    store: StoreClient, directory: Path
) -> None:
    first = offer_of(data := content())
    await offered(store, first)
    await part(store, first, 0, data[:10])
    await left(store, content())
    assert len(files(directory / "MB001")) == 2  # a backup and its note


async def test_a_store_leaves_its_own_alone_and_not_under_a_fenced_identity(
    store: StoreClient, other: StoreClient, directory: Path
) -> None:
    offer = offer_of(data := content())
    assert (await offered(other, offer)).code == "other_store"
    named = offer_of(data, store="MB002")
    assert (await offered(other, named)).code == "other_store"
    assert (await offered(store, offer_of(data, install_id="copy"))).code == "fenced"
    assert (await offered(store, offer_of(data, epoch=0))).code == "epoch_mismatch"
    await offered(store, offer)
    assert (await part(other, offer, 0, data)).code == "backup_not_offered"
    bad = offer_of(data, name="MB001-../../x.age")
    assert (await offered(store, bad)).code == "offer_malformed"
    assert not any(file.suffix == ".age" for file in files(directory))


async def test_a_head_office_that_keeps_none_says_so(hq_dsn: str, keys_dir: Path) -> None:
    async with head_office(hq_dsn, keys_dir) as hq:
        store = await hq.store("MB001")
        assert (await offered(store, offer_of(content()))).code == "backups_not_kept"


async def test_a_disk_that_is_not_there_is_told(store: StoreClient, directory: Path) -> None:
    os.rmdir(directory)
    answer = await offered(store, offer_of(content()))
    assert (answer.status, answer.code) == (507, "backup_not_writable")
    os.mkdir(directory)  # nothing was made in its place


_ON_A_FULL_DISK = """
import sys, hashlib, os
from pathlib import Path
import msgspec
from agent.base.problem import ProblemError
from sync.hq.backups import shelf as shelves
from tests.hq.backups.test_keeping import content, offer_of
shelf = shelves.Shelf(Path(sys.argv[1]), keep=3, quota_bytes=10**9)
good = content(100_000)
def left(data):
    offer = offer_of(data)
    shelf.offer(offer)
    return shelf.take("MB001", offer.sha256, 0, data, now=0)
def refused(data):
    try:
        left(data)
    except ProblemError as error:
        return error.problem.code
assert refused(good) == "backup_no_room"  # less is free than is left for others
shelves.SPARE_BYTES = 0
assert left(good).stored
assert refused(content(10**6)) == "backup_no_room"
shelf._check_room = lambda needed: None
assert refused(content(10**6)) == "backup_no_room"  # others took the room meanwhile
partial, = Path(sys.argv[1]).rglob("*.partial")
assert partial.stat().st_size == 0
kept, = shelf.kept("MB001")
assert shelf.file_of(kept).read_bytes() == good
"""


def test_on_a_full_disk_nothing_counts_and_what_was_kept_stays(tmp_path: Path) -> None:
    disk, nothing = tmp_path / "disk", tmp_path / "content"
    disk.mkdir()
    nothing.mkdir()
    (nothing / "a").touch()
    command = (sys.executable, "-c", _ON_A_FULL_DISK, str(disk))
    subprocess.run([*on_small_disk(disk, size=500_000, content=nothing), *command], check=True)
