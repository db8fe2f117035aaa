"""Access control: who may talk to the local API at all.

A web page can make a browser send requests here, another PC can reach an open port, a name can be
re-bound to 127.0.0.1. So: Host and Origin from allow-lists, JSON content type only, an API key or a
session on every route that is not public. A browser sends a cookie by itself, so a session has to
show in addition that its own page asks.
"""

from aiohttp import hdrs, web

from agent.api.entry.door import Door
from agent.api.entry.keys import LOCAL_CLIENT, MONITORING_CLIENT, ApiKeys
from agent.api.entry.session_cookie import SessionCookie
from agent.base.hosts import is_loopback
from agent.base.problem import ProblemError
from agent.domain.staff.cashier import Role
from agent.services.desk.caller import Caller
from agent.services.staff.till_sessions import TillSessions, token_hash
from agent.store.staff.sessions import SessionRow

CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
"""Who asks."""

MODE_HEADER = "Store-Agent-Mode"
TRAINING_MODE = "training"
FETCH_SITE = "Sec-Fetch-Site"
MAX_KEY_CHARS = 128

MONITORED = frozenset({"/metrics", "/healthz", "/api/v1/status"})
"""All that the key of MONITORING_CLIENT reads."""

_JSON = "application/json"
_BEARER = "Bearer "
_ROLES = {LOCAL_CLIENT: Role.IT, MONITORING_CLIENT: Role.CASHIER}
_SAFE = (hdrs.METH_GET, hdrs.METH_HEAD)
OWN_FETCHES = (None, "same-origin", "none")
"""Values of Sec-Fetch-Site: an old browser, our own page, a person who typed the address."""
_ANYBODY = Caller(client="", role=Role.CASHIER)


class Access:
    """The guard at the door."""

    def __init__(
        self,
        *,
        keys: ApiKeys,
        sessions: TillSessions,
        cookie: SessionCookie,
        allowed_hosts: tuple[str, ...],
        allowed_origins: tuple[str, ...],
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._cookie = cookie
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self._origins = frozenset(allowed_origins)

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins of other web pages that may call."""
        return self._origins

    def check_place(self, request: web.Request) -> str:
        """Check Host and Origin; return the origin of our own pages under the name asked for."""
        own_origin = self._check_host(request)
        self._check_origin(request, own_origin)
        return own_origin

    async def check(self, request: web.Request, door: Door) -> None:
        """Let the request in and note who asks; raise ProblemError otherwise."""
        own_origin = self.check_place(request)
        caller = request[CALLER] = await self._caller(request, door, own_origin)
        if caller.client == MONITORING_CLIENT and door is not Door.PUBLIC:
            _check_monitored(request)
        if request.match_info.http_exception is None and _may_have_body(request):
            _check_body(request)

    async def still_in(self, caller: Caller) -> bool:
        """Whether a caller that was let in would be let in again."""
        if caller.session is None:
            return caller.client in self._keys.names()
        row = await self._sessions.find(caller.session)
        return row is not None and not row.locked

    def _check_host(self, request: web.Request) -> str:
        """Return the origin of our own pages under the name that was asked for."""
        host = request.headers.get(hdrs.HOST, "").lower()
        if _without_port(host) not in self._hosts:
            raise ProblemError(403, "host_not_allowed", "this Host is not in api.allowed_hosts")
        return f"http://{host}"

    def _check_origin(self, request: web.Request, own_origin: str) -> None:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin != own_origin and origin not in self._origins:
            raise ProblemError(
                403, "origin_not_allowed", "this Origin is not in api.allowed_origins"
            )

    async def _caller(self, request: web.Request, door: Door, own_origin: str) -> Caller:
        if hdrs.AUTHORIZATION in request.headers:
            return self._client(request)
        if door is Door.PUBLIC:
            if request.method not in _SAFE:
                _check_own_page(request, own_origin)
            return _ANYBODY
        if door is Door.ON_THIS_PC and is_loopback(request.remote or ""):
            return _ANYBODY
        token = self._cookie.token(request)
        if token is None:
            raise _unauthorized("api_key_missing", "send Authorization: Bearer <API key>")
        _check_own_page(request, own_origin)
        return await self._cashier(request, door, token)

    def _client(self, request: web.Request) -> Caller:
        given = request.headers[hdrs.AUTHORIZATION]
        if not given.startswith(_BEARER):
            raise _unauthorized("api_key_missing", "send Authorization: Bearer <API key>")
        client = self._keys.client_of(given[len(_BEARER) :][:MAX_KEY_CHARS])
        if client is None:
            raise _unauthorized("api_key_unknown", "this API key counts for nothing here")
        role = _ROLES.get(client, Role.SUPERVISOR)
        return Caller(client=client, role=role, training=_is_training(request))

    async def _cashier(self, request: web.Request, door: Door, token: str) -> Caller:
        row = await self._sessions.find(token_hash(token))
        if row is None:
            raise _unauthorized("session_ended", "this session has ended: sign in again")
        if row.locked and door is not Door.LOCKED_TOO:
            raise _unauthorized("session_locked", "this session is locked: give the PIN")
        if not row.locked and request.method not in _SAFE:
            await self._sessions.seen(row)
        return _signed_in(row)


def _check_monitored(request: web.Request) -> None:
    resource = request.match_info.route.resource
    if resource is None or resource.canonical not in MONITORED:
        raise ProblemError(403, "monitoring_only", "this key is for monitoring: make another")


def _check_own_page(request: web.Request, own_origin: str) -> None:
    """Refuse what a browser sends with its cookies for a page that is not ours."""
    origin = request.headers.get(hdrs.ORIGIN)
    must_tell = request.method not in _SAFE or hdrs.UPGRADE in request.headers
    if origin != own_origin and (must_tell or origin is not None):
        raise ProblemError(403, "origin_not_allowed", "a session is for the agent's own page only")
    if request.headers.get(FETCH_SITE) not in OWN_FETCHES:
        raise ProblemError(403, "origin_not_allowed", "another page's request with our cookie")


def _signed_in(row: SessionRow) -> Caller:
    return Caller(
        client=f"till:{row.till}",
        cashier=row.cashier,
        till=row.till,
        role=row.role,
        training=row.training,
        approved_by=row.approved_by,
        session=row.token_hash,
    )


def _is_training(request: web.Request) -> bool:
    mode = request.headers.get(MODE_HEADER)
    if mode not in (None, TRAINING_MODE):
        raise ProblemError(400, "mode_unknown", f"{MODE_HEADER} is {TRAINING_MODE}, or not given")
    return mode == TRAINING_MODE


def _may_have_body(request: web.Request) -> bool:
    """Whether a form could have sent it, or it has a body."""
    if request.method in _SAFE:
        return False
    return request.method != hdrs.METH_DELETE or request.body_exists


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
