"""Reads the text that `strace -f -y -xx` writes: each call is seen to start and to return."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_COMPLETE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)")
_UNFINISHED = re.compile(r"(\d+) +(\w+)\((.*?),? ?<unfinished \.\.\.>$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+|0x[0-9a-f]+|\?)")
_NO_CALL = re.compile(r"\d+ +(\+\+\+|---) ")
_DESCRIPTOR = re.compile(r"(?:-?\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>")


class UnreadableLogError(Exception):
    """The log holds a line or an argument that this reader does not know, or a shortened string."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One system call of one thread."""

    number: int
    """Unique in the log, in the order of starting."""
    name: str
    arguments: tuple[str, ...]
    """As printed; read them with `text_of` and `path_of`."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """The thread entered the kernel."""

    call: Call


@dataclass(frozen=True, kw_only=True)
class Returned:
    """The call came back; -1 is an error. Killed in the call: it never returns."""

    call: Call
    result: int


def read(lines: Iterable[str]) -> Iterator[Started | Returned]:
    """Yields starts and returns in the order in which the kernel showed them."""
    under_way: dict[str, Call] = {}
    for number, line in enumerate(lines):
        if match := _RESUMED.match(line):
            thread, _name, result = match.groups()
            yield from _return(under_way.pop(thread), result)
        elif match := _UNFINISHED.match(line):
            thread, name, arguments = match.groups()
            under_way[thread] = _call(number, name, arguments)
            yield Started(call=under_way[thread])
        elif match := _COMPLETE.match(line):
            _thread, name, arguments, result = match.groups()
            call = _call(number, name, arguments)
            yield Started(call=call)
            yield from _return(call, result)
        elif not _NO_CALL.match(line):
            raise UnreadableLogError(f"line {number + 1}: {line[:200]!r}")


def text_of(argument: str) -> bytes:
    """The bytes of a string argument, which `-xx` prints as \\x.. in quotes."""
    if not (argument.startswith('"') and argument.endswith('"')):
        raise UnreadableLogError(f"not a whole string: {argument[:40]!r}…{argument[-40:]!r}")
    return bytes.fromhex(argument[1:-1].replace("\\x", ""))


def path_of(argument: str) -> str | None:
    """The path that `-y` prints behind a descriptor; None for a deleted file or no file."""
    match = _DESCRIPTOR.fullmatch(argument)
    return bytes.fromhex(match[1].replace("\\x", "")).decode() if match else None


def _call(number: int, name: str, arguments: str) -> Call:
    return Call(number=number, name=name, arguments=tuple(arguments.split(", ")))


def _return(call: Call, result: str) -> Iterator[Returned]:
    if result != "?":
        yield Returned(call=call, result=int(result, 0))
