"""Every problem code that the agent can answer has a page that says what to do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import agent.serving
from agent.api.docs.problem_pages import PAGES
from agent.services.desk.errors import RequestError

AGENT = Path(agent.__file__).parent


def _codes_in_sources() -> set[str]:
    """Codes given as the second argument of ProblemError(…) or the first of a coded error."""
    found: set[str] = set()
    for path in AGENT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"ProblemError": 1, "JsonError": 0, "CodeError": 0, "_unauthorized": 0}
                at = place.get(node.func.id)
                if at is not None and isinstance(node.args[at], ast.Constant):
                    found.add(str(node.args[at].value))  # type: ignore[attr-defined] # a Constant
    return found


def _kinds(base: type[RequestError]) -> Iterator[type[RequestError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def test_every_code_in_the_sources_has_a_page() -> None:
    assert agent.serving  # all that a request can run into is imported by it
    codes = {kind.code for kind in _kinds(RequestError)} - {RequestError.code}
    assert len(codes) > 30
    assert _codes_in_sources() | codes <= PAGES.keys()


def test_a_page_says_what_to_do() -> None:
    assert all(text.endswith(".") and len(text) > 20 for text in PAGES.values())
