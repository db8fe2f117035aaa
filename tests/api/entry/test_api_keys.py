"""API keys: a directory that anybody's stray entry or link must not turn against the till."""

from pathlib import Path

import pytest

from agent.api.entry.keys import LOCAL_CLIENT, ApiKeys, ClientNameError, ensure_local_key


def test_an_odd_entry_among_the_keys_closes_nothing(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path / "keys")
    key = keys.add("pos-1")
    (tmp_path / "keys" / "old").mkdir()
    (tmp_path / "keys" / "odd").write_bytes(b"\xef\xbb\xbf0123")
    assert ApiKeys(tmp_path / "keys").client_of(key) == "pos-1"


def test_a_key_is_never_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / ".pos-9").symlink_to(victim)
    keys = ApiKeys(tmp_path / "keys")
    assert keys.client_of(keys.add("pos-9")) == "pos-9"
    assert victim.read_text() == "precious"


def test_nobody_is_given_the_name_of_the_pcs_own_commands(tmp_path: Path) -> None:
    keys, file = ApiKeys(tmp_path / "keys"), tmp_path / "local.key"
    ensure_local_key(keys, file)
    with pytest.raises(ClientNameError, match="this PC's own"):
        keys.add(LOCAL_CLIENT)
    assert keys.client_of(file.read_text("ascii").strip()) == LOCAL_CLIENT
    assert keys.client_of(keys.add("local-2")) == "local-2"
