"""store-hq campaign: promotions."""

import argparse
import re

import msgspec

from agent.domain.coupons.campaign import AmountOff, Campaign, Gift, Rule, SetPrice, parse_rule
from agent.domain.money import yuan
from agent.domain.trust.policy import CampaignClass
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.moment import FORMS, Moment, moment
from sync.hq.commands.output import print_json, print_rows
from sync.hq.coupons.campaigns import add_campaign, list_campaigns

_COLUMNS = {
    "campaign": "NO",
    "name": "NAME",
    "rule": "RULE",
    "class_": "CLASS",
    "starts_at": "STARTS",
    "ends_at": "ENDS",
}


_RULES = (
    "30:5 = 满30减5; 0:50 = 代金券50; 0.9 = 9折; gift:SKU or gift:SKU:100 = 满100赠SKU; "
    "set:25 = the articles of --sku together for 25 yuan"
)
_GIFT = re.compile(r"gift:([^:]{1,64})(?::([0-9]{1,8}))?")
_SET = re.compile(r"set:([0-9]{1,8})(?:\.([0-9]{2}))?")


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    campaign: int
    name: str
    rule: str
    class_: str
    starts_at: int
    ends_at: int


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the campaigns").runs(administrative(_list))
    add = command.action("add", help="add a campaign; every store hears of it")
    add.option("--name", required=True)
    add.option("--rule", type=_rule, required=True, help=_RULES)
    add.option(
        "--class",
        dest="class_",
        choices=[class_.value for class_ in CampaignClass],
        required=True,
        metavar="CLASS",
        help="how far stores decide alone: " + ", ".join(CampaignClass),
    )
    add.option("--starts", type=moment, default=Moment(), metavar="WHEN", help=FORMS)
    add.option("--ends", type=moment, required=True, metavar="WHEN", help=FORMS)
    add.option("--sku", action="append", default=[], help="only for this article; may be repeated")
    add.option("--member-only", action="store_true", help="each coupon belongs to a member")
    add.option("--not-stackable", action="store_true", help="never beside another coupon")
    add.option("--group", default="", help="at most one coupon of a group on one order")
    add.example(
        "store-hq campaign add --name 'Spring 30-5' --rule 30:5 --class bound --ends 30d",
        "store-hq campaign add --name '9折' --rule 0.9 --class chain --ends 2027-06-30",
        "store-hq campaign add --name Set --rule set:25 --sku A1 --sku B2 --class chain --ends 9d",
    ).runs(administrative(_add))


async def _list(session: Session) -> None:
    campaigns = await list_campaigns(session.connection)
    if session.as_json:
        print_json(campaigns)
        return
    empty = "no campaign yet; `store-hq campaign add` adds one"
    rows = [_row(campaign) for campaign in campaigns]
    print_rows(rows, as_json=False, empty=empty, columns=_COLUMNS)


async def _add(session: Session) -> None:
    args = session.args
    campaign = await add_campaign(
        session.connection,
        name=args.name,
        rule=args.rule,
        class_=CampaignClass(args.class_),
        starts_at=args.starts.at(session.now),
        ends_at=args.ends.at(session.now),
        skus=tuple(args.sku),
        member_only=args.member_only,
        stackable=not args.not_stackable,
        exclusive_group=args.group,
    )
    if session.as_json:
        print_json(campaign)
    else:
        print(f"campaign {campaign.campaign}: {campaign.name}, {_words(campaign.rule)}")


def _rule(text: str) -> Rule:
    if gift := _GIFT.fullmatch(text):
        return Gift(sku=gift[1], min_fen=int(gift[2] or 0) * 100)
    if fixed := _SET.fullmatch(text):
        return SetPrice(price_fen=int(fixed[1]) * 100 + int(fixed[2] or 0))
    try:
        return parse_rule(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _row(campaign: Campaign) -> _Row:
    return _Row(
        campaign=campaign.campaign,
        name=campaign.name,
        rule=_words(campaign.rule),
        class_=campaign.class_,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
    )


def _words(rule: Rule) -> str:
    if isinstance(rule, AmountOff):
        return f"满{yuan(rule.min_fen)}减{yuan(rule.off_fen)}"
    if isinstance(rule, Gift):
        return f"满{yuan(rule.min_fen)}赠 {rule.sku}"
    if isinstance(rule, SetPrice):
        return f"套餐 {yuan(rule.price_fen)}"
    return f"pay {rule.pay_bp / 100:g} %"
