"""The language of the command line: English, or Chinese where the terminal's locale is Chinese.

Every text is written in English where it is used; `locales/zh-CN.json` says it in Chinese.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from sync.hq.errors import AdminError

_CHINESE = Path(__file__).parents[1] / "locales" / "zh-CN.json"
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set counts (POSIX, Environment Variables 8.2)."""


def say(text: str, /, **gaps: Any) -> str:
    """Return `text` in the user's language, with its `{gaps}` filled."""
    known = chinese_texts() if is_chinese(os.environ) else {}
    template = known.get(text, text)
    if not gaps:
        return template
    return template.format_map({name: _said(value) for name, value in gaps.items()})


def say_error(error: Exception) -> str:
    """Return what is wrong, in the user's language."""
    return say(error.text, **error.gaps) if isinstance(error, AdminError) else str(error)


def is_chinese(environ: Mapping[str, str]) -> bool:
    """Whether the locale of `environ` is a Chinese one."""
    locale = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    return locale.lower().startswith("zh")


@cache
def chinese_texts() -> dict[str, str]:
    """Return the Chinese of each English text."""
    texts: dict[str, str] = json.loads(_CHINESE.read_text("utf-8"))
    return texts


def speak() -> None:
    """Let argparse's own words be in the user's language, too, and no sign stop the printing."""
    vars(argparse)["_"] = say  # its gettext takes compiled catalogues of the whole machine only
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _said(value: object) -> object:
    if isinstance(value, tuple):
        return "".join(str(_said(one)) for one in value)
    return say_error(value) if isinstance(value, AdminError) else value
