"""Public engines with the same book and baskets, beside ours in the same run.

They are installed into a folder of their own and are no part of the project. What each of them
does is less: json-rules-engine only says which conditions hold, django-oscar takes offers one after
another without looking for the best. Both get the sums and scopes alone.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import which
from typing import Any

import msgspec

from agent.domain.promotions.effects.kind import SumKind
from agent.domain.promotions.prepared import Ready
from agent.domain.promotions.price import price
from tests.bench.metric import Metric
from tests.bench.workshop import Workshop
from tests.domain.promotions.speed import Case, cases, timed

JSON_RULES, OSCAR = "json-rules-engine@7.3.1", "django-oscar==4.1"
BASKETS = 5
_HERE = Path(__file__).parents[1] / "engines"
_MINUTES = 10


def missing() -> str | None:
    """What the engines need that is not here."""
    return None if which("npm") and which("node") else "needs npm and node: apt install npm"


def measure(workshop: Workshop) -> list[Metric]:
    """Baskets of 20 lines against 50 promotions a second of processor time: ours, and
    theirs once: django-oscar takes seconds for one."""
    case = cases(BASKETS)[0]
    data = msgspec.json.encode(_data(case))
    runs = [timed(case, price)[0] for _ in range(workshop.repetitions)]
    ours = [len(spent) / sum(spent) for spent in runs]
    theirs = _installed(workshop.directory())
    return [Metric.of("quote_beside_engines_per_s", "1/s", ours)] + [
        Metric.of(f"{name}_per_s", "1/s", [run(data)]) for name, run in theirs.items()
    ]


def _installed(place: Path) -> dict[str, Callable[[bytes], float]]:
    python = place / "oscar" / "bin" / "python"
    _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", place, JSON_RULES])
    _run([sys.executable, "-m", "venv", place / "oscar"])
    _run([python, "-m", "pip", "install", "--quiet", OSCAR])
    script = place / "json_rules.js"
    script.write_bytes((_HERE / "json_rules.js").read_bytes())
    return {
        "json_rules": lambda data: float(_run(["node", script], data)),
        "oscar": lambda data: float(_run([python, _HERE / "django_oscar.py"], data)),
    }


def _run(command: Sequence[str | Path], told: bytes = b"") -> bytes:
    done = subprocess.run(
        command, input=told, stdout=subprocess.PIPE, check=True, timeout=_MINUTES * 60
    )
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else b""


def _data(case: Case) -> dict[str, Any]:
    return {
        "rules": [_rule(one, case) for one in case.book.ready],
        "baskets": [
            [
                {"sku": line.sku, "fen": line.unit_price_fen, "pieces": line.quantity}
                for line in basket
            ]
            for basket in case.baskets
        ],
    }


def _rule(one: Ready, case: Case) -> dict[str, Any]:
    """Sums stay what they are; second pieces, special prices and gifts become a tenth off."""
    scope, fixed = one.promotion.scope, isinstance(one.sums, SumKind) and not one.sums.is_share
    articles = () if scope.is_all else case.book.articles.values()
    return {
        "id": one.promotion.id,
        "skus": [article.sku for article in articles if scope.holds(article)],
        "channels": list(one.promotion.when.channels) or ["store"],
        "min_fen": max(one.minima, default=0),
        "off": getattr(one.promotion.effect, "off_fen", 0) if fixed else 10,
    }
