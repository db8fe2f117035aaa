"""The words of the API: each means the same wherever it stands, and has one example value.

A field's own docstring goes before the meaning given here.
"""

from typing import Any, NamedTuple


class Word(NamedTuple):
    """What a field of this name is."""

    meaning: str
    example: Any = None


_AMOUNT = "Amount in fen (1 yuan = 100 fen)."

WORDS: dict[str, Word] = {
    "acked_seq": Word("Place in the journal up to which head office has acknowledged."),
    "amount_fen": Word(_AMOUNT, 2_500),
    "approved_by": Word("Number of the supervisor who approved.", "2001"),
    "attempts": Word("How often it was tried."),
    "basket_id": Word("Id of the basket."),
    "business_date": Word("Day that the store counts it under, YYYY-MM-DD.", "2026-03-01"),
    "campaign": Word("Number of the promotion, given by head office."),
    "campaign_name": Word("Name of the promotion."),
    "card": Word("Code of a staff card, as scanned.", "STAFFAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    "cashier": Word("Number of the cashier.", "1001"),
    "closed_by": Word("Number of the cashier who closed it; null while it runs."),
    "code": Word("What was scanned, unchanged.", "6901234567892"),
    "count": Word("How many."),
    "counted_fen": Word("Cash counted in the drawer, in fen.", 52_500),
    "coupon_id": Word("Id of the coupon."),
    "coupons": Word("Codes of the coupons presented, as scanned.", ["HQ1…"]),
    "detail": Word("Facts behind the reason: a field for each gap of the sentence."),
    "discount_fen": Word("What the coupons take off, in fen.", 2_000),
    "en": Word("In English."),
    "epoch": Word("Edition of this store's journal at head office."),
    "expires": Word("Until when it is good, Unix milliseconds."),
    "first_receipt_no": Word("Number of the first receipt; null: none."),
    "float_fen": Word("Change in the drawer when a shift begins, in fen.", 50_000),
    "from_seq": Word("Place of the shift's opening in the journal."),
    "given_fen": Word("Cash handed over, in fen.", 5_000),
    "gtin": Word("Barcode number of the article.", "6901234567892"),
    "job_id": Word("Id of the job in the print spool."),
    "journal_seq": Word("Newest place in the journal."),
    "kind": Word("Which kind it is."),
    "last_receipt_no": Word("Number of the last receipt; null: none."),
    "limit": Word("At most so many."),
    "line": Word("The line to head office."),
    "lines": Word("The articles, one line each."),
    "member_id": Word("Id of the member, 24 hex digits.", "0123456789abcdef01234567"),
    "name": Word("Name that people read.", "可乐 330ml"),
    "occurred_at": Word("When it was recorded, Unix milliseconds."),
    "oldest_at": Word("When the oldest of them was recorded, Unix milliseconds."),
    "online": Word("Whether head office is reached."),
    "open_drawer": Word("Whether to open the cash drawer."),
    "opened_by": Word("Number of the cashier who opened it."),
    "order_fen": Word("Sum of the order before discounts, in fen.", 12_000),
    "order_ref": Word("Your own number of the order.", "WEB-1042"),
    "out_of_sale": Word("Articles that can't be sold."),
    "outcome": Word("What the till may do now."),
    "payable_fen": Word("What the customer has to pay, in fen.", 2_500),
    "pending": Word("Events that head office has not acknowledged."),
    "phone_masked": Word("Phone number with its middle hidden: 138****5678."),
    "pin": Word("PIN of the person named.", "246810"),
    "points": Word("Points of the member."),
    "points_earned": Word("Points that the member earns."),
    "policy_version": Word("Edition of the policy that holds."),
    "price_fen": Word("Price of one piece, in fen.", 1_250),
    "promotion": Word(
        "Id of the promotion in the price book; `campaign-7`: what a coupon of campaign 7 gives."
    ),
    "quantity": Word("Pieces.", 2),
    "query": Word("What to look for."),
    "reason": Word("Why the outcome is not plainly accepted."),
    "receipt": Word("Number of the receipt as printed: store-till-number.", "MB001-T1-000042"),
    "receipt_no": Word("Number of the receipt, without a gap in each till."),
    "recorded": Word("Whether it was recorded: false means that nothing was written."),
    "redeemed": Word("Whether the coupon is used now: false means that nothing was written."),
    "redemption_id": Word("Id of the redemption."),
    "refund_id": Word("Id of the refund."),
    "reversed": Word("Whether the redemption is taken back."),
    "sale_id": Word("Id of the sale."),
    "sentence": Word("What to show the cashier, in both languages."),
    "seq": Word("Place in the store's journal."),
    "shift_id": Word("Id of the shift."),
    "sku": Word("Article number.", "A001"),
    "status": Word("HTTP status."),
    "store": Word("Code of the store.", "MB001"),
    "subject": Word("What the paper is of: the id of a sale, refund or closed shift."),
    "tenders": Word("Ways of paying, with their amounts."),
    "through_seq": Word("Newest place of the journal that was counted."),
    "tier": Word("Level of the membership."),
    "till": Word("Code of the till.", "T1"),
    "title": Word("The code in words."),
    "token": Word("Code signed by head office, as a QR code or barcode holds it."),
    "total_fen": Word("Sum before discounts, in fen.", 2_500),
    "training": Word("Whether nothing of it leaves the training ground."),
    "unit_price_fen": Word("Price of one piece, in fen.", 1_250),
    "until": Word("Until when it holds, Unix milliseconds."),
    "verdict": Word("What becomes of the coupon."),
    "version": Word("Version of the agent."),
    "why": Word("The reason, in people's words.", "包装破损"),
    "z_no": Word("Number of the closing, without a gap in each till."),
    "zh-CN": Word("In Chinese."),
}
_SUFFIXES = {
    "_fen": _AMOUNT,
    "_at": "Instant, Unix milliseconds.",
    "_ms": "Milliseconds.",
    "_count": "How many.",
}


def meaning(name: str) -> str | None:
    """Return what a field of this name means, None for a word that is not known."""
    if name in WORDS:
        return WORDS[name].meaning
    return next((told for end, told in _SUFFIXES.items() if name.endswith(end)), None)
