"""store-hq handouts: coupons that a store gives away with its sales."""

from agent.base.clock import DAY_MS
from agent.domain.coupons.token import Channel
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.moment import FORMS, Moment, moment
from sync.hq.commands.output import print_json
from sync.hq.coupons.coupons import Terms
from sync.hq.coupons.handouts import MAX_HANDOUTS, hand_out


def configure(command: Command) -> None:
    """Describe the command."""
    give = command.action("give", help="give a store coupons to hand out, printed on its receipts")
    give.option("giver", metavar="CODE", help="the store that hands them out")
    give.option("--campaign", type=positive, required=True, metavar="NUMBER")
    give.option("--count", type=positive, default=100, help=f"default 100, at most {MAX_HANDOUTS}")
    give.option(
        "--from-fen",
        type=positive,
        default=1,
        metavar="FEN",
        help="one with each sale that pays at least this; default: with every sale",
    )
    give.option("--store", metavar="CODE", help="the only store that may take them")
    give.option("--not-before", type=moment, default=Moment(), metavar="WHEN", help=FORMS)
    give.option(
        "--expires",
        type=moment,
        default=Moment(span_ms=30 * DAY_MS),
        metavar="WHEN",
        help="default 30d",
    )
    give.example(
        "store-hq handouts give MB001 --campaign 3 --count 500 --from-fen 10000 --expires 60d"
    ).runs(administrative(_give))


async def _give(session: Session) -> None:
    args = session.args
    terms = Terms(
        campaign=args.campaign,
        not_before=args.not_before.at(session.now),
        expires=args.expires.at(session.now),
        store=args.store,
        channel=Channel.OFFLINE,
    )
    count = await hand_out(
        session.connection,
        session.key_store,
        terms,
        giver=args.giver,
        from_fen=args.from_fen,
        count=args.count,
        now=session.now,
    )
    if session.as_json:
        print_json({"store": args.giver, "campaign": args.campaign, "coupons": count})
    else:
        print(f"{args.giver} has {count} more coupons of campaign {args.campaign} to hand out")
