"""structlog without rich, which it loads wherever it finds it, for tracebacks we don't draw so.

That would be 150 ms of the time from the start to the first scan. Import it through this module.
"""

import sys

__all__ = ["structlog"]

# None in sys.modules makes an import fail: structlog then goes without.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # Python allows None, typeshed doesn't
import structlog  # noqa: E402  # only now

if sys.modules["rich"] is None:
    del sys.modules["rich"]
