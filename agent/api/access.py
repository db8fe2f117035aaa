"""Access control: who may talk to the local API at all.

A web page can make a browser send requests here, another PC can reach an open port, a name can be
re-bound to 127.0.0.1. So: Host and Origin from allow-lists, JSON content type only, a key on every
route.
"""

from aiohttp import hdrs, web

from agent.api.keys import ApiKeys
from agent.base.problem import ProblemError
from agent.services.caller import Caller

CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
"""Who asks."""

_JSON = "application/json"
_BEARER = "Bearer "
_WITHOUT_BODY = (hdrs.METH_GET, hdrs.METH_HEAD)
MAX_KEY_CHARS = 128


class Access:
    """The guard at the door."""

    def __init__(
        self, *, keys: ApiKeys, allowed_hosts: tuple[str, ...], allowed_origins: tuple[str, ...]
    ) -> None:
        self._keys = keys
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self._origins = frozenset(allowed_origins)

    def check(self, request: web.Request) -> None:
        """Let the request in and note who asks; raise ProblemError otherwise."""
        host = request.headers.get(hdrs.HOST, "").lower()
        if _without_port(host) not in self._hosts:
            raise ProblemError(403, "host_not_allowed", "this Host is not in api.allowed_hosts")
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin != f"http://{host}" and origin not in self._origins:
            raise ProblemError(
                403, "origin_not_allowed", "this Origin is not in api.allowed_origins"
            )
        request[CALLER] = Caller(client=self._client(request))
        if request.match_info.http_exception is None and request.method not in _WITHOUT_BODY:
            _check_body(request)

    def _client(self, request: web.Request) -> str:
        given = request.headers.get(hdrs.AUTHORIZATION, "")
        if not given.startswith(_BEARER):
            raise _unauthorized("api_key_missing", "send Authorization: Bearer <API key>")
        client = self._keys.client_of(given[len(_BEARER) :][:MAX_KEY_CHARS])
        if client is None:
            raise _unauthorized("api_key_unknown", "this API key counts for nothing here")
        return client


def _check_body(request: web.Request) -> None:
    if request.content_type != _JSON:
        raise ProblemError(415, "content_type", f"the body must be {_JSON}")
    if hdrs.CONTENT_ENCODING in request.headers:
        raise ProblemError(415, "content_encoding", "the body must not be compressed")


def _unauthorized(code: str, detail: str) -> ProblemError:
    return ProblemError(401, code, detail, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
