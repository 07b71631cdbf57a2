"""The way between the bot and the API, which can be cut: before a request arrives, or before its answer does."""

import httpx

from bot.inside import Inside


class Cut(BaseException):
    """The process dies here, without a word."""


class Wire(httpx.AsyncBaseTransport):
    """Wraps the way to an app. Paths are ends of the URL, such as `outbox/settle`."""

    def __init__(self, app: object) -> None:
        self._inside = Inside(app)  # type: ignore[arg-type]
        self.is_down = False
        self._lost_requests: dict[str, int] = {}
        self._lost_answers: dict[str, int] = {}
        self._dies_before: set[str] = set()
        self._dies_after: set[str] = set()
        self.asked: list[str] = []

    def loses_requests(self, path: str, times: int = 1) -> None:
        self._lost_requests[path] = times

    def loses_answers(self, path: str, times: int = 1) -> None:
        self._lost_answers[path] = times

    def kills_before(self, path: str) -> None:
        self._dies_before.add(path)

    def kills_after(self, path: str) -> None:
        self._dies_after.add(path)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v1/")
        self.asked.append(path)
        if path in self._dies_before:
            raise Cut
        if self.is_down or _takes(self._lost_requests, path):
            raise httpx.ConnectError("refused", request=request)
        response = await self._inside.handle_async_request(request)
        if path in self._dies_after:
            raise Cut
        if _takes(self._lost_answers, path):
            raise httpx.ReadError("broken off", request=request)
        return response


def _takes(left: dict[str, int], path: str) -> bool:
    if not left.get(path):
        return False
    left[path] -= 1
    return True
