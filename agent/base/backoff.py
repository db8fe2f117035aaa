"""Full-jitter exponential back-off, as a pure function of the attempt and a random draw."""

BASE_MS = 200
CAP_MS = 60_000
MAX_RETRY_AFTER_MS = 3_600_000
"""The longest wait that a peer may ask for."""


def delay_ms(attempt: int, *, draw: float, retry_after_ms: int | None = None) -> int:
    """Return how long to wait before retry number `attempt` (1, 2, …); `draw` is in [0, 1).

    A peer's Retry-After is a lower bound, so that it is honoured and still spread.
    """
    ceiling = min(CAP_MS, BASE_MS * 2 ** min(attempt - 1, 20))
    jittered = int(ceiling * draw)
    return jittered + min(retry_after_ms or 0, MAX_RETRY_AFTER_MS)
