"""No request may fill the memory: bodies are counted while they come, and refused before they are whole."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.refusals import TooLarge, problem

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes: a hundred of the longest messages that a platform knows fit well."""


class BodyLimit:
    """ASGI middleware. `streamed` are the paths that count their own bytes because they never hold them whole; one
    that ends in `/` stands for all below it."""

    def __init__(self, app: ASGIApp, streamed: frozenset[str], limit: int = BODY_LIMIT) -> None:
        self.app, self.limit = app, limit
        self.streamed = frozenset(path for path in streamed if not path.endswith("/"))
        self.below = tuple(streamed - self.streamed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.streamed or scope["path"].startswith(self.below):
            await self.app(scope, receive, send)
        elif _announced(scope) > self.limit:
            await problem(TooLarge.status, TooLarge.title, self._why())(scope, receive, send)
        else:
            await self.app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.limit:
                raise HTTPException(TooLarge.status, self._why())
            return message

        return counted

    def _why(self) -> str:
        return f"a body has {self.limit} bytes at most"


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
