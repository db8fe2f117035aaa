"""The policy: what stores may decide without HQ."""

from typing import Any

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.base.strict_json import JsonError, parse
from agent.domain.trust.document import DocumentKind, open_document, sign_document
from agent.domain.trust.policy import Policy
from sync.hq.errors import AdminError
from sync.hq.trust.documents import latest, lock_documents, next_version, publish
from sync.hq.trust.keys import KeyStore


async def publish_policy(
    connection: Connection, key_store: KeyStore, policy: Policy, *, now: Millis, leap: int = 0
) -> Policy:
    """Publish `policy` as the next edition, whatever its version says; return that edition.

    `leap` versions are left out.
    """
    root = key_store.root()
    async with connection.transaction():
        await lock_documents(connection)
        version = await next_version(connection, DocumentKind.POLICY, leap=leap)
        edition = msgspec.structs.replace(policy, version=version)
        await publish(
            connection,
            DocumentKind.POLICY,
            version=version,
            document=sign_document(edition, root=root),
            now=now,
        )
    return edition


async def current_policy(connection: Connection, key_store: KeyStore) -> Policy | None:
    """Return the newest edition, None before the first."""
    document = await latest(connection, DocumentKind.POLICY)
    if document is None:
        return None
    return open_document(document, Policy, root=key_store.root().public_key())


def read_policy(data: bytes) -> Policy:
    """Return the policy in JSON `data`; what it leaves out has its default. AdminError."""
    try:
        fields = parse(data)
        if isinstance(fields, dict):
            fields = {"version": 0, **fields}
            _refuse_unknown(fields)
        return msgspec.convert(fields, Policy)
    except (JsonError, msgspec.MsgspecError) as error:
        raise AdminError(
            "not a policy: {why}; `store-hq policy show` prints one", why=error
        ) from None


def _refuse_unknown(fields: dict[str, Any]) -> None:
    """A store passes over what it does not know; whoever writes a policy must not mistype."""
    for name in fields.keys() - set(Policy.__struct_fields__):
        raise msgspec.ValidationError(f"Object contains unknown field `{name}`")
