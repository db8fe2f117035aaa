"""A cashier of the replay: serves visits at a till, and notes what goes otherwise than it must."""

from http import HTTPStatus
from random import Random

import msgspec

from agent.domain.basket import total
from agent.domain.outcome import Outcome, Reason
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.selling.scan import ScanKind
from agent.services.selling.sell import Sale, SaleAnswer
from tests.lab.replay.hostile import Attempt, Forger
from tests.lab.replay.ledger import Ledger, Recorded
from tests.lab.replay.plan import Visit
from tests.lab.replay.till import Till, TillError, Told, new_key

_sale_answer = msgspec.json.Decoder(SaleAnswer)


class Cashier:
    """Serves one visit after the other."""

    def __init__(self, *, till: Till, forger: Forger, ledger: Ledger, seed: int) -> None:
        self._till = till
        self._forger = forger
        self._ledger = ledger
        self._seed = seed

    async def serve(self, visit: Visit, token: str) -> None:
        """Scan the coupon, sell the basket with it, then let the visit's trouble come."""
        try:
            await self._scan(visit, token)
            await self._sell(visit, token)
            if visit.hostile is not None:
                draw = Random(f"{self._seed} {visit.store} {visit.coupon}")
                await self._try(visit, self._forger.attempt(visit.hostile, token, draw=draw))
        except TillError as error:
            self._fault(visit, str(error))

    async def _scan(self, visit: Visit, token: str) -> None:
        answer = await self._till.scan(token, visit.lines)
        if answer.kind is not ScanKind.COUPON or answer.verdict is None:
            self._fault(visit, f"a coupon was scanned as {answer.kind}")
        else:
            self._expect(visit, "scanned", answer.verdict)

    async def _sell(self, visit: Visit, token: str) -> None:
        order = self._till.order(
            visit.lines, paid_fen=visit.payable_fen, coupons=(token,), member_id=visit.member_id
        )
        key = new_key()
        told = await self._till.sell(order, key=key)
        answer = self._recorded(visit, order, told)
        if answer is not None:
            self._expect(visit, "sold", answer.coupons[0])
        if visit.repeated and await self._till.sell(order, key=key) != told:
            self._fault(visit, "a repetition got another answer than the sale itself")

    async def _try(self, visit: Visit, attempt: Attempt) -> None:
        """Present a hostile code by a scan and on a sale, then sell the basket without it."""
        scanned = await self._till.scan(attempt.code, visit.lines)
        self._expect_refusal(visit, scanned.verdict, attempt.reason)
        order = self._till.order(visit.lines, paid_fen=visit.payable_fen, coupons=(attempt.code,))
        answer = _sale_answer.decode((await self._till.sell(order, key=new_key())).body)
        if answer.recorded:
            self._fault(visit, f"a sale was recorded with a code that is {visit.hostile}")
        elif self._expect_refusal(visit, answer.coupons[0], attempt.reason):
            self._ledger.refused[attempt.reason] += 1
        await self._sell_plainly(visit)

    async def _sell_plainly(self, visit: Visit) -> None:
        order = self._till.order(visit.lines, paid_fen=total(visit.lines))
        self._recorded(visit, order, await self._till.sell(order, key=new_key()))

    def _recorded(self, visit: Visit, order: Sale, told: Told) -> SaleAnswer | None:
        answer = _sale_answer.decode(told.body)
        if told.status != HTTPStatus.CREATED or not answer.recorded:
            self._fault(visit, "a sale was not recorded")
            return None
        self._ledger.sales.append(
            Recorded(store=visit.store, member_id=order.member_id, answer=answer)
        )
        return answer

    def _expect(self, visit: Visit, how: str, verdict: CouponVerdict) -> None:
        wanted = Outcome.ACCEPTED_AT_RISK if visit.at_risk else Outcome.ACCEPTED
        if visit.at_risk and verdict.reason is Reason.CLAIMED_WHEN_USED:
            wanted = Outcome.ACCEPTED  # the agent has not noticed yet that its line is cut
        got = (verdict.outcome, verdict.discount_fen)
        if got != (wanted, visit.discount_fen):
            self._fault(
                visit,
                f"{how}: expected {wanted} with {visit.discount_fen} fen off, "
                f"got {verdict.outcome} ({verdict.reason}) with {verdict.discount_fen}",
            )

    def _expect_refusal(self, visit: Visit, verdict: CouponVerdict | None, reason: Reason) -> bool:
        got = (verdict.outcome, verdict.reason) if verdict else None
        if got == (Outcome.REFUSED, reason):
            return True
        self._fault(visit, f"{visit.hostile}: expected refused ({reason}), got {got}")
        return False

    def _fault(self, visit: Visit, text: str) -> None:
        self._ledger.fault(f"{visit.store}, coupon {visit.coupon}: {text}")
