"""What is said in two languages."""

from collections.abc import Mapping
from typing import Any, NamedTuple

CHINESE = "zh-CN"
ENGLISH = "en"
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set counts (POSIX, Environment Variables 8.2)."""


class Words(NamedTuple):
    """A text with `{gaps}`."""

    zh: str
    en: str

    def said(self, language: str, **gaps: Any) -> str:
        """Return it in `language`."""
        text = self.zh if language == CHINESE else self.en
        return text.format_map(gaps) if gaps else text


def spoken(environ: Mapping[str, str]) -> str:
    """The terminal's language: Chinese where the locale is a Chinese one, else English."""
    return CHINESE if _locale(environ).startswith("zh") else ENGLISH


def cashiers_language(environ: Mapping[str, str]) -> str:
    """The language to propose for the till: the locale's, Chinese where it says none."""
    return ENGLISH if _locale(environ).startswith("en") else CHINESE


def _locale(environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in _VARIABLES if environ.get(name)), "").lower()
