"""HQ's keys: the root that stores pin, and the signing keys that the root vouches for.

Private keys are PEM files (PKCS 8) in one directory, readable by their owner alone. Their dates,
and the key set signed by the root, are in the database.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from asyncpg import Connection
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from agent.base.clock import Millis
from agent.domain.trust.document import DocumentKind, sign_document
from agent.domain.trust.keys import KeySet, SigningKey, kid_of
from sync.hq.errors import AdminError
from sync.hq.trust.documents import latest, lock_documents, next_version, publish

_ROOT = "root"
_ANSWERS = "answers"
_COMING_ANSWERS = "answers.coming"

_ADD = """
INSERT INTO signing_key (kid, public_key, not_before, not_after) VALUES ($1, $2, $3, $4)
"""

_REVOKE = "UPDATE signing_key SET revoked = true WHERE kid = $1 RETURNING kid"

_LIST = """
SELECT kid, public_key, not_before, not_after, revoked FROM signing_key
ORDER BY not_before, kid
"""

_ADD_ANSWER_KEY = """
INSERT INTO answer_key (kid, public_key, not_before, not_after) VALUES ($1, $2, $3, $4)
ON CONFLICT (kid) DO NOTHING RETURNING kid
"""

_REVOKE_ANSWER_KEY = "UPDATE answer_key SET revoked = true WHERE kid = $1"

_IS_VOUCHED_FOR = "SELECT true FROM answer_key WHERE kid = $1 AND NOT revoked"

_LIST_ANSWER_KEYS = """
SELECT kid, public_key, not_before, not_after, revoked FROM answer_key ORDER BY not_before, kid
"""


class KeyStore:
    """The directory of private keys."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        """Where the PEM files are."""

    def ensure_root(self) -> Ed25519PrivateKey:
        """Return the root key, made if there is none."""
        try:
            return self._read(_ROOT)
        except FileNotFoundError:
            return self._create(_ROOT, Ed25519PrivateKey.generate())

    def root(self) -> Ed25519PrivateKey:
        """Return the root key; AdminError if it is not here."""
        try:
            return self._read(_ROOT)
        except FileNotFoundError:
            raise AdminError(
                "no root key in {directory}: run `store-hq init`, or use the machine and the user"
                " that have it",
                directory=self.directory,
            ) from None

    def signing_key(self, kid: str) -> Ed25519PrivateKey | None:
        """Return the signing key `kid`, None if it is not here."""
        try:
            return self._read(kid)
        except FileNotFoundError:
            return None

    def answer_key(self) -> Ed25519PrivateKey | None:
        """Return the key by which this machine's server signs its answers, None if it has none.

        It lies beside the directory, which the server can't see.
        """
        try:
            return self._read(_ANSWERS)
        except FileNotFoundError:
            return None

    def ensure_answer_key(self) -> Ed25519PrivateKey:
        """Return the same key, made if there is none."""
        return self.answer_key() or self._create(_ANSWERS, Ed25519PrivateKey.generate())

    def replace_answer_key(self, key: Ed25519PrivateKey) -> None:
        """Let this machine's server sign its answers by `key`, from its next start on."""
        path, coming = self._path(_ANSWERS), self._path(_COMING_ANSWERS)
        try:
            coming.unlink(missing_ok=True)
            _write_new(coming, _pem(key))
            coming.replace(path)
            _sync_directory(path.parent)
        except OSError as error:
            raise _not_written(path, error) from None

    def create_signing_key(self) -> tuple[str, Ed25519PrivateKey]:
        """Make a signing key; return its id and itself."""
        key = Ed25519PrivateKey.generate()
        kid = kid_of(key.public_key().public_bytes_raw()).hex()
        return kid, self._create(kid, key)

    def _read(self, name: str) -> Ed25519PrivateKey:
        path = self._path(name)
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise AdminError("{file} can't be read: {why}", file=path, why=error.strerror) from None
        except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise AdminError(
                "{file} is not an Ed25519 private key in PEM without a password", file=path
            )
        return key

    def _create(self, name: str, key: Ed25519PrivateKey) -> Ed25519PrivateKey:
        path = self._path(name)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(path, _pem(key))
        except OSError as error:
            raise _not_written(path, error) from None
        return key

    def _path(self, name: str) -> Path:
        is_servers = name in (_ANSWERS, _COMING_ANSWERS)
        directory = self.directory.parent if is_servers else self.directory
        return directory / f"{name}.pem"


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_written(path: Path, error: OSError) -> AdminError:
    return AdminError("{file} can't be written: {why}", file=path, why=error.strerror)


def root_public_key(key_store: KeyStore) -> str:
    """Return the root's public key, 64 hex digits: what each store pins."""
    return key_store.root().public_key().public_bytes_raw().hex()


async def add_signing_key(
    connection: Connection,
    key_store: KeyStore,
    *,
    not_before: Millis,
    not_after: Millis,
    now: Millis,
    into: KeyStore | None = None,
) -> SigningKey:
    """Make a signing key and publish the key set with it; `into`: where its private half goes."""
    if not_after <= not_before:
        raise AdminError("a key's last date must be after its first")
    root = key_store.root()
    kid, key = (into or key_store).create_signing_key()
    public = key.public_key().public_bytes_raw().hex()
    async with connection.transaction():
        await lock_documents(connection)
        await connection.execute(_ADD, kid, public, not_before, not_after)
        await publish_key_set(connection, root, now=now)
    return SigningKey(kid=kid, public_key=public, not_before=not_before, not_after=not_after)


async def revoke_signing_key(
    connection: Connection, key_store: KeyStore, kid: str, *, now: Millis
) -> None:
    """Revoke a key and publish the key set: every token that it signed stops counting."""
    root = key_store.root()
    async with connection.transaction():
        await lock_documents(connection)
        if await connection.fetchval(_REVOKE, kid) is None:
            raise AdminError(
                "there is no signing key {kid}; `store-hq keys list` shows them", kid=kid
            )
        await publish_key_set(connection, root, now=now)


async def list_signing_keys(connection: Connection) -> list[SigningKey]:
    """Return every signing key, the oldest first."""
    return [SigningKey(**row) for row in await connection.fetch(_LIST)]


async def list_answer_keys(connection: Connection) -> list[SigningKey]:
    """Return every key by which a server signs its answers, the oldest first."""
    return [SigningKey(**row) for row in await connection.fetch(_LIST_ANSWER_KEYS)]


async def vouch_for_answers(
    connection: Connection,
    key_store: KeyStore,
    *,
    not_before: Millis,
    not_after: Millis,
    now: Millis,
) -> None:
    """Make this machine's answer key if it has none; a new one is told in a new key set."""
    root = key_store.root()
    kid, public = _named(key_store.ensure_answer_key())
    async with connection.transaction():
        await lock_documents(connection)
        row = kid, public, not_before, not_after
        added = await connection.fetchval(_ADD_ANSWER_KEY, *row)
        if added and await latest(connection, DocumentKind.KEY_SET):
            await publish_key_set(connection, root, now=now)


async def renew_answer_key(
    connection: Connection,
    key_store: KeyStore,
    *,
    not_before: Millis,
    not_after: Millis,
    now: Millis,
) -> SigningKey:
    """Make this machine another answer key, and publish the key set that vouches for it.

    Its server signs by it from its next start on; the key of before counts until it is revoked.
    """
    root, key = key_store.root(), Ed25519PrivateKey.generate()
    kid, public = _named(key)
    async with connection.transaction():
        await lock_documents(connection)
        await connection.execute(_ADD_ANSWER_KEY, kid, public, not_before, not_after)
        await publish_key_set(connection, root, now=now)
    key_store.replace_answer_key(key)
    return SigningKey(kid=kid, public_key=public, not_before=not_before, not_after=not_after)


async def revoke_answer_key(
    connection: Connection, key_store: KeyStore, kid: str, *, now: Millis
) -> None:
    """Revoke a key and publish the key set: no store believes an answer that it signed."""
    root, own = key_store.root(), key_store.answer_key()
    if own is not None and _named(own)[0] == kid:
        raise AdminError(
            "this machine's server signs its answers by {kid}: first `store-hq keys add --answers`"
            " and a restart",
            kid=kid,
        )
    async with connection.transaction():
        await lock_documents(connection)
        await connection.execute(_REVOKE_ANSWER_KEY, kid)
        await publish_key_set(connection, root, now=now)


async def is_vouched_for(connection: Connection, answer_key: Ed25519PrivateKey) -> bool:
    """Tell whether stores believe what this key signs."""
    return bool(await connection.fetchval(_IS_VOUCHED_FOR, _named(answer_key)[0]))


def _named(key: Ed25519PrivateKey) -> tuple[str, str]:
    """Return id and public half of a key, as hex."""
    public = key.public_key().public_bytes_raw()
    return kid_of(public).hex(), public.hex()


async def publish_key_set(
    connection: Connection, root: Ed25519PrivateKey, *, now: Millis, leap: int = 0
) -> None:
    """Publish the keys as the next edition, leaving out `leap` versions; documents are locked."""
    version = await next_version(connection, DocumentKind.KEY_SET, leap=leap)
    key_set = KeySet(
        version=version,
        keys=tuple(await list_signing_keys(connection)),
        answer_keys=tuple(await list_answer_keys(connection)),
    )
    await publish(
        connection,
        DocumentKind.KEY_SET,
        version=version,
        document=sign_document(key_set, root=root),
        now=now,
    )


async def oldest_signing_key(
    connection: Connection, key_store: KeyStore, *, now: Millis, until: Millis
) -> tuple[bytes, Ed25519PrivateKey]:
    """Return the one of ours, of those that count from `now` to `until`, that stores have known
    longest: one that is cut off may not know the newest. AdminError."""
    return _own_key(await list_signing_keys(connection), key_store, now=now, until=until)


async def newest_signing_key(
    connection: Connection, key_store: KeyStore, *, now: Millis, until: Millis
) -> tuple[bytes, Ed25519PrivateKey]:
    """Return the newest key of ours that counts from `now` to `until`; AdminError."""
    keys = await list_signing_keys(connection)
    return _own_key(keys[::-1], key_store, now=now, until=until)


def _own_key(
    keys: Sequence[SigningKey], key_store: KeyStore, *, now: Millis, until: Millis
) -> tuple[bytes, Ed25519PrivateKey]:
    for entry in keys:
        dated = entry.not_before <= now and until <= entry.not_after
        key = key_store.signing_key(entry.kid) if dated and not entry.revoked else None
        if key is not None:
            return bytes.fromhex(entry.kid), key
    raise AdminError(
        "no signing key here counts until the codes expire; `store-hq keys add` makes one"
    )
