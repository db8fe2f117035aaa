"""The pages, rendered: no script, nothing from elsewhere."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agent.base.clock import MINUTE_MS, SECOND_MS, Millis
from sync.hq.wallet.coupons import Held, Standing
from sync.hq.wallet.words import LANGUAGES, WORDS

STYLE = (Path(__file__).parent / "static" / "style.css").read_bytes()
MAX_LISTED_STORES = 60
"""With more stores their number is typed: a list of thousands is no help on a phone."""
REFRESH_S = 30
"""While a code is shown, which ends."""


class Store(NamedTuple):
    """A store to be chosen."""

    code: str
    name: str


class Pages:
    """Renders the pages of a chain in `zone`."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
        )

    def coupons(
        self,
        held: Sequence[Held],
        *,
        codes: Mapping[str, str],
        stores: Sequence[Store],
        link: str,
        link_until: Millis,
        language: str,
        now: Millis,
    ) -> str:
        """Return a member's page; `codes` are the tokens of bound coupons, by id."""
        words = WORDS[language]
        shown = [self._coupon(one, codes.get(one.coupon_id), link, language, now) for one in held]
        return self._render(
            "coupons.html",
            language,
            heading=words["title"],
            href=f"/wallet/{link}",
            coupons=shown,
            stores=stores if len(stores) <= MAX_LISTED_STORES else (),
            link_until=words["expires"].format(at=self._at(link_until)),
            refresh_s=REFRESH_S if codes else 0,
        )

    def message(self, heading: str, message: str, *, language: str, back: str = "") -> str:
        """Return a page with one sentence; the words are WORDS' keys."""
        words = WORDS[language]
        return self._render(
            "message.html",
            language,
            heading=words[heading],
            message=words[message],
            back=back,
            href="",
            refresh_s=0,
        )

    def _render(self, name: str, language: str, *, href: str, **facts: Any) -> str:
        other = next(one for one in LANGUAGES if one != language)
        link = {"href": f"{href}?lang={other}", "language": other} if href else None
        template = self._templates.get_template(name)
        return template.render(language=language, t=WORDS[language], other=link, **facts)

    def _coupon(
        self, held: Held, code: str | None, link: str, language: str, now: Millis
    ) -> dict[str, object]:
        words = WORDS[language]
        bound_in = words["bound_in"].format(
            store=held.bound_store,
            at=self._at(held.bound_until),
            minutes=max(1, -(-(held.bound_until - now) // MINUTE_MS)),
        )
        return {
            "standing": str(held.standing),
            "name": held.campaign.name,
            "where": words["all_stores"]
            if held.store is None
            else words["one_store"].format(store=held.store),
            "when": self._when(held, words),
            "qr": _qr(code) if code else "",
            "bound_in": bound_in,
            "action": f"/wallet/{link}/{held.coupon_id}?lang={language}"
            if held.standing is Standing.OPEN
            else "",
            "store": held.store or "",
        }

    def _when(self, held: Held, words: Mapping[str, str]) -> str:
        match held.standing:
            case Standing.USED:
                return words["used"].format(at=self._at(held.used_at), store=held.used_store)
            case Standing.WAITING:
                begins = max(held.not_before, held.campaign.starts_at)
                return words["from"].format(at=self._at(begins))
            case Standing.OVER:
                return words["over"]
            case Standing.AT_COUNTER:
                return words["at_counter"]
            case _:
                return words["until"].format(at=self._at(held.expires))

    def _at(self, instant: Millis) -> str:
        return f"{datetime.fromtimestamp(instant / SECOND_MS, self._zone):%Y-%m-%d %H:%M}"


def _qr(token: str) -> str:
    """Return the code as an SVG element; segno takes the alphanumeric mode by itself."""
    out = io.BytesIO()
    segno.make_qr(token, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, title="QR"
    )
    return out.getvalue().decode()
