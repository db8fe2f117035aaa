"""The enrolment code as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.enrolment import ALPHABET, CodeError, EnrolmentCode, mark_of

ROOT = "ab" * 32
roots = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(roots)
def test_a_code_is_read_however_it_is_typed(root_key: str) -> None:
    code = EnrolmentCode.make(root_key)
    text = str(code)
    assert len(text) == 29
    for typed in (text, text.lower(), text.replace("-", ""), text.replace("-", " ") + "\r\n"):
        assert EnrolmentCode.parse(typed) == code
    assert code.root_mark == mark_of(root_key)


def test_two_codes_differ_in_their_secret_and_two_roots_in_their_mark() -> None:
    codes = {EnrolmentCode.make(ROOT) for _ in range(50)}
    assert len(codes) == len({code.hash for code in codes}) == 50
    assert {code.root_mark for code in codes} == {mark_of(ROOT)}
    assert mark_of("ac" * 32) != mark_of(ROOT)
    assert mark_of(ROOT) == "TVZUF3GXTBCV", "docs/protocol.md says how"


@pytest.mark.parametrize("wrong", ["", "A", "A" * 23, "A" * 25, "0" * 24, "I" * 24, "中" * 24])
def test_what_is_no_code_is_told_so(wrong: str) -> None:
    with pytest.raises(CodeError, match="24 letters and digits"):
        EnrolmentCode.parse(wrong)


def test_no_letter_of_a_code_is_mistaken_for_another() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("IO01")
