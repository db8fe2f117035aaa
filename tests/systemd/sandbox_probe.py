"""Loads every library that is shipped and uses the native ones, as the two services do."""

import asyncio
import importlib
import mmap
import re
import sys
import tempfile
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pysqlite3
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def main() -> None:
    """End without an error if the services would run where this runs."""
    if "--break-out" in sys.argv:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    load_libraries()
    sign()
    with tempfile.TemporaryDirectory() as directory:
        write(Path(directory) / "probe.db")
    asyncio.run(serve())


def load_libraries() -> None:
    """Import every package that a shipped requirement provides."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    required = project["dependencies"] + project["optional-dependencies"]["hq"]
    wanted = {_normal(re.split(r"[<>=!~\[; ]", requirement)[0]) for requirement in required}
    found = set()
    for package, distributions in packages_distributions().items():
        if names := wanted & {_normal(name) for name in distributions}:
            importlib.import_module(package)
            found |= names
    assert found == wanted


def sign() -> None:
    """Make a key, sign and verify."""
    key = Ed25519PrivateKey.generate()
    key.public_key().verify(key.sign(b"probe"), b"probe")


def write(path: Path) -> None:
    """Commit to a database with a write-ahead log, whose index is shared memory."""
    connection = pysqlite3.connect(str(path))
    assert connection.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
    connection.executescript("PRAGMA synchronous=FULL; CREATE TABLE probe (n); VACUUM;")
    connection.close()


async def serve() -> None:
    """Answer a request over loopback, with a name to look up."""
    app = web.Application()
    app.router.add_get("/", _hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://localhost:{runner.addresses[0][1]}/"
    async with ClientSession() as session, session.get(url) as response:
        assert await response.text() == "hello"
    await runner.cleanup()


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
