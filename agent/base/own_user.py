"""A command that root types works as the service's own user, so that no file ends up root's."""

import os
import pwd
from pathlib import Path

# linux/prctl.h, linux/capability.h
_PR_SET_KEEPCAPS = 8
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH = 1 << 2
"""To read files and directories whatever their mode, and no more."""


def become_owner_of(directory: Path, *, still_reads: bool = False) -> None:
    """Give root's rights up for those of the owner of `directory`, with all its groups.

    With `still_reads` that of reading every file is kept: for what root names, such as a stick's.
    Does nothing for anybody but root, where the directory is not there, or is root's.
    """
    if os.geteuid() != 0 or not directory.is_dir():
        return
    owner = directory.stat().st_uid
    if owner == 0:
        return
    user = pwd.getpwuid(owner)
    if still_reads:
        _become_and_keep(user, _CAP_DAC_READ_SEARCH)
    else:
        _become(user)


def _become(user: pwd.struct_passwd) -> None:
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def _become_and_keep(user: pwd.struct_passwd, capability: int) -> None:
    """Become `user` with one of root's capabilities; OSError."""
    import ctypes  # the agent itself needs it not, and is small

    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    _become(user)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(capability, capability)
    if libc.capset(header, effective_permitted_inheritable):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "capset")
