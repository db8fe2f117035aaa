"""The page's modules lie in rooms by subject, and import one way, as the agent's own do."""

import os
import re
import tomllib
from pathlib import Path

from agent import till

STATIC = Path(till.__file__).parent / "static"
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
GROUND = (("base",), ("agent",), ("screen", "scan"))
"""What knows no subject, from the bottom."""
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


def subjects() -> list[str]:
    """Return the subjects from the bottom: the order that holds on every floor."""
    contracts = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (one,) = (contract for contract in contracts if contract["name"].startswith("subjects"))
    return [layer.strip("()") for layer in reversed(one["layers"]) if ":" not in layer]


def room_of(module: Path) -> str:
    return module.relative_to(STATIC).parts[0]


def test_modules_import_one_way() -> None:
    floors = [*GROUND, *((subject,) for subject in subjects()), ("app.js", "customer.js")]
    height = {room: floor for floor, rooms in enumerate(floors) for room in rooms}
    wrong = []
    for module in STATIC.rglob("*.js"):
        for target in IMPORT.findall(module.read_text("utf-8")):
            imported = Path(os.path.normpath(module.parent / target))
            assert imported.is_file(), f"{module} imports {target}, which is not there"
            here, there = room_of(module), room_of(imported)
            if here != there and height[there] >= height[here]:
                wrong.append(f"{module.relative_to(STATIC)} imports {imported.relative_to(STATIC)}")
    assert wrong == []
