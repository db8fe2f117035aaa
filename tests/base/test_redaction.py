"""No token, key, password or phone number passes the last guard; what only looks like one does."""

import json
from typing import Any

import pytest

from agent.base.redaction import MAX_DEPTH, redact, redact_value

TOKEN = "HQ1" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13812345678", "138****5678"),
        ("call 13812345678.", "call 138****5678."),
        ("tel13812345678张三", "tel138****5678张三"),
        ("+8613812345678", "+86138****5678"),
        ("8613812345678", "86138****5678"),
        ("+86 138-1234-5678", "+86 138****5678"),
        ("138 1234 5678", "138****5678"),
        ("/members?query=13812345678&x=1", "/members?query=138****5678&x=1"),
        ("/members?query=%2B8613812345678", "/members?query=%2B86138****5678"),
        ("/members?query=%2013812345678", "/members?query=%20138****5678"),
        ("13812345678,19912345678", "138****5678,199****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("顾客１３８ １２３４ ５６７８来退", "顾客138****5678来退"),
        ("٠١٣٨١٢٣٤٥٦٧٨ 13812345678", "٠١٣٨١٢٣٤٥٦٧٨ 138****5678"),
        ("١٣٨١٢٣٤٥٦٧٨", "138****5678"),
        ("𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "138****5678"),
        ("①③⑧①②③④⑤⑥⑦⑧", "138****5678"),
        ("1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣吧", "138****5678\ufe0f\u20e3吧"),
        ("一三八一二三四五六七八", "138****5678"),
        ("幺三八一二三四五六七八", "138****5678"),
        ("138\u200b1234\u200b5678", "138****5678"),
        ("138\u30001234\u30005678", "138****5678"),
        ("138\u20131234\u20145678", "138****5678"),
        ("138·1234·5678", "138****5678"),
        ("138.1234.5678", "138****5678"),
        ("(138)1234-5678", "(138****5678"),
        ("1 3 8 1 2 3 4 5 6 7 8", "138****5678"),
        ("1-3-8-1-2-3-4-5-6-7-8", "138****5678"),
        ("138 123 45678", "138****5678"),
        ("\uff0b\uff18\uff16\u3000138 1234 5678", "\uff0b\uff18\uff16\u3000138****5678"),
        ("ＨＱ１" + TOKEN[3:].lower(), "HQ1****"),
        (TOKEN, "HQ1****"),
        (TOKEN.lower() + " scanned", "HQ1**** scanned"),
        (f"code='{TOKEN}'", "code='HQ1****'"),
        ("sk_" + "aB3-_" * 5, "sk_****"),
        ("key=hk_" + "a" * 40 + "&x", "key=hk_****&x"),
        ("enroll K7QM-2XNA-ABCD-EFGH-JKLM-NPQR now", "enroll **** now"),
        ("key%3Dsk_" + "a" * 40, "key%3Dsk_****"),
        ("Authorization: Bearer abc.DEF-123_~+/==", "Authorization: Bearer ****"),
        ("bearer  12345678", "bearer ****"),
        ("postgresql://hq:hunter2@db:5432/hq", "postgresql://hq:****@db:5432/hq"),
        ("redis://:hunter2@db", "redis://:****@db"),
    ],
)
def test_a_secret_is_masked(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "138****5678",
        "12812345678",  # no mobile prefix
        "1381234567",
        "113812345678",
        "138123456789",
        "1763770353138",  # milliseconds
        "6901234567892",  # EAN-13
        "2026-11-22T00:31:46.138123Z",
        "HQ1 is the prefix",
        "task_upload_events_in_the_background",
        "sk_short",
        "the bearer key was read",
        "http://127.0.0.1:8770/api/v1/status",
        "http://127.0.0.1:8770/a@b",
        "已保存",
        "第１３８号 １２３４元 ５６７件",
        "一三得三,二三得六",
        "192.168.10.101",
        "2026-11-30 13:05:17.123 13 files",
        "\u200bA\u0301 ①",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"phone": "13812345678"}, {"phone": "138****5678"}),
        ({"13812345678": 1}, {"138****5678": 1}),
        ({1: [("13812345678",)]}, {"1": [["138****5678"]]}),
        ([13812345678, 5, 2.5, True, None], ["138****5678", 5, 2.5, True, None]),
        (frozenset(["13812345678"]), ["138****5678"]),
        (b"13812345678\xff", "138****5678\\xff"),
        (bytearray(b"x"), "x"),
        (ValueError("no member 13812345678"), "no member 138****5678"),
        (float("inf"), "inf"),
        ("\ud800 13812345678", "\\ud800 138****5678"),
    ],
)
def test_a_value_is_redacted_throughout(value: Any, expected: Any) -> None:
    assert redact_value(value) == expected


def test_an_object_is_shown_as_its_redacted_text() -> None:
    class Member:
        def __repr__(self) -> str:
            return "Member(phone='13812345678')"

    assert redact_value([Member()]) == ["Member(phone='138****5678')"]


def test_a_value_that_holds_itself_comes_to_an_end() -> None:
    value: dict[str, Any] = {"phone": "13812345678"}
    value["self"] = value
    text = json.dumps(redact_value(value))
    assert text.count("138****5678") == MAX_DEPTH + 1
    assert "13812345678" not in text
