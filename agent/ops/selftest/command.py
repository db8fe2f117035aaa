"""`store-agent selftest`: run the checks against the running agent."""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from rich.console import Console

from agent.ops.selftest.access import access_checks
from agent.ops.selftest.check import Finding, Mark, run_all
from agent.ops.selftest.day import day_checks
from agent.ops.selftest.live import live_checks
from agent.ops.selftest.report import json_report, print_report
from agent.ops.selftest.wire import TIMEOUT_S, Wire
from agent.ops.selftest.writing import writing_checks

EXIT_WRONG = 1
EXIT_USAGE = 2


def selftest(arguments: argparse.Namespace, *, url: str) -> int:
    """Print what is right and wrong; return 0 when nothing is wrong, 1 otherwise, 2 for no key."""
    try:
        key = _key(arguments)
    except (OSError, UnicodeDecodeError) as error:
        print(f"the key can't be read: {error}", file=sys.stderr)
        return EXIT_USAGE
    if not re.fullmatch(r"[!-~]+", key):
        print("the key is one word, such as sk_…: it is empty or holds more", file=sys.stderr)
        return EXIT_USAGE
    url = _address(arguments.url or url)
    findings = asyncio.run(find(url, key, arguments.code))
    if arguments.json:
        print(json_report(findings, url=url))
    else:
        print_report(findings, url=url, console=Console())
    return EXIT_WRONG if any(finding.mark is Mark.WRONG for finding in findings) else 0


async def find(url: str, key: str, codes: Sequence[str]) -> list[Finding]:
    """Return what the checks find at `url` with `key`; `codes` are coupons to try."""
    checks = (*access_checks(), *writing_checks(), *day_checks(codes), *live_checks())
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    # Never by way of a proxy of the environment: it would read the key.
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        return await run_all(checks, Wire(session=session, url=url, key=key))


def _key(arguments: argparse.Namespace) -> str:
    if arguments.key_file is None:
        return str(arguments.key)
    return Path(arguments.key_file).read_text("ascii").strip()


def _address(given: str) -> str:
    """Return the base address; `given` may leave `http://` out."""
    return (given if "://" in given else f"http://{given}").rstrip("/")
