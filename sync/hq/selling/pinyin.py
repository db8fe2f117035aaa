"""Pinyin of article names, by which a cashier finds an article with keys of letters alone.

Head office reckons it and the feed carries it: the phrases that tell polyphones (银行, 行走) apart
take 58 MB once loaded (pypinyin 0.55), more than a whole agent at rest.
"""

import unicodedata

MAX_KEYS_CHARS = 1_024
"""Of what a store takes: a name of 128 signs with the longest syllables (zhuang) has less."""


def pinyin_keys(name: str) -> str:
    """Return initials and full pinyin of `name`, in lower case: 红富士 5kg → `hfs5kg hongfushi5kg`.

    Letters and digits stand for themselves, all other signs for nothing; ü is v, as it is typed.
    Empty for a name without Chinese: it is found by itself.
    """
    plain = unicodedata.normalize("NFKC", name)
    if plain.isascii():
        return ""
    from pypinyin import Style, lazy_pinyin

    typed = (
        "".join(lazy_pinyin(plain, style=style, errors=_typed))
        for style in (Style.FIRST_LETTER, Style.NORMAL)
    )
    return " ".join(typed).strip()[:MAX_KEYS_CHARS]


def _typed(others: str) -> str:
    return "".join(sign for sign in others.lower() if sign.isascii() and sign.isalnum())
