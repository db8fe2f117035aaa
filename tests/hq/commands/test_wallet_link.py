"""A member's link, and the wallet's own key, from the command line."""

from pathlib import Path

import pytest

from sync.hq.cli import main
from sync.hq.wallet.links import LINK_CHARS
from tests.hq.commands.conftest import Shop

MEMBER = "0123456789abcdef01234567"


def test_a_members_link_is_printed_with_its_address(
    hq: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "members.csv"
    file.write_text(f"member_id\n{MEMBER}\n", "utf-8")
    hq("members", "import", str(file))
    assert main(("members", "wallet-link", MEMBER)) == 1
    assert "[wallet] url is not set" in capsys.readouterr().err
    monkeypatch.setenv("STORE_HQ_WALLET__URL", "https://wallet.example")
    url = hq("members", "wallet-link", MEMBER, "--expires", "12h", "--json")["url"]
    assert url.startswith("https://wallet.example/wallet/")
    assert len(url.rpartition("/")[2]) == LINK_CHARS
    for words in ((MEMBER, "--expires", "32d"), ("f" * 24,)):
        assert main(("members", "wallet-link", *words)) == 1
    assert "there is no member" in capsys.readouterr().err


def test_the_wallets_key_is_kept_apart_from_those_that_issue(
    hq: Shop, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "wallet"
    monkeypatch.setenv("STORE_HQ_WALLET__KEYS_DIR", str(own))
    before = sorted(keys_dir.iterdir())
    [key] = hq("keys", "add", "--wallet", "--json")
    assert [file.name for file in own.iterdir()] == [f"{key['kid']}.pem"]
    assert (own.stat().st_mode & 0o777, sorted(keys_dir.iterdir())) == (0o700, before)
    assert key["kid"] in hq("keys", "list")
