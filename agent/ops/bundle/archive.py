"""The archive: a manifest to read first, then the parts, within a bound."""

import io
import os
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from agent.ops.bundle.masking import Masker
from agent.ops.bundle.members import Part

MAX_BUNDLE_BYTES = 4 * 1024 * 1024
"""All parts together, before compression: it goes by mail and chat."""
MAX_PART_BYTES = MAX_BUNDLE_BYTES // 2
MANIFEST = "MANIFEST.txt"
CUT = "\n… {missing} bytes left out …\n"

_OPENING = """\
Support bundle of store-agent, made {at}.
支持包：发送前请先阅读本文件。不含券码、手机号、密钥、PIN 和销售内容。

Look through it before you send it: it is plain text in a tar file. It holds no codes, phones, keys
or PINs and nothing of what was sold. What looked like one was masked as **** ({masked} places).
All parts together are at most {bound:,} bytes; the oldest lines of the log go first.

"""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A part as it was made."""

    part: Part
    content: bytes
    left_out: int
    """Bytes that went beyond the bound."""


def gathered(parts: tuple[Part, ...], masker: Masker) -> list[Member]:
    """Make each part, and cut it to what is left of the bound."""
    left, members = MAX_BUNDLE_BYTES, []
    for part in parts:
        member = _cut(part, _made(part, masker), min(left, MAX_PART_BYTES))
        left -= len(member.content)
        members.append(member)
    return members


def write(file: Path, members: list[Member], *, masked: int) -> None:
    """Write the archive, readable by its owner alone; the manifest comes first. Raises OSError."""
    # Exclusive: what lies there is nobody's to overwrite, and a link is not followed.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz") as archive:
        top = file.name.removesuffix(".tar.gz")
        _add(archive, f"{top}/{MANIFEST}", manifest(members, masked=masked).encode())
        for member in members:
            _add(archive, f"{top}/{member.part.name}", member.content)


def manifest(members: list[Member], *, masked: int) -> str:
    """Return what is in it, in words."""
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    lines = [_OPENING.format(at=at, masked=masked, bound=MAX_BUNDLE_BYTES)]
    for member in members:
        cut = f", {member.left_out:,} left out" if member.left_out else ""
        size = f"{len(member.content):>9,} bytes"
        lines.append(f"{member.part.name:<18}{size}  {member.part.about}{cut}\n")
    return "".join(lines)


def _made(part: Part, masker: Masker) -> bytes:
    """A part that can't be made says why: the others are worth having all the same."""
    try:
        return part.make().encode(errors="backslashreplace")
    except Exception as error:  # noqa: BLE001 - a bundle is made when something is wrong
        return masker.text(f"could not be made: {error!r}\n").encode(errors="backslashreplace")


def _cut(part: Part, content: bytes, room: int) -> Member:
    missing = max(0, len(content) - room)
    if missing:
        note = CUT.format(missing=missing).encode()
        keep = max(0, room - len(note))
        end = content[len(content) - keep :] if keep else b""
        content = note + end if part.newest_last else content[:keep] + note
    return Member(part=part, content=content[:room], left_out=missing)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o600
    archive.addfile(entry, io.BytesIO(content))
