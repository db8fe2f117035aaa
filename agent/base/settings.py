"""Typed settings: defaults < TOML file < drop-in files < environment; every mistake at once.

A settings struct has sections, each a frozen struct; `msgspec.Meta` constrains their fields.
`Meta(description=...)` becomes a mistake's "expected"; `Meta(extra={"holds": predicate})` adds a
check that a constraint can't say, and may raise ValueError to say better what is wrong;
`Meta(extra={"secret": True})` keeps a value out of messages.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo
from msgspec.structs import fields as fields_of

from agent.base.settings_layers import (
    Key,
    Layer,
    UnreadableError,
    drop_ins,
    read_environment,
    read_file,
)

T = TypeVar("T", bound=msgspec.Struct)

SHOWN_VALUE_CHARS = 60
"""A wrong value is shown up to this length."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing to correct, and where."""

    where: str
    """`FILE: [section] name`, `FILE: line 3`, or an environment variable."""
    what: str
    """What is wrong, in a few words."""
    expected: str = ""
    got: str = ""
    hint: str = ""
    """What was probably meant, spelled as its source spells it."""

    def __str__(self) -> str:
        facts = (
            self.what,
            self.expected and f"expected {self.expected}",
            self.got and f"got {self.got}",
            self.hint and f"did you mean '{self.hint}'?",
        )
        return f"{self.where}: " + ", ".join(filter(None, facts))


class SettingsError(Exception):
    """The settings can't be used; holds every mistake found, not just the first."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(self.mistakes)

    def __str__(self) -> str:
        count = len(self.mistakes)
        heading = f"{count} mistake{'s' if count > 1 else ''} in the settings:"
        return "\n".join([heading, *(f"  - {mistake}" for mistake in self.mistakes)])


def load(
    struct_type: type[T],
    *,
    file: Path | None,
    drop_in_dir: Path | None,
    environ: Mapping[str, str],
    env_prefix: str,
    file_optional: bool = False,
) -> T:
    """Read and merge all layers, or raise SettingsError with every mistake of every layer.

    A `file` that is not optional must be there, a drop-in directory (`*.toml`, in order of name)
    need not. A variable is `{env_prefix}SECTION__NAME`; a list in it is separated by commas.
    """
    unread: list[Mistake] = []
    layers = list(_read_files(file, drop_in_dir, file_optional, unread))
    layers.append(read_environment(environ, env_prefix))
    return resolve(struct_type, layers, unread=unread)


def resolve(struct_type: type[T], layers: Sequence[Layer], *, unread: Sequence[Mistake] = ()) -> T:
    """Merge one or more layers, later ones win, without I/O; raise SettingsError as `load` does.

    While a source is `unread`, nobody knows what is missing: only what is there is judged.
    """
    fields = {
        Key(section.name, field.name): field
        for section in fields_of(struct_type)
        for field in fields_of(section.type)
    }
    values, mistakes = _merge(fields, layers)
    if unread:
        raise SettingsError([*unread, *mistakes])
    mistakes += _missing(fields, values, layers[0])
    sections = {
        section.name: _build(section, values, layers[0], mistakes)
        for section in fields_of(struct_type)
    }
    if mistakes:
        raise SettingsError(mistakes)
    return struct_type(**sections)


def value_of(struct_type: type[msgspec.Struct], key: Key, text: str, *, where: str = "") -> Any:
    """Return what `text` means as one setting; raise SettingsError with what is wrong with it.

    A list is separated by commas. `where`: what a mistake names.
    """
    (field,) = (
        field
        for section in fields_of(struct_type)
        for field in fields_of(section.type)
        if Key(section.name, field.name) == key
    )
    try:
        return _converted(field, text, is_text=True)
    except ValueError as error:
        raise SettingsError([_wrong(where or key.dotted, field, text, error)]) from error


def default_of(struct_type: type[msgspec.Struct], key: Key) -> Any:
    """Return a setting's default; msgspec.NODEFAULT if it has none."""
    (section,) = (one for one in fields_of(struct_type) if one.name == key.section)
    return next(field.default for field in fields_of(section.type) if field.name == key.name)


_Fields = Mapping[Key, FieldInfo]
_Values = Mapping[Key, Any]


def _read_files(
    file: Path | None, drop_in_dir: Path | None, file_optional: bool, unread: list[Mistake]
) -> Iterator[Layer]:
    paths = [file] if file else []
    try:
        paths += drop_ins(drop_in_dir) if drop_in_dir else []
    except UnreadableError as error:
        unread.append(Mistake(where=error.where, what=error.what))
    for path in paths:
        try:
            yield read_file(path, optional=file_optional and path == file)
        except UnreadableError as error:
            unread.append(Mistake(where=error.where, what=error.what))


def _merge(fields: _Fields, layers: Sequence[Layer]) -> tuple[dict[Key, Any], list[Mistake]]:
    """The value of every key that is set (UNSET if it is set wrong), and what is wrong."""
    values: dict[Key, Any] = {}
    mistakes: list[Mistake] = []
    for layer in layers:
        mistakes += _unknown(fields, layer)
        for key, value in layer.settings:
            if field := fields.get(key):
                try:
                    values[key] = _converted(field, value, is_text=layer.file is None)
                except ValueError as error:
                    values[key] = msgspec.UNSET
                    mistakes.append(_wrong(layer.where(key), field, value, error))
    return values, mistakes


def _missing(fields: _Fields, values: _Values, layer: Layer) -> Iterator[Mistake]:
    for key, field in fields.items():
        if field.required and key not in values:
            yield Mistake(where=layer.where(key), what="missing", expected=_expected(field))


def _build(section: FieldInfo, values: _Values, layer: Layer, mistakes: list[Mistake]) -> Any:
    """The section, or None if it has no right value for a required field or contradicts itself."""
    right = {
        key.name: value
        for key, value in values.items()
        if key.section == section.name and value is not msgspec.UNSET
    }
    if all(field.name in right or not field.required for field in fields_of(section.type)):
        try:
            return section.type(**right)
        except ValueError as error:  # from its __post_init__, where fields are held together
            mistakes.append(Mistake(where=layer.where(Key(section.name)), what=str(error)))
    return None


def _unknown(fields: _Fields, layer: Layer) -> Iterator[Mistake]:
    """Every name that nobody knows; an unknown section of a file once, not for each name in it."""
    sections = {key.section for key in fields}
    known, strays = set(fields), [key for key, _ in layer.settings]
    if layer.file is not None:
        known.update(map(Key, sections))
        strays = [key if key.section in {"", *sections} else Key(key.section) for key in strays]
    for stray in dict.fromkeys(strays):
        if stray not in known:
            near = _nearest(stray, sorted(known))
            what = "unknown setting" if stray.name else "unknown section"
            hint = layer.spell(near) if near else ""
            yield Mistake(where=layer.where(stray), what=what, hint=hint)


def _nearest(stray: Key, known: Sequence[Key]) -> Key | None:
    """The known key that was probably meant: the same name elsewhere, or else a like spelling."""
    same_name = [key for key in known if stray.name and key.name == stray.name]
    candidates = {key.dotted: key for key in same_name or known}
    if not stray.section:
        candidates |= {key.name or key.section: key for key in known}
    return candidates.get(_alike(stray.dotted, candidates, cutoff=0 if same_name else 0.6))


def _alike(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str:
    import difflib  # of use to who mistyped alone

    return next(iter(difflib.get_close_matches(word, list(words), n=1, cutoff=cutoff)), "")


def _converted(field: FieldInfo, value: Any, *, is_text: bool) -> Any:
    """The value as the field's type; raise ValueError (msgspec's is one) if it is wrong."""
    if is_text and _is_list(field.type):
        value = [part.strip() for part in value.split(",") if part.strip()]
    converted = msgspec.convert(value, field.type, strict=not is_text)
    holds = _extra(field, "holds")
    if holds and not holds(converted):
        raise ValueError(_expected(field))
    return converted


def _wrong(where: str, field: FieldInfo, value: Any, error: ValueError) -> Mistake:
    shown = repr(value)
    if len(shown) > SHOWN_VALUE_CHARS:
        shown = shown[:SHOWN_VALUE_CHARS] + "…"
    got = "(hidden)" if _extra(field, "secret") else shown
    # msgspec says: Expected `int` >= 1 / Expected `int`, got `str` - at `$[0]`
    said = str(error).removeprefix("Expected ").split(", got")[0].split(" - at")[0]
    expected = _expected(field) or said.replace("`", "")
    if not isinstance(error, msgspec.ValidationError) and str(error) != expected:
        return Mistake(where=where, what=str(error), got=shown)
    hint = _alike(value, _choices(field)) if isinstance(value, str) else ""
    return Mistake(where=where, what="wrong value", expected=expected, got=got, hint=hint)


def _expected(field: FieldInfo) -> str:
    """What the field takes, in words; empty if its type must say it."""
    for meta in _metas(field):
        if meta.description:
            return meta.description
        if meta.ge is not None and meta.le is not None:
            return f"a whole number from {meta.ge} to {meta.le}"
    choices = _choices(field)
    return f"one of {', '.join(choices)}" if choices else ""


def _choices(field: FieldInfo) -> tuple[str, ...]:
    return get_args(field.type) if get_origin(field.type) is Literal else ()


def _extra(field: FieldInfo, name: str) -> Any:
    extras = [meta.extra or {} for meta in _metas(field)]
    return next((extra[name] for extra in extras if name in extra), None)


def _metas(field: FieldInfo) -> list[msgspec.Meta]:
    annotations = field.type.__metadata__ if get_origin(field.type) is Annotated else ()
    return [meta for meta in annotations if isinstance(meta, msgspec.Meta)]


def _is_list(type_: Any) -> bool:
    bare = get_args(type_)[0] if get_origin(type_) is Annotated else type_
    return get_origin(bare) in (tuple, list)
