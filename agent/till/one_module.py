"""All scripts of a page as one, for a browser to ask for once.

Each file more costs a browser milliseconds, cached or not. The scripts stay ES modules on disk, and
keep their scopes here; what they export others take from one object each. Only what is exported by
`export let`, which changes, lies outside all scopes, so that all see it change.
"""

import os
import re
from pathlib import Path

_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)";\n?', re.MULTILINE)
_CHANGING = re.compile(r"^export let (\w+)", re.MULTILINE)
_FIXED = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_RENAMED = re.compile(r"\s+as\s+")


class ScriptError(Exception):
    """A script can't be put together with the others; the message says which and why."""


def one_module(entry: Path) -> str:
    """Return `entry` with all that it imports, each before what imports it."""
    scripts = _gather(entry, {})
    changing = [name for text in scripts.values() for name in _CHANGING.findall(text)]
    if len(set(changing)) < len(changing):
        raise ScriptError(f"two scripts export let the same name: {sorted(changing)}")
    names = {file: f"${at}" for at, file in enumerate(scripts)}
    parts = [_part(file, scripts[file], names, set(changing)) for file in scripts]
    head = f"let {', '.join(changing)};\n" if changing else ""
    return head + "".join(parts)


def _gather(file: Path, into: dict[Path, str], above: tuple[Path, ...] = ()) -> dict[Path, str]:
    """Put the text of `file` into `into`, after all that it imports."""
    if file in above:
        raise ScriptError(f"{file.name} imports itself, by way of {above[-1].name}")
    text = file.read_text("utf-8")
    for _, target in _IMPORT.findall(text):
        if _at(file, target) not in into:
            _gather(_at(file, target), into, (*above, file))
    into[file] = text
    return into


def _part(file: Path, text: str, names: dict[Path, str], changing: set[str]) -> str:
    """Return one script in a scope of its own."""

    def taken(match: re.Match[str]) -> str:
        wanted = [name.strip() for name in match[1].split(",") if name.strip()]
        if renamed := changing & {name.split()[0] for name in wanted if _RENAMED.search(name)}:
            raise ScriptError(f"{file.name} renames {renamed.pop()}, which changes")
        fixed = [_RENAMED.sub(": ", name) for name in wanted if name not in changing]
        return f"const {{ {', '.join(fixed)} }} = {names[_at(file, match[2])]};\n" if fixed else ""

    given = _FIXED.findall(text)
    text = _FIXED.sub("", _CHANGING.sub(r"\1", _IMPORT.sub(taken, text)))
    if left := _LEFT.search(text):
        raise ScriptError(f"{file.name}: {left[0]} is no form of import or export known here")
    told = f"Object.assign({names[file]}, {{ {', '.join(given)} }});\n"
    return f"// {file.name}\nconst {names[file]} = {{}};\n{{\n{text}{told}}}\n"


def _at(file: Path, target: str) -> Path:
    return Path(os.path.normpath(file.parent / target))
