"""What a recorded process did to the files of its state directory, and what it promised, in order.

Only what power loss can touch is kept: `-shm` files are rebuilt by recovery and left out. A call on
a file of the state directory that has no step here is an error, never ignored.
"""

import os.path
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.faults.powerloss.strace_log import Call, Returned, Started, path_of, text_of

DIRECTORY = "."
"""Name of the state directory itself in a sync."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A name was opened with O_CREAT or O_TRUNC: made if it was not there."""

    call: int
    name: str
    truncate: bool


@dataclass(frozen=True, kw_only=True)
class Written:
    """A write entered the kernel."""

    call: int
    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Truncated:
    """A change of size entered the kernel."""

    call: int
    name: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A write or truncation returned: a sync that starts from now on covers it."""

    call: int
    name: str


@dataclass(frozen=True, kw_only=True)
class SyncStarted:
    """fsync or fdatasync entered the kernel."""

    call: int
    name: str


@dataclass(frozen=True, kw_only=True)
class SyncReturned:
    """fsync or fdatasync returned without an error."""

    call: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Unlinked:
    """A name was removed."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Renamed:
    """A name took the place of another."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A caller began to say that this fact is saved; from here on it must survive."""

    fact: str


Step = (
    Opened
    | Written
    | Truncated
    | Completed
    | SyncStarted
    | SyncReturned
    | Unlinked
    | Renamed
    | Acknowledged
)


_CALLS_ON_NAMES = frozenset(
    {"open", "openat", "creat", "truncate", "unlink", "unlinkat", "rename", "renameat"}
    | {"renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir"}
)
_CALLS_ON_FILES = frozenset(
    {"write", "writev", "pwrite64", "pwritev", "pwritev2", "ftruncate", "fallocate"}
    | {"fsync", "fdatasync", "copy_file_range", "sendfile", "mmap"}
)
TRACED = _CALLS_ON_NAMES | _CALLS_ON_FILES
"""Every call that changes files or makes a change durable; `sync` and `syncfs` are no promise."""


class UnknownEffectError(Exception):
    """The process changed a file of the state directory in a way that has no step."""


class Translator:
    """Turns calls into steps; paths are absolute, without symbolic links."""

    def __init__(self, *, state_dir: str, promises: str) -> None:
        self._state_dir = state_dir
        self._promises = promises

    def steps(self, events: Iterable[Started | Returned]) -> Iterator[Step]:
        """Steps in the order of the log. Each line written to `promises` is a fact."""
        for event in events:
            if isinstance(event, Returned):
                if event.result >= 0:
                    yield from self._end(event.call, event.result)
            elif event.call.name == "write" and path_of(event.call.arguments[0]) == self._promises:
                for fact in text_of(event.call.arguments[1]).decode().splitlines():
                    yield Acknowledged(fact=fact)
            else:
                yield from self._begin(event.call)

    def _begin(self, call: Call) -> Iterator[Step]:
        if call.name in _CALLS_ON_NAMES:
            return
        if (name := self._file(path_of(_descriptor(call)))) is None:
            return
        number, arguments = call.number, call.arguments
        match call.name:
            case "pwrite64":
                data, offset = text_of(arguments[1]), int(arguments[3])
                yield Written(call=number, name=name, offset=offset, data=data)
            case "ftruncate":
                yield Truncated(call=number, name=name, size=int(arguments[1]))
            case "fsync" | "fdatasync":
                yield SyncStarted(call=number, name=name)
            case "mmap" if "MAP_SHARED" not in arguments[3]:
                pass
            case _:
                raise UnknownEffectError(f"{call.name} on {name}")

    def _end(self, call: Call, result: int) -> Iterator[Step]:
        if call.name in _CALLS_ON_NAMES:
            yield from self._end_naming(call)
            return
        if (name := self._file(path_of(_descriptor(call)))) is None:
            return
        match call.name:
            case "pwrite64" if result != len(text_of(call.arguments[1])):
                raise UnknownEffectError(f"short write of {result} bytes to {name}")
            case "pwrite64" | "ftruncate":
                yield Completed(call=call.number, name=name)
            case "fsync" | "fdatasync":
                yield SyncReturned(call=call.number, name=name)

    def _end_naming(self, call: Call) -> Iterator[Step]:
        names = [self._file(path) for path in _paths(call)]
        match call.name, names:
            case "openat", [str(name)]:
                flags = set(call.arguments[2].split("|"))
                if flags & {"O_CREAT", "O_TRUNC"}:
                    yield Opened(call=call.number, name=name, truncate="O_TRUNC" in flags)
            case "unlink" | "unlinkat", [str(name)]:
                yield Unlinked(name=name)
            case "rename" | "renameat" | "renameat2", [str(source), str(target)]:
                yield Renamed(source=source, target=target)
            case _ if any(names):
                raise UnknownEffectError(f"{call.name} on {names}")

    def _file(self, path: str | None) -> str | None:
        """The name in the state directory, if the path is there and outlives a power loss."""
        if path is None or path.endswith("-shm"):
            return None
        if path == self._state_dir:
            return DIRECTORY
        directory, name = os.path.split(path)
        if directory.startswith(self._state_dir + "/"):
            raise UnknownEffectError(f"a file in a directory below the state directory: {path}")
        return name if directory == self._state_dir else None


def _descriptor(call: Call) -> str:
    return call.arguments[4 if call.name == "mmap" else 0]


def _paths(call: Call) -> Iterator[str]:
    """The paths that a call names, each below the directory descriptor that precedes it."""
    directory = None
    for argument in call.arguments:
        if not argument.startswith('"'):
            directory = path_of(argument)
            continue
        path = text_of(argument).decode()
        if directory is None and not path.startswith("/"):
            raise UnknownEffectError(f"{call.name} on {path}: below which directory?")
        yield os.path.normpath(os.path.join(directory or "/", path))
