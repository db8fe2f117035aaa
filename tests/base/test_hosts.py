"""Hosts written as numbers are read as people mean them, or not at all."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.hosts import is_plain_host, is_plain_url, plain_host

numbers = st.lists(st.integers(0, 255), min_size=4, max_size=4)


@given(numbers, st.integers(1, 3))
def test_an_address_with_leading_zeros_is_the_one_that_people_read(
    parts: list[int], places: int
) -> None:
    plain = ".".join(map(str, parts))
    padded = ".".join(str(part).zfill(places) for part in parts)
    assert plain_host(padded) == plain
    assert is_plain_host(padded) == (padded == plain)


def test_the_system_reads_leading_zeros_otherwise() -> None:
    """The control: why it matters."""
    (place,) = socket.getaddrinfo("192.168.001.050", 9_100, type=socket.SOCK_STREAM)
    assert place[4][0] == "192.168.1.40"


@pytest.mark.parametrize(
    "host", ["1", "0x7f000001", "127.1", "1.2.3.4.5", "1.2.3.256", "1.2.3.4.", "a.1", "1.2.3.0x4"]
)
def test_what_the_system_would_read_as_some_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="no IP address"):
        plain_host(host)
    assert not is_plain_url(f"https://{host}/sync")


@pytest.mark.parametrize(
    "host", ["hq.example.com", "hq1", "10.a", "0.0.0.0", "::1", "fe80::1%eth0"]
)
def test_names_and_other_addresses_stay(host: str) -> None:
    assert plain_host(host) == host


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://hq.example.com/a", True),
        ("http://10.0.0.9:8080", True),
        ("https://[::1]:8443", True),
        ("http://010.000.000.009:8080", False),
        ("http://user@010.0.0.9", False),
        ("http://hq.example.com:99999", False),
        ("https://[::1", False),
    ],
)
def test_urls_are_plain_when_their_host_is(url: str, plain: bool) -> None:
    assert is_plain_url(url) is plain
