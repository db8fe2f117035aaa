"""What a disk, a stick or people do to a file."""

import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

PAGE = 4_096


def _flip(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def _garble(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.randbytes(64) + data[at + 64 :]


def _zero_page(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(0, len(data), PAGE)
    return data[:at] + bytes(min(PAGE, len(data) - at)) + data[at + PAGE :]


def _swap_pages(data: bytes, dice: random.Random) -> bytes:
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    one, other = dice.randrange(len(pages)), dice.randrange(len(pages))
    pages[one], pages[other] = pages[other], pages[one]
    return b"".join(pages)


def _empty(_data: bytes, _dice: random.Random) -> bytes:
    return b""


_BYTES: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "flipped": _flip,
    "cut": _cut,
    "garbled": _garble,
    "a page of zeros": _zero_page,
    "pages swapped": _swap_pages,
    "empty": _empty,
}
_KINDS = ["flipped"] * 8 + ["cut"] * 3 + ["garbled"] * 3 + [*_BYTES, "gone"]
_OTHERS = ["a directory", "a dangling link", "a link to another file", "of another store"]


def spoil(file: Path, strange: Path, dice: random.Random) -> str:
    """Spoil `file`, for which `strange` is the same file of another store; say how."""
    kind = dice.choice(_KINDS + _OTHERS)
    if kind in _BYTES:
        data = file.read_bytes()
        if data:
            file.write_bytes(_BYTES[kind](data, dice))
        return kind
    file.unlink()
    if kind == "a directory":
        file.mkdir()
    elif kind == "a dangling link":
        file.symlink_to(file.with_name("not there"))
    elif kind == "a link to another file":
        file.symlink_to(strange)
    elif kind == "of another store" and strange.is_file():
        shutil.copyfile(strange, file)
    return kind
