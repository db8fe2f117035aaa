"""store-hq parked: explained in words, tried again, settled by people, exported."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop
from tests.hq.head_office import head_office

STORE = "MB001"
WHY = "a test till"


@pytest.fixture
def line(hq: Shop, hq_dsn: str, keys_dir: Path) -> str:
    """An event of a newer store; its exact line."""

    async def send() -> str:
        async with head_office(hq_dsn, keys_dir) as office:
            store = await office.store(STORE)
            journal = store.journal()
            journal.append("sale.recorded/2", {"sale_id": "s"})
            await store.send(journal)
            return journal.lines[0].decode()

    return asyncio.run(send())


def test_a_parked_event_is_explained_tried_again_settled_and_exported(
    hq: Shop, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = hq("parked", "show", STORE, "1")
    assert "unknown_version: the store was upgraded before head office" in told
    assert "`store-hq parked retry`" in told
    assert line in told
    assert hq("parked", "retry", "--json") == {"applied": 0, "parked": 1}
    [exported] = [msgspec.json.decode(one) for one in hq("parked", "export").splitlines()]
    assert (exported["line"], exported["todo"]) == (
        line,
        "upgrade store-hq, then `store-hq parked retry`",
    )
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "门店先于总部升级" in hq("parked", "show", STORE, "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    settle = ["parked", "settle", STORE, "1", "--why", WHY, "--yes"]
    hq(*settle)
    assert hq("parked", "list", "--json") == []
    assert hq("stores", "list", "--json")[0]["parked"] == 0
    [kept] = hq("parked", "list", "--all", "--json")
    assert kept["settled_why"] == WHY
    assert f": {WHY}" in hq("parked", "show", STORE, "1")

    assert main(settle) == 1
    assert "no open parked event MB001 1" in capsys.readouterr().err
