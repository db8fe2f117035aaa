"""Draws what was sampled day by day as SVG: one small chart for each thing, all over the days."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.booted.life.days import Sample

_TITLES = {
    "rss_mb": "memory (RSS), MB",
    "descriptors": "open file descriptors",
    "threads": "threads",
    "database_mb": "store.db, MB",
    "wal_mb": "write-ahead log, MB",
    "journal_events": "events kept",
    "backups_mb": "backups kept, MB",
    "log_kb": "written to the log, kB a day",
}
_WIDTH, _HEIGHT = 260, 110
_COLUMNS = 2
_LEFT, _TOP, _BOTTOM = 44, 22, 20


def draw(samples: Sequence[Sample], caption: str) -> str:
    """The SVG of all charts, with `caption` below."""
    rows = -(-len(_TITLES) // _COLUMNS)
    width, height = _COLUMNS * _WIDTH + 20, rows * _HEIGHT + 30
    charts = "".join(
        f'<g transform="translate({n % _COLUMNS * _WIDTH},{n // _COLUMNS * _HEIGHT})">'
        f"{_chart(title, [sample.values()[name] for sample in samples])}</g>\n"
        for n, (name, title) in enumerate(_TITLES.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' font-family="sans-serif" font-size="10">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{charts}'
        f'<text x="8" y="{height - 8}" fill="#555">{escape(caption)}</text>\n</svg>\n'
    )


def _chart(title: str, values: Sequence[float]) -> str:
    top = max(values) * 1.1 or 1
    across = (_WIDTH - _LEFT - 8) / max(len(values) - 1, 1)
    down = _HEIGHT - _TOP - _BOTTOM
    points = " ".join(
        f"{_LEFT + day * across:.1f},{_TOP + down * (1 - value / top):.1f}"
        for day, value in enumerate(values)
    )
    floor = _TOP + down
    return (
        f'<text x="8" y="14" font-weight="bold">{escape(title)}</text>'
        f'<path d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - 8}" fill="none" stroke="#999"/>'
        f'<text x="{_LEFT - 4}" y="{_TOP + 8}" text-anchor="end">{top:.4g}</text>'
        f'<text x="{_LEFT - 4}" y="{floor}" text-anchor="end">0</text>'
        f'<text x="{_LEFT}" y="{floor + 12}">day 1</text>'
        f'<text x="{_WIDTH - 8}" y="{floor + 12}" text-anchor="end">{len(values)}</text>'
        f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="1.5"/>'
    )
