"""The simulated disk keeps what was synced and nothing else for certain."""

from random import Random

from tests.faults.powerloss.disk import SECTOR, Disk
from tests.faults.powerloss.steps import (
    DIRECTORY,
    Completed,
    Opened,
    Renamed,
    Step,
    SyncReturned,
    SyncStarted,
    Truncated,
    Unlinked,
    Written,
)

DRAWS = 500


def _made(name: str) -> list[Step]:
    return [Opened(call=0, name=name, truncate=False)]


def _wrote(call: int, data: bytes, *, offset: int = 0, name: str = "f") -> list[Step]:
    written = Written(call=call, name=name, offset=offset, data=data)
    return [written, Completed(call=call, name=name)]


def _cut(call: int, size: int) -> list[Step]:
    return [Truncated(call=call, name="f", size=size), Completed(call=call, name="f")]


def _synced(call: int, name: str) -> list[Step]:
    return [SyncStarted(call=call, name=name), SyncReturned(call=call, name=name)]


def _disk(*parts: list[Step], honest: bool = True) -> Disk:
    disk = Disk(honest=honest)
    for part in parts:
        for step in part:
            disk.apply(step)
    return disk


def _contents(*parts: list[Step], honest: bool = True) -> set[bytes]:
    """Every content of the file `f`, whose name is durable, that a power loss may leave."""
    disk = _disk(_made("f"), _synced(1, DIRECTORY), *parts, honest=honest)
    return {disk.image(Random(draw))["f"] for draw in range(DRAWS)}


def _names(*parts: list[Step]) -> set[tuple[str, ...]]:
    disk = _disk(*parts)
    return {tuple(sorted(disk.image(Random(draw)))) for draw in range(DRAWS)}


def test_synced_write_survives_every_power_loss() -> None:
    assert _contents(_wrote(2, b"new"), _synced(3, "f")) == {b"new"}


def test_unsynced_write_is_kept_or_dropped_or_leaves_zeros() -> None:
    assert _contents(_wrote(2, b"new")) == {b"", b"new", b"\0\0\0"}


def test_unsynced_write_is_torn_at_sectors_of_the_file() -> None:
    old = _wrote(2, b"o" * 3 * SECTOR) + _synced(3, "f")
    first, middle, last = 100, SECTOR, 12
    contents = _contents(old, _wrote(4, b"n" * (first + middle + last), offset=SECTOR - first))
    assert {content[: SECTOR - first] for content in contents} == {b"o" * (SECTOR - first)}
    assert {content[2 * SECTOR + last :] for content in contents} == {b"o" * (SECTOR - last)}
    written = {content[SECTOR - first : 2 * SECTOR + last] for content in contents}
    assert written == {
        a * first + b * middle + c * last for a in (b"o", b"n") for b in (b"o", b"n")
        for c in (b"o", b"n")
    }  # fmt: skip


def test_later_write_survives_without_the_earlier() -> None:
    contents = _contents(_wrote(2, b"1"), _wrote(3, b"2", offset=1))
    assert contents >= {b"", b"1", b"12", b"\x002"}


def test_sync_covers_no_write_that_had_not_returned() -> None:
    under_way: list[Step] = [Written(call=2, name="f", offset=0, data=b"new")]
    returned: list[Step] = [Completed(call=2, name="f")]
    start: list[Step] = [SyncStarted(call=3, name="f")]
    end: list[Step] = [SyncReturned(call=3, name="f")]
    assert b"" in _contents(under_way, start, returned, end)
    assert b"" in _contents(start, under_way, returned, end)
    assert b"" in _contents(under_way, returned, start)
    assert _contents(under_way, returned, start, end) == {b"new"}


def test_truncation_is_certain_after_a_sync_only() -> None:
    old = _wrote(2, b"old") + _synced(3, "f")
    assert _contents(old, _cut(4, 1)) == {b"old", b"o"}
    assert _contents(old, _cut(4, 1), _synced(5, "f")) == {b"o"}


def test_truncation_on_opening_is_certain_after_a_sync_only() -> None:
    old = _wrote(2, b"old") + _synced(3, "f")
    emptied: list[Step] = [Opened(call=4, name="f", truncate=True)]
    assert _contents(old, emptied) == {b"old", b""}
    assert _contents(old, emptied, _synced(5, "f")) == {b""}


def test_new_name_is_certain_after_a_sync_of_the_directory_only() -> None:
    made = _made("f") + _wrote(1, b"new") + _synced(2, "f")
    assert _names(made) == {(), ("f",)}
    assert _names(made, _synced(3, DIRECTORY)) == {("f",)}


def test_names_survive_in_the_order_of_their_making() -> None:
    assert _names(_made("a"), _made("b")) == {(), ("a",), ("a", "b")}


def test_removed_file_may_come_back_with_its_content() -> None:
    made = _made("f") + _synced(1, DIRECTORY) + _wrote(2, b"old") + _synced(3, "f")
    disk = _disk(made, [Unlinked(name="f")])
    images = [disk.image(Random(draw)) for draw in range(DRAWS)]
    assert {} in images
    assert {"f": b"old"} in images
    assert _names(made, [Unlinked(name="f")], _synced(4, DIRECTORY)) == {()}


def test_renaming_is_whole() -> None:
    made = _made("a") + _made("b") + _synced(1, DIRECTORY)
    assert _names(made, [Renamed(source="a", target="b")]) == {("a", "b"), ("b",)}


def test_same_draw_gives_the_same_image() -> None:
    disk = _disk(_made("f"), _wrote(1, bytes(range(256)) * 20))
    assert [disk.image(Random(draw)) for draw in range(50)] == [
        disk.image(Random(draw)) for draw in range(50)
    ]


def test_dishonest_disk_loses_what_was_synced() -> None:
    assert b"" in _contents(_wrote(2, b"new"), _synced(3, "f"), honest=False)
