"""Whether a store's Z reports are signed by its own keys; one under any other is parked.

Of a machine that was enrolled without telling one, the first key that it is heard with is its own.
"""

from asyncpg import Connection

from sync.hq.closing_keys import How, closing_keys_of, register
from sync.hq.intake.parking import Parking
from sync.hq.intake.received import Received

STRANGE_KEY = "closing_key_unknown"
"""Why a Z report is parked."""


async def strange_closings(
    connection: Connection, batch: Received, install_id: str
) -> dict[int, Parking]:
    """Return why to park, by seq, the Z reports of `batch` whose key is not known.

    `install_id`: the machine that sends them, whose first key counts if it was enrolled without
    one; empty: none.
    """
    signers = batch.closing_signers()
    if not signers:
        return {}
    known = await closing_keys_of(connection, batch.store)
    lacks_key = bool(install_id) and install_id not in known.values()
    strange = {}
    for seq, signer in signers.items():
        if lacks_key and not known.get(signer):
            await register(
                connection,
                batch.store,
                signer,
                install_id=install_id,
                how=How.FIRST_HEARD,
                now=batch.received_at,
            )
            known[signer], lacks_key = install_id, False
        if signer not in known:
            strange[seq] = Parking(STRANGE_KEY, f"signed by {signer}")
    return strange
