"""`/healthz` and `/readyz`: whether a sale can be recorded, told on this PC without a key."""

from aiohttp import web

from agent.api.problems import Handler
from agent.base.problem import ProblemError
from agent.services.house.recording import AGAIN_S, Recording

HEALTH_PATHS = ("/healthz", "/readyz")
"""Both ask the same: an agent that serves and can't record is of no use to a till."""


def health(recording: Recording) -> Handler:
    """Return the handler; what it tells holds nothing of the store but where its disk is."""

    async def handler(_: web.Request) -> web.StreamResponse:
        found = await recording.check()
        if not found.possible:
            raise ProblemError(
                503,
                "cannot_record",
                found.detail,
                headers={"Retry-After": f"{AGAIN_S:.0f}"},
                reason=found.reason,
                sentence=found.sentence,
            )
        return web.Response(body=b'{"healthy":true}', content_type="application/json")

    return handler
