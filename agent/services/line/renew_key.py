"""The key of this machine's requests is renewed by itself, with nothing that could lock it out.

The next key is on the disk before HQ hears of it, the present one stays there until HQ has answered
a request that the next one signed, and the former one even after that. Whatever is lost between,
one of those that are kept is known to HQ, and `StoreKey` finds out which.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.logging import get_logger
from agent.services.line.own_enrolment import EnrolmentNotKeptError, OwnEnrolment
from agent.store import counted_days
from agent.store.database import Database
from sync.client import HqClient
from sync.enrolment_file import read, written
from sync.errors import HqError, RejectedError
from sync.protocol.keys import KeyOrder, proof_of
from sync.store_key import StoreKey, public_bytes

RENEW_AFTER_DAYS = 90
"""Counted days (`agent/store/counted_days.py`), so that no clock that is set renews a key."""
LOOK_S = 20.0
"""Between looks at whether it is due, or was broken off: one read each."""

log = get_logger(__name__)


class KeyRenewal:
    """Renews the key when it is due, and goes on with what was broken off."""

    def __init__(
        self, *, database: Database, client: HqClient, own: OwnEnrolment, key: StoreKey
    ) -> None:
        self._database = database
        self._client = client
        self._own = own
        self._key = key
        self._told = ""

    async def look(self) -> None:
        """Do what is due; what HQ does not answer is tried again at the next look."""
        try:
            if await self._is_due():
                await self._renew()
            self._told = ""
        except (HqError, EnrolmentNotKeptError) as error:
            self._tell(error)

    async def _is_due(self) -> bool:
        kept, today = self._own.kept, await self._database.read(counted_days.today)
        if kept.next_key or self._signs_by_former():
            return True
        if kept.key_since is None or kept.key_since > today:  # of another database, perhaps
            self._own.change(key_since=today)
            return False
        return today - kept.key_since >= RENEW_AFTER_DAYS

    async def _renew(self) -> None:
        old, new = self._begin()
        order = KeyOrder(
            public_key=public_bytes(new).hex(), proof=proof_of(new, install_id=self._key.install_id)
        )
        answer = await self._client.announce_key(order)
        if not answer.in_use:
            self._key.sign_by(new, other=old)
            answer = await self._client.announce_key(order)
        if answer.in_use:
            await self._finish(old, new)

    def _begin(self) -> tuple[Ed25519PrivateKey, Ed25519PrivateKey]:
        """Put the next key on the disk, beside the one that HQ knows; return both."""
        kept = self._own.kept
        if self._signs_by_former():  # HQ's database was restored: it has to hear of it again
            self._own.change(private_key=kept.former_key, next_key=kept.private_key, former_key="")
        elif not kept.next_key:
            self._own.change(next_key=written(Ed25519PrivateKey.generate()))
            self._key.sign_by(read(kept.private_key), other=read(self._own.kept.next_key))
        return read(self._own.kept.private_key), read(self._own.kept.next_key)

    async def _finish(self, old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> None:
        today = await self._database.read(counted_days.today)
        self._own.change(
            private_key=written(new), next_key="", former_key=written(old), key_since=today
        )
        self._key.sign_by(new, other=old)
        log.info("key_renewed")

    def _signs_by_former(self) -> bool:
        former = self._own.kept.former_key
        return bool(former) and self._key.signer == public_bytes(read(former))

    def _tell(self, error: HqError | EnrolmentNotKeptError) -> None:
        """Say what people may have to mend, once; whether the line works, others say."""
        is_news = isinstance(error, (RejectedError, EnrolmentNotKeptError))
        if is_news and self._told != str(error):
            log.warning("key_not_renewed", why=str(error))
            self._told = str(error)
