"""What can't be undone says what it will hit, in numbers, and asks; otherwise nothing is done."""

import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop

pytestmark = pytest.mark.usefixtures("signing")


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is told by a command that was not confirmed."""
    assert main(words) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "--yes" in told.err
    return told.err


def test_the_only_key_is_not_revoked_by_accident(
    hq: Shop, signing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = str(
        hq(
            *("campaign", "add", "--name", "x", "--rule", "0.9", "--class", "chain"),
            *("--ends", "20d", "--json"),
        )["campaign"]
    )
    hq("issue", "--campaign", number, "--count", "3", "--expires", "10d")
    hq("stores", "add", "MB001")
    hq("issue", "--campaign", number, "--store", "MB001", "--opaque", "--expires", "10d")
    keys = hq("keys", "list", "--json")

    told = refused(["keys", "revoke", signing], capsys)

    assert "coupons held by customers: 3," in told
    assert "the only key" in told
    assert hq("keys", "list", "--json") == keys
    hq("keys", "add", "--not-after", "60d")
    assert "the only key" not in refused(["keys", "revoke", signing], capsys)
    assert hq("keys", "revoke", signing, "--yes", "--json")[0]["revoked"] is True
    assert main(["keys", "revoke", signing, "--yes"]) == 1
    assert "revoked before" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["revoke", "release"])
def test_a_stores_identity_is_not_taken_by_accident(
    hq: Shop, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    hq("stores", "add", "MB001", "--name", "Nanjing Road")

    told = refused(["stores", action, "MB001"], capsys)

    assert "MB001 Nanjing Road: events received: 0, last heard: never" in told
    if action == "release":
        assert hq("stores", action, "MB001", "--yes")
    else:
        assert main(["stores", action, "MB001", "--yes"]) == 1
        assert "no machine of MB001 has a key" in capsys.readouterr().err


def test_a_store_deletes_nothing_by_accident(hq: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    hq("stores", "add", "MB001")

    told = refused(["stores", "backed-up", "MB001", "--through", "5"], capsys)

    assert "up to 5 (more than before: 5)" in told


def test_no_incarnation_begins_by_accident(hq: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    hq("stores", "add", "MB001")

    assert "lacks: 1" in refused(["restored"], capsys)
    assert hq("restored", "--yes", "--json")["hq_epoch"]
