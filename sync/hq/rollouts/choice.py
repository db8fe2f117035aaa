"""Which stores are in a share of them: pure, stable, another order for each rollout."""

import hashlib

_PLACES = 10_000


def is_chosen(store: str, rollout: int, percent: int) -> bool:
    """Whether `store` is among the first `percent` of a hundred stores of this rollout.

    A store that is in a share is in every larger one.
    """
    digest = hashlib.sha256(f"{rollout}:{store}".encode()).digest()
    return int.from_bytes(digest[:8]) % _PLACES < percent * _PLACES // 100
