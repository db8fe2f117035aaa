"""Staged settings: head office's put under the store's own at the start."""

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, structs

from agent.base.settings import default_of
from agent.base.settings_layers import Key
from agent.services.house.fleet import Staged, merged
from agent.settings import Settings
from sync.protocol.rollouts import RolloutChange

DIGEST_CHARS = 12


def with_staged(settings: Settings, known: Sequence[RolloutChange]) -> tuple[Settings, Staged]:
    """Return the settings in force, and what was made of head office's.

    Where the store's own settings say anything else than the default, they win.
    """
    staged, overruled = merged(known), set()
    for name in staged.__struct_fields__:
        value = getattr(staged, name)
        if value is UNSET:
            continue
        key = Key(*name.split("__"))
        own = getattr(getattr(settings, key.section), key.name)
        if own not in (value, default_of(Settings, key)):
            overruled.add(key.dotted)
        else:
            settings = _replaced(settings, key, value)
    return settings, Staged(
        digest=digest(settings), taken=tuple(known), overruled=frozenset(overruled)
    )


def digest(settings: Settings) -> str:
    """Return a word that two stores share when all their settings are the same."""
    data = msgspec.json.encode(settings, order="sorted")
    return hashlib.sha256(data).hexdigest()[:DIGEST_CHARS]


def _replaced(settings: Settings, key: Key, value: object) -> Settings:
    section = structs.replace(getattr(settings, key.section), **{key.name: value})
    return structs.replace(settings, **{key.section: section})
