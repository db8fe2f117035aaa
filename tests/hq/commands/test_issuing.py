"""From nothing to coupons: campaigns, tokens, codes, images, and the keys that sign them."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from sync.hq.cli import main
from sync.protocol.enrolment import EnrolmentCode, mark_of
from tests.hq.commands.conftest import Shop


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let the system refuse to write more than `size` bytes into any file, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def campaign(hq: Shop) -> str:
    """The number of a campaign whose coupons every store takes; a key to sign them is there."""
    words = ("--name", "9", "--rule", "0.9", "--class", "chain", "--ends", "30d", "--json")
    hq("keys", "add", "--not-after", "60d")
    return str(hq("campaign", "add", *words)["campaign"])


def test_from_nothing_to_a_coupon(hq: Shop, tmp_path: Path) -> None:
    root = hq("init", "--json")["root_key"]
    assert hq("keys", "root") == f"{root}\n"
    hq("stores", "add", "MB001", "--name", "Nanjing Road")
    image = tmp_path / "code.png"
    told = hq("stores", "enrol", "MB001", "--qr", str(image), "--json")
    assert EnrolmentCode.parse(told["code"]).root_mark == mark_of(root)
    [read] = zxingcpp.read_barcodes(Image.open(image))
    assert read.text == told["code"]
    hq("keys", "add", "--not-after", "60d")
    campaign = hq(
        *("campaign", "add", "--name", "30-5", "--rule", "30:5", "--class", "bound"),
        *("--ends", "30d", "--json"),
    )

    issued = hq(
        *("issue", "--campaign", str(campaign["campaign"]), "--store", "MB001", "--count", "2"),
        *("--qr", str(tmp_path / "qr"), "--json"),
    )

    assert [coupon["token"][:3] for coupon in issued] == ["HQ1", "HQ1"]
    assert sorted(path.name for path in (tmp_path / "qr").iterdir()) == sorted(
        f"{coupon['coupon_id']}.{kind}" for coupon in issued for kind in ("png", "svg")
    )
    assert hq("coupon", "revoke", issued[0]["coupon_id"], "--json")["revoked"] is True
    assert len({coupon["run"] for coupon in issued}) == 1


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        (["0:50"], "满0.00减50.00"),
        (["gift:CUP"], "满0.00赠 CUP"),
        (["gift:CUP:100"], "满100.00赠 CUP"),
        (["set:25", "--sku", "A1", "--sku", "B2"], "套餐 25.00"),
        (["set:25.50", "--sku", "A1", "--sku", "B2"], "套餐 25.50"),
    ],
)
def test_a_campaign_of_each_kind(hq: Shop, rule: list[str], shown: str) -> None:
    words = ("campaign", "add", "--name", "x", "--class", "chain", "--ends", "30d", "--rule")
    assert shown in hq(*words, *rule)
    assert shown in hq("campaign", "list")


@pytest.mark.parametrize("rule", ["set:25", "gift:", "gift:A:x", "set:2.555", "set:-1"])
def test_a_rule_that_can_not_be_is_refused(hq: Shop, rule: str) -> None:
    words = ["campaign", "add", "--name", "x", "--class", "chain", "--ends", "30d", "--rule", rule]
    try:
        status = main(words)
    except SystemExit as exit_:
        status = int(str(exit_.code))
    assert status in (1, 2)
    assert hq("campaign", "list", "--json") == []


def test_codes_to_type_and_to_say(
    hq: Shop, campaign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hq("stores", "add", "MB001")
    there = ("issue", "--campaign", campaign, "--store", "MB001", "--count")
    assert len(set(hq(*there, "3", "--opaque").split())) == 3
    assert hq(*there, "50", "--passphrase", "春天来了") == "春天来了\n"
    assert main([*there, "1", "--passphrase", "春天来了"]) == 1
    assert "choose another" in capsys.readouterr().err
    assert main(["issue", "--campaign", campaign, "--opaque"]) == 1
    assert "--store" in capsys.readouterr().err


def test_no_coupon_is_issued_when_there_is_no_place_for_the_images(
    hq: Shop, campaign: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    status = main(["issue", "--campaign", campaign, "--qr", str(tmp_path / "file" / "qr")])

    told = capsys.readouterr()
    assert (status, told.out) == (1, "")
    assert "file/qr" in told.err
    assert "database" not in told.err


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["plain", "json"])
def test_the_tokens_are_printed_even_if_the_images_can_not_be_written(
    hq: Shop,
    campaign: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    json: list[str],
) -> None:
    with no_file_above(100):
        status = main(["issue", "--campaign", campaign, "--qr", str(tmp_path / "qr"), *json])

    told = capsys.readouterr()
    assert (status, told.out.count("HQ1")) == (1, 1)
    assert "the coupons are issued" in told.err
    assert ".png" in told.err


@pytest.mark.parametrize("content", [None, b"no key at all"], ids=["directory", "text"])
def test_a_key_file_that_can_not_be_used_is_named(
    hq: Shop,
    keys_dir: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
) -> None:
    root = keys_dir / "root.pem"
    root.unlink()
    root.mkdir() if content is None else root.write_bytes(content)

    assert main(["keys", "root"]) == 1

    told = capsys.readouterr().err
    assert str(root) in told
    assert "database" not in told


def test_a_directory_of_keys_that_can_not_be_made_is_named(
    hq: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(tmp_path / "file" / "keys"))

    assert main(["init"]) == 1

    told = capsys.readouterr().err
    assert "file/keys" in told
    assert "database" not in told
