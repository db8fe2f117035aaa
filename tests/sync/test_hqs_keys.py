"""HQ signs by another key: a store finds out by the root that it pins, and believes nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Millis
from agent.base.problem import ProblemError
from agent.domain.trust.document import sign_document
from agent.domain.trust.keys import KeySet, SigningKey, kid_of
from sync.client import HqClient
from sync.errors import FencedError, RejectedError, TransportFailedError
from sync.hq_keys import HqKeys
from sync.protocol.identity import Identity
from sync.store_key import StoreKey, public_bytes
from tests.sync.factories import make_client
from tests.sync.toy_hq import ANSWER_KEY, KEY, KEYS_PATH, Honest, ToyHq
from tests.sync.virtual_time import VirtualTime

ROOT, STRANGER, FORMER = (Ed25519PrivateKey.generate() for _ in range(3))
HELD = 5
"""The edition of the key set that the store holds: it names FORMER."""

Answer = Callable[[web.Request], Awaitable[web.Response]]


def named(key: Ed25519PrivateKey, *, revoked: bool = False) -> SigningKey:
    public = key.public_key().public_bytes_raw()
    return SigningKey(
        kid=kid_of(public).hex(),
        public_key=public.hex(),
        not_before=Millis(0),
        not_after=Millis(1),
        revoked=revoked,
    )


def key_set(version: int, *keys: SigningKey, root: Ed25519PrivateKey = ROOT) -> bytes:
    return sign_document(KeySet(version=version, keys=(), answer_keys=keys), root=root)


def telling(said: str) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        assert request.path == KEYS_PATH
        return web.json_response({"key_set": said})

    return answer


ENDORSED = key_set(HELD + 1, named(ANSWER_KEY), named(FORMER, revoked=True))


class Store:
    """A store that knew HQ by FORMER when it last heard of it."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.keys = HqKeys(ROOT.public_key(), on_newer=self.kept.append)
        self.keys.take(key_set(HELD, named(FORMER)))

    @asynccontextmanager
    async def client(self, hq: ToyHq) -> AsyncIterator[HqClient]:
        time = VirtualTime()
        known, learn = self.keys.known, self.keys.take
        key = StoreKey(KEY, install_id="pc-1", answer_keys=known, learn=learn, clock=time)
        client = make_client(await hq.start(), time=time, key=key)
        await client.start()
        try:
            yield client
        finally:
            await client.stop()


async def test_a_key_that_the_root_endorses_is_learnt_at_once_and_kept(hq: ToyHq) -> None:
    hq.other, store = telling(ENDORSED.hex()), Store()
    async with store.client(hq) as client:
        await client.changes("")
        await client.changes("")
    assert len(hq.requests) == 3, "the first one was asked again"
    assert store.kept[-1] == ENDORSED


@pytest.mark.parametrize(
    "said",
    [
        key_set(HELD + 1, named(ANSWER_KEY), root=STRANGER).hex(),
        key_set(HELD, named(ANSWER_KEY)).hex(),
        key_set(HELD - 1, named(ANSWER_KEY)).hex(),
        key_set(HELD + 1, named(ANSWER_KEY, revoked=True)).hex(),
        key_set(HELD + 1, named(STRANGER)).hex(),
        ENDORSED.hex()[:-1],
        "no hex",
        "",
    ],
    ids=[
        "of another root",
        "the edition that is held",
        "an older edition",
        "revoked in it",
        "not named in it",
        "cut",
        "no hex",
        "none",
    ],
)
async def test_a_key_that_the_root_does_not_endorse_is_not_believed(hq: ToyHq, said: str) -> None:
    hq.other = telling(said)
    async with Store().client(hq) as client:
        with pytest.raises(TransportFailedError, match="answer_not_signed"):
            await client.changes("")


async def test_a_revoked_key_is_believed_no_more_and_does_not_come_back(hq: ToyHq) -> None:
    store, revoked = Store(), key_set(HELD + 2, named(FORMER), named(ANSWER_KEY, revoked=True))
    assert store.keys.take(ENDORSED)
    assert store.keys.take(revoked)
    hq.other = telling(ENDORSED.hex())
    async with store.client(hq) as client:
        with pytest.raises(TransportFailedError, match="answer_not_signed"):
            await client.changes("")


async def test_who_answers_in_hqs_place_leaves_the_store_as_it_was(hq: ToyHq) -> None:
    async def portal(request: web.Request) -> web.Response:
        return web.Response(text="<html>log in</html>", content_type="text/html")

    async def breaks_off(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    store = Store()
    for answer in (portal, breaks_off):
        hq.other = answer
        async with store.client(hq) as client:
            with pytest.raises(TransportFailedError, match="answer_not_signed"):
                await client.changes("")
        await hq.stop()
    assert len(store.kept) == 1


async def test_a_refusal_by_the_new_key_is_understood_too(hq: ToyHq) -> None:
    """A clock that is off, or a machine that was replaced: head office says so, and is heard."""

    async def fenced(request: web.Request, honest: Honest) -> web.StreamResponse:
        raise ProblemError(403, "fenced")

    hq.other = telling(ENDORSED.hex())
    hq.misbehave("changes", fenced, fenced)
    async with Store().client(hq) as client:
        with pytest.raises(FencedError):
            await client.changes("", Identity("pc-1", 1))


async def test_of_two_keys_the_one_that_hq_takes_is_kept_and_the_first_if_it_takes_none(
    hq: ToyHq,
) -> None:
    """A proxy that changes what is signed makes every key wrong: then none is given up for it."""
    first, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    time, answers = VirtualTime(), {named(ANSWER_KEY).kid: ANSWER_KEY.public_key()}
    key = StoreKey(first, install_id="pc-1", answer_keys=lambda: answers, clock=time, other=other)
    client = make_client(await hq.start(), time=time, key=key)

    async def wrong(request: web.Request, honest: Honest) -> web.StreamResponse:
        raise ProblemError(401, "signature_wrong")

    await client.start()
    try:
        hq.misbehave("changes", wrong, wrong)
        with pytest.raises(RejectedError, match="signature_wrong"):
            await client.changes("")
        assert (len(hq.requests), key.signer) == (2, public_bytes(first))
        hq.misbehave("changes", wrong)
        await client.changes("")
        await client.changes("")
        assert (len(hq.requests), key.signer) == (5, public_bytes(other))
    finally:
        await client.stop()
