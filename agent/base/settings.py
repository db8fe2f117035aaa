"""Typed settings: struct defaults < TOML file < drop-in files < environment; every mistake at once."""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "json", "pretty"]


class LogSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The [log] section, the same in every program."""

    level: LogLevel = "info"
    """The least severe level that is written."""
    format: LogFormat = "auto"
    """auto = pretty on a terminal, JSON lines elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing to correct, and where."""

    where: str
    """`FILE: [section] key`, or the name of an environment variable."""
    what: str
    """What is wrong, in a few words."""
    expected: str = ""
    got: str = ""
    hint: str = ""
    """The name that was probably meant; empty if none is near."""

    def __str__(self) -> str:
        facts = [f"expected {self.expected}" if self.expected else ""]
        facts.append(f"got {self.got}" if self.got else "")
        facts.append(f"did you mean '{self.hint}'?" if self.hint else "")
        return f"{self.where}: " + "; ".join([self.what, *filter(None, facts)])


class SettingsError(Exception):
    """The settings can't be used; holds every mistake found, not just the first."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(self.mistakes)

    def __str__(self) -> str:
        count = len(self.mistakes)
        heading = f"{count} mistake{'s' if count > 1 else ''} in the settings:"
        return "\n".join([heading, *(f"  - {mistake}" for mistake in self.mistakes)])


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Settings from one source, as it spelled them: `{section: {key: value}}`."""

    source: str
    values: Mapping[str, Any]
    is_environment: bool = False
    """The values are text, the names were VARIABLES."""


def load(
    struct_type: type[T],
    *,
    file: Path | None,
    drop_in_dir: Path | None,
    environ: Mapping[str, str],
    env_prefix: str,
) -> T:
    """Read all layers and merge them; raise SettingsError with every mistake of every layer.

    A `file` that is named must exist; a drop-in directory need not. Sections are struct-typed
    fields of `struct_type`. A variable is `PREFIX` + `SECTION__KEY`; lists are comma-separated.
    """
    mistakes: list[Mistake] = []
    layers = [_read_file(path, mistakes) for path in _files(file, drop_in_dir)]
    layers.append(_read_environment(struct_type, environ, env_prefix, mistakes))
    return resolve(struct_type, [layer for layer in layers if layer], found=mistakes)


def resolve(struct_type: type[T], layers: Sequence[Layer], *, found: Sequence[Mistake] = ()) -> T:
    """Merge layers, later ones win; pure. Raise SettingsError with `found` and all new mistakes."""
    mistakes = list(found)
    sections = _sections(struct_type)
    merged: dict[str, dict[str, Any]] = {name: {} for name in sections}
    for layer in layers:
        for place in _places(layer, sections, mistakes):
            _take(place, merged[place.section], mistakes)
    source = next((layer.source for layer in layers if not layer.is_environment), "settings")
    built = {
        name: _build(section, merged[name], f"{source}: [{name}]", mistakes)
        for name, section in sections.items()
    }
    if mistakes:
        raise SettingsError(mistakes)
    return struct_type(**built)


class _Place(NamedTuple):
    """A known key, found in one layer with a value still to be checked."""

    where: str
    section: str
    field: msgspec.structs.FieldInfo
    value: Any
    is_text: bool


_Fields = Mapping[str, msgspec.structs.FieldInfo]


def _files(file: Path | None, drop_in_dir: Path | None) -> Iterator[Path]:
    if file is not None:
        yield file
    if drop_in_dir is not None and drop_in_dir.is_dir():
        yield from sorted(drop_in_dir.glob("*.toml"))


def _read_file(path: Path, mistakes: list[Mistake]) -> Layer | None:
    try:
        text = path.read_bytes().decode()
        return Layer(source=str(path), values=tomllib.loads(text))
    except OSError as error:
        mistakes.append(Mistake(where=str(path), what=f"can't be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        mistakes.append(Mistake(where=f"{path}: line {line}", what="not UTF-8"))
    except tomllib.TOMLDecodeError as error:
        mistakes.append(_bad_toml(path, text, str(error)))
    return None


def _bad_toml(path: Path, text: str, message: str) -> Mistake:
    """tomllib ends its messages with `(at line 3, column 5)` or `(at end of document)`."""
    what, _, position = message.rstrip(")").rpartition(" (at ")
    line = position.removeprefix("line ").split(",")[0]
    if not line.isdigit():
        line = str(text.count("\n") + 1)
    return Mistake(where=f"{path}: line {line}", what=f"not TOML: {what}")


def _read_environment(
    struct_type: type[msgspec.Struct],
    environ: Mapping[str, str],
    prefix: str,
    mistakes: list[Mistake],
) -> Layer:
    known = {
        f"{prefix}{section}__{key}".upper(): (section, key)
        for section, struct in _sections(struct_type).items()
        for key in _fields(struct)
    }
    values: dict[str, dict[str, str]] = {}
    for name in sorted(name for name in environ if name.startswith(prefix)):
        if name in known:
            section, key = known[name]
            values.setdefault(section, {})[key] = environ[name]
        else:
            hint = _nearest(name, known)
            mistakes.append(Mistake(where=name, what="unknown variable", hint=hint))
    return Layer(source=prefix, values=values, is_environment=True)


def _sections(struct_type: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    return {field.name: field.type for field in msgspec.structs.fields(struct_type)}


def _fields(struct: type[msgspec.Struct]) -> _Fields:
    return {field.name: field for field in msgspec.structs.fields(struct)}


def _places(
    layer: Layer, sections: Mapping[str, type[msgspec.Struct]], mistakes: list[Mistake]
) -> Iterator[_Place]:
    """Yield every known key of a layer; report unknown sections and keys."""
    every_key = {f"[{name}] {key}" for name in sections for key in _fields(sections[name])}
    for section, values in layer.values.items():
        where = f"{layer.source}: [{section}]"
        if section not in sections:
            mistakes.append(_unknown_top(layer.source, section, values, sections, every_key))
        elif not isinstance(values, Mapping):
            got = _shown(values)
            mistakes.append(Mistake(where=where, what="not a section", expected="a table", got=got))
        else:
            yield from _section_places(layer, section, values, _fields(sections[section]), mistakes)


def _section_places(
    layer: Layer,
    section: str,
    values: Mapping[str, Any],
    fields: _Fields,
    mistakes: list[Mistake],
) -> Iterator[_Place]:
    raise NotImplementedError
