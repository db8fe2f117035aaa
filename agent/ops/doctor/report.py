"""What was found, on a terminal, in one of the two languages."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from agent.domain.finding import Finding, Result
from agent.domain.outcome import Sentence
from agent.domain.staff.cashier import Language

_SIGNS = {
    Result.GOOD: ("green", "✓"),
    Result.WARN: ("yellow", "!"),
    Result.BAD: ("bold red", "✕"),
    Result.UNKNOWN: ("cyan", "?"),
}
_COUNTS = {
    Result.GOOD: Sentence("正常", "good"),
    Result.WARN: Sentence("注意", "warnings"),
    Result.BAD: Sentence("故障", "bad"),
    Result.UNKNOWN: Sentence("未能检查", "not checked"),
}


class Report:
    """Prints findings; what is wrong gets its figures, what to do and the commands."""

    def __init__(self, console: Console, language: Language) -> None:
        self.console = console
        self._language = language

    def show(self, findings: Sequence[Finding]) -> None:
        """Print them all, then how many of each."""
        for finding in findings:
            self._show(finding)
        counts = dict.fromkeys(Result, 0)
        for finding in findings:
            counts[finding.result] += 1
        told = (f"{count} {self.say(_COUNTS[result])}" for result, count in counts.items() if count)
        self._print(f"\n{', '.join(told)}")

    def say(self, sentence: Sentence) -> str:
        """Return it in the report's language."""
        return sentence.zh_cn if self._language is Language.CHINESE else sentence.en

    def line(self, zh: str, en: str, *, style: str = "") -> None:
        """Print one line of the doctor's own."""
        self._print(self.say(Sentence(zh, en)), style=style)

    def _show(self, finding: Finding) -> None:
        style, sign = _SIGNS[finding.result]
        about = f" [dim]{escape(finding.about)}[/]" if finding.about else ""
        title = escape(self.say(finding.title))
        self.console.print(
            f"[{style}]{sign}[/] [bold]{title}[/]{about}: {escape(self.say(finding.said))}",
            highlight=False,
            soft_wrap=True,
        )
        if finding.result is not Result.GOOD:
            self._explain(finding)

    def _explain(self, finding: Finding) -> None:
        if finding.seen:
            self._print(f"    {finding.seen}", style="dim")
        if finding.advice:
            self._print(f"    → {self.say(finding.advice)}")
        for mend in finding.mends:
            self._print(f"    $ {mend.command}", style="bold")

    def _print(self, text: str, *, style: str = "") -> None:
        self.console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress(
    titles: Sequence[Sentence], language: Language, *, shown: bool
) -> Iterator[Callable[[Sentence], None]]:
    """Give what is called as each check ends; draws a bar on stderr while that is a terminal."""
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield lambda _: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(titles))

        def advance(title: Sentence) -> None:
            name = title.zh_cn if language is Language.CHINESE else title.en
            bar.update(task, advance=1, description=escape(name))

        yield advance
