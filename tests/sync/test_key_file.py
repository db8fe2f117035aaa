"""The key for HQ is read, or it is said why not; nothing else is ever put into a header."""

from pathlib import Path

import pytest

from sync.key_file import KeyFileError, read_key


@pytest.mark.parametrize("text", ["hk_A-b_9", "hk_A-b_9\n", "  hk_A-b_9\r\n"])
def test_the_key_is_read_without_the_line_s_end(tmp_path: Path, text: str) -> None:
    (tmp_path / "hq.key").write_bytes(text.encode())
    assert read_key(tmp_path / "hq.key") == "hk_A-b_9"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"hk_1\nhk_2\n", "not one word"),
        (b"hk_1 for MB001\n", "not one word"),
        (b"hk_\x00", "not one word"),
        (b"k" * 257, "not one word"),
        ("hk_1".encode("utf-16"), "not plain text"),
    ],
)
def test_what_is_no_key_is_told_and_not_shown(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "hq.key"
    file.write_bytes(content)
    with pytest.raises(KeyFileError) as caught:
        read_key(file)
    assert str(caught.value) == f"{file}: {why}"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        read_key(tmp_path / "hq.key")
