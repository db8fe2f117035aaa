"""A command that root types works as the service's own user, so that no file ends up root's."""

import os
import pwd
from pathlib import Path


def become_owner_of(directory: Path) -> None:
    """Give root's rights up for those of the owner of `directory`, with all its groups.

    Does nothing for anybody but root, where the directory is not there, or is root's.
    """
    if os.geteuid() != 0 or not directory.is_dir():
        return
    owner = directory.stat().st_uid
    if owner == 0:
        return
    user = pwd.getpwuid(owner)
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
