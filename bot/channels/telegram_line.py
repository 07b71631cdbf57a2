"""One bot's line to the Bot API: its address, its token, and the token that mends it while the program runs."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote, urlsplit

from telegram.error import InvalidToken

from bot.channels.telegram_request import AiohttpRequest, RawBot

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class TelegramLine:
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
        """Raises ValueError when the token cannot be one."""
        self.number, secret = _parts(token)
        self.read_s = read_s
        self._token, self._base, self._renewed = token.strip(), api_url.rstrip("/"), renewed
        loopback = urlsplit(self._base).hostname in LOOPBACK
        self._request = AiohttpRequest(secret, connect_s=connect_s, read_s=read_s, trust_env=not loopback)
        self.bot = self._bot()

    def __repr__(self) -> str:
        return f"TelegramLine[{self.number}]"

    def _bot(self) -> RawBot:
        url = f"{self._base}/bot"
        return RawBot(self._token, base_url=url, request=self._request, get_updates_request=self._request)

    async def raw(self, method: str, read_s: float | None = None, **parameters: Any) -> Any:
        """Call any method; the `result` as JSON. When the token is not accepted and the settings have another one by
        now, once more with that: a call that was turned away was not carried out. Raises TelegramError."""
        try:
            return await self.bot.raw(method, read_s=read_s, **parameters)
        except InvalidToken:
            if not self.mend():
                raise
        return await self.bot.raw(method, read_s=read_s, **parameters)

    def stream(self, path: str) -> AsyncIterator[bytes]:
        """A file's bytes by the path that `getFile` told. Raises TelegramError."""
        return self._request.stream(f"{self._base}/file/bot{self._token}/{quote(path)}")

    def mend(self) -> bool:
        """Take up a new token of the same bot, where the settings have one by now."""
        token = (self._renewed() or self._token).strip()
        if token == self._token or _parts(token)[0] != self.number:
            return False
        self._token = token
        self._request.secret = _parts(token)[1].encode()
        self.bot = self._bot()
        return True

    async def close(self) -> None:
        await self._request.shutdown()


def _parts(token: str) -> tuple[str, str]:
    number, colon, secret = token.strip().partition(":")
    if not (number.isdecimal() and colon and secret):
        raise ValueError("a Telegram token looks like 123456789:AA…, as BotFather gave it")
    return number, secret
