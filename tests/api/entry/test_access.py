"""Only a known client on this PC gets in: no web page, no re-bound name, no guessed key."""

import asyncio

import msgspec
import pytest

from agent.api.entry import keys
from agent.api.entry.keys import ApiKeys
from agent.settings import Settings
from tests.api.conftest import Shop
from tests.api.till import JSON, SALES, STATUS, Till, sale

PAGE = "http://pos.example:8080"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    api = msgspec.structs.replace(settings.api, allowed_origins=(PAGE,))
    return msgspec.structs.replace(settings, api=api)


async def test_the_till_gets_in(till: Till) -> None:
    assert (await till.get(STATUS)).status == 200


@pytest.mark.parametrize("path", [STATUS, "/nothing", "/api/v1/nothing"])
async def test_no_route_is_open_without_a_key(till: Till, path: str) -> None:
    answer = await till.send("GET", path, api_key=None)
    assert (answer.status, answer.code) == (401, "api_key_missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["wrong", "sk_" + "A" * 43, "x" * 7_000, "é"])
async def test_a_wrong_key_does_not_get_in(shop: Shop, till: Till, key: str) -> None:
    before = shop.facts()
    answer = await till.send("GET", STATUS, api_key=key)
    assert (answer.status, answer.code) == (401, "api_key_unknown")
    headers = {"Content-Type": JSON, "Idempotency-Key": "k1"}
    assert (await till.send("POST", SALES, headers=headers, api_key=key)).status == 401
    assert shop.facts() == before


async def test_a_key_with_something_behind_it_does_not_get_in(till: Till) -> None:
    assert (await till.send("GET", STATUS, api_key=till.key + "x" * 200)).status == 401


async def test_a_key_in_the_address_does_not_count(till: Till) -> None:
    answer = await till.send("GET", f"{STATUS}?api_key={till.key}&key={till.key}", api_key=None)
    assert answer.code == "api_key_missing"


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
async def test_another_scheme_does_not_count(till: Till, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {till.key}".strip()}
    assert (await till.send("GET", STATUS, headers=headers)).code == "api_key_missing"


async def test_a_key_that_was_replaced_or_removed_counts_no_longer(
    shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LOOK_AGAIN_S", 0)
    pos = shop.another_till("pos-2")
    assert (await pos.get(STATUS)).status == 200
    renewed = shop.another_till("pos-2")
    assert (await pos.get(STATUS)).status == 401
    assert (await renewed.get(STATUS)).status == 200
    (shop.state_dir / "api-keys" / "pos-2").unlink()
    assert (await renewed.get(STATUS)).status == 401


async def test_a_key_added_while_requests_come_in_counts_at_once(shop: Shop, till: Till) -> None:
    for number in range(50):
        directory = ApiKeys(shop.state_dir / "api-keys")
        adding = asyncio.create_task(asyncio.to_thread(directory.add, f"pos-{number}"))
        while not adding.done():
            await till.get(STATUS)
        assert (await till.send("GET", STATUS, api_key=adding.result())).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8770", "127.0.0.1.evil.example", "", "[::1]", "0.0.0.0"]
)
async def test_a_re_bound_name_does_not_get_in(till: Till, host: str) -> None:
    answer = await till.get(STATUS, Host=host)
    assert (answer.status, answer.code) == (403, "host_not_allowed")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1", "127.0.0.1:8770"])
async def test_this_pcs_own_names_get_in(till: Till, host: str) -> None:
    assert (await till.get(STATUS, Host=host)).status == 200


async def test_a_request_without_a_host_does_not_get_in(till: Till) -> None:
    answer = await _raw(till, f"GET {STATUS} HTTP/1.1\r\nAuthorization: Bearer {till.key}\r\n\r\n")
    assert b" 400 Bad Request" in answer
    old = await _raw(till, f"GET {STATUS} HTTP/1.0\r\nAuthorization: Bearer {till.key}\r\n\r\n")
    assert b" 403 Forbidden" in old
    assert b"host_not_allowed" in old


async def test_a_request_with_two_hosts_does_not_get_in(till: Till) -> None:
    answer = await _raw(
        till,
        f"GET {STATUS} HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n"
        f"Authorization: Bearer {till.key}\r\n\r\n",
    )
    assert not answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "https://127.0.0.1"])
async def test_a_foreign_page_does_not_get_in(shop: Shop, till: Till, origin: str) -> None:
    before = shop.facts()
    answer = await till.get(STATUS, Origin=origin)
    assert (answer.status, answer.code) == (403, "origin_not_allowed")
    headers = {"Content-Type": JSON, "Idempotency-Key": "k1", "Origin": origin}
    assert (await till.send("POST", SALES, headers=headers)).status == 403
    assert shop.facts() == before


async def test_the_agents_own_page_and_an_allowed_one_get_in(till: Till) -> None:
    for origin in (till.url, PAGE):
        assert (await till.get(STATUS, Origin=origin)).status == 200


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"],
)
async def test_a_body_of_a_type_that_a_form_could_send_is_refused(
    shop: Shop, till: Till, content_type: str | None
) -> None:
    before = shop.facts()
    headers = {"Idempotency-Key": "k1"}
    if content_type is not None:
        headers["Content-Type"] = content_type
    answer = await till.send("POST", SALES, headers=headers, data=msgspec.json.encode(sale()))
    assert (answer.status, answer.code) == (415, "content_type")
    assert shop.facts() == before


async def test_json_with_a_charset_is_json(till: Till) -> None:
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json; charset=utf-8"}
    answer = await till.send("POST", SALES, headers=headers, data=msgspec.json.encode(sale()))
    assert answer.status == 201


async def test_what_else_lies_among_the_keys_is_passed_over(shop: Shop, till: Till) -> None:
    (shop.state_dir / "api-keys" / "pos-1~").write_bytes(b"\xff")
    (shop.state_dir / "api-keys" / ".swp").mkdir()
    assert (await shop.another_till("pos-1").get(STATUS)).status == 200


async def _raw(till: Till, request: str) -> bytes:
    """Send these bytes; return the first of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", till.port)
    writer.write(request.encode())
    answer = await reader.read(2_000)
    writer.close()
    await writer.wait_closed()
    return answer
