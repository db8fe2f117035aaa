"""What the agent's unit says, read from its files: also where systemd does not run."""

import re
from pathlib import Path

from agent.ops.doctor.ground import SERVICE, Ground

_PLACES = ("/usr/lib/systemd/system", "/lib/systemd/system")
_CREDENTIAL = re.compile(r"^LoadCredential=[^:\s]+:(\S+)", re.MULTILINE)


def is_loaded_by_systemd(file: Path, ground: Ground) -> bool:
    """Whether systemd reads `file` as root and hands it to the agent, which need not read it."""
    unit = f"{SERVICE}.service"
    own = (ground.etc / "systemd/system", *map(Path, _PLACES))
    found = next((place / unit for place in own if (place / unit).is_file()), None)
    drop_ins = sorted((ground.etc / "systemd/system" / f"{unit}.d").glob("*.conf"))
    files = [*((found,) if found else ()), *drop_ins]
    return any(str(file) in _CREDENTIAL.findall(_read(one)) for one in files)


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
