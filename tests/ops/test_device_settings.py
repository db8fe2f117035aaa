"""What check-config calls good is what the agent can use."""

from pathlib import Path

import pytest

from agent.ops.device_settings import mistakes_of_devices
from agent.settings import load_settings


def mistakes(tmp_path: Path, devices: str) -> list[str]:
    file = tmp_path / "agent.toml"
    file.write_text(f'[store]\ncode = "MB001"\n{devices}\n')
    return list(mistakes_of_devices(load_settings(file, {})))


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ('[printer]\naddress = "hid:/dev/input/event0"', "[printer] hid:/dev/input/event0"),
        ('[printer]\naddress = "printer:"', "no printer's address"),
        ('[printer]\naddress = "lpt:/dev/lp0"', "there is no driver 'lpt'"),
        ('[scanner]\naddresses = ["usb:/dev/usb/lp0"]', "no scanner's address"),
        ('[scanner]\naddresses = ["file:/dev/ttyS0"]', "no scanner's address"),
        ('[display]\naddress = "usb:/dev/usb/lp0"', "no display's address"),
        ('[display]\naddress = "printer:"', "set [printer] address"),
        ('[display]\naddress = "vfd:/dev/ttyS0"\nkind = "led8"', "set [display] kind"),
    ],
)
def test_an_address_that_its_device_can_not_have_is_a_mistake(
    tmp_path: Path, devices: str, words: str
) -> None:
    (told,) = mistakes(tmp_path, devices)
    assert words in told


@pytest.mark.parametrize("options", ["", "?baud=115200"])
def test_two_devices_at_one_place_are_a_mistake_whichever_names_they_have(
    tmp_path: Path, options: str
) -> None:
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    (told,) = mistakes(
        tmp_path,
        f'[scanner]\naddresses = ["serial:{tmp_path}/by-id"]\n'
        f'[printer]\naddress = "serial:{tmp_path}/ttyUSB0{options}"',
    )
    assert f"ttyUSB0{options} is the device of [scanner] serial:{tmp_path}/by-id, too" in told


def test_the_same_scanner_twice_is_a_mistake(tmp_path: Path) -> None:
    addresses = '["tcp://192.168.1.60:9000", "tcp://192.168.001.060:9000"]'
    assert len(mistakes(tmp_path, f"[scanner]\naddresses = {addresses}")) == 1


@pytest.mark.parametrize(
    "devices",
    [
        "",
        '[printer]\naddress = "tcp://192.168.1.50:9100"\n[display]\naddress = "printer:"',
        '[printer]\naddress = "file:/tmp/receipts"\n[display]\naddress = "file:/tmp/display"',
        '[scanner]\naddresses = ["serial:/dev/ttyS0", "serial:/dev/ttyS1"]',
    ],
)
def test_devices_that_can_be_used_have_none(tmp_path: Path, devices: str) -> None:
    assert mistakes(tmp_path, devices) == []
