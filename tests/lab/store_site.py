"""One store of the lab: a real agent process with files of its own, behind a line to cut."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec

from agent.services.house.status import StatusReport
from agent.store.sqlite import Connection, connect
from sync.enrolment_file import ENROLMENT_FILE
from tests.lab.line import Line
from tests.lab.ports import LOOPBACK
from tests.lab.service import Service, console_script

_CONFIG = """\
# Written anew at each start of the lab.
[store]
code = "{code}"
name = "{name}"

[paths]
state_dir = "{state_dir}"

[api]
port = {port}

[hq]
urls = ["http://{line_host}:{line_port}"]
root_key = "{root_key}"
poll_seconds = 1

[log]
format = "json"
"""


@dataclass(frozen=True, kw_only=True)
class StorePlace:
    """Where a store of the lab is."""

    code: str
    name: str
    directory: Path
    port: int
    """Of the agent's local API."""
    more_settings: str = ""
    """TOML to follow the lab's own: the till's devices."""

    def make_directory(self) -> None:
        """Make the directory if it is not there."""
        self.directory.mkdir(parents=True, exist_ok=True)

    @property
    def config_file(self) -> Path:
        """The agent's settings."""
        return self.directory / "agent.toml"

    @property
    def state_dir(self) -> Path:
        """The agent's own files."""
        return self.directory / "state"

    @property
    def enrolment_file(self) -> Path:
        """Who the store's machine is to HQ, and its key."""
        return self.state_dir / ENROLMENT_FILE

    @property
    def api_key_file(self) -> Path:
        """The key of this machine's own commands for the local API."""
        return self.state_dir / "api.key"


class StoreSite:
    """A store's agent and its line to HQ."""

    def __init__(self, place: StorePlace, *, hq_port: int, root_key: str) -> None:
        self.place = place
        self.line = Line(LOOPBACK, hq_port)
        self.agent = Service(
            f"agent of {place.code}",
            [console_script("store-agent"), "run", "--config", str(place.config_file)],
            log=place.directory / "agent.log",
        )
        self._root_key = root_key

    @property
    def code(self) -> str:
        """HQ's code of this store."""
        return self.place.code

    @property
    def url(self) -> str:
        """The address of the agent's local API."""
        return f"http://{LOOPBACK}:{self.place.port}"

    async def start(self) -> None:
        """Return when the line passes and the agent serves."""
        await self.line.start()
        self._write_config()
        await self.agent.start()

    async def stop(self) -> None:
        """Stop the agent, then give the line's port back."""
        try:
            await self.agent.stop()
        finally:
            await self.line.stop()

    def api_key(self) -> str:
        """A key for the local API."""
        return self.place.api_key_file.read_text("ascii").strip()

    async def status(self) -> StatusReport:
        """What the agent says of itself."""
        headers = {"Authorization": f"Bearer {self.api_key()}"}
        async with aiohttp.ClientSession(self.url, headers=headers, raise_for_status=True) as till:
            answer = await till.get("/api/v1/status")
            return msgspec.json.decode(await answer.read(), type=StatusReport)

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """The agent's own SQLite file, to look at beside the running agent."""
        connection = connect(str(self.place.state_dir / "store.db"), read_only=True)
        try:
            yield connection
        finally:
            connection.close()

    def _write_config(self) -> None:
        place = self.place
        line_host, line_port = self.line.address
        text = _CONFIG.format(
            code=place.code,
            name=place.name,
            state_dir=place.state_dir,
            port=place.port,
            line_host=line_host,
            line_port=line_port,
            root_key=self._root_key,
        )
        text += place.more_settings
        tomllib.loads(text)
        place.config_file.write_text(text, "utf-8")
