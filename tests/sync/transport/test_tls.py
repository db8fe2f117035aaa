"""HTTPS to head office: whose certificate is believed, and that sync goes on when it is mended."""

from datetime import timedelta
from pathlib import Path

import pytest

from sync.errors import TransportFailedError
from tests.lab.ports import free_port
from tests.ops.doctor.head_offices import Authority
from tests.sync.factories import make_client
from tests.sync.toy_hq import ToyHq
from tests.sync.virtual_time import VirtualTime

LONG, HOUR = timedelta(days=90), timedelta(hours=1)
HOST = "localhost"


@pytest.mark.parametrize(
    ("name", "begun", "left", "said"),
    [
        (HOST, LONG, -HOUR, "certificate has expired"),
        (HOST, -HOUR, LONG, "certificate is not yet valid"),
        ("hotel.example", HOUR, LONG, "certificate is not valid for"),
    ],
)
async def test_a_wrong_certificate_is_told_and_sync_goes_on_when_it_is_mended(
    hq: ToyHq,
    time: VirtualTime,
    tmp_path: Path,
    name: str,
    begun: timedelta,
    left: timedelta,
    said: str,
) -> None:
    authority, port = Authority(tmp_path), free_port()
    url = await hq.start(port=port, tls=authority.server(name, begun=begun, left=left))
    client = make_client(url, time=time, ca_file=str(authority.file))
    await client.start()
    try:
        with pytest.raises(TransportFailedError) as raised:
            await client.changes("")
        assert raised.value.code == "tls_failed"
        assert said in raised.value.detail
        assert hq.requests == [], "nothing was said to it"
        await hq.stop()
        await hq.start(port=port, tls=authority.server(HOST, left=LONG))
        await client.changes("")
    finally:
        await client.stop()


async def test_a_root_of_head_offices_own_is_believed_where_it_is_named(
    hq: ToyHq, time: VirtualTime, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    url = await hq.start(tls=authority.server(HOST, left=LONG))
    for ca_file, is_believed in (("", False), (str(authority.file), True)):
        client = make_client(url, time=time, ca_file=ca_file)
        await client.start()
        try:
            if is_believed:
                await client.changes("")
            else:
                with pytest.raises(TransportFailedError, match="tls_failed"):
                    await client.changes("")
        finally:
            await client.stop()


async def test_a_file_of_roots_that_can_t_be_used_is_told(
    time: VirtualTime, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for file in (empty, tmp_path / "missing.pem"):
        with pytest.raises(OSError):  # noqa: PT011 - whatever OpenSSL says
            await make_client("https://hq.example", time=time, ca_file=str(file)).start()
