"""Files as clerks' spreadsheets save them are read; what a spreadsheet spoilt is told with its line
and its mend, and then nothing is taken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync.hq.cli import main
from sync.hq.commands.tables.progress import EVERY_ROWS, Progress
from sync.hq.commands.tables.sheet import MAX_ROWS
from sync.hq.imports.mistakes import MAX_MISTAKES
from tests.hq.commands.conftest import Shop

MILK = {"sku": "A1", "name": "牛奶", "price_fen": 123_450, "gtin": "6901234567892"}
ADA = "a" * 24

Refused = Callable[..., str]
"""Import articles that can't be taken; returns what is told."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.fixture
def refused(hq: Shop, file: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    def run(data: str | bytes, *command: str) -> str:
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        lists = [hq(name, "list", "--json") for name in ("articles", "members")]
        for dry in ([], ["--dry-run"]):
            assert main([*(command or ("articles", "import")), str(file), *dry]) == 1
        told = capsys.readouterr().err
        assert [hq(name, "list", "--json") for name in ("articles", "members")] == lists
        return told

    return run


@pytest.mark.parametrize(
    ("cell", "weighed"), [("称重", True), ("YES", True), ("是", True), ("", False), ("计件", False)]
)
def test_an_article_is_sold_by_weight_where_the_file_says_so(
    hq: Shop, file: Path, cell: str, weighed: bool
) -> None:
    file.write_text(f"货号,名称,价格,称重,助记码\n10,红富士,12.80,{cell},Z7\n")
    hq("articles", "import", str(file))
    [told] = hq("articles", "list", "--json")
    assert (told["weighed"], told["mnemonic"], told["pinyin"]) == (weighed, "Z7", "hfs hongfushi")
    hq("articles", "undo", "--yes")
    assert hq("articles", "list", "--json") == []


@pytest.mark.parametrize(
    ("cell", "tax_bp"),
    [("13%", 1_300), ("13", 1_300), ("９％", 900), ("免税", 0), ("0", 0), ("0.5%", 50), ("", None)],
)
def test_an_article_has_a_tax_where_the_file_says_so(
    hq: Shop, file: Path, cell: str, tax_bp: int | None
) -> None:
    file.write_text(f"货号,名称,价格,税率\n10,红富士,12.80,{cell}\n")
    hq("articles", "import", str(file))
    assert [told["tax_bp"] for told in hq("articles", "list", "--json")] == [tax_bp]
    hq("articles", "undo", "--yes")


@pytest.mark.parametrize("cell", ["0.13", "101%", "-1", "13.333", "一成"])
def test_what_is_no_tax_or_may_be_meant_otherwise_is_refused(refused: Refused, cell: str) -> None:
    told = refused(f"sku,name,price,tax\n10,Fuji,12.80,{cell}\n")
    assert "tax such as 13% or 13" in told
    assert cell in told


def articles(hq: Shop) -> list[dict[str, Any]]:
    rows = hq("articles", "list", "--json")
    return [{name: row.get(name, "") for name in MILK} for row in rows]


@pytest.mark.parametrize(
    "data",
    [
        '\ufeffsku,name,price,gtin\nA1,牛奶,"1,234.50",6901234567892\n',
        "货号;名称;价格(元);条码;;\r\n;;;;;\r\nA1;\u00a0牛奶\u3000;¥1234.5;6901234567892;;\r\n;;;;;\r\n",
        "货号*\t品名\t零售价\t条形码\rA1\t牛奶\t1 234.50 元\t6901-2345-6789-2\r",
        "sep=|\nSKU|Name|Price|GTIN\nA1|牛奶|¥1,234.50|'6901234567892\n",
        'gtin,price,name,sku\n="6901234567892",1234.50,"牛\n奶",A1\n\ngtin,price,name,sku\n',
        'sku, name, price, gtin\n"A1", "牛奶", "1,234.50", "6901234567892"\n',
        "sku,name,price,gtin\nA1,\u200b牛奶,1234.50,6901234567892",
    ],
    ids=["excel", "semicolons", "tabs", "hint", "texts", "blanks", "wide"],
)
def test_what_spreadsheets_do_to_a_table_is_read(hq: Shop, file: Path, data: str) -> None:
    file.write_text(data, "utf-8", newline="")
    name = "牛 奶" if "牛\n奶" in data else "牛奶"

    hq("articles", "import", str(file))

    assert articles(hq) == [{**MILK, "name": name}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_the_encoding_is_found_out(hq: Shop, file: Path, encoding: str) -> None:
    file.write_text("货号,名称,价格,条码\nA1,牛奶,1234.5,6901234567892\n", encoding)

    hq("articles", "import", str(file))

    assert articles(hq) == [MILK]


def test_a_name_that_could_be_of_two_encodings_is_asked_for(
    hq: Shop, refused: Refused, file: Path
) -> None:
    told = refused("sku,name,price\nA1,谢谢,1\n".encode("gb18030"))
    assert "could be UTF-8 (лл) or GB18030 (谢谢): add --encoding" in told

    hq("articles", "import", str(file), "--encoding", "gb18030")
    assert [article["name"] for article in articles(hq)] == ["谢谢"]

    file.write_text("sku,name,price\nA1,Café,1\n", "utf-8-sig")  # its mark says what it is
    hq("articles", "import", str(file))
    assert [article["name"] for article in articles(hq)] == ["Café"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x03\x04\x14\x00", "no CSV but Excel (xlsx): open it in the spreadsheet and save it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel (xls)"),
        (b"<html><table>", "HTML"),
        (b"%PDF-1.7", "PDF"),
        (b"s\0k\0u\0", "not UTF-8 nor GB18030"),
        (b"\xff\xff\xff", "not UTF-8 nor GB18030"),
        (b"", "is empty"),
        (b"\n\n;;;\n", "is empty"),
        (b"price list 2026\nsku,name,price\n", "the first line names the columns sku,name,price"),
        (b"sku,nmae,price\n", "did you mean name?"),
        (b"sku,name,price,colour\n", "delete the column colour, or give it one of these names"),
        (
            "sku,name,price\nA1,纯牛奶,1\nA2,全".encode()[:-1] + b",2\n",
            "UTF-8, but line 3 is damaged",
        ),
        (b"sku,name,price,price\n", "the column price is there twice"),
    ],
)
def test_what_is_no_such_table_is_told(refused: Refused, data: bytes, told: str) -> None:
    assert told in refused(data)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("A1,x,1,6.90123E+12", "made a number of gtin: '6.90123E+12'; format the column as text"),
        ("A1,x,1,6901234567892.0", "gtin is the 8, 12, 13 or 14 digits"),
        ("A1,x,1,ABCDEFGH", "gtin is the 8, 12, 13 or 14 digits"),
        ("A1,x,1,6901234567890", "(it would be 2)"),
        ("A1,x,1,690123456789", "a digit is wrong or missing"),
        ("A1,x,1,12345678905", "lost its leading zeros: format the column as text and type 0123"),
        ("A1,x,1,1234565", "type 01234565"),
        ("A1,x,1,69012345", "(it would be "),
        ("A1,x,1,0000000000000", "has 13 digits"),
        ("A1,x,1,123456789012345678", "has 18 digits"),
        ("A1,x,1.234,", "expected yuan such as 12.50 in price"),
        ("A1,x,-5,", "expected yuan"),
        ("A1,x,,", "expected yuan"),
        ('A1,x,"12,5",', "expected yuan"),
        ("A1,x,1e3,", "expected yuan"),
        ("A1,x,100000000.01,", "expected yuan"),
        ("A1,x,NaN,", "expected yuan"),
        ("A1,x,=B2*2,", "a formula in price: '=B2*2'; type its value"),
        ("A1,=A2,1,", "a formula in name"),
        ("A1,x,#N/A,", "an error of the spreadsheet in price"),
        ("A1,#NAME?,1,", "an error of the spreadsheet in name"),
        ("A1,,1,", "name is empty: type it"),
        (",x,1,", "sku is empty: type it"),
        ("6.9E+12,x,1,", "made a number of sku"),
        ("3月5日,x,1,", "made a date of sku"),
        (f"A1,{'x' * 129},1,", "name has 129 signs, 128 at most"),
        (f"{'x' * 65},x,1,", "sku has 65 signs, 64 at most"),
        ("A1,a\x1b[2Jb,1,", "name has a sign that can't be printed"),
        ("A1,a\u202eb,1,", "name has a sign that can't be printed"),
        ("A\x001,x,1,", "not UTF-8 nor GB18030"),
        ("A1,锟斤拷,1,", "signs in name were lost"),
        ("A1,x,1,,234.50", "more cells than columns: is a value split in two?"),
        ('A1,"x,1,', "quotation mark"),
        ('A1,"x"y,1,', "quotation mark"),
    ],
)
def test_a_spoilt_cell_is_told_with_its_line_and_its_mend(
    refused: Refused, row: str, told: str
) -> None:
    message = refused(f"sku,name,price,gtin\nB1,good,1,\n\n{row}\n")

    assert told in message
    assert "\x1b" not in message
    assert "line 4: " in message or "UTF-8" in told


def test_every_mistake_is_told_at_once_by_line_and_their_number_is_bounded(
    refused: Refused, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused('sku,name,price\nA1,"two\nlines",x\n\na2,,1\nA2,y,1\nA2,z,1\n,x,1\n').split(
        "store-hq: "
    )[1]
    assert "Mistakes: 5" in told
    assert [line.split(":")[0].strip() for line in told.splitlines()[1:]] == [
        *("line 2", "line 5", "line 6", "line 7", "line 8")
    ]
    assert "line 5: name is empty: type it (row 4 of the spreadsheet)" in told
    assert "line 6: sku 'A2' is new, but 'a2' differs by case or leading zeros alone" in told
    assert "line 7: A2 is on line 6 already: keep one" in told

    many = refused("sku,name,price\n" + ",,\nA,x,y\n" * 200).split("store-hq: ")[1]
    assert many.count("\n  line") == MAX_MISTAKES
    assert "more" in many.splitlines()[-1]


def test_a_file_without_end_is_refused(refused: Refused) -> None:
    assert f"more than {MAX_ROWS} rows" in refused("sku,name,price\n" + "\n" * (MAX_ROWS + 1))


def test_a_bar_code_belongs_to_one_article(hq: Shop, refused: Refused, file: Path) -> None:
    two = "sku,name,price,gtin\nA1,x,1,6901234567892\nA2,y,1,96385074\n"
    file.write_text(two)
    hq("articles", "import", str(file))

    told = refused(
        "sku,name,price,gtin\nA3,z,1,06901234567892\nA4,z,1,4006381333931\nA5,z,1,4006381333931\n"
    )
    assert "line 2: gtin 06901234567892 is the bar code of 'A1', too" in told
    assert "line 4: gtin 4006381333931 is the bar code of 'A4', too" in told

    file.write_text("sku,name,price,gtin\nA1,x,1,96385074\nA2,y,1,6901234567892\n")
    assert hq("articles", "import", str(file), "--json")["changed"] == 2


def test_a_sku_that_lost_its_zeros_or_case_is_no_new_article(
    hq: Shop, refused: Refused, file: Path
) -> None:
    file.write_text("sku,name,price\n00123,x,1\nabc,y,1\n")
    hq("articles", "import", str(file))

    told = refused("sku,name,price\n123,x,2\nABC,y,2\n")

    assert "line 2: sku '123' is new, but '00123' differs by case or leading zeros alone" in told
    assert "line 3: sku 'ABC' is new, but 'abc' differs" in told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (f"{ADA},x,9007199254740992,,", "a whole number from -1000000000000 to 1000000000000"),
        (f"{ADA},x,1.5,,", "a whole number"),
        (f"{ADA},x,1E+3,,", "a whole number"),
        (f"{ADA},x,,1.38123E+10,", "made a number of phone"),
        (f"{ADA},x,,138123,", "11 digits"),
        ("1.23457E+23,x,,,", "made a number of member_id"),
        ("abc,x,,,", "24 hex digits"),
        (f"{ADA},{'x' * 33},,,", "tier has 33 signs"),
        (f"{ADA},x,,,MB009 mb001", "no store 'MB009', 'mb001'"),
    ],
)
def test_a_mistake_in_a_member_is_told(hq: Shop, refused: Refused, row: str, told: str) -> None:
    hq("stores", "add", "MB001")
    message = refused(
        f"member_id,tier,points,phone,stores\n{'b' * 24},,,,\n{row}\n", "members", "import"
    )
    assert "line 3: " in message
    assert told in message


def test_a_member_is_read_however_it_was_typed(hq: Shop, file: Path) -> None:
    hq("stores", "add", "MB001")
    hq("stores", "add", "MB002")
    file.write_text(
        "会员编号,等级,积分,手机号,门店\n"
        f'{ADA.upper()},金卡,"1,200",+86 138-1234-5678,MB002、MB001\n',
        "gb18030",
    )

    hq("members", "import", str(file))

    assert hq("members", "list", "--json") == [
        {
            "member_id": ADA,
            "tier": "金卡",
            "points": 1_200,
            "phone_masked": "138****5678",
            "stores": ["MB001", "MB002"],
        }
    ]


def test_mistakes_are_in_chinese_too(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    told = refused("货号,名称,价格\nA1,,x\n")

    assert "未导入任何内容。错误 2 处" in told
    assert "第 2 行：name 为空：请填写" in told


def test_a_long_file_says_how_far_it_is() -> None:
    told: list[str] = []
    progress = Progress(told.append)

    assert sum(1 for _ in progress.read(range(2 * EVERY_ROWS + 1))) == 2 * EVERY_ROWS + 1
    progress.compare()

    counts = (0, EVERY_ROWS, 2 * EVERY_ROWS)
    assert told[:3] == [f"rows read: {count}" for count in counts]
    assert len(told) == 4
