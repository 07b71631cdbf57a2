"""One bot's line to the Zalo Bot API: one POST, one envelope, one table of errors.

An answer is judged by its `ok`: what goes wrong with a call comes with HTTP 200 too, and a proxy in front may answer in
HTML. No text raised here holds a URL, since the token is part of every one.
https://bot.zapps.me/docs
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.channels.base import Deaf, Gone, Limited, Passing, Refused, Trouble, Uncertain, Unreachable

FAULTS = (aiohttp.ClientError, TimeoutError, OSError)
NEVER_LEFT = (
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)
REST_S = 5.0
"""After a 429 that does not say for how long."""
QUOTA_REST_S = 3600.0
"""After "Quota exceeded": the month's messages are used up, or somebody buys more."""
CALLS_REST_S = 3600.0
"""After 426: the day's calls of setWebhook are used up."""
IDLE = 408
"""getUpdates: nobody has written."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Idle(Exception):
    """Nobody has written."""


class Forbidden(Passing):
    """A 403, which Zalo says now and then for nothing."""


class ZaloLine:
    """`renewed` tells the token as it stands in the settings now; None: nothing better is known."""

    def __init__(
        self,
        token: str,
        api_url: str,
        *,
        connect_s: float = 5,
        read_s: float = 10,
        renewed: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Raises ValueError when there is no token."""
        if not token.strip():
            raise ValueError("a Zalo token is empty")
        self._token, self._base, self._renewed = token.strip(), api_url.rstrip("/"), renewed
        self._connect_s, self._read_s = connect_s, read_s
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return "ZaloLine"

    @property
    def home(self) -> str:
        """Where Zalo is, without the token."""
        return self._base

    async def call(self, method: str, *, read_s: float | None = None, sending: bool = False, **parameters: Any) -> Any:
        """The `result`. While `sending`, a call without an answer may have been carried out. Raises Trouble, and Idle
        when nobody has written."""
        timeout = self._timeout(self._read_s if read_s is None else read_s)
        url = f"{self._base}/bot{self._token}/{method}"
        try:
            async with self.session().post(url, json=parameters, timeout=timeout, allow_redirects=False) as answer:
                return self._result(answer.status, answer.headers, await answer.read(), sending)
        except FAULTS as fault:
            failure = _named(fault, sending)
        raise failure

    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), trust_env=urlsplit(self._base).hostname not in LOOPBACK
            )
        return self._session

    def mend(self) -> bool:
        """Take up a new token, where the settings have one by now."""
        token = (self._renewed() or self._token).strip()
        changed, self._token = token != self._token, token
        return changed

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _timeout(self, read_s: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=self._connect_s + read_s, connect=self._connect_s, sock_read=read_s)

    def _result(self, status: int, headers: Mapping[str, str], payload: bytes, sending: bool) -> Any:
        answer = parsed(payload)
        if isinstance(answer, list) or (answer and "event_name" in answer):
            return answer  # news without its envelope
        if not answer or "ok" not in answer:
            raise _not_an_envelope(status, headers, sending)
        if answer["ok"] is True:
            return answer.get("result")
        code = _number(answer.get("error_code"), status)
        why = str(answer.get("description") or "no reason was given").replace(self._token, "<token>")[:200]
        raise trouble_of(code, why, sending=sending, rest_s=_rest_s(headers))


def _number(code: object, status: int) -> int:
    """The error's number; without one, the status of the answer, where that is an error."""
    if isinstance(code, str) and code.strip().isdecimal():
        return int(code)
    return code if isinstance(code, int) and code else status


def parsed(payload: bytes) -> dict[str, Any] | list[Any] | None:
    """The JSON object or list that it is, or None."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict | list) else None


def trouble_of(code: int, why: str, *, sending: bool = False, rest_s: float = REST_S) -> Trouble | Idle:
    """What an error of the Bot API means."""
    match code:
        case code if code == IDLE:
            return Uncertain(why) if sending else Idle()
        case 401 | 404:
            return Deaf(f"the token is not accepted ({why})")
        case 403:
            return Forbidden(why)
        case 410:
            return Gone(why)
        case 422:
            return Unreachable(why)
        case 426:
            return Limited(why, CALLS_REST_S)
        case 429 if "quota" in why.lower():
            return Limited(why, QUOTA_REST_S, whole_bot=True)
        case 429:
            return Limited(why, rest_s, whole_bot=True)
    if code >= 500:
        return Passing(why)
    return Refused(why)


def _not_an_envelope(status: int, headers: Mapping[str, str], sending: bool) -> Trouble | Idle:
    """A proxy has spoken, or a provider's block page; it says nothing about the chat."""
    why = f"HTTP {status}, and no answer of Zalo's"
    if status == 429:
        return Limited(why, _rest_s(headers), whole_bot=True)
    if status == IDLE and not sending:
        return Idle()
    if status in (401, 404):
        return Deaf(why)
    if status < 300 and sending:
        return Uncertain(why)
    return Passing(why)


def _rest_s(headers: Mapping[str, str]) -> float:
    asked = headers.get("Retry-After", "")
    return max(1.0, float(asked)) if asked.isdecimal() else REST_S


def _named(fault: Exception, sending: bool) -> Trouble:
    """aiohttp's own texts hold the URL: only the name of the fault is kept."""
    if isinstance(fault, NEVER_LEFT):
        return Passing(f"no connection ({type(fault).__name__})")
    why = "no answer in time" if isinstance(fault, TimeoutError) else f"the connection broke ({type(fault).__name__})"
    return Uncertain(why) if sending else Passing(why)
