"""The trace: files are read row by row, and what is wrong with them is told with its line."""

from pathlib import Path

import pytest

from agent.domain.coupons.campaign import AmountOff, PercentOff
from tests.lab.replay.trace import CouponRow, TraceError, read_baskets, read_coupons

HEADER = "User_id,Merchant_id,Coupon_id,Discount_rate,Distance,Date_received\r\n"


def written(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "file.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_rows_are_read_in_order_with_their_rules(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "1,20,300,30:5,null,20160712\r\n2,20,301,0.9,1,null\r\n")
    assert list(read_coupons(file)) == [
        CouponRow(
            user="1",
            merchant="20",
            coupon="300",
            rate="30:5",
            rule=AmountOff(min_fen=3_000, off_fen=500),
        ),
        CouponRow(user="2", merchant="20", coupon="301", rate="0.9", rule=PercentOff(pay_bp=9_000)),
    ]


def test_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    file = written(tmp_path, "\ufeff" + HEADER + "1,20,300,30:5,null,1\r\n\r\n")
    assert [row.user for row in read_coupons(file)] == ["1"]


def test_only_the_first_rows_of_one_merchant_are_taken(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 2},3,30:5,0,1\n" for n in range(10))
    file = written(tmp_path, HEADER + rows)
    assert [row.user for row in read_coupons(file, merchant="1", limit=3)] == ["1", "3", "5"]


def test_what_follows_the_limit_is_not_even_looked_at(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "1,2,3,30:5,0,1\nrubbish\n")
    assert len(list(read_coupons(file, limit=1))) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("User_id,Coupon_id,Discount_rate\n", "line 1: the column Merchant_id is missing"),
        ("", "line 1: the column User_id is missing"),
        (HEADER, "there is no coupon in it"),
        (HEADER + "1,2,3,30:5\n", "line 2: 6 columns were expected, got 4"),
        (HEADER + "1,2,3,thirty,0,1\n", "line 2: Discount_rate: expected 'x:y'"),
        (HEADER + "1,2,3,1.5,0,1\n", "line 2: Discount_rate: .*got '1.5'"),
        (HEADER + "1,2,null,30:5,0,1\n", "line 2: Coupon_id is not known"),
        (HEADER + "1,2,3,30:5,0,1\n,2,3,30:5,0,1\n", "line 3: User_id is not known"),
        (HEADER + f"1,{'2' * 65},3,30:5,0,1\n", "line 2: Merchant_id is more than 64"),
        (HEADER + '1,2,3,"30:5,0,1\n', "not CSV in UTF-8"),
        ("优惠券".encode("gb18030"), "not CSV in UTF-8"),
    ],
)
def test_a_bad_file_of_coupons_is_told(
    tmp_path: Path, content: str | bytes, complaint: str
) -> None:
    file = written(tmp_path, content)
    with pytest.raises(TraceError, match=complaint) as error:
        list(read_coupons(file))
    assert str(file) in str(error.value)


def test_a_merchant_that_is_not_in_the_file_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "1,2,3,30:5,0,1\n")
    with pytest.raises(TraceError, match="no coupon of merchant 9"):
        list(read_coupons(file, merchant="9"))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="No such file"):
        read_baskets(tmp_path / "none.csv")


def test_a_line_is_a_basket_of_groups_without_the_blanks_around_them(tmp_path: Path) -> None:
    file = written(tmp_path, "牛奶,面包 \n\n whole milk,,牛奶\n")
    assert read_baskets(file) == [("牛奶", "面包"), ("whole milk", "牛奶")]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("\n\n", "there is no basket in it"),
        (",".join(str(n) for n in range(201)), "line 1: a basket has at most 200 groups"),
        ("a\n" + "b" * 65, "line 2: a group is more than 64 printable characters"),
        ("a\tb", "line 1: a group is more than 64 printable characters"),
    ],
)
def test_a_bad_file_of_baskets_is_told(tmp_path: Path, content: str, complaint: str) -> None:
    with pytest.raises(TraceError, match=complaint):
        read_baskets(written(tmp_path, content))
