"""The floor of a redemption and of a sale: one signature check, four durable rows, JSON in and out.

An aiohttp server without any business: what a store agent could at best be on this machine. It
commits each request by itself in the event loop (`single`) or all waiting requests together on a
writer thread (`group`).
"""

import argparse
import asyncio
import base64
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.bench.floors.store import GroupWriter, Rows, commit_one, open_database
from tests.bench.load import Load, post, run
from tests.bench.process import ServerProcess, serve

Mode: TypeAlias = Literal["single", "group"]
Commit: TypeAlias = Callable[[Rows], Awaitable[None]]

WARM_UP_REQUESTS = 200


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a till posts to the floor."""

    key: str
    coupon: str
    signature: str
    """Base64 of the Ed25519 signature over the coupon's bytes."""
    amount_fen: int
    lines: list[dict[str, str | int]]


class Answer(msgspec.Struct, frozen=True):
    """What the floor says when the rows are durable."""

    accepted: bool
    key: str


def best_mode(callers: int) -> Mode:
    """The faster one for so many callers: alone, nobody is there to share a commit with."""
    return "single" if callers == 1 else "group"


class FloorAgent:
    """The floor server as a context, loaded with requests that differ in coupon and key."""

    def __init__(self, *, mode: Mode, directory: Path) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._numbers = count(1)
        public = self._key.public_key().public_bytes_raw().hex()
        database = directory / f"floor-{mode}-{public[:8]}.db"
        self._server = ServerProcess(__name__, [mode, str(database), public])

    def __enter__(self) -> "FloorAgent":
        self._server.start()
        self.redeem(WARM_UP_REQUESTS, callers=4, lines=1)
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    def redeem(self, requests: int, *, callers: int, lines: int) -> Load:
        """Post `requests` redemptions of `lines` lines each; LoadError unless all are accepted."""
        bodies = [self._request(lines) for _ in range(requests)]
        seen = run(self._server.port, bodies, callers=callers, expect=b'"accepted":true')
        return seen.require_clean()

    def echo(self, requests: int, *, callers: int) -> Load:
        """Post `requests` bodies that are only parsed and sent back."""
        body = post("/echo", msgspec.json.encode(Answer(True, "echo")))
        return run(self._server.port, [body] * requests, callers=callers).require_clean()

    def _request(self, lines: int) -> bytes:
        number = next(self._numbers)
        coupon = f"HQ1|MB001|2026-12-31T23:59:59+08:00|campaign-1127|{number:060d}"
        request = Request(
            key=f"{number:032x}",
            coupon=coupon,
            signature=base64.b64encode(self._key.sign(coupon.encode())).decode(),
            amount_fen=12800,
            lines=[_line(number + n) for n in range(lines)],
        )
        return post("/redeem", msgspec.json.encode(request))


def _line(number: int) -> dict[str, str | int]:
    return {"sku": f"69{number % 10**11:011d}", "name": "鲜牛奶 950ml", "quantity": 1, "fen": 2560}


def _app(key: Ed25519PublicKey, commit: Commit) -> web.Application:
    decoder = msgspec.json.Decoder(Request)

    async def redeem(request: web.Request) -> web.Response:
        body = await request.read()
        asked = decoder.decode(body)
        key.verify(base64.b64decode(asked.signature), asked.coupon.encode())
        await commit((asked.key, asked.coupon, asked.amount_fen, body))
        return _json(Answer(True, asked.key))

    async def echo(request: web.Request) -> web.Response:
        return _json(msgspec.json.decode(await request.read()))

    app = web.Application()
    app.router.add_post("/redeem", redeem)
    app.router.add_post("/echo", echo)
    return app


def _json(answer: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="floor_agent", description=__doc__)
    parser.add_argument("mode", choices=("single", "group"))
    parser.add_argument("database", type=Path)
    parser.add_argument("public_key", type=bytes.fromhex)
    arguments = parser.parse_args()
    database = open_database(arguments.database)

    async def commit_in_the_loop(rows: Rows) -> None:
        commit_one(database, rows)

    grouped = arguments.mode == "group"
    commit: Commit = (
        GroupWriter(database, asyncio.get_running_loop()).commit if grouped else commit_in_the_loop
    )
    await serve(_app(Ed25519PublicKey.from_public_bytes(arguments.public_key), commit))


if __name__ == "__main__":
    asyncio.run(_main())
