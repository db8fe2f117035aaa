"""A POS that is a web page of the internet, in a real browser: when it reaches this PC, and
what it is told when it does not."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

import agent
from tests.e2e.conftest import CHROMIUM, CHROMIUM_OPTIONS
from tests.system.agent_process import AgentFiles, running

REACH = Path(agent.__file__).with_name("api") / "docs" / "reach.js"
POLICY = Path(__file__).parents[2] / "docs" / "examples" / "loopback-policy.json"
EXAMPLE_ORIGIN = "https://pos.example.com"
HOST = "pos.example"
UNDER_POLICY = """\
#!/bin/sh
exec unshare --mount sh -c 'mkdir -p /etc/chromium/policies &&
    mount --bind "$0" /etc/chromium/policies && exec {chromium} "$@"' {policies} "$@"
"""
"""Chromium that finds the policies of a directory in their place, and nobody else does."""


@pytest.fixture
async def pos() -> AsyncIterator[int]:
    """A web server with the POS's page; gives its port."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<title>POS</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def allow(files: AgentFiles, origin: str) -> None:
    drop_ins = files.config.with_name("agent.toml.d")
    drop_ins.mkdir()
    (drop_ins / "pos.toml").write_text(f'[api]\nallowed_origins = ["{origin}"]\n')


@asynccontextmanager
async def opened(
    url: str, *, public: int | None = None, chromium: str = CHROMIUM, permitted: bool = False
) -> AsyncIterator[Page]:
    """The page at `url`; what comes from the port `public` counts as from the internet."""
    options = [*CHROMIUM_OPTIONS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    if public is not None:
        options.append(f"--ip-address-space-overrides=127.0.0.1:{public}=public")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=options)
        context = await browser.new_context()
        if permitted:
            await context.grant_permissions(["local-network-access"])
        page = await context.new_page()
        await page.goto(url)
        yield page
        await browser.close()


async def found(page: Page, files: AgentFiles) -> str:
    """Run in the page what store IT pastes there; return the code of what it says."""
    lines = REACH.read_text("utf-8") + f"\nreachStoreAgent('http://127.0.0.1:{files.port}')"
    told: dict[str, Any] = await page.evaluate(lines)
    assert told["en"]
    assert told["zh"]
    return str(told["code"])


def under_policy(directory: Path, origin: str) -> str:
    """Return a chromium on a PC where the example policy is installed for `origin`."""
    managed = directory / "policies" / "managed"
    managed.mkdir(parents=True)
    policy = POLICY.read_text("utf-8")
    assert json.loads(policy)["LoopbackNetworkAllowedForUrls"] == [EXAMPLE_ORIGIN]
    (managed / "store-agent.json").write_text(policy.replace(EXAMPLE_ORIGIN, origin))
    script = directory / "chromium"
    script.write_text(UNDER_POLICY.format(chromium=CHROMIUM, policies=managed.parent))
    script.chmod(0o755)
    return str(script)


async def test_a_page_of_the_internet_reaches_the_agent_by_policy_or_permission_alone(
    files: AgentFiles, pos: int, tmp_path: Path
) -> None:
    origin = f"http://127.0.0.1:{pos}"
    allow(files, origin)
    async with running(files):
        async with opened(origin) as near:  # the control: the same page, as one of this PC
            assert await found(near, files) == "reached"
        async with opened(origin, public=pos) as page:
            assert await found(page, files) in {"denied", "not_answered"}
        async with opened(origin, public=pos, permitted=True) as page:
            assert await found(page, files) == "reached"
        chromium = under_policy(tmp_path, origin)
        async with opened(origin, public=pos, chromium=chromium) as page:
            assert await found(page, files) == "reached"


async def test_a_page_is_told_that_it_is_not_allowed_not_https_or_that_nobody_answers(
    files: AgentFiles, pos: int
) -> None:
    async with running(files):
        async with opened(f"http://127.0.0.1:{pos}") as page:
            assert await found(page, files) == "origin_not_allowed"
        async with opened(f"http://{HOST}:{pos}", public=pos) as page:
            assert await found(page, files) == "not_https"
    async with opened(f"http://127.0.0.1:{pos}", permitted=True) as page:
        assert await found(page, files) == "no_answer"


async def test_the_agents_own_page_says_so_and_gives_the_lines_to_paste(files: AgentFiles) -> None:
    async with running(files):
        url = f"http://127.0.0.1:{files.port}"
        async with opened(f"{url}/docs/reach") as page:
            told: list[str] = []
            page.on("console", lambda message: told.append(message.text))
            await page.reload()
            await page.wait_for_selector("#lines:has-text('console.log')")
            assert "This page reaches the store agent." in await page.inner_text("#found")
            lines = await page.inner_text("#lines")
            assert lines.rstrip().endswith(f'reachStoreAgent("{url}").then(console.log);')
            assert told == []
