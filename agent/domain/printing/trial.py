"""The test page: shows whether paper, width, Chinese, sizes and QR codes come out right."""

from agent.base.clock import Millis
from agent.domain.printing.letterhead import Letterhead, moment, paper
from agent.domain.printing.printout import Pair, Printout, Qr, Row, Rule, Text


def trial_page(letterhead: Letterhead, *, columns: int, printer: str, at: Millis) -> Printout:
    """Return the test page for a paper of `columns` characters; `printer` is its address."""
    elements = (
        Pair(left="打印机", right=printer),
        Pair(left="时间", right=moment(letterhead, at)),
        Pair(left="列数 columns", right=str(columns)),
        Text(text=_ruler(columns)),
        Text(text="上面的标尺应刚好占满一行。The ruler fills one line."),
        Rule(double=True),
        Text(text="中文：新鲜蔬菜 酸奶 ¥￥ №①②③ 镕喆堃"),
        Text(text="近似 nearest: é Ş ½ € ✓"),
        Text(text="四字节 gb18030: 㛃 䶮 𬭎 （？= encoding 为 gbk）"),
        Text(text="粗体 Bold", bold=True),
        Text(text="大字 Large", large=True),
        Text(text="居中 Centre", align="center"),
        Row(cells=("大米 5kg", "2×59.90", "119.80"), shares=(5, 4, 3)),
        Row(cells=("有机黑木耳东北特产礼盒装 500g", "10×128.00", "1280.00"), shares=(5, 4, 3)),
        Rule(),
        Text(text='下面无二维码: qr = "raster"。No QR code below: raster.'),
        Qr(data=f"TEST {letterhead.store}", caption=f"扫码应为 TEST {letterhead.store}"),
    )
    return paper(letterhead, "测试页 TEST", elements)


def _ruler(columns: int) -> str:
    """1234567890… over the whole width."""
    return ("1234567890" * (columns // 10 + 1))[:columns]
