"""The reader of strace's text."""

import pytest

from tests.faults.powerloss.strace_log import (
    Returned,
    Started,
    UnreadableLogError,
    path_of,
    read,
    text_of,
)


def _seen(*lines: str) -> list[str]:
    return [
        f"{event.call.name}>" if isinstance(event, Started) else f"{event.call.name}={event.result}"
        for event in read(lines)
    ]


def test_whole_line_is_a_start_and_a_return() -> None:
    started, returned = read([r'7  pwrite64(4<\x2f\x61>, "\x00\x41", 2, 4096) = 2'])
    assert isinstance(started, Started)
    assert returned == Returned(call=started.call, result=2)
    assert started.call.arguments == (r"4<\x2f\x61>", r'"\x00\x41"', "2", "4096")


def test_calls_of_two_threads_keep_the_order_of_their_starts_and_returns() -> None:
    assert _seen(
        r"7  fsync(4<\x2f\x61> <unfinished ...>",
        r'8  write(5<\x2f\x62>, "\x41", 1 <unfinished ...>',
        r"7  <... fsync resumed>)              = 0",
        r"8  <... write resumed>)              = 1",
    ) == ["fsync>", "write>", "fsync=0", "write=1"]


def test_resumed_call_has_the_arguments_of_its_start() -> None:
    started, returned = read(
        [
            r'7  pwrite64(4<\x2f\x61>, "\x41", 1, 512 <unfinished ...>',
            r"7  <... pwrite64 resumed>)           = 1",
        ]
    )
    assert returned.call is started.call
    assert returned.call.arguments[1:] == (r'"\x41"', "1", "512")


def test_call_cut_short_by_a_kill_never_returns() -> None:
    assert _seen(
        r"7  fsync(4<\x2f\x61> <unfinished ...>",
        r"8  fdatasync(4<\x2f\x61>) = ?",
        r"7  <... fsync resumed>)              = ?",
        r"7  +++ killed by SIGKILL +++",
        r"8  +++ exited with 0 +++",
    ) == ["fsync>", "fdatasync>"]


def test_failed_call_returns_minus_one() -> None:
    line = r'7  unlink("\x2f\x61")  = -1 ENOENT (No such file or directory)'
    assert _seen(line) == ["unlink>", "unlink=-1"]


def test_path_is_read_from_the_descriptor() -> None:
    assert path_of(r"4<\x2f\x61\x2d\xe5\xba\x97>") == "/a-店"
    assert path_of(r"AT_FDCWD<\x2f\x61>") == "/a"
    assert path_of(r"4<\x2f\x61>(deleted)") is None
    assert path_of("-1") is None


def test_shortened_string_is_an_error() -> None:
    assert text_of(r'"\x00\xff"') == b"\x00\xff"
    with pytest.raises(UnreadableLogError):
        text_of(r'"\x00\xff"...')


def test_unknown_line_is_an_error() -> None:
    with pytest.raises(UnreadableLogError, match="line 1"):
        _seen("strace: something went wrong")
