"""store-hq campaign: promotions."""

import argparse
from typing import Any

import msgspec

from agent.domain.coupons.campaign import Campaign
from agent.domain.trust.policy import CampaignClass
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.coupons.campaign_rule import FORMS as RULES
from sync.hq.commands.coupons.campaign_rule import rule, rule_words
from sync.hq.commands.hits import coupons_hit, stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.moment import FORMS, Moment, beginning, ending
from sync.hq.commands.too_old import print_too_old
from sync.hq.coupons.campaigns import (
    add_campaign,
    change_campaign,
    copy_campaign,
    end_campaign,
    find_campaign,
    list_campaigns,
    newer_campaigns,
)
from sync.hq.coupons.coupon_states import tally
from sync.protocol.messages import Entity

_COLUMNS = {
    "campaign": "NO",
    "name": "NAME",
    "rule": "RULE",
    "class_": "CLASS",
    "starts_at": "STARTS",
    "ends_at": "ENDS",
}
_FIELDS = {
    "name": "name",
    "rule": "rule",
    "class_": "class_",
    "sku": "skus",
    "member_only": "member_only",
    "stackable": "stackable",
    "group": "exclusive_group",
}
"""Argument -> field of the campaign; its dates are instants only once the chain's zone is known."""


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
    _fields(add, required=True).example(
        "store-hq campaign add --name 'Spring 30-5' --rule 30:5 --class bound --ends 30d",
        "store-hq campaign add --name '9折' --rule 0.9 --class chain --ends 2027-06-30",
        "store-hq campaign add --name Set --rule set:25 --sku A1 --sku B2 --class chain --ends 9d",
    ).runs(administrative(_add))
    change = command.action("change", help="mend a campaign; every store hears of it")
    change.explanation(
        "Name and end can change at any time, all the rest until the first coupon of the campaign"
        " is used: what was sold stays as it was sold."
    )
    change.option("campaign", type=positive, metavar="NUMBER")
    _fields(change, required=False).example(
        "store-hq campaign change 3 --rule 30:5.50 --ends 2027-06-30"
    ).runs(administrative(_change))
    copy = command.action("copy", help="add a campaign like another one, with other dates or rules")
    copy.explanation("It starts now and ends with the other one, unless you say otherwise.")
    copy.option("campaign", type=positive, metavar="NUMBER")
    _fields(copy, required=False).example(
        "store-hq campaign copy 3 --name 'Summer 30-5' --starts 2027-07-01 --ends 2027-08-31"
    ).runs(administrative(_copy))
    end = command.action("end", help="end a campaign now: its coupons are refused from now on")
    end.option("campaign", type=positive, metavar="NUMBER")
    asks(end).example("store-hq campaign end 3").runs(administrative(_end))


def _fields(command: Command, *, required: bool) -> Command:
    command.option("--name", required=required)
    command.option("--rule", type=rule, required=required, metavar="RULE", help=RULES)
    command.option(
        "--class",
        dest="class_",
        choices=[class_.value for class_ in CampaignClass],
        required=required,
        metavar="CLASS",
        help=say("how far stores decide alone: {classes}", classes=", ".join(CampaignClass)),
    )
    command.option("--starts", type=beginning, metavar="WHEN", help=FORMS)
    command.option("--ends", type=ending, required=required, metavar="WHEN", help=FORMS)
    command.option("--sku", action="append", help="only for this article; may be repeated")
    _choice(command, "member_only", "--member-only", True, "each coupon belongs to a member")
    _choice(command, "stackable", "--not-stackable", False, "never beside another coupon")
    command.option("--group", help="at most one coupon of a group on one order")
    if not required:
        command.option(
            "--every-sku", dest="sku", action="store_const", const=[], help="for all articles"
        )
        _choice(command, "member_only", "--for-everybody", False, "not for members only")
        _choice(command, "stackable", "--stackable", True, "may stand beside another coupon")
    return command


def _choice(command: Command, name: str, flag: str, value: bool, words: str) -> None:
    command.option(flag, dest=name, action="store_const", const=value, help=words)


async def _list(session: Session) -> None:
    campaigns = await list_campaigns(session.connection)
    rows = campaigns if session.as_json else [_row(campaign) for campaign in campaigns]
    session.show(rows, empty="no campaign yet; `store-hq campaign add` adds one", columns=_COLUMNS)
    newer = await newer_campaigns(session.connection)
    if newer and not session.as_json:
        numbers = ", ".join(map(str, newer))
        print(say("only a newer store-hq can read campaign {numbers}", numbers=numbers))
    await print_too_old(session, Entity.CAMPAIGN)


async def _add(session: Session) -> None:
    fields = {"starts_at": session.now, **_given(session)}
    _tell(session, await add_campaign(session.connection, **fields))


async def _change(session: Session) -> None:
    args = session.args
    _tell(
        session,
        await change_campaign(session.connection, args.campaign, _given(session), now=session.now),
    )


async def _copy(session: Session) -> None:
    args = session.args
    _tell(
        session,
        await copy_campaign(session.connection, args.campaign, _given(session), now=session.now),
    )


async def _end(session: Session) -> None:
    number, connection, now = session.args.campaign, session.connection, session.now
    campaign = await find_campaign(connection, number)
    count = await tally(connection, campaign=number, now=now)
    title = say("ends now: campaign {campaign}", campaign=_words(session, campaign))
    confirm(session, [title, coupons_hit(count), await stores_hear(session)])
    ended = await end_campaign(connection, number, now=now)
    session.tell(ended, say("campaign {number} is over", number=number))


def _given(session: Session) -> dict[str, Any]:
    """What was typed, as fields of a campaign."""
    args: argparse.Namespace = session.args
    typed = {field: getattr(args, name) for name, field in _FIELDS.items()}
    fields = {field: value for field, value in typed.items() if value is not None}
    if "class_" in fields:
        fields["class_"] = CampaignClass(fields["class_"])
    if "skus" in fields:
        fields["skus"] = tuple(fields["skus"])
    dates: dict[str, Moment | None] = {"starts_at": args.starts, "ends_at": args.ends}
    return fields | {name: session.at(when) for name, when in dates.items() if when is not None}


def _tell(session: Session, campaign: Campaign) -> None:
    session.tell(campaign, say("campaign {campaign}", campaign=_words(session, campaign)))


def _words(session: Session, campaign: Campaign) -> str:
    return say(
        "{number}: {name}, {rule}, from {starts} to {ends}",
        number=campaign.campaign,
        name=campaign.name,
        rule=rule_words(campaign.rule),
        starts=session.shown(campaign.starts_at),
        ends=session.shown(campaign.ends_at, is_end=True),
    )


def _row(campaign: Campaign) -> _Row:
    return _Row(
        campaign=campaign.campaign,
        name=campaign.name,
        rule=rule_words(campaign.rule),
        class_=campaign.class_,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
    )
