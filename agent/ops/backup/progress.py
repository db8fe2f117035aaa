"""Progress on a terminal; nothing where nobody looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is told the step, what is done of it and how much there is."""
    if quiet or not sys.stderr.isatty():
        yield lambda step, done, of: None
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True), transient=True) as bars:
        known: dict[str, TaskID] = {}

        def told(step: str, done: int, of: int) -> None:
            task = known.setdefault(step, bars.add_task(step) if step not in known else known[step])
            bars.update(task, completed=done, total=of)

        yield told
