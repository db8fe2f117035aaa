"""`store-agent feed`: what store IT sees of what the agent can't read, and tries again."""

import asyncio
import json

from tests.api.line.test_feed import HALF, OF_A_NEWER_VERSION, campaign, park
from tests.services.feed import change
from tests.system.agent_process import AgentFiles, running


async def test_what_is_parked_is_listed_explained_and_tried_again(files: AgentFiles) -> None:
    hostile = change("lot\x1btery", "\x1b[2J")
    await park(files.state_dir, campaign(OF_A_NEWER_VERSION), hostile)
    listed = await asyncio.to_thread(files.run, "feed", "parked")
    assert listed.returncode == 0, listed.stderr
    for words in ("2 changes", "campaign 42", "not known then", "needs_update", "store-agent 0.1"):
        assert words in listed.stdout
    assert "\x1b" not in listed.stdout
    told = json.loads((await asyncio.to_thread(files.run, "feed", "parked", "--json")).stdout)
    assert (told["parked"], told["changes"][0]["key"]) == (2, "42")

    alone = await asyncio.to_thread(files.run, "feed", "retry")
    assert (alone.returncode, alone.stdout) == (1, "")
    assert "tries again by itself when it starts" in alone.stderr
    async with running(files):
        again = await asyncio.to_thread(files.run, "feed", "retry")
        assert (again.returncode, again.stdout) == (0, "0 applied, 2 still parked.\n")
        listed = await asyncio.to_thread(files.run, "feed", "parked")
        assert "nth_piece" in listed.stdout
        status = await asyncio.to_thread(files.run, "status")
        assert "2 here (store-agent feed parked)" in " ".join(status.stdout.split())


async def test_nothing_parked_is_said_so(files: AgentFiles) -> None:
    await park(files.state_dir, campaign(HALF))
    async with running(files):
        listed = await asyncio.to_thread(files.run, "feed", "parked")
    assert listed.stdout == "Nothing is parked: this agent could read all that head office told.\n"
