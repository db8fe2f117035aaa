"""What a customer display can show: its characters, and text cut to its width."""

from typing import Literal

from drivers.nearest import is_in_gbk, nearest
from drivers.plain import columns_of, plain

Characters = Literal["gbk", "gb18030", "ascii"]


def legible(text: str, characters: Characters) -> str:
    """Return what a display can show of `text`, as its nearest sign, or ? where nothing is near."""
    visible = plain(text)
    if characters == "gb18030":
        return visible
    has = _is_printable_ascii if characters == "ascii" else is_in_gbk
    return nearest(visible, has, lacking="?")


def fitted(text: str, columns: int, characters: Characters) -> bytes:
    """Return the bytes of `text`, cut or filled to `columns`; a sign beyond ASCII takes two."""
    text = legible(text, characters)
    while columns_of(text) > columns:
        text = text[:-1]
    return (text + " " * (columns - columns_of(text))).encode(characters)


def _is_printable_ascii(char: str) -> bool:
    return " " <= char <= "~"
