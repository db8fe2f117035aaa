"""What each figure has to reach on any machine, mostly as a multiple of that machine's floor."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Bounds on a figure; those that are None do not apply."""

    at_most: float | None = None
    at_least: float | None = None
    ratio_at_most: float | None = None
    ratio_at_least: float | None = None
    above_floor_at_most: float | None = None
    """Largest difference to the floor, in the figure's own unit."""

    def is_met(self, value: float, floor: float | None) -> bool:
        """Whether every bound holds; a bound on the floor fails where no floor was measured."""
        ratio = None if floor is None else value / floor
        above = None if floor is None else value - floor
        return all(
            (
                _no_more(value, self.at_most),
                _no_less(value, self.at_least),
                _no_more(ratio, self.ratio_at_most),
                _no_less(ratio, self.ratio_at_least),
                _no_more(above, self.above_floor_at_most),
            )
        )

    def __str__(self) -> str:
        bounds = (
            ("≤ {:,g}", self.at_most),
            ("≥ {:,g}", self.at_least),
            ("≤ {:,g} × floor", self.ratio_at_most),
            ("≥ {:,g} × floor", self.ratio_at_least),
            ("≤ floor + {:,g}", self.above_floor_at_most),
        )
        return ", ".join(text.format(bound) for text, bound in bounds if bound is not None)


def _no_more(figure: float | None, bound: float | None) -> bool:
    return bound is None or (figure is not None and figure <= bound)


def _no_less(figure: float | None, bound: float | None) -> bool:
    return bound is None or (figure is not None and figure >= bound)


GOALS: dict[str, Goal] = {
    "redeem_p50_ms": Goal(ratio_at_most=2.5),
    "redeem_p99_ms": Goal(ratio_at_most=3),
    "redeem_per_s_c1": Goal(ratio_at_least=0.4),
    "redeem_per_s_c8": Goal(ratio_at_least=0.4),
    "redeem_per_s_c64": Goal(ratio_at_least=0.4),
    "sale_per_s_c1": Goal(ratio_at_least=0.4),
    "sale_per_s_c64": Goal(ratio_at_least=0.4),
    "crowd_p99_ms": Goal(ratio_at_most=8),
    "crowd_errors": Goal(at_most=0),
    "crowd_rss_mb": Goal(at_most=20),
    "scan_to_verdict_p50_ms": Goal(ratio_at_most=3),
    "scan_to_verdict_p99_ms": Goal(ratio_at_most=4),
    "page_load_ms": Goal(ratio_at_most=6),
    "quote_20x50_per_s": Goal(at_least=3_000),
    "quote_50x1000_p99_ms": Goal(at_most=10),
    "quote_50x1000_dense_p99_ms": Goal(at_most=10),
    "receipt_built_ms": Goal(at_most=20),
    "drain_events_per_s": Goal(ratio_at_least=0.4, at_least=8000),
    "drain_signed_events_per_s": Goal(ratio_at_least=0.95),
    "claim_p50_ms": Goal(ratio_at_most=2),
    "claim_p99_ms": Goal(ratio_at_most=2),
    "hq_ingest_events_per_s": Goal(ratio_at_least=0.3),
    "hq_repeat_events_per_s": Goal(ratio_at_least=1),
    "commit_to_hq_p50_ms": Goal(ratio_at_most=3),
    "commit_to_hq_p99_ms": Goal(ratio_at_most=5),
    "first_scan_s": Goal(at_most=0.8),
    "rss_idle_mb": Goal(at_most=70),
    "rss_idle_mb_hq": Goal(at_most=65),
    "idle_cpu_percent": Goal(at_most=0.5),
    "rss_drain_mb": Goal(above_floor_at_most=30),
    "redeem_p99_ratio_1m": Goal(at_most=2),
    "change_to_store_p50_ms": Goal(at_most=150),
    "first_load_s": Goal(ratio_at_most=0.2),
    "settle_store_cpu_ms": Goal(at_most=2, ratio_at_most=1.3),
    "stores_list_cpu_s": Goal(at_most=0.5),
    "events_of_a_kind_cpu_ms": Goal(at_most=50),
    "start_ratio_1m": Goal(at_most=2),
}
"""Goals by metric name, in the order in which the figures are shown."""
