"""./run replay: redeem a file of coupons at the tills; nothing may be lost or doubled."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.lab.chain import Chain
from tests.lab.replay.plan import Mix, Plan, make_plan
from tests.lab.replay.replay import Replay
from tests.lab.replay.summary import print_table, summarize
from tests.lab.replay.trace import TraceError, read_baskets, read_coupons
from tests.lab.until import NotInTimeError

EXIT_DIFFERS = 1
EXIT_USAGE = 2
EXIT_BROKEN_OFF = 130
MAX_STORES = 9

_DATA = Path(__file__).parent.parent / "data"
_EPILOG = """\
examples:
  ./run replay --offline
  ./run replay --stores 3 --shared-share 0.1
  ./run replay --coupons o2o_coupons.csv --baskets grocery_baskets.csv --limit 3000 --offline

A file of coupons has the columns User_id, Merchant_id, Coupon_id and Discount_rate ('30:5' is
5 yuan off from 30 yuan on, '0.9' is a tenth off); a line of a file of baskets is the article
groups that were bought together. Every group has a fixed price of 2 to 40 yuan that follows from
its name; a basket below a coupon's minimum spend is bought several times over. Coupons count from
yesterday, whatever their date in the file. One merchant's coupons are redeemed in one store.

Exit status: 0 all books agree; 1 something does not add up; 2 wrong usage, or a file that can't be
used.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one replay; return the exit status."""
    options = parser().parse_args(argv)
    try:
        return asyncio.run(replay_all(options, planned(options)))
    except TraceError as error:
        _complain(f"replay: {error}")
        return EXIT_USAGE
    except NotInTimeError as error:
        _complain(f"replay: {error}")
        return EXIT_DIFFERS
    except KeyboardInterrupt:
        _complain("replay: broken off; every process is stopped")
        return EXIT_BROKEN_OFF


async def replay_all(
    options: argparse.Namespace,
    plan: Plan,
    *,
    before_audit: Callable[[Chain], Awaitable[None]] | None = None,
) -> int:
    """Do it and print the summary; `before_audit` is there to show what the audit finds."""
    offline = options.offline or bool(plan.shared)
    with _progress() as progress:
        async with Chain(stores=_stores(options.stores)) as chain:
            replay = Replay(chain=chain, plan=plan, seed=options.seed, progress=progress)
            await replay.supply()
            if offline:
                await replay.cut()
            await replay.sell()
            if offline:
                await replay.mend()
            await replay.drain()
            if before_audit is not None:
                await before_audit(chain)
            found = await replay.audit()
    summary = summarize(plan, replay.ledger, found, replay.timing)
    if options.json:
        print(msgspec.json.encode(summary).decode())
    else:
        print_table(summary, Console())
    for fault in found.faults:
        _complain(f"does not add up: {fault}")
    return EXIT_DIFFERS if found.faults else 0


def planned(options: argparse.Namespace) -> Plan:
    """Return the plan that the options ask for; TraceError."""
    if options.shared_share and options.stores == 1:
        raise TraceError("coupons are shared by stores: --shared-share needs --stores 2 or more")
    mix = Mix(
        stores=_stores(options.stores),
        shared_share=options.shared_share,
        hostile_share=options.hostile_share,
        seed=options.seed,
    )
    rows = read_coupons(options.coupons, merchant=options.merchant, limit=options.limit)
    return make_plan(rows, read_baskets(options.baskets), mix)


def _stores(count: int) -> list[str]:
    return [f"MB{n:03d}" for n in range(1, count + 1)]


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="./run replay",
        description="Redeem a file of coupons at the tills of real agents, and prove that nothing "
        "is lost or doubled on the way to a real head office.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--coupons", type=Path, default=_DATA / "coupons.csv", metavar="FILE", help="CSV")
    option("--baskets", type=Path, default=_DATA / "baskets.csv", metavar="FILE", help="CSV")
    option("--merchant", metavar="ID", help="only this merchant's coupons")
    option("--limit", type=_count, metavar="N", help="only the first N coupons")
    option("--offline", action="store_true", help="cut the lines to HQ while the tills redeem")
    option("--stores", type=_store_count, default=1, metavar="N", help="stores at once (1)")
    option(
        "--shared-share",
        type=_share,
        default=0.0,
        metavar="F",
        help="share of coupons that are good in every store, and are presented in two of them "
        "while the lines are cut (0)",
    )
    option(
        "--hostile-share",
        type=_share,
        default=0.1,
        metavar="F",
        help="share of visits followed by a scan that must be refused (0.1)",
    )
    option("--seed", type=int, default=0, metavar="N", help="draws what is shared and hostile (0)")
    option("--json", action="store_true", help="print one JSON object")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _store_count(text: str) -> int:
    number = _count(text)
    if number > MAX_STORES:
        raise argparse.ArgumentTypeError(f"at most {MAX_STORES}")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("0 to 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
