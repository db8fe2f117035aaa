"""The page says everything in each language, and nothing that it never says."""

import re
from pathlib import Path

import pytest

from agent import till
from agent.till.languages import DEFAULT_LANGUAGE, LANGUAGES, language_of, texts

HOME = Path(till.__file__).parent
SOURCES = "\n".join(
    file.read_text("utf-8") for file in [*HOME.rglob("*.js"), *HOME.rglob("*.html")]
)
SAID = set(re.findall(r'\bt\("([^"]+)"', SOURCES)) | set(
    re.findall(r'(?:texts\["|data-t(?:-label)?=")([\w.]+)"', SOURCES)
)
"""Keys that are spoken as they stand."""
NAMED = set(re.findall(r'"([a-z_]+\.[a-z0-9_]+)"', SOURCES))
"""What may be a key that is spoken elsewhere."""
BEGINNINGS = tuple(re.findall(r"`([a-z_]+\.[a-z_]*)\$\{", SOURCES))
"""Keys whose end is a code of the agent's."""
GAP = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_what_the_page_asks_for(language: str) -> None:
    assert SAID
    assert texts(language).keys() >= SAID


def test_each_language_has_the_same_keys_and_gaps() -> None:
    first = texts(DEFAULT_LANGUAGE)
    for language in LANGUAGES:
        other = texts(language)
        assert other.keys() == first.keys()
        for key, text in other.items():
            assert text.strip()
            assert set(GAP.findall(text)) == set(GAP.findall(first[key])), key


def test_nothing_is_kept_that_the_page_never_says() -> None:
    never = {
        key
        for key in texts(DEFAULT_LANGUAGE)
        if key not in SAID | NAMED and not key.startswith(BEGINNINGS)
    }
    assert never == set()


def test_chinese_says_what_it_means_with_the_line_cut() -> None:
    assert [text for text in texts("zh-CN").values() if "离线核销" in text or "线下" in text] == []


def test_a_language_that_the_page_does_not_speak_is_the_default() -> None:
    assert language_of("en") == "en"
    assert language_of("fr") == language_of(None) == DEFAULT_LANGUAGE
