"""Bytes of scanners become whole codes, whatever the scanner sends and however it arrives."""

import re
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.domain.coupons.codes import DAMAGED, MAX_CODE_BYTES
from drivers.scanner.framing import MAX_FRAME_BYTES, Framing
from drivers.scanner.options import CodeEncoding, ScannerOptions

LONG = b"N" * (MAX_FRAME_BYTES + 1)
CODE = "HQ1ABC234"


def framing(*, prefix: str = "", suffix: str = "", encoding: CodeEncoding = "auto") -> Framing:
    return Framing(ScannerOptions(prefix=prefix, suffix=suffix, encoding=encoding))


class BoundlessFraming(Framing):
    """What keeps everything until a suffix comes."""

    def _bound(self) -> None:
        return


@pytest.mark.parametrize("suffix", ["\r", "\n", "\r\n", "\t", "\t\r\n"])
def test_each_usual_suffix_ends_a_code_without_being_set(suffix: str) -> None:
    assert framing().feed(f"{CODE}{suffix}".encode()) == [CODE]


def test_set_suffix_alone_ends_a_code() -> None:
    assert framing(suffix="##").feed(b"A\tB\r#C##") == ["AB#C"]


def test_two_codes_in_one_read_are_two_codes() -> None:
    assert framing().feed(b"6901234567892\r\nHQ1ABC\r\n") == ["6901234567892", "HQ1ABC"]


def test_one_code_in_ten_reads_is_one_code() -> None:
    whole = framing()
    reads = [bytes([byte]) for byte in f"{CODE}\r".encode()]
    assert len(reads) == 10
    assert [code for read in reads for code in whole.feed(read)] == [CODE]


def test_prefix_is_taken_off_and_nothing_asks_for_it() -> None:
    marked = framing(prefix="\x02S")
    assert marked.feed(b"\x02SHQ1ABC\rHQ1DEF\r") == ["HQ1ABC", "HQ1DEF"]


def test_prefix_is_found_behind_the_line_feed_that_the_code_before_left() -> None:
    marked = framing(prefix="S", suffix="\r")
    assert marked.feed(b"SHQ1ABC\r\nSHQ1DEF\r\n") == ["HQ1ABC", "HQ1DEF"]


def test_gs_stays_and_other_control_characters_go() -> None:
    data = b"\x00\x020109506000134352\x1d10\x00ABC\x1b\x7f\x03\r"
    assert framing().feed(data) == ["0109506000134352\x1d10ABC"]
    assert framing(encoding="utf-8").feed("AB\x85C\r".encode()) == ["ABC"]


@pytest.mark.parametrize("separator", ["\x1c", "\x1d", "\x1e", "\x1f"])
def test_a_separator_of_another_kind_is_gs_and_hides_nothing_behind_a_lot(separator: str) -> None:
    data = f"\x1e010690123456789210AB{separator}3103001234\x1e\x04\r".encode()
    assert framing().feed(data) == ["010690123456789210AB\x1d3103001234"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_is_read_in_both_encodings(encoding: str) -> None:
    assert framing().feed("芝麻开门\r".encode(encoding)) == ["芝麻开门"]


@pytest.mark.parametrize(
    ("encoding", "code"), [("gb18030", "谢谢"), ("utf-8", "лл"), ("auto", DAMAGED)]
)
def test_bytes_that_are_text_in_both_encodings_are_read_as_set_and_never_guessed(
    encoding: CodeEncoding, code: str
) -> None:
    assert "谢谢".encode("gb18030") == "лл".encode()
    assert framing(encoding=encoding).feed(b"\xd0\xbb\xd0\xbb\r") == [code]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_is_no_text_in_the_set_encoding_is_damaged(encoding: CodeEncoding) -> None:
    (code,) = framing(encoding=encoding).feed(b"A\xffB\r")
    assert DAMAGED in code


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=12))
def test_chinese_is_read_right_or_as_damaged_before_anything_is_set(code: str) -> None:
    assert framing().feed(f"{code}\r".encode()) == [code]
    (read,) = framing().feed(f"{code}\r".encode("gbk"))
    assert read in (code, DAMAGED) or _is_rare(code)


def _is_rare(code: str) -> bool:
    """Whether a character in it is none of the 3,755 of GB 2312's first level, which people use."""
    return any(not b"\xb0" <= char.encode("gbk")[:1] <= b"\xd7" for char in code)


def test_bytes_that_are_no_text_are_told_as_a_code_that_nobody_has() -> None:
    assert framing().feed(b"A\xff\r") == ["A\N{REPLACEMENT CHARACTER}"]


def test_nothing_between_two_suffixes_is_no_code() -> None:
    assert framing().feed(b"\r\n\r\n\0\r") == []


def test_half_a_code_is_discarded() -> None:
    cut = framing()
    assert cut.feed(b"HQ1AB") == []
    cut.discard()
    assert cut.feed(b"HQ1CD\r") == ["HQ1CD"]


def test_end_takes_what_is_held_for_a_code_once() -> None:
    gap = framing()
    gap.feed(b"HQ1AB")
    assert gap.end() == ["HQ1AB"]
    assert gap.end() == []


def test_longest_code_passes() -> None:
    code = "A" * MAX_CODE_BYTES
    assert framing().feed(f"{code}\r".encode()) == [code]


@pytest.mark.parametrize("piece_bytes", [1, 100, len(LONG) + 20])
def test_overlong_noise_is_dropped_up_to_its_suffix_and_counted_once(piece_bytes: int) -> None:
    noisy = framing()
    stream = LONG + LONG + b"\rHQ1ABC\r"
    pieces = [stream[at : at + piece_bytes] for at in range(0, len(stream), piece_bytes)]
    assert [code for piece in pieces for code in noisy.feed(piece)] == ["HQ1ABC"]
    assert noisy.noise_runs == 1


def test_noise_that_falls_silent_is_no_code() -> None:
    noisy = framing()
    noisy.feed(LONG)
    assert noisy.end() == []
    assert noisy.feed(b"HQ1ABC\r") == ["HQ1ABC"]


SUFFIXES = ["", "\r\n", "##", "aabaa"]
pieces = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\r", b"\n", b"\r\n", b"\t", b"##", b"#", b"aaabaa", b"\x1d", b"\0"]),
        st.sampled_from([LONG, LONG[:-1], b"a" * MAX_FRAME_BYTES, "券".encode("gb18030")]),
    ),
    max_size=12,
)
streams = pieces.map(b"".join)


def codes_as_promised(make: type[Framing], stream: bytes, cuts: list[int], suffix: str) -> None:
    """The property: whole and in pieces give the codes a plain split gives; little is held."""
    options = ScannerOptions(suffix=suffix)
    whole, cut = make(options), make(options)
    codes = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        codes += cut.feed(stream[start:end])
        assert cut.held_bytes < MAX_FRAME_BYTES + max(len(suffix), 1)
    assert whole.feed(stream) == codes
    pattern = re.escape(suffix.encode()) if suffix else b"[\r\n\t]"
    frames = [frame for frame in re.split(pattern, stream)[:-1] if len(frame) <= MAX_FRAME_BYTES]
    alone = [make(options).feed(frame + (suffix.encode() or b"\r")) for frame in frames]
    assert [code for each in alone for code in each] == codes


@settings(max_examples=300)
@given(stream=streams, cuts=st.lists(st.floats(0, 1), max_size=8), suffix=st.sampled_from(SUFFIXES))
@example(stream=LONG * 3 + b"\rA\r", cuts=[0.1, 0.2, 0.5, 0.9], suffix="")
def test_any_bytes_in_any_pieces_give_the_same_codes_in_bounded_memory(
    stream: bytes, cuts: list[float], suffix: str
) -> None:
    places = sorted(int(cut * len(stream)) for cut in cuts)
    codes_as_promised(Framing, stream, places, suffix)


def test_ten_thousand_random_streams_in_random_pieces_keep_the_promise() -> None:
    chance = Random(20_260_101)
    for _ in range(10_000):
        noise = chance.choice([b"", b"", LONG])
        letters = chance.choice([bytes(range(256)), b"ab", b"#\r\n\tN\0"])
        stream = noise + bytes(chance.choices(letters, k=chance.randrange(60)))
        cuts = sorted(
            min(len(noise) + chance.randrange(60), len(stream)) for _ in range(chance.randrange(20))
        )
        codes_as_promised(Framing, stream, cuts, chance.choice(SUFFIXES))


def test_control_framing_without_a_bound_breaks_the_property() -> None:
    stream, cuts = LONG * 3 + b"\rA\r", [100, len(LONG) + 100]
    codes_as_promised(Framing, stream, cuts, "")
    with pytest.raises(AssertionError):
        codes_as_promised(BoundlessFraming, stream, cuts, "")
