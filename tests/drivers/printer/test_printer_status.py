"""What a printer's answers mean, and that silence means nothing good."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ports import DeviceState, Fault
from drivers.printer.status import (
    Ask,
    Level,
    Said,
    decode,
    is_answer,
    is_confirmation,
    request,
)
from drivers.printer.trouble import trouble_of

WELL = (0x12, 0x12, 0x12, 0x12)


def test_requests_are_dle_eot_1_to_4() -> None:
    assert [request(ask) for ask in Ask] == [
        b"\x10\x04\x01",
        b"\x10\x04\x02",
        b"\x10\x04\x03",
        b"\x10\x04\x04",
    ]


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        (WELL, ()),
        ((0x1A, 0x32, 0x12, 0x7E), (Fault.PAPER_OUT,)),
        ((0x1A, 0x32, 0x12, 0x12), (Fault.PAPER_OUT,)),
        ((0x12, 0x12, 0x12, 0x1E), (Fault.PAPER_LOW,)),
        ((0x1A, 0x16, 0x12, 0x12), (Fault.COVER_OPEN,)),
        ((0x1A, 0x52, 0x1A, 0x12), (Fault.CUTTER,)),
        ((0x1A, 0x52, 0x32, 0x12), (Fault.UNRECOVERABLE,)),
        ((0x1A, 0x12, 0x12, 0x12), (Fault.OFFLINE,)),
        ((0x12, 0x52, 0x12, 0x12), (Fault.OFFLINE,)),
        ((0x1A, 0x36, 0x12, 0x7E), (Fault.PAPER_OUT, Fault.COVER_OPEN)),
    ],
)
def test_each_fault_is_known_by_its_bits(
    answers: tuple[int, ...], faults: tuple[Fault, ...]
) -> None:
    said = decode(dict(zip(Ask, answers, strict=True)))
    assert said.faults == faults
    assert said.blocked == bool(set(faults) - {Fault.PAPER_LOW})
    state, detail, remedy = trouble_of(said)
    assert state is (DeviceState.DEGRADED if faults else DeviceState.CONNECTED)
    assert bool(detail) == bool(remedy) == bool(faults)


def test_no_answer_is_unknown_and_says_what_to_do() -> None:
    state, detail, remedy = trouble_of(None)
    assert state is DeviceState.UNKNOWN
    assert detail
    assert remedy


@pytest.mark.parametrize(
    ("level", "pin3_high", "drawer_open"),
    [("high", True, True), ("high", False, False), ("low", True, False), ("low", False, True)],
)
def test_the_drawer_is_open_at_the_level_that_the_settings_say(
    level: Level, pin3_high: bool, drawer_open: bool
) -> None:
    assert decode({Ask.PRINTER: 0x12 | 0x04 * pin3_high}) == Said(pin3_high=pin3_high)
    assert Said(pin3_high=pin3_high).drawer_open(level) is drawer_open
    assert Said(pin3_high=pin3_high).drawer_open(None) is None


@given(st.integers(0, 255))
def test_no_byte_is_both_an_answer_and_a_confirmation(byte: int) -> None:
    assert not (is_answer(byte) and is_confirmation(byte))


@pytest.mark.parametrize("byte", [0x11, 0x13, 0x91, 0xFF])
def test_flow_control_and_noise_are_neither(byte: int) -> None:
    assert not is_answer(byte)
    assert not is_confirmation(byte)
