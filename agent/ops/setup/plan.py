"""From answers to the drop-in file: which settings it will hold, and whether they will count."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent.base.settings import Mistake, SettingsError, default_of, resolve, value_of
from agent.base.settings_layers import (
    Key,
    Layer,
    UnreadableError,
    drop_ins,
    read_environment,
    read_file,
)
from agent.ops.setup.given import Answers
from agent.ops.setup.questions import CODE
from agent.settings import DEFAULT_FILE, ENV_PREFIX, Settings

NAME = "00-setup.toml"
"""Read first in agent.toml.d/: what store IT writes there by hand wins."""
_HEADING = (
    "# Written by `store-agent setup`, which writes it anew; --undo takes the last change back.\n"
    "# Settings of your own belong into another file beside it: that one wins.\n"
)

Values = dict[Key, Any]


class Found(Struct, frozen=True, kw_only=True):
    """The settings as they are before setup writes."""

    base: tuple[Layer, ...]
    """What setup's own file wins over: agent.toml."""
    own: Layer
    later: tuple[Layer, ...]
    """What wins over it: other drop-ins, then the environment."""

    def value(self, key: Key) -> Any:
        """Return what holds of a setting now, of whatever type it was written; its default if none.

        msgspec.NODEFAULT if there is neither.
        """
        for layer in reversed((*self.base, self.own, *self.later)):
            for known, value in layer.settings:
                if known == key:
                    return value
        return default_of(Settings, key)


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be written."""

    text: str
    """Of the drop-in; empty: no file is needed."""
    settings: Settings
    """What then holds."""


@dataclass(frozen=True, kw_only=True)
class _AnswerLayer(Layer):
    """Answers as a source of settings, so that a mistake names who gave the answer."""

    sources: Mapping[Key, str]

    def where(self, key: Key) -> str:
        return self.sources.get(key) or key.dotted


def own_file(config: Path) -> Path:
    """Return the drop-in that setup writes."""
    return config.with_name(config.name + ".d") / NAME


def find(config: Path, environ: Mapping[str, str]) -> Found:
    """Read what is there; raise SettingsError for what can't be read."""
    own = own_file(config)
    try:
        others = [path for path in drop_ins(own.parent) if path != own]
        return Found(
            base=(
                read_file(config, optional=config == DEFAULT_FILE),
                *(read_file(path) for path in others if path < own),
            ),
            own=read_file(own, optional=True),
            later=(
                *(read_file(path) for path in others if path > own),
                read_environment(environ, ENV_PREFIX),
            ),
        )
    except UnreadableError as error:
        raise SettingsError([Mistake(where=error.where, what=error.what)]) from error


def make_plan(found: Found, answers: Answers, *, mistakes: Sequence[Mistake] = ()) -> Plan:
    """Return what to write; raise SettingsError with all mistakes, those handed in first."""
    texts = {q.setting: given for q, given in answers.items() if q is not CODE}
    given = {key: one.text for key, one in texts.items()}
    layer = _AnswerLayer(
        settings=tuple(given.items()), sources={key: one.where for key, one in texts.items()}
    )
    try:
        settings = resolve(Settings, [*found.base, found.own, layer, *found.later])
    except SettingsError as error:
        raise SettingsError([*mistakes, *error.mistakes]) from error
    values = {key: value_of(Settings, key, text) for key, text in given.items()}
    beaten = [*mistakes, *_beaten(found, settings, values, texts)]
    if beaten:
        raise SettingsError(beaten)
    return Plan(text=rendered(_written(found, values)), settings=settings)


def _beaten(
    found: Found, settings: Settings, values: Values, texts: Mapping[Key, Any]
) -> list[Mistake]:
    """An answer that would not count, because something that wins over it says otherwise."""
    return [
        Mistake(
            where=texts[key].where if key in texts else key.dotted,
            what=f"would not count: {layer.where(key)} says otherwise, and wins. Change it there, "
            "or take it out there",
        )
        for key, value in values.items()
        if getattr(getattr(settings, key.section), key.name) != value
        for layer in found.later
        if key in dict(layer.settings)
    ]


def _written(found: Found, values: Values) -> Values:
    """What the file has to say: what it said, and each answer that nothing else says already."""
    later = {key for layer in found.later for key, _ in layer.settings}
    base = {key: value for layer in found.base for key, value in layer.settings}
    written = dict(found.own.settings)
    for key, value in values.items():
        said, plain = base.get(key, default_of(Settings, key)), _plain(value)
        if key in later or plain == _plain(said):
            written.pop(key, None)
        else:
            written[key] = plain
    return written


def _plain(value: Any) -> Any:
    """A value as a settings file holds it."""
    return list(value) if isinstance(value, tuple) else value


def rendered(values: Values) -> str:
    """Return the drop-in's text; empty for no values."""
    if not values:
        return ""
    sections = sorted({key.section for key in values})
    return "\n".join([_HEADING, *(_section(name, values) for name in sections)])


def _section(name: str, values: Values) -> str:
    lines = [f"{key.name} = {_toml(values[key])}" for key in sorted(values) if key.section == name]
    return "\n".join([f"[{name}]", *lines, ""])


def _toml(value: Any) -> str:
    """A value as TOML writes it: as JSON does, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
