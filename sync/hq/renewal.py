"""Renewal: the key by which a store's machine will sign next, announced under the one that counts.

Access lets it take the place of that one when it is first used.
"""

import msgspec
from asyncpg import Pool

from agent.base.clock import Clock
from agent.base.logging import get_logger
from agent.base.problem import ProblemError
from sync.hq.access import Caller, spend
from sync.protocol.keys import KeyAnswer, KeyOrder, is_proven

_FORMER = """
SELECT true FROM former_store_key WHERE store = $1 AND install_id = $2 AND public_key = $3
"""

_ANNOUNCE = """
UPDATE store_key SET next_key = $3, next_at = CASE WHEN next_key = $3 THEN next_at ELSE $5 END
WHERE store = $1 AND install_id = $2 AND public_key = $4
"""

_decoder = msgspec.json.Decoder(KeyOrder)
_log = get_logger(__name__)


class Renewals:
    """Takes in the keys that machines announce."""

    def __init__(self, *, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def announce(self, caller: Caller, body: bytes) -> KeyAnswer:
        """Take the announced key, beside the one that signs, after the commit; ProblemError.

        Announced again it is the same; another one takes its place, as long as it is not in use.
        """
        order = _read(body)
        install_id, public_key = caller.identity.install_id, bytes.fromhex(order.public_key)
        if not is_proven(order, install_id=install_id):
            raise ProblemError(403, "key_not_proven", "the machine does not prove to have that key")
        in_use = public_key == caller.public_key
        now = self._clock.wall()
        async with self._pool.acquire() as connection, connection.transaction():
            await spend(connection, caller)
            if not in_use:
                own = caller.store, install_id, public_key
                if await connection.fetchval(_FORMER, *own):
                    raise ProblemError(409, "key_used", "that key was this machine's before")
                await connection.execute(_ANNOUNCE, *own, caller.public_key, now)
        if not in_use:
            _log.info("store_key_announced", store=caller.store, install_id=install_id)
        return KeyAnswer(public_key=order.public_key, in_use=in_use, server_time=now)


def _read(body: bytes) -> KeyOrder:
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(400, "key_malformed", str(error)[:300]) from None
