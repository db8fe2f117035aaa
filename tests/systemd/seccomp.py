"""Start a program with what the units forbid forbidden, the way systemd does it, without root.

python seccomp.py PROGRAM ARGUMENT… runs PROGRAM under a seccomp filter in classic BPF, as of
seccomp(2) and linux/filter.h, for MemoryDenyWriteExecute= and RestrictAddressFamilies=.
"""

import ctypes
import errno
import os
import struct
import sys
from socket import AF_NETLINK, AF_PACKET

PROT_WRITE, PROT_EXEC = 2, 4
ANY = 0xFFFFFFFF

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 22, 38, 2
_LOAD, _AND, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_NUMBER, _ARGUMENTS = 0, 16
"""Where struct seccomp_data has the call's number and its six arguments of 8 bytes."""

_MMAP, _MPROTECT, _SOCKET = {"x86_64": (9, 10, 41), "aarch64": (222, 226, 198)}[os.uname().machine]


def forbid() -> None:
    """Forbid this process, and all that it becomes or starts, what the units forbid."""
    writable_code = PROT_WRITE | PROT_EXEC
    _install(
        _failing(_MMAP, argument=2, mask=writable_code, value=writable_code, error=errno.EPERM)
        + _failing(_MPROTECT, argument=2, mask=PROT_EXEC, value=PROT_EXEC, error=errno.EPERM)
        + _failing(_SOCKET, argument=0, mask=ANY, value=AF_NETLINK, error=errno.EAFNOSUPPORT)
        + _failing(_SOCKET, argument=0, mask=ANY, value=AF_PACKET, error=errno.EAFNOSUPPORT)
        + _instruction(_RETURN, _ALLOW)
    )


def _failing(number: int, *, argument: int, mask: int, value: int, error: int) -> bytes:
    """A rule: call `number` fails with `error` if its argument, masked, is `value`."""
    return (
        _instruction(_LOAD, _NUMBER)
        + _instruction(_JUMP_IF_EQUAL, number, otherwise=4)
        + _instruction(_LOAD, _ARGUMENTS + 8 * argument)
        + _instruction(_AND, mask)
        + _instruction(_JUMP_IF_EQUAL, value, otherwise=1)
        + _instruction(_RETURN, _FAIL | error)
    )


def _instruction(code: int, operand: int, *, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, 0, otherwise, operand)


def _install(program: bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(program)
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    for call in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0),
    ):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), f"prctl{call}")


if __name__ == "__main__":
    forbid()
    os.execv(sys.argv[1], sys.argv[1:])  # a new program, so that nothing is loaded already
