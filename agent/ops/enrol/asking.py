"""Asking head office to enrol this machine, or only what it would be enrolled as."""

import asyncio
from collections.abc import Sequence
from importlib.metadata import version

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Clock, SystemClock
from sync.client import HqClient
from sync.newcomer import Newcomer
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentCode, EnrolmentOrder
from sync.transport.link import LinkState
from sync.transport.request import Timeouts

TIMEOUTS = Timeouts(connect_ms=3_000, total_ms=8_000)


def ask(
    urls: Sequence[str],
    code: EnrolmentCode,
    *,
    key: Ed25519PrivateKey,
    install_id: str = "",
    closing_key: str = "",
    only_look: bool = False,
    ca_file: str = "",
    clock: Clock | None = None,
) -> EnrolmentAnswer:
    """Return what the first address answers that is head office; HqError.

    `install_id` is what a database that is here says already; empty: there is none. `closing_key`
    signs this machine's Z reports. `ca_file` has roots of HTTPS beside the system's.
    """
    order = EnrolmentOrder(
        secret=code.secret,
        public_key=key.public_key().public_bytes_raw().hex(),
        install_id=install_id,
        closing_key=closing_key,
        app_version=version("store-agent"),
        only_look=only_look,
    )
    newcomer = Newcomer(key, code, clock=clock or SystemClock())
    return asyncio.run(_ask(urls, order, newcomer, ca_file))


async def _ask(
    urls: Sequence[str], order: EnrolmentOrder, newcomer: Newcomer, ca_file: str
) -> EnrolmentAnswer:
    client = HqClient(
        urls=urls,
        credentials=newcomer,
        timeouts=TIMEOUTS,
        user_agent=f"store-agent/{order.app_version}",
        link=LinkState(),
        clock=SystemClock(),
        ca_file=ca_file,
    )
    await client.start()
    try:
        return await client.enrol(order)
    finally:
        await client.stop()
