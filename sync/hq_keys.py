"""By which keys a store recognises HQ's answers: root -> key set -> answer keys."""

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.domain.trust.document import DocumentError, open_document
from agent.domain.trust.keys import KeySet, answering
from sync.enrolment_file import Enrolment


class HqKeys:
    """The answer keys of the newest key set that the pinned root has signed.

    An older one never counts again: a key that was revoked could come back with it.
    """

    def __init__(
        self, root: Ed25519PublicKey, *, on_newer: Callable[[bytes], None] = lambda _: None
    ) -> None:
        """`on_newer` is given each key set that counts from then on, to be kept."""
        self._root = root
        self._on_newer = on_newer
        self._version = -1
        self._keys: Mapping[str, Ed25519PublicKey] = {}

    def known(self) -> Mapping[str, Ed25519PublicKey]:
        """Return the keys that count, by kid; none before the first key set."""
        return self._keys

    def take(self, document: bytes) -> bool:
        """Count by this key set from now on, if root signed it and it is newer; tell whether."""
        try:
            key_set = open_document(document, KeySet, root=self._root)
            keys = answering(key_set)
        except (DocumentError, ValueError):
            return False
        if key_set.version <= self._version:
            return False
        self._version, self._keys = key_set.version, keys
        self._on_newer(document)
        return True


def keys_of(
    enrolment: Enrolment, *, root_key: str = "", on_newer: Callable[[bytes], None] = lambda _: None
) -> HqKeys:
    """Return the keys that a machine believes by what it keeps; `root_key`: another pinned root."""
    root = Ed25519PublicKey.from_public_bytes(bytes.fromhex(root_key or enrolment.root_key))
    keys = HqKeys(root, on_newer=on_newer)
    keys.take(bytes.fromhex(enrolment.key_set))
    return keys
