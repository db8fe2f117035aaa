"""The page's languages: what each says, by key."""

from functools import cache
from pathlib import Path

import msgspec

from agent.base.strict_json import parse

DEFAULT_LANGUAGE = "zh-CN"
LANGUAGES = (DEFAULT_LANGUAGE, "en")

_HOME = Path(__file__).parent / "locales"


@cache
def texts(language: str) -> dict[str, str]:
    """Return the texts of one of LANGUAGES by key."""
    return msgspec.convert(parse((_HOME / f"{language}.json").read_bytes()), dict[str, str])


def language_of(wanted: str | None, *, otherwise: str = DEFAULT_LANGUAGE) -> str:
    """Return `wanted` if the page speaks it."""
    return wanted if wanted in LANGUAGES else otherwise
