"""The keys that head office published, as a store knows them."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.domain.trust.document import open_document
from agent.domain.trust.keys import KeyRing, KeySet
from sync.hq.trust import keys
from tests.hq.head_office import HeadOffice, StoreClient


async def key_ring(hq: HeadOffice, store: StoreClient) -> KeyRing:
    """The newest key set as a store opens it, with nothing but the pinned root."""
    pinned = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys.root_public_key(hq.key_store)))
    document = bytes.fromhex((await store.changes("key_set"))[-1]["document"])
    return KeyRing(open_document(document, KeySet, root=pinned))
