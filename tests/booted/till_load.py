"""A till that sells without pause, and asks again under the same key until it is answered.

    STORE_KEY=… python -m tests.booted.till_load --rate 30 --out sold.jsonl

Runs in the store PC's network and outlives the PC. On SIGTERM it begins no new sale, brings those
under way to their answer, and ends. Each answered sale is one JSON line of `--out`.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from aiohttp import ClientError, ClientSession, ClientTimeout

AGENT = "http://127.0.0.1:8770/api/v1/sales"
ANSWER_TIMEOUT_S = 20.0
UNDER_WAY_AT_MOST = 16
"""Sales at once: what a store's tills are."""
PAUSE_S = 0.2
"""Before the same key is tried again."""
_RECORDED = (200, 201)
_AGAIN = (409, 429, 500, 502, 503, 504, 507)
"""Answers after which a POS asks again under the same key."""


def sale_of(price_fen: int) -> dict[str, Any]:
    """The body of a sale of one piece, paid in cash."""
    return {
        "till": "T1",
        "cashier": "1001",
        "coupons": [],
        "lines": [{"sku": "A001", "quantity": 1, "unit_price_fen": price_fen}],
        "tenders": [{"kind": "cash", "amount_fen": price_fen}],
    }


class Till:
    """Sells one piece after the other; tells each answer, and counts what else was heard."""

    def __init__(self, session: ClientSession, out: TextIO) -> None:
        self._session = session
        self._out = out
        self.heard: Counter[str] = Counter()

    async def sell(self, n: int) -> None:
        """Sell until it is recorded, then tell it."""
        key, started = str(uuid.uuid4()), time.monotonic()
        tries = 1
        price_fen = 1000 + n % 97
        while (answer := await self._ask(key, price_fen)) is None:
            tries += 1
            await asyncio.sleep(PAUSE_S)
        told = {
            "key": key,
            "sale_id": answer["sale_id"],
            "receipt": answer["receipt"],
            "price_fen": price_fen,
            "ms": round((time.monotonic() - started) * 1000),
            "tries": tries,
        }
        self._out.write(json.dumps(told) + "\n")

    async def _ask(self, key: str, price_fen: int) -> dict[str, Any] | None:
        """The answer, or None when it has to be asked for again."""
        try:
            async with self._session.post(
                AGENT, json=sale_of(price_fen), headers={"Idempotency-Key": key}
            ) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
                status = response.status
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            self.heard[type(error).__name__] += 1
            return None
        self.heard[str(status)] += 1
        if status in _RECORDED and answer.get("recorded"):
            return answer
        if status in _AGAIN:
            return None
        raise SystemExit(f"a sale is refused: {status} {answer}")


async def sell_all(rate_per_s: float, out: TextIO, sales_at_most: int | None) -> Counter[str]:
    """Sell until SIGTERM, or so many; return how often each status and error was heard."""
    enough = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, enough.set)
    headers = {"Authorization": f"Bearer {os.environ['STORE_KEY']}"}
    timeout = ClientTimeout(total=ANSWER_TIMEOUT_S)
    lines = asyncio.Semaphore(UNDER_WAY_AT_MOST)
    async with (
        ClientSession(headers=headers, timeout=timeout) as session,
        asyncio.TaskGroup() as sales,
    ):
        till = Till(session, out)
        for n in itertools.islice(itertools.count(), sales_at_most):
            await lines.acquire()
            if enough.is_set():
                break
            sales.create_task(till.sell(n)).add_done_callback(lambda _: lines.release())
            await asyncio.sleep(1 / rate_per_s)
    return till.heard


def main() -> None:
    """Sell until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=30.0, help="sales per second")
    parser.add_argument("--sales", type=int, help="end after so many")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with arguments.out.open("a", buffering=1) as out:
        heard = asyncio.run(sell_all(arguments.rate, out, arguments.sales))
    arguments.out.with_suffix(".heard").write_text(json.dumps(heard))


if __name__ == "__main__":
    main()
