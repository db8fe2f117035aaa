"""Where settings come from: TOML files and environment variables, read into layers of one shape."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class Key(NamedTuple):
    """The full name of a setting; a section alone has no name, a stray name no section."""

    section: str
    name: str = ""

    @property
    def dotted(self) -> str:
        """`section.name`, or the half that there is."""
        return ".".join(filter(None, self))


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The settings of one source: a file, or else the environment, whose values are text."""

    settings: tuple[tuple[Key, Any], ...]
    file: Path | None = None
    env_prefix: str = ""
    is_there: bool = True
    """Whether there is such a file."""

    def spell(self, key: Key) -> str:
        """The key as this source spells it."""
        if self.file is None:
            return self.env_prefix + "__".join(filter(None, key)).upper()
        return f"[{key.section}] {key.name}".strip() if key.section else key.name

    def where(self, key: Key) -> str:
        """Where the key stands, for people."""
        if self.file is None:
            return self.spell(key)
        return f"{self.file}{'' if self.is_there else ' (no such file)'}: {self.spell(key)}"


class UnreadableError(Exception):
    """A file is not there, may not be read, or is not TOML in UTF-8."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where = where
        """The file, with the line if it is known."""
        self.what = what
        """What is wrong, in a few words."""


def drop_ins(directory: Path) -> list[Path]:
    """The `*.toml` files of a directory by name, none if it isn't there; raise UnreadableError."""
    try:
        return sorted(path for path in directory.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UnreadableError(str(directory), f"can't be read: {error.strerror}") from error


def read_file(path: Path, *, optional: bool = False) -> Layer:
    """The settings of a TOML file (none if optional and not there); raise UnreadableError."""
    try:
        text = path.read_bytes().decode()
        return Layer(file=path, settings=tuple(_flattened(tomllib.loads(text))))
    except OSError as error:
        if optional and isinstance(error, FileNotFoundError):
            return Layer(file=path, settings=(), is_there=False)
        raise UnreadableError(str(path), f"can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"{path}: line {line}", "not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).removesuffix(")").rpartition(" (at ")
        place = place.replace("end of document", f"line {len(text.splitlines())}")
        raise UnreadableError(f"{path}: {place}", f"not TOML: {what}") from error


def read_environment(environ: Mapping[str, str], prefix: str) -> Layer:
    """The settings of every variable that begins with `prefix`: `{prefix}SECTION__NAME`."""
    settings = []
    for variable in sorted(variable for variable in environ if variable.startswith(prefix)):
        section, separator, name = variable.removeprefix(prefix).lower().partition("__")
        key = Key(section, name) if separator else Key("", section)
        settings.append((key, environ[variable]))
    return Layer(env_prefix=prefix, settings=tuple(settings))


def _flattened(document: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    for name, content in document.items():
        if not isinstance(content, Mapping):
            yield Key("", name), content
        elif not content:
            yield Key(name), content
        else:
            yield from ((Key(name, inner), value) for inner, value in content.items())
