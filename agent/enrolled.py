"""Who this machine is to head office, as enrolment left it in the state directory."""

from collections.abc import Mapping
from pathlib import Path

from agent.base.clock import Clock
from agent.base.logging import get_logger
from agent.domain.trust.document import DocumentKind
from agent.services.line.own_enrolment import OwnEnrolment
from agent.services.line.renew_key import KeyRenewal
from agent.settings import Settings
from agent.store.database import Database
from sync.client import HqClient
from sync.enrolment_file import Enrolment, EnrolmentFileError, read_enrolment
from sync.hq_keys import HqKeys, keys_of
from sync.store_key import NoKey, StoreKey

log = get_logger(__name__)


def enrolled(settings: Settings) -> Enrolment | None:
    """Return who this machine is to HQ; None if it was not enrolled, or can't tell.

    The tills do not need it, so they open all the same.
    """
    try:
        enrolment = read_enrolment(Path(settings.paths.state_dir))
    except EnrolmentFileError as error:
        log.error("enrolment_unreadable", why=str(error), remedy="store-agent enroll CODE")
        return None
    if enrolment is not None and enrolment.store != settings.store.code:
        why = f"it is of store {enrolment.store}, the settings say {settings.store.code}"
        log.error("enrolment_unreadable", why=why, remedy="store-agent enroll CODE")
        return None
    return enrolment


def told_at_enrolment(enrolment: Enrolment) -> dict[DocumentKind, bytes]:
    """Return the documents that are kept with it: they count before the feed tells others."""
    kept = {DocumentKind.KEY_SET: enrolment.key_set, DocumentKind.POLICY: enrolment.policy}
    return {kind: bytes.fromhex(document) for kind, document in kept.items() if document}


def credentials(
    enrolment: Enrolment | None, *, clock: Clock, root_key: str = ""
) -> StoreKey | NoKey:
    """Return how a command proves itself beside the agent: it writes nothing down.

    `root_key`: that of the settings.
    """
    if enrolment is None:
        return NoKey()
    return key_of(enrolment, keys_of(enrolment, root_key=root_key), clock=clock)


class Enrolled:
    """An enrolled machine while it runs: its key, whom it believes, the file that keeps both."""

    def __init__(self, settings: Settings, enrolment: Enrolment, *, clock: Clock) -> None:
        own = self._own = OwnEnrolment(Path(settings.paths.state_dir), enrolment)
        self._hq_keys = keys_of(
            enrolment,
            root_key=settings.hq.root_key,
            on_newer=lambda told: own.keep_document(key_set=told),
        )
        self.key = key_of(enrolment, self._hq_keys, clock=clock)
        """Proves its requests."""

    def keep(self, documents: Mapping[DocumentKind, bytes]) -> None:
        """Recognise HQ by the newest key set, and keep what counts outside the database, too."""
        if key_set := documents.get(DocumentKind.KEY_SET):
            self._hq_keys.take(key_set)
        if policy := documents.get(DocumentKind.POLICY):
            self._own.keep_document(policy=policy)

    def renewal(self, database: Database, client: HqClient) -> KeyRenewal:
        """Return what renews the key, which `client` proves its requests by."""
        return KeyRenewal(database=database, client=client, own=self._own, key=self.key)


def key_of(enrolment: Enrolment, keys: HqKeys, *, clock: Clock) -> StoreKey:
    """Return how the machine proves itself, and recognises HQ by `keys`."""
    return StoreKey(
        enrolment.key,
        install_id=enrolment.install_id,
        answer_keys=keys.known,
        learn=keys.take,
        clock=clock,
        other=enrolment.other_key,
    )
