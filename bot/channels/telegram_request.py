"""python-telegram-bot's transport over aiohttp (four times its httpx default), and the only place that knows both.

What PTB leaves as one NetworkError is told apart here, because it decides whether a message may be sent again:

Unsent        the request never left this machine
TimedOut      it left, the answer took too long (PTB's own)
Unanswered    it left, and what came back was no answer of the Bot API

No text raised here holds a URL: the token is part of every one. Errors are raised outside their `except`, so that
no chained exception carries the URL into a traceback either.
"""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

FAULTS = (aiohttp.ClientError, TimeoutError, OSError)
CHUNK = 256 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REST_WITHOUT_A_WORD_S = 5
"""How long to rest after a 429 that does not say it (a proxy's)."""

# PTB prints the URLs with the token, and the words of people, at this level.
logging.getLogger("telegram.Bot").addFilter(lambda record: record.levelno > logging.DEBUG)


class Unsent(NetworkError):
    """The request never left this machine: no name, no route, no connection, no place in the pool."""


class Unanswered(NetworkError):
    """The request left, the connection or the answer broke: it may have been carried out."""


class Resting(RetryAfter):
    """A 429: rest for `seconds`. PTB's own constructor warns about its types each time."""

    def __init__(self, seconds: int) -> None:
        TelegramError.__init__(self, f"told to rest for {seconds} s")
        self.seconds = seconds
        self.whole_bot = False
        """Whoever knows what the chat was sent before says so."""


class RawBot(Bot):
    """PTB's Bot with a repr that hides the token, and with answers as JSON: one odd update must not spoil a batch, and
    building objects from an answer of which we keep one number costs a quarter of a send."""

    def __repr__(self) -> str:
        return f"RawBot[{self.token.partition(':')[0]}]"

    async def raw(self, method: str, read_s: float | None = None, **parameters: Any) -> Any:
        """Call any method; the `result` as JSON. Parameters that are None are left out."""
        return await self._post(method, parameters, read_timeout=BaseRequest.DEFAULT_NONE if read_s is None else read_s)


class AiohttpRequest(BaseRequest):
    """`secret` is blotted out of whatever a server says: some error pages repeat the address they were asked for."""

    def __init__(
        self, secret: str, *, connect_s: float = 5, read_s: float = 10, pool: int = 64, trust_env: bool = True
    ) -> None:
        self.secret = secret.encode()
        self._connect_s = connect_s
        self._read_s = read_s
        self._pool = pool
        self._trust_env = trust_env
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_s

    async def initialize(self) -> None:
        self._opened()

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._pool),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=self._trust_env,
                headers={"User-Agent": self.USER_AGENT},
            )
        return self._session

    def _timeout(self, read_s: float, total: bool) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=self._connect_s + read_s if total else None, connect=self._connect_s, sock_read=read_s
        )

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """PTB asks here for every call. Its four timeouts become two: reaching the server, and being answered."""
        content, headers = body(request_data)
        read_s = self._read_s if read_timeout in (None, BaseRequest.DEFAULT_NONE) else read_timeout
        try:
            async with self._opened().request(
                method,
                url,
                data=content,
                headers=headers,
                timeout=self._timeout(read_s, total=True),
                allow_redirects=False,
            ) as answer:
                return answer.status, self._checked(answer.status, await answer.read())
        except FAULTS as fault:
            failure = named(fault)
        raise failure

    async def stream(self, url: str) -> AsyncIterator[bytes]:
        """The bytes behind a URL, in pieces, however long it takes as long as some come. Raises TelegramError."""
        try:
            async with self._opened().get(
                url, timeout=self._timeout(self._read_s, total=False), allow_redirects=False
            ) as answer:
                if answer.status == 200:
                    async for chunk in answer.content.iter_chunked(CHUNK):
                        yield chunk
                    return
                failure: TelegramError = refused(answer.status)
        except FAULTS as fault:
            failure = named(fault)
        raise failure

    def _checked(self, status: int, payload: bytes) -> bytes:
        """The payload, if the Bot API and not something between us and it has spoken. Raises TelegramError."""
        if status < 300:
            if b'"result"' not in payload:
                raise Unanswered("an answer without a result")
            return payload
        answer = parsed(payload)
        if status == 429:
            raise Resting(rest_s(answer))
        if answer is None:
            raise refused(status)
        return payload.replace(self.secret, b"<token>")

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer = parsed(payload)
        if answer is None:
            raise Unanswered("an answer that is not JSON")
        return answer


def body(request_data: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, dict[str, str] | None]:
    """A plain form, or a multipart one when it carries files; and the headers that go with it. aiohttp makes plain
    forms too, by the way of the others, which costs as much as the rest of a request."""
    if request_data is None:
        return None, None
    if not request_data.contains_files:
        return urlencode(request_data.json_parameters).encode(), FORM
    form = aiohttp.FormData(quote_fields=False)  # the Bot API reads names as they stand, in UTF-8
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return form, None


def parsed(payload: bytes) -> dict[str, Any] | None:
    """The JSON object that it is, or None."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def rest_s(answer: dict[str, Any] | None) -> int:
    """The seconds that a 429 asks for."""
    parameters = (answer or {}).get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return max(1, asked) if isinstance(asked, int) else REST_WITHOUT_A_WORD_S


def refused(status: int) -> TelegramError:
    """An answer that no Bot API gave: a proxy, a provider's block page; it says nothing about the chat."""
    return (InvalidToken if status in (401, 404) else NetworkError)(f"HTTP {status}")


def named(fault: Exception) -> TelegramError:
    """What a failed request means. aiohttp's own texts hold the URL: only the name of the fault is kept."""
    if isinstance(
        fault,
        (
            aiohttp.ConnectionTimeoutError,
            aiohttp.ClientConnectorError,
            aiohttp.ClientHttpProxyError,
            aiohttp.InvalidURL,
        ),
    ):
        return Unsent(f"no connection ({type(fault).__name__})")
    if isinstance(fault, TimeoutError):
        return TimedOut("no answer in time")
    return Unanswered(f"the connection broke ({type(fault).__name__})")
