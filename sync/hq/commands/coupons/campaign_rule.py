"""A campaign's rule as it is typed and shown."""

import argparse
import re

from agent.domain.coupons.campaign import AmountOff, Gift, Rule, SetPrice, StandsInBook, parse_rule
from agent.domain.money import parse_yuan, yuan
from sync.hq.commands.language import say

FORMS = (
    "30:5 = 满30减5; 30:5.50 = 满30减5.50; 0:50 = 代金券50; 0.9 = 9折; gift:SKU or gift:SKU:100 ="
    " 满100赠SKU; set:25 = the articles of --sku together for 25 yuan;"
    " promotion:P1 = what P1 of the price book gives"
)

_GIFT = re.compile(r"gift:([^:]{1,64})(?::(.+))?")
_SPEND_AND_SAVE = re.compile(r"([^:]+):([^:]+)")
_SET = re.compile(r"set:(.+)")
_IN_BOOK = re.compile(r"promotion:([A-Za-z0-9._-]{1,64})")


def rule(text: str) -> Rule:
    """Read an argument in one of FORMS; sums are in yuan."""
    try:
        if gift := _GIFT.fullmatch(text):
            return Gift(sku=gift[1], min_fen=parse_yuan(gift[2] or "0"))
        if book := _IN_BOOK.fullmatch(text):
            return StandsInBook(promotion=book[1])
        if fixed := _SET.fullmatch(text):
            return SetPrice(price_fen=parse_yuan(fixed[1]))
        if spend := _SPEND_AND_SAVE.fullmatch(text):
            return _amount_off(parse_yuan(spend[1]), parse_yuan(spend[2]))
        return parse_rule(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            say("expected {forms}; got {text}", forms=say(FORMS), text=repr(text))
        ) from None


def rule_words(rule: Rule) -> str:
    """Return the rule as the trade says it."""
    if isinstance(rule, AmountOff):
        return f"满{yuan(rule.min_fen)}减{yuan(rule.off_fen)}"
    if isinstance(rule, Gift):
        return f"满{yuan(rule.min_fen)}赠 {rule.sku}"
    if isinstance(rule, SetPrice):
        return f"套餐 {yuan(rule.price_fen)}"
    if isinstance(rule, StandsInBook):
        return say("promotion {id}", id=rule.promotion)
    return say(
        "pay {percent} %", percent=f"{rule.pay_bp / 100:g}", tenths=f"{rule.pay_bp / 1000:g}"
    )


def _amount_off(min_fen: int, off_fen: int) -> AmountOff:
    if off_fen == 0:
        raise ValueError("it takes nothing off")
    return AmountOff(min_fen=min_fen, off_fen=off_fen)
