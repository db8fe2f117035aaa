"""The page's own addresses: a strict shell, files that never change, nothing else of the disk."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from agent.till.routes import LANGUAGE_COOKIE, till_routes
from agent.till.shell import Workplace

HOSTILE = Workplace(
    store="MB001",
    store_name='<script>alert(1)</script>" onload="x',
    till="T1",
    language="zh-CN",
    zone="Asia/Shanghai",
    scan_prefix="~",
    scan_suffix="",
    scan_ends_by_pause=False,
)

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> "Client":
    app = web.Application()
    app.add_routes(till_routes(HOSTILE, session_cookie="store_session_8770"))
    return TestClient(TestServer(app))


async def test_the_shell_lets_nothing_run_but_the_page_s_own_files(client: Client) -> None:
    async with client:
        answer = await client.get("/")
        policy = answer.headers["Content-Security-Policy"]
        shell = await answer.text()
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert HOSTILE.store_name not in shell
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;" in shell
    assert re.findall(r"<script(?! type=\"module\" src=\"/till/)", shell) == []
    assert re.findall(r"\s(?:style|on\w+)=", re.sub(r'data-store-name="[^"]*"', "", shell)) == []


async def test_the_shell_speaks_the_language_of_the_cookie(client: Client) -> None:
    async with client:
        chinese = await (await client.get("/")).text()
        english = await (await client.get("/", cookies={LANGUAGE_COOKIE: "en"})).text()
    assert '<html lang="zh-CN">' in chinese
    assert '<html lang="en">' in english


async def test_files_may_be_kept_for_ever_under_their_version(client: Client) -> None:
    async with client:
        shell = await (await client.get("/")).text()
        paths = re.findall(r'(?:src|href)="(/till/[^"]+)"', shell)
        assert len(paths) == 5
        for path in paths:
            answer = await client.get(path)
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]
        kinds = {(await client.get(path)).content_type for path in paths}
    assert kinds == {
        "text/javascript",
        "text/css",
        "image/svg+xml",
        "application/json",
        "application/manifest+json",
    }


async def test_neither_another_version_nor_another_file_is_served(client: Client) -> None:
    async with client:
        shell = await (await client.get("/")).text()
        version = re.search(r"/till/([0-9a-f]+)/till.js", shell)
        assert version is not None
        for path in (
            "/till/0/static/app.js",
            "/till/0/till.js",
            f"/till/{version[1]}/shell.py",
            f"/till/{version[1]}/templates/shell.html",
            f"/till/{version[1]}/static/%2e%2e/shell.py",
            f"/till/{version[1]}/static//etc/passwd",
        ):
            assert (await client.get(path)).status == 404, path
