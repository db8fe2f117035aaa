"""What setup wants to know: one definition for terminal, flags, environment and preseed file."""

from msgspec import Struct

from agent.base.settings_layers import Key
from agent.ops.setup.words import Words

ENV_PREFIX = "STORE_SETUP_"
"""Not STORE_AGENT_: those variables are the settings themselves, and win over every file."""


class Question(Struct, frozen=True, kw_only=True):
    """One answer that setup takes."""

    name: str
    """In a preseed file; `--name` and `STORE_SETUP_NAME` with other signs between the words."""
    setting: Key
    """What it becomes; a code becomes no setting: it is used up."""
    asks: Words
    expects: Words
    is_asked: bool = True
    """Whether a terminal asks for it; else head office or a default answers."""

    @property
    def flag(self) -> str:
        """The option of the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The variable of the environment."""
        return ENV_PREFIX + self.name.upper()


LANGUAGE = Question(
    name="language",
    setting=Key("till", "language"),
    asks=Words("收银页面的语言", "Language of the till page"),
    expects=Words("zh-CN 或 en", "zh-CN or en"),
)
STORE = Question(
    name="store",
    setting=Key("store", "code"),
    asks=Words("门店代码（总部给的）", "Store code, as head office gave it"),
    expects=Words(
        "2 至 8 位大写字母或数字，如 MB001", "2 to 8 capital letters or digits, as MB001"
    ),
)
NAME = Question(
    name="name",
    setting=Key("store", "name"),
    asks=Words("门店名称", "Store name"),
    expects=Words("印在小票上的名称", "a name, as receipts print it"),
    is_asked=False,
)
HQ = Question(
    name="hq",
    setting=Key("hq", "urls"),
    asks=Words(
        "总部地址（多个用逗号分开；- 表示暂时没有）",
        "Address of head office (several: with commas; - for none yet)",
    ),
    expects=Words("https:// 开头的地址", "addresses that begin with https://"),
)
CODE = Question(
    name="code",
    setting=Key("hq", "code"),
    asks=Words("总部给的加入码", "Enrolment code of head office"),
    expects=Words(
        "store-hq stores enrol 显示的 24 位字母和数字",
        "24 letters and digits, as store-hq stores enrol prints them",
    ),
)
TILL = Question(
    name="till",
    setting=Key("till", "code"),
    asks=Words("收银台编号", "Till"),
    expects=Words("1 至 16 位字母或数字，如 T1", "1 to 16 letters or digits, as T1"),
)
SCANNER = Question(
    name="scanner",
    setting=Key("scanner", "addresses"),
    asks=Words("扫码枪", "Scanner"),
    expects=Words(
        "上面的编号或地址，如 serial:/dev/ttyACM0;- 表示没有（键盘式扫码枪不用填）",
        "a number from above or an address such as serial:/dev/ttyACM0; - for none (one that types "
        "like a keyboard needs no entry)",
    ),
)
PRINTER = Question(
    name="printer",
    setting=Key("printer", "address"),
    asks=Words("小票打印机", "Receipt printer"),
    expects=Words(
        "上面的编号或地址，如 tcp://192.168.1.50:9100;- 表示没有",
        "a number from above or an address such as tcp://192.168.1.50:9100; - for none",
    ),
)
COLUMNS = Question(
    name="columns",
    setting=Key("printer", "columns"),
    asks=Words("每行字符数", "Characters in a line"),
    expects=Words("80 毫米纸为 48,58 毫米纸为 32", "48 on 80 mm paper, 32 on 58 mm"),
)
DISPLAY = Question(
    name="display",
    setting=Key("display", "address"),
    asks=Words("顾客显示屏", "Display towards the customer"),
    expects=Words(
        "上面的编号或地址；printer: 接在打印机上；- 表示没有",
        "a number from above or an address; printer: hangs on the printer; - for none",
    ),
)

QUESTIONS = (
    LANGUAGE,
    HQ,
    CODE,
    STORE,
    NAME,
    TILL,
    SCANNER,
    PRINTER,
    COLUMNS,
    DISPLAY,
)
"""In the order in which a terminal asks."""
DEVICES = (SCANNER, PRINTER, DISPLAY)
NONE = "-"
"""The answer that there is none."""
