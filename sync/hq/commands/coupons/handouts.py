"""store-hq handouts: coupons that a store gives away with its sales."""

from agent.base.clock import DAY_MS
from agent.domain.coupons.token import Channel
from sync.hq.commands.command import (
    Command,
    Session,
    administrative,
    amount,
    positive,
)
from sync.hq.commands.language import say
from sync.hq.commands.moment import FORMS, Moment, beginning, ending
from sync.hq.coupons.coupons import Terms, check_good
from sync.hq.coupons.handouts import MAX_HANDOUTS, hand_out


def configure(command: Command) -> None:
    """Describe the command."""
    give = command.action("give", help="give a store coupons to hand out, printed on its receipts")
    give.option("giver", metavar="CODE", help="the store that hands them out")
    give.option("--campaign", type=positive, required=True, metavar="NUMBER")
    most = say("default {count}, at most {most}", count=100, most=MAX_HANDOUTS)
    give.option("--count", type=positive, default=100, help=most)
    give.option(
        "--from",
        dest="from_fen",
        type=amount,
        default=1,
        metavar="YUAN",
        help="one with each sale that pays at least this; default: with every sale",
    )
    give.option(
        "--from-fen",
        dest="from_fen",
        type=positive,
        metavar="FEN",
        help="the same as --from, in fen",
    )
    give.option("--store", metavar="CODE", help="the only store that may take them")
    give.option("--not-before", type=beginning, default=Moment(), metavar="WHEN", help=FORMS)
    give.option(
        "--expires",
        type=ending,
        default=Moment(span_ms=30 * DAY_MS),
        metavar="WHEN",
        help=say("default {span}", span="30d"),
    )
    give.example(
        "store-hq handouts give MB001 --campaign 3 --count 500 --from 100 --expires 60d"
    ).runs(administrative(_give))


async def _give(session: Session) -> None:
    args = session.args
    terms = Terms(
        campaign=args.campaign,
        not_before=session.at(args.not_before),
        expires=session.at(args.expires),
        store=args.store,
        channel=Channel.OFFLINE,
    )
    check_good(terms, now=session.now)
    issued = await hand_out(
        session.connection,
        session.key_store,
        terms,
        giver=args.giver,
        from_fen=args.from_fen,
        count=args.count,
        now=session.now,
    )
    told = {"store": args.giver, "campaign": args.campaign, "coupons": len(issued)}
    session.tell(
        told | {"run": issued[0].run},
        say(
            "more coupons of campaign {campaign} for {store} to hand out: {coupons}, good "
            "until {expires}; issue run {run}",
            expires=session.shown(terms.expires, is_end=True),
            run=issued[0].run,
            **told,
        ),
    )
