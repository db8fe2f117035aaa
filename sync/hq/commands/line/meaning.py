"""What a parked event means, and what to do, in words for head office."""

from typing import NamedTuple

from sync.hq.commands.language import say


class Meaning(NamedTuple):
    """Of a reason."""

    what: str
    todo: str


def meaning_of(code: str) -> Meaning:
    """Return what `code` means, in the user's language."""
    return next((means() for codes, means in _MEANINGS if code in codes), _other())


def _too_new() -> Meaning:
    return Meaning(
        say("the store was upgraded before head office"),
        say("upgrade store-hq, then `store-hq parked retry`"),
    )


def _broken() -> Meaning:
    return Meaning(
        say("no agent of ours makes such an event: it is damaged, or a program of somebody else"),
        say("look at the line below and at that store's PC; then `store-hq parked settle`"),
    )


def _beyond_rules() -> Meaning:
    return Meaning(
        say("sums, pieces, money, points or numbers that no till makes; it takes no effect"),
        say("look at the line below and at that store's PC; then `store-hq parked settle`"),
    )


def _copied() -> Meaning:
    return Meaning(
        say("an id that another event or another store had before; it wins and moves nothing"),
        say("look at the line below and at that store's PC; then `store-hq parked settle`"),
    )


def _backdated() -> Meaning:
    return Meaning(
        say("a coupon used twice, and this store says a time from before its own earlier events"),
        say("ask whether its clock was set right; then `store-hq parked settle`"),
    )


def _refund() -> Meaning:
    return Meaning(
        say("money was given back that was not there any more; stock and points did not move"),
        say("ask the store; the refund stands in its Z report; then `store-hq parked settle`"),
    )


def _unknown() -> Meaning:
    return Meaning(
        say("it names a coupon, a redemption or a member that head office does not have"),
        say("import what is missing, then `store-hq parked retry` or `store-hq parked settle`"),
    )


def _closing() -> Meaning:
    return Meaning(
        say("a Z report that was changed, is another till's, or has no count"),
        say("count that till's sales: `store-hq events list`; then `store-hq parked settle`"),
    )


def _strange_key() -> Meaning:
    return Meaning(
        say("a Z report under a key that no enrolled machine of the store has told"),
        say(
            "do you know the key? `store-hq closings accept`, then `store-hq parked retry`; if not,"
            " somebody else made it: `store-hq parked settle`"
        ),
    )


def _refused() -> Meaning:
    return Meaning(
        say("the database does not take a value of it"),
        say("the detail says which; then `store-hq parked retry` or `store-hq parked settle`"),
    )


def _other() -> Meaning:
    return Meaning(say("head office could not apply it"), say("the detail says why"))


_MEANINGS = (
    (("unknown_kind", "unknown_version"), _too_new),
    (
        (
            "body_malformed",
            "event_id_malformed",
            "occurred_at_out_of_range",
            "business_date_malformed",
            "till_malformed",
            "text_with_nul",
        ),
        _broken,
    ),
    (
        (
            "sum_mismatch",
            "quantity_out_of_range",
            "amount_out_of_range",
            "points_out_of_range",
            "number_out_of_range",
            "sku_malformed",
        ),
        _beyond_rules,
    ),
    (
        (
            "event_id_reused",
            "redemption_repeated",
            "redemption_of_other_store",
            "coupon_of_other_store",
        ),
        _copied,
    ),
    (("time_goes_back",), _backdated),
    (("refund_repeated", "refund_beyond_sale", "refund_of_unknown_sale"), _refund),
    (("unknown_coupon", "unknown_redemption", "unknown_member"), _unknown),
    (("bad_closing_signature", "closing_of_other_till", "closing_without_count"), _closing),
    (("closing_key_unknown",), _strange_key),
    (("refused_by_database", "not_settled"), _refused),
)
