"""The drop-in file that a calibration writes."""

import json
from pathlib import Path

from agent.ops.kept_file import BEFORE as KEPT
from agent.ops.kept_file import KeptFile

NAME = "zz-scanner.toml"
"""Read last in agent.toml.d/, so that it wins over what was written by hand before."""
BEFORE = NAME + KEPT

Values = dict[str, str | int | tuple[str, ...]]


def scanner_file(config: Path) -> KeptFile:
    """Return the drop-in beside a settings file."""
    return KeptFile(config.with_name(config.name + ".d") / NAME)


def rendered(values: Values) -> str:
    """Return the file's text: [scanner] with these settings."""
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    heading = "# Written by `store-agent devices calibrate`; --undo takes it back."
    return "\n".join((heading, "[scanner]", *lines, ""))
