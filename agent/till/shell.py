"""The shell of the page, rendered from its template; jinja2 is loaded when the first is asked for.

What the page does on top of it, it does through the local API, like any other client.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from agent.settings import Settings
from agent.till.languages import LANGUAGES, texts

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_TEMPLATES = Path(__file__).parent / "templates"


class Workplace(Struct, frozen=True, kw_only=True):
    """What the page has to know before anybody signs in."""

    store: str
    store_name: str
    till: str
    language: str
    """Until somebody chooses another on the page."""
    zone: str
    """The store's time zone, by its IANA name: times are shown in it, wherever the browser is."""
    scan_prefix: str
    """What a keyboard wedge types before each code."""
    scan_suffix: str
    """What it types after each code; empty = Enter or Tab."""
    scan_ends_by_pause: bool
    """The store's scanners type nothing after a code."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the workplace that the settings describe."""
        return cls(
            store=settings.store.code,
            store_name=settings.store.name,
            till=settings.till.code,
            language=settings.till.language,
            zone=settings.store.timezone,
            scan_prefix=settings.scanner.prefix,
            scan_suffix=settings.scanner.suffix,
            scan_ends_by_pause=settings.scanner.idle_ms > 0,
        )


class Shell:
    """Renders the shell."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def render_customer(self, language: str, *, assets: str) -> str:
        """Return the window towards the customer."""
        return self._template("customer").render(
            place=self._workplace, language=language, assets=assets, texts=texts(language)
        )

    def render(self, language: str, *, assets: str, has_session: bool) -> str:
        """Return the page in `language`; `assets` is the address of its files.

        `has_session`: the browser brought a session, which may have ended.
        """
        return self._template("shell").render(
            place=self._workplace,
            has_session=has_session,
            language=language,
            languages=LANGUAGES,
            assets=assets,
            texts=texts(language),
        )

    def _template(self, name: str) -> "Template":
        return self._environment.get_template(f"{name}.html")

    @cached_property
    def _environment(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
