"""The till page in a browser: what it sends, with its cookie and the headers a browser adds."""

import json
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from tests.api.till import JSON, Answer, Till

SESSIONS, CURRENT = "/api/v1/sessions", "/api/v1/sessions/current"
APPROVALS = "/api/v1/approvals"
ANNA, ANNAS_PIN = "1001", "2580"
"""A cashier."""
BO, BOS_PIN = "1002", "7412"
"""A cashier."""
CHEN, CHENS_PIN = "2001", "86420"
"""A supervisor."""
DAI, DAIS_PIN = "3001", "13579135"
"""Store IT."""
STAFF = (
    {"cashier": ANNA, "name": "安娜", "role": "cashier", "pin": ANNAS_PIN},
    {"cashier": BO, "name": "小波", "role": "cashier", "pin": BOS_PIN},
    {"cashier": CHEN, "name": "陈主管", "role": "supervisor", "pin": CHENS_PIN},
    {"cashier": DAI, "name": "戴工", "role": "it", "pin": DAIS_PIN},
)


async def add_staff(till: Till) -> None:
    """Let STAFF sign in at the till's agent."""
    for person in STAFF:
        answer = await till.send(
            "POST",
            "/api/v1/cashiers",
            headers={"Content-Type": JSON},
            data=json.dumps(person).encode(),
        )
        assert answer.status == 201


COOKIE = "store_session_0"
"""The session's cookie of an agent that is set to any free port, as in most tests."""


class Page:
    """One browser with the page of a till's agent; it keeps the session's cookie."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self.url = till.url
        self.port = till.port
        self.cookie = COOKIE
        """The cookie's name."""
        self.token = ""
        """The cookie's value, "" for none."""

    async def sign_in(self, cashier: str = ANNA, pin: str = ANNAS_PIN, **more: Any) -> Answer:
        """Sign in, and keep the cookie if it came about."""
        answer = await self.post(SESSIONS, {"cashier": cashier, "pin": pin} | more)
        if answer.status == 201:
            ((self.cookie, given),) = SimpleCookie(answer.headers["Set-Cookie"]).items()
            self.token = given.value
        return answer

    async def approve(self, supervisor: str = CHEN, pin: str = CHENS_PIN) -> None:
        """Give a supervisor's PIN for the session's next write."""
        answer = await self.post(APPROVALS, {"cashier": supervisor, "pin": pin})
        assert answer.status == 200
        assert answer.json["approved_by"] == supervisor

    async def get(self, path: str, **headers: str) -> Answer:
        """GET as the page's script does."""
        return await self.send("GET", path, headers={"Sec-Fetch-Site": "same-origin"} | headers)

    async def post(self, path: str, order: Any = None, *, key: str = "") -> Answer:
        """POST as the page's script does, under an Idempotency-Key: `key`, or a new one."""
        headers = self.own_headers() | {"Idempotency-Key": key or str(uuid4())}
        return await self.send("POST", path, headers=headers, data=json.dumps(order).encode())

    async def put(self, path: str, order: Any) -> Answer:
        """PUT as the page's script does."""
        data = json.dumps(order).encode()
        return await self.send("PUT", path, headers=self.own_headers(), data=data)

    async def delete(self, path: str) -> Answer:
        """DELETE as the page's script does."""
        return await self.send("DELETE", path, headers=self.own_headers())

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        data: bytes | None = None,
        token: str | None = None,
    ) -> Answer:
        """Send just this with the cookie: the page's own, or `token`."""
        value = self.token if token is None else token
        cookie = {"Cookie": f"{self.cookie}={value}"} if value else {}
        return await self._till.send(
            method, path, headers={**cookie, **headers}, data=data, api_key=None
        )

    def own_headers(self) -> dict[str, str]:
        """Return what a browser adds to a write of our own page."""
        return {"Content-Type": JSON, "Origin": self.url, "Sec-Fetch-Site": "same-origin"}
