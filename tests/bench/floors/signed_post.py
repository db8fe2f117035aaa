"""The floor of a claim: a signed POST whose receiver keeps its nonce, and does nothing else.

The same client sends it, the same code verifies it and signs the answer; the receiver answers after
PostgreSQL's commit of the nonce, without which the request could be replayed.
"""

import asyncio
import sys
from pathlib import Path

import asyncpg
import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.base.clock import SystemClock
from sync.hq.access import read_signature, verify
from sync.hq.answer_signing import AnswerSigner
from sync.hq.body import read_body
from sync.hq.trust.keys import KeyStore
from sync.protocol.claims import ClaimAnswer
from sync.protocol.limits import MAX_CLAIM_BYTES
from tests.bench.process import ServerProcess, serve

_TABLE = """
DROP TABLE IF EXISTS floor_nonce; CREATE TABLE floor_nonce (LIKE request_nonce INCLUDING ALL)
"""
_KEEP = "INSERT INTO floor_nonce (store, created, nonce) VALUES ('MB', $1, $2)"


class FloorSignedPost(ServerProcess):
    """A receiver of claims by one key, as a context."""

    def __init__(self, *, dsn: str, keys_dir: Path, public_key: bytes) -> None:
        """`keys_dir` is head office's, whose server signs the answers."""
        super().__init__(__name__, [dsn, str(keys_dir), public_key.hex()])

    def __enter__(self) -> "FloorSignedPost":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


async def _main(dsn: str, keys_dir: str, public_key: str) -> None:
    clock, key = SystemClock(), Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    answers = KeyStore(Path(keys_dir)).answer_key()
    assert answers is not None
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        await pool.execute(_TABLE)

        async def receive(request: web.Request) -> web.Response:
            signature = read_signature(request)
            verify(request, signature, key)
            await read_body(request, max_bytes=MAX_CLAIM_BYTES)
            await pool.execute(_KEEP, signature.created, signature.nonce)
            answer = ClaimAnswer(server_time=clock.wall())
            return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

        app = web.Application(middlewares=[AnswerSigner(key=answers, clock=clock).middleware])
        app.router.add_post("/sync/v1/claims", receive)
        await serve(app)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
