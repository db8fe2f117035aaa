"""Every way a call can fail becomes one typed error; one address that works is enough."""

import asyncio

import msgspec
import pytest

from sync.client import HqClient
from sync.errors import (
    FencedError,
    HelloNeededError,
    HqError,
    RejectedError,
    ServerFailedError,
    ThrottledError,
    TooLargeError,
    TransportFailedError,
    UpgradeNeededError,
)
from sync.protocol.limits import MAX_PAGE_BYTES
from sync.protocol.signatures import signature_of
from sync.transport.request import payload
from tests.lab.ports import LOOPBACK, free_port
from tests.sync.factories import make_client
from tests.sync.faults import (
    half_a_body,
    lost_answer,
    lost_request,
    problem,
    raw,
    silence,
    status,
)
from tests.sync.toy_hq import Fault, ToyHq
from tests.sync.virtual_time import VirtualTime


@pytest.mark.parametrize(
    ("fault", "expected", "code"),
    [
        (status(500), ServerFailedError, "http_500"),
        (problem(500, "out_of_order"), ServerFailedError, "out_of_order"),
        (status(502), ServerFailedError, "http_502"),
        (status(503), ThrottledError, "http_503"),
        (problem(429, "too_many"), ThrottledError, "too_many"),
        (status(204), TransportFailedError, "not_hq"),
        (status(302, headers={"Location": "/sync/v1/changes"}), TransportFailedError, "http_302"),
        (status(307, headers={"Location": "/sync/v1/changes"}), TransportFailedError, "http_307"),
        (status(400), TransportFailedError, "http_400"),
        (status(401), TransportFailedError, "http_401"),
        (problem(401, "key_unknown"), RejectedError, "key_unknown"),
        (problem(401, "Bad Code\n"), TransportFailedError, "http_401"),
        (status(403), TransportFailedError, "http_403"),
        (problem(403, "fenced"), FencedError, "fenced"),
        (status(404), TransportFailedError, "http_404"),
        (problem(409, "epoch_differs"), HelloNeededError, "epoch_differs"),
        (status(410), TransportFailedError, "http_410"),
        (status(413), TooLargeError, "http_413"),
        (status(426), TransportFailedError, "http_426"),
        (problem(426, "upgrade_needed"), UpgradeNeededError, "upgrade_needed"),
        (problem(404, "not_found"), RejectedError, "not_found"),
        (raw(b"<html>log in</html>", "text/html"), TransportFailedError, "not_json"),
        (raw(b"<html>log in</html>"), TransportFailedError, "answer_malformed"),
        (raw(b""), TransportFailedError, "answer_malformed"),
        (raw(b"[]"), TransportFailedError, "answer_malformed"),
        (raw(b'{"cursor": "\xff"}'), TransportFailedError, "answer_malformed"),
        (raw(b'{"x":' + b"[" * 500_000), TransportFailedError, "answer_malformed"),
        (raw(b" " * (MAX_PAGE_BYTES + 1)), TransportFailedError, "answer_too_large"),
        (half_a_body, TransportFailedError, "broken_off"),
        (lost_answer, TransportFailedError, "broken_off"),
        (silence, TransportFailedError, "timeout"),
    ],
)
async def test_failure_has_its_type_and_a_stable_code(
    client: HqClient, hq: ToyHq, fault: Fault, expected: type[HqError], code: str
) -> None:
    hq.misbehave("changes", fault, fault)  # a GET whose connection breaks is repeated by aiohttp
    with pytest.raises(HqError) as raised:
        await client.changes("")
    assert type(raised.value) is expected
    assert raised.value.code == code


async def test_redirect_is_not_followed(client: HqClient, hq: ToyHq) -> None:
    hq.misbehave("changes", status(302, headers={"Location": "/sync/v1/changes"}))
    with pytest.raises(TransportFailedError):
        await client.changes("")
    assert len(hq.requests) == 1


@pytest.mark.parametrize("number", [429, 503])
async def test_retry_after_is_handed_on(client: HqClient, hq: ToyHq, number: int) -> None:
    hq.misbehave("changes", status(number, headers={"Retry-After": "30"}), status(number))
    with pytest.raises(ThrottledError) as raised:
        await client.changes("")
    assert raised.value.retry_after_ms == 30_000
    with pytest.raises(ThrottledError) as raised:
        await client.changes("")
    assert raised.value.retry_after_ms is None


async def test_key_goes_with_every_request_and_cookies_with_none(
    client: HqClient, hq: ToyHq
) -> None:
    hq.misbehave("changes", status(500, headers={"Set-Cookie": "a=b"}))
    with pytest.raises(TransportFailedError):
        await client.changes("")
    await client.changes("")
    signatures = [signature_of(request.headers) for request in hq.requests]
    assert [signature.key_id for signature in signatures] == ["pc-1"] * 2
    assert len({signature.nonce for signature in signatures}) == 2
    assert not any("Cookie" in request.headers for request in hq.requests)


async def test_refused_connection_is_a_transport_failure(time: VirtualTime) -> None:
    client = make_client(f"http://{LOOPBACK}:{free_port()}", time=time)
    await client.start()
    with pytest.raises(TransportFailedError) as raised:
        await client.changes("")
    assert raised.value.code == "not_reached"
    await client.stop()


async def test_second_address_is_used_and_kept_when_the_first_is_dead(
    hq: ToyHq, time: VirtualTime
) -> None:
    accepted = asyncio.Event()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    client = make_client(f"http://{LOOPBACK}:{port}", await hq.start(), time=time)
    await client.start()
    for _ in range(2):
        await client.changes("")
        assert accepted.is_set()
        accepted.clear()
    await client.changes("")
    assert not accepted.is_set()
    assert client.link.online
    await client.stop()
    server.close()
    await server.wait_closed()


async def test_login_page_at_the_first_address_does_not_hide_the_second(
    hq: ToyHq, time: VirtualTime
) -> None:
    url = await hq.start()
    client = make_client(url, url + "/", time=time)
    await client.start()
    hq.misbehave("changes", raw(b"<html>", "text/html"))
    await client.changes("")
    assert len(hq.requests) == 2
    await client.stop()


async def test_order_to_wait_is_not_evaded_by_another_address(hq: ToyHq, time: VirtualTime) -> None:
    url = await hq.start()
    client = make_client(url, url, time=time)
    await client.start()
    hq.misbehave("changes", status(503))
    with pytest.raises(ThrottledError):
        await client.changes("")
    assert len(hq.requests) == 1
    await client.stop()


async def test_line_is_up_when_hq_answers_and_down_when_it_does_not(
    client: HqClient, hq: ToyHq, time: VirtualTime
) -> None:
    await client.changes("")
    refusal = problem(401, "key_unknown")
    hq.misbehave("changes", refusal, refusal)
    for _ in range(2):
        with pytest.raises(RejectedError):
            await client.changes("")
    assert client.link.online
    time.pass_by(1_000)
    hq.misbehave("changes", status(502), status(503))
    for _ in range(2):
        with pytest.raises(HqError):
            await client.changes("")
    assert not client.link.online
    assert client.link.status.since == time.wall()
    assert client.link.status.last_contact == time.wall() - 1_000


async def test_client_that_has_no_address_says_so(time: VirtualTime) -> None:
    client = make_client(time=time)
    await client.start()
    assert not client.configured
    with pytest.raises(TransportFailedError) as raised:
        await client.changes("")
    assert raised.value.code == "no_address"
    await client.stop()
    await client.stop()


@pytest.mark.parametrize(("size", "encoding"), [(1_000, ""), (2_000, "gzip"), (200_000, "gzip")])
async def test_body_is_compressed_where_that_pays(size: int, encoding: str) -> None:
    made = await payload(b"a" * size)
    assert made.encoding == encoding
    assert len(made.data) <= size


async def test_unknown_fields_of_a_newer_hq_are_no_error(client: HqClient, hq: ToyHq) -> None:
    page = {"cursor": "1", "more": False, "hq_epoch": "e", "server_time": 1, "changes": [], "x": 1}
    hq.misbehave("changes", raw(msgspec.json.encode(page)))
    assert (await client.changes("")).cursor == "1"


async def test_request_that_was_lost_is_an_error_of_transport(client: HqClient, hq: ToyHq) -> None:
    hq.misbehave("changes", lost_request, lost_request)
    with pytest.raises(TransportFailedError):
        await client.changes("")
