"""What an import, or taking one back, changes, for people and machines alike."""

from collections.abc import Iterator, Sequence

from agent.domain.money import yuan
from sync.hq.commands.language import say
from sync.hq.imports.plan import Change, Fields, Plan

MAX_SHOWN = 100
"""Changes shown to people; --json has all."""
MAX_KEPT_SHOWN = 10


def described(plan: Plan) -> list[str]:
    """Return a line for each change: what is new, what becomes what, what is taken out."""
    lines = [_line(change) for change in plan.changes[:MAX_SHOWN]]
    if len(plan.changes) > MAX_SHOWN:
        lines.append(say("and {count} more; --json shows all", count=len(plan.changes) - MAX_SHOWN))
    return lines


def named(keys: Sequence[str]) -> str:
    """Return some keys in words."""
    return ", ".join(keys[:MAX_KEPT_SHOWN]) + (", …" if len(keys) > MAX_KEPT_SHOWN else "")


def for_machines(plan: Plan) -> dict[str, object]:
    """Return the plan for JSON: sums in fen, every change."""
    return {
        "added": plan.added,
        "changed": plan.changed,
        "taken_out": plan.taken_out,
        "unchanged": plan.unchanged,
        "kept": plan.kept,
        "changes": [
            {
                "key": change.key,
                "before": _shown(change.before),
                "after": _shown(change.after),
            }
            for change in plan.changes
        ],
    }


def _line(change: Change) -> str:
    if change.after is None:
        return say("- {key} is taken out", key=change.key)
    if change.before is None:
        return say("+ {key} is new: {fields}", key=change.key, fields=", ".join(_all(change.after)))
    return f"~ {change.key}: {', '.join(_turns(change.before, change.after))}"


def _all(fields: Fields) -> Iterator[str]:
    for name, value in (_shown(fields) or {}).items():
        yield f"{_column(name)} {_text(name, value)}"


def _turns(before: Fields, after: Fields) -> Iterator[str]:
    for name, value in (_shown(after) or {}).items():
        yield f"{_column(name)} {_text(name, before[name])} → {_text(name, value)}"


def _shown(fields: Fields | None) -> dict[str, object] | None:
    if fields is None:
        return None
    return {name: value for name, value in fields.items() if name != "counted_by"}


def _column(name: str) -> str:
    return name.removesuffix("_fen").removesuffix("_masked")


def _text(name: str, value: object) -> str:
    if isinstance(value, list):
        value = " ".join(value)
    elif isinstance(value, int) and name.endswith("_fen"):
        value = yuan(value)
    return plain(str(value)) or say("(empty)")


def plain(text: str) -> str:
    """Return a text without signs that command a terminal, or turn its line around."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
