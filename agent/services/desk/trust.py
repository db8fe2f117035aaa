"""Trust: the root key that is pinned, and the key set and policy that it signed."""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.domain.trust.document import DocumentError, DocumentKind, open_document
from agent.domain.trust.keys import KeyRing, KeySet
from agent.domain.trust.policy import CAUTIOUS, Policy
from agent.store import trust
from agent.store.sqlite import Connection


class Trust:
    """What this store believes of HQ right now."""

    def __init__(self, root_key: str) -> None:
        """`root_key` is HQ's Ed25519 root public key, 64 hex digits; empty: believe nothing."""
        self.keys = KeyRing(KeySet(version=0, keys=()))
        self.policy = CAUTIOUS
        self.documents: Mapping[DocumentKind, bytes] = {}
        """Those that count, as HQ signed them."""
        self._root = (
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(root_key)) if root_key else None
        )

    def load(self, db: Connection) -> bool:
        """Take up the newest documents that are kept; tell whether all of them were believed.

        Without a key set every token is refused, without a policy nothing is taken at risk.
        """
        if self._root is None:
            return True
        found = {kind: trust.document(db, kind) for kind in DocumentKind}
        documents = {kind: data for kind, data in found.items() if data is not None}
        try:
            if key_set := documents.get(DocumentKind.KEY_SET):
                self.keys = KeyRing(open_document(key_set, KeySet, root=self._root))
            if policy := documents.get(DocumentKind.POLICY):
                self.policy = open_document(policy, Policy, root=self._root)
        except DocumentError:
            return False
        self.documents = documents
        return True

    def begin_with(self, db: Connection, documents: Mapping[DocumentKind, bytes]) -> None:
        """Keep what was told before this database knew anything, or when it knew less.

        What HQ was asked to tell again, whatever its edition, it tells itself.
        """
        for kind, data in documents.items():
            held = trust.held_version(db, kind)
            try:
                version = self.check(kind, data)
            except DocumentError:
                continue
            if trust.document(db, kind) is None or 0 < held < version:
                trust.put_document(db, kind, version, data)

    def check(self, kind: DocumentKind, data: bytes) -> int:
        """Return the version of a received document; raise DocumentError if it is not HQ's."""
        if self._root is None:
            raise DocumentError("no root key is pinned (hq.root_key)")
        if kind is DocumentKind.KEY_SET:
            return open_document(data, KeySet, root=self._root).version
        return open_document(data, Policy, root=self._root).version
