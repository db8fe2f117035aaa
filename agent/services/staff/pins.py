"""PINs hashed and checked: argon2id over the peppered PIN, off the event loop, few at once."""

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

MEMORY_KIB = 19_456
"""19 MiB: the least memory that OWASP's Password Storage Cheat Sheet gives for argon2id."""
PASSES = 5
"""OWASP's least is 2; with 5 one check takes 50 to 100 ms on a store's PC."""
LANES = 1
AT_ONCE = 2
"""Checks that run at once, for a small PC's memory; more wait their turn."""


class Pins:
    """Hashes and checks PINs."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        self._hasher = PasswordHasher(
            time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pin")
        self._nobodys: str | None = None

    def close(self) -> None:
        """Finish the checks that run."""
        self._threads.shutdown()

    async def hash(self, pin: str) -> str:
        """Return the hash of `pin`, with its parameters and a salt of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hash, pin)

    async def matches(self, pin_hash: str | None, pin: str) -> bool:
        """Tell whether `pin` is the one hashed; None (nobody's) takes as long, and never is."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._matches, pin_hash, pin
        )

    def _hash(self, pin: str) -> str:
        return self._hasher.hash(self._peppered(pin))

    def _matches(self, pin_hash: str | None, pin: str) -> bool:
        nobodys = self._nobody()
        try:
            self._hasher.verify(pin_hash or nobodys, self._peppered(pin))
        except (VerificationError, InvalidHashError):
            return False
        return pin_hash is not None

    def _nobody(self) -> str:
        """Return a hash to spend time on, made at the first check of whatever number."""
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(b"nobody")
        return self._nobodys

    def _peppered(self, pin: str) -> bytes:
        return hmac.digest(self._pepper, pin.encode(), "sha256")
