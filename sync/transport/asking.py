"""One exchange with head office: proven by the store, recognised by what head office signed."""

import aiohttp
import msgspec
from yarl import URL

from sync.errors import TransportFailedError
from sync.protocol.keys import HqKeySet
from sync.protocol.limits import MAX_ANSWER_BYTES
from sync.store_key import Credentials, Proof
from sync.transport.reply import Reply, read, told_apart
from sync.transport.request import Request

_FENCED_STATUS = 403
_hq_key_set = msgspec.json.Decoder(HqKeySet)


class Asker:
    """Asks at an address, over the connections of a session."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def ask(
        self, session: aiohttp.ClientSession, base: str, request: Request, max_bytes: int
    ) -> Reply:
        """Ask, and once more for each thing that stands between HQ and being understood.

        TransportFailedError: there was no answer, of whomever.
        """
        reply = await self._exchange(session, base, request, max_bytes)
        if reply.is_strangers and await self._learns_keys(session, base):
            reply = await self._exchange(session, base, request, max_bytes)
        if reply.refuses_key and self._credentials.gives_way(reply.proof):
            reply = await self._with_other_key(reply, session, base, request, max_bytes)
        if reply.wants_another_signature:
            reply = await self._exchange(session, base, request, max_bytes)
        return reply

    async def _with_other_key(
        self,
        first: Reply,
        session: aiohttp.ClientSession,
        base: str,
        request: Request,
        max_bytes: int,
    ) -> Reply:
        """Ask by the other key; where HQ takes neither, go back to the first, and heed a fence."""
        other = await self._exchange(session, base, request, max_bytes)
        if not other.refuses_key:
            return other
        self._credentials.gives_way(other.proof)
        return other if other.status == _FENCED_STATUS else first

    def proven(self, base: str, request: Request) -> tuple[URL, Proof]:
        """Return the whole address and the proof of a request."""
        url = URL(f"{base}/sync/v1/{request.path}").with_query(request.query)
        told = request.identity.headers()
        return url, self._credentials.prove(request.method, url, request.body.data, told)

    def reply(self, proof: Proof, response: aiohttp.ClientResponse, heard: bytes) -> Reply:
        """Return what was heard, with whose word it is."""
        own, told = self._credentials, response.headers
        is_hqs = own.is_hqs(proof, response.status, told, heard)
        strangers = not is_hqs and own.names_stranger(told)
        return Reply(response.status, told, heard, proof, is_hqs=is_hqs, is_strangers=strangers)

    async def _exchange(
        self, session: aiohttp.ClientSession, base: str, request: Request, max_bytes: int
    ) -> Reply:
        url, proof = self.proven(base, request)
        with told_apart(base):
            async with session.request(
                request.method,
                url,
                data=request.body.data or None,
                headers={**request.headers(), **proof.headers},
                allow_redirects=False,
            ) as response:
                heard = await read(response, max_bytes)
                return self.reply(proof, response, heard)

    async def _learns_keys(self, session: aiohttp.ClientSession, base: str) -> bool:
        """Ask for the key set that is to endorse an unknown key; tell whether there is a newer
        one, which HQ's root has signed."""
        try:
            with told_apart(base):
                asked = session.get(f"{base}/sync/v1/keys", allow_redirects=False)
                async with asked as response:
                    heard = await read(response, MAX_ANSWER_BYTES)
            key_set = _hq_key_set.decode(heard).key_set
            return self._credentials.learn(bytes.fromhex(key_set))
        except (TransportFailedError, msgspec.MsgspecError, RecursionError, ValueError):
            return False
