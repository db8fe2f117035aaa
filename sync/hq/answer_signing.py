"""HQ's answers, signed: what a store is told by a proxy, a portal or a firewall is not HQ's word.

The key lies beside the server, not among the keys that make coupons; the key set, which the root
signs, vouches for it.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Clock
from agent.domain.trust.keys import kid_of
from sync.hq.access import NONCE
from sync.protocol.signatures import sign_answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AnswerSigner:
    """Signs the answers of one server."""

    def __init__(self, *, key: Ed25519PrivateKey, clock: Clock) -> None:
        self._key = key
        self._kid = kid_of(key.public_key().public_bytes_raw()).hex()
        self._clock = clock

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Sign the answer, be it a refusal, to whoever signed the request."""
        response = await handler(request)
        nonce = request.get(NONCE)
        if nonce and isinstance(response, web.Response) and isinstance(response.body, bytes):
            self._sign(response, response.body, nonce)
        return response

    async def sign_head(self, request: web.Request, response: web.StreamResponse) -> None:
        """Sign the head of a stream, whose body is yet to come: with the digest of no bytes."""
        nonce = request.get(NONCE)
        if nonce and not isinstance(response, web.Response):
            self._sign(response, b"", nonce)

    def _sign(self, response: web.StreamResponse, body: bytes, nonce: str) -> None:
        signed = sign_answer(
            response.status,
            response.headers["Content-Type"],
            body,
            key=self._key,
            key_id=self._kid,
            created_ms=self._clock.wall(),
            nonce=nonce,
        )
        response.headers.update(signed)
