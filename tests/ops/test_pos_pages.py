"""Store IT is told which POS pages the browsers of this PC keep from the agent."""

from pathlib import Path

import pytest

from agent.ops.pos_pages import notes_on_pages

CLOUD = "https://pos.example.com"


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8080", "http://localhost:3000", "http://[::1]:80"]
)
def test_a_page_of_this_pc_needs_nothing(origin: str, tmp_path: Path) -> None:
    assert list(notes_on_pages([origin], port=8770, policy_dirs=[tmp_path])) == []


def test_a_page_of_the_internet_needs_a_policy_and_with_it_nothing_is_said(tmp_path: Path) -> None:
    (said,) = notes_on_pages([CLOUD], port=8771, policy_dirs=[tmp_path])
    assert "LoopbackNetworkAllowedForUrls" in said
    assert "http://127.0.0.1:8771/docs/reach" in said
    (tmp_path / "broken.json").write_text("{")
    policy = (Path(__file__).parents[2] / "docs/examples/loopback-policy.json").read_text("utf-8")
    (tmp_path / "store-agent.json").write_text(policy)
    assert list(notes_on_pages([CLOUD], port=8771, policy_dirs=[tmp_path])) == []


def test_a_page_of_the_internet_without_https_is_never_let_in(tmp_path: Path) -> None:
    (said,) = notes_on_pages(["http://pos.example.com"], port=8770, policy_dirs=[tmp_path])
    assert "https" in said
