"""The article behind a scanned bar code or scale label, or why it can't be sold by that code."""

from datetime import datetime, time, timedelta
from fractions import Fraction

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.barcodes.article_code import ArticleCode, Barcode, digits_of, read_barcode
from agent.domain.barcodes.gtin import (
    is_case,
    is_foreign_coupon,
    is_measured,
    of_measured,
    of_piece,
)
from agent.domain.barcodes.measure import Fault, Measure
from agent.domain.barcodes.scale_label import (
    MisreadLabel,
    ScaleLabel,
    unset_prefix,
    weighed_price,
)
from agent.domain.bounds import MAX_PRICE_FEN, MAX_QUANTITY, MAX_WEIGHT_G
from agent.domain.coupons.codes import is_payment_code
from agent.domain.coupons.decision import Decision, refused
from agent.domain.outcome import Reason
from agent.services.coupons.verdict import Presented
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.store.selling import articles
from agent.store.selling.articles import Article
from agent.store.sqlite import Connection


class ScannedArticle(Struct, frozen=True):
    """An article with the line to add."""

    article: Article
    line: LineOrder


class Looked(Struct, frozen=True, kw_only=True):
    """What came of looking for an article."""

    found: ScannedArticle | Decision | None = None
    """The article, or why the till can't sell it by this code; None when there is none."""
    hint: Decision | None = None
    """What to say instead of 'not known' when the code is nothing else either."""


def look(desk: StoreDesk, db: Connection, presented: Presented, now: Millis) -> Looked:
    """Look for the article behind what was presented. A scale's label comes first."""
    local = datetime.fromtimestamp(now / 1000, desk.time.zone).replace(tzinfo=None)
    code = presented.code
    carrier = presented.carrier
    labels = desk.scale_labels.read(digits_of(carrier, code)) if carrier.may_hold_label else ()
    for label in labels:
        found = _labelled(db, label, now) if isinstance(label, ScaleLabel) else None
        if found is not None:
            return Looked(found=found)
    barcode = read_barcode(carrier, code, today=local.date(), may_be_money=is_payment_code(code))
    return Looked(found=_article(db, barcode, now, local), hint=_hint(code, labels, barcode))


def _labelled(db: Connection, label: ScaleLabel, now: Millis) -> ScannedArticle | Decision | None:
    article = articles.article_by_digits(db, label.article, label.gtin_begin)
    if article is None:
        return None
    article, price = article.at(now), label.price_fen
    if price is None and label.weight_g:
        price = weighed_price(label.weight_g, article.price_fen)
    return _line(article, price, label.weight_g)


def _article(
    db: Connection, barcode: Barcode, now: Millis, local: datetime
) -> ScannedArticle | Decision | None:
    known = [
        (one, article.at(now))
        for one in barcode.articles
        if (article := _listed(db, one)) is not None
    ]
    if len({article.sku for _, article in known}) > 1:
        names = " / ".join(article.name or article.sku for _, article in known)
        return refused(Reason.SEVERAL_ARTICLES, articles=names)
    if not known:
        return _of_pieces(db, barcode)
    code, article = known[0]
    if code.sold_until is not None and local >= code.sold_until:
        return refused(
            Reason.PAST_ITS_DATE, article=_name(article), until=_last_told(code.sold_until)
        )
    return _measured(article, code)


def _last_told(end: datetime) -> str:
    """Return the date that the code says, of what may be sold until `end`, with its time if any."""
    return (
        f"{end:%Y-%m-%d %H:%M}" if end.time() != time() else f"{end - timedelta(days=1):%Y-%m-%d}"
    )


def _listed(db: Connection, code: ArticleCode) -> Article | None:
    """Return the article with the code's GTIN; what is measured may be listed under indicator 9."""
    article = articles.article_by_gtin(db, code.gtin)
    if article is None and not is_case(code.gtin):
        return articles.article_by_gtin(db, of_measured(code.gtin))
    return article


def _of_pieces(db: Connection, barcode: Barcode) -> Decision | None:
    """Refuse a case, a measured pack or a pallet of an article known here by the piece."""
    packs = [one.gtin for one in barcode.articles if is_case(one.gtin) or is_measured(one.gtin)]
    if barcode.content is not None:
        packs.append(barcode.content)
    for gtin in packs:
        article = articles.article_by_gtin(db, of_piece(gtin))
        if article is not None:
            packaging = "measured_pack" if is_measured(gtin) else "case"
            return refused(
                Reason.NOT_THE_PIECE, article=_name(article), packaging=packaging, gtin=gtin
            )
    return None


def _measured(article: Article, code: ArticleCode) -> ScannedArticle | Decision:
    """Return the line of the article with the weight, price or pieces in its code."""
    measure = code.measure
    if measure is None and (is_measured(code.gtin) or is_measured(article.gtin)):
        measure = Fault.MISSING
    if measure is None:
        return ScannedArticle(article, LineOrder(sku=article.sku))
    if isinstance(measure, Fault):
        return refused(Reason.MEASURE_UNUSABLE, article=_name(article), fault=measure)
    if measure.price_fen is None and measure.weight_kg is None:
        return _line(article, None, None, measure.pieces or 1)
    return _line(article, _price(article, measure), _grams(measure.weight_kg))


def _price(article: Article, measure: Measure) -> int | None:
    if measure.price_fen is not None or measure.weight_kg is None:
        return measure.price_fen
    return _half_up(measure.weight_kg * article.price_fen)


def _grams(weight_kg: Fraction | None) -> int | None:
    return None if weight_kg is None else max(_half_up(weight_kg * 1_000), 1)


def _half_up(number: Fraction) -> int:
    return int(number + Fraction(1, 2))


def _line(
    article: Article, price_fen: int | None, weight_g: int | None, pieces: int = 1
) -> ScannedArticle | Decision:
    if (price_fen or 0) > MAX_PRICE_FEN or (weight_g or 0) > MAX_WEIGHT_G or pieces > MAX_QUANTITY:
        return refused(Reason.MEASURE_UNUSABLE, article=_name(article), fault=Fault.TOO_LARGE)
    line = LineOrder(sku=article.sku, quantity=pieces, unit_price_fen=price_fen, weight_g=weight_g)
    return ScannedArticle(article, line)


def _hint(
    code: str, labels: tuple[ScaleLabel | MisreadLabel, ...], barcode: Barcode
) -> Decision | None:
    """Return what a cashier is told of a code that is nothing known."""
    read = [one for one in labels if isinstance(one, ScaleLabel)]
    if read:
        return refused(Reason.SCALE_LABEL_ARTICLE, article=read[0].article, format=read[0].form)
    misread = [one for one in labels if isinstance(one, MisreadLabel)]
    if misread:
        return refused(Reason.SCALE_LABEL_MISREAD, format=misread[0].form, fault=misread[0].why)
    if barcode.is_add_on:
        return refused(Reason.ADD_ON_ALONE)
    if barcode.is_coupon or any(is_foreign_coupon(one.gtin) for one in barcode.articles):
        return refused(Reason.FOREIGN_COUPON)
    prefix = unset_prefix(code)
    return refused(Reason.SCALE_LABEL_NOT_SET, prefix=prefix) if prefix else None


def _name(article: Article) -> str:
    return article.name or article.sku
