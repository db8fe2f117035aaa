"""What can be done at the demo's desk: customers' codes before the scanner, and the line."""

from functools import partial

from sync.hq.members.members import Member
from tests.lab.chain import Chain
from tests.lab.demo import supply
from tests.lab.demo.desk import Button, Desk
from tests.lab.demo.panel import FIRST
from tests.lab.line import LineCut
from tests.lab.till_devices import TillDevices

ARTICLES = ("A001", "A003", "A004", "A008")
SCALE_LABEL = "2200010012507"
"""Of the format 22IIIIIPPPPPC: article 00010 for 12.50 yuan."""
PAYMENT_CODE = "134567890123456789"
"""The form of a customer's WeChat payment code."""
COUPONS, GOODS, OTHER, LINE = "优惠券 coupons", "商品 goods", "其他 other", "网络 line"


class DeskButtons:
    """The buttons, and what they do."""

    def __init__(self, chain: Chain, devices: TillDevices) -> None:
        self._chain = chain
        self._devices = devices
        self._last = ""

    def desk(self) -> Desk:
        """Return what the page shows."""
        people = (f"{person.number} {person.name} PIN {person.pin}" for person in supply.PEOPLE)
        return Desk(
            buttons={**self._coupons(), **self._goods(), **self._others(), **self._line()},
            till_url=self._chain.stores[FIRST].url,
            printer_url=self._devices.page_url,
            people=tuple(people),
        )

    def _coupons(self) -> dict[str, Button]:
        offers = {
            name: Button(
                group=COUPONS,
                label=f"新券 {promotion.name} new",
                act=partial(self._new, promotion, None if promotion.class_ == "chain" else FIRST),
            )
            for name, promotion in supply.promotions().items()
        }
        again = Button(group=COUPONS, label="再扫一次 the last one again", act=self._again)
        other = next(iter(supply.promotions().values()))
        elsewhere = self._chain.stores.keys() - {FIRST}
        wrong = Button(
            group=COUPONS,
            label="别店的券 of another store",
            act=partial(self._new, other, min(elsewhere)),
        )
        return {**offers, "again": again, "elsewhere": wrong}

    def _goods(self) -> dict[str, Button]:
        return {
            article.sku: Button(
                group=GOODS, label=article.name, act=partial(self._scan, article.gtin)
            )
            for article in supply.articles()
            if article.sku in ARTICLES
        }

    def _others(self) -> dict[str, Button]:
        member = next(member for member in supply.members() if FIRST in member.stores)
        return {
            "member": Button(
                group=OTHER,
                label=f"会员码 {member.phone_masked} member",
                act=partial(self._member, member),
            ),
            "scale": Button(
                group=OTHER, label="秤标签 scale label", act=partial(self._scan, SCALE_LABEL)
            ),
            "payment": Button(
                group=OTHER, label="付款码 payment code", act=partial(self._scan, PAYMENT_CODE)
            ),
        }

    def _line(self) -> dict[str, Button]:
        return {
            "cut": Button(group=LINE, label="✂ 断网 cut the line", act=self._cut),
            "mend": Button(group=LINE, label="✓ 恢复 mend the line", act=self._mend),
        }

    async def _new(self, promotion: supply.Promotion, store: str | None) -> str:
        self._last = await supply.issue(self._chain.hq, promotion, store=store)
        return await self._scan(self._last)

    async def _member(self, member: Member) -> str:
        return await self._scan(await supply.card(self._chain.hq, member))

    async def _again(self) -> str:
        return await self._scan(self._last) if self._last else "先扫一张新券 scan a new one first"

    async def _scan(self, code: str) -> str:
        self._devices.scanner.scan(code)
        return f"已扫 scanned: {code}"

    async def _cut(self) -> str:
        await self._chain.stores[FIRST].line.cut(LineCut.REFUSE)
        return "断网 the line is cut"

    async def _mend(self) -> str:
        await self._chain.stores[FIRST].line.mend()
        return "已恢复 the line passes again"
