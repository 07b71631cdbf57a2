"""Webhooks: `POST /hooks/<channel>/<bot id>`, called by the platforms.

What comes is stored first, as after a poll, and then answered 200: a call that comes again meets its row. What cannot
be read is stored aside and answered 200 too, since it would come again for ever; what cannot be stored now is a 503,
so that the platform calls again.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.base import Called, Trouble
from bot.ears import Ears

log = structlog.get_logger()

BODY_LIMIT = 1024 * 1024
"""Bytes; the largest updates that platforms send have a tenth of it."""
PROBES = (b"", b"{}")
"""What a platform sends to see whether somebody is at home, with its secret or without."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One bot's door. `ears` store what is heard there and hand the replies to the mouth."""

    channel: Called
    ears: Ears
    secret: str = field(repr=False)

    @property
    def path(self) -> str:
        return path(self.channel.name)


def path(name: str) -> str:
    """The path of a bot named `channel:bot id`, under `/hooks`."""
    return f"/{name.replace(':', '/', 1)}"


def app(hooks: Iterable[Hook]) -> Starlette:
    """To be mounted at `/hooks`. A door is known by its bot's name at the time of the call: some bots learn theirs only
    from the platform. Raises ValueError for a hook without a secret."""
    doors = tuple(hooks)
    for hook in doors:
        if not hook.secret:
            raise ValueError(f"{hook.channel.name}: a webhook without a secret")

    async def call(request: Request) -> Response:
        asked = path("{channel}:{bot}".format(**request.path_params))
        hook = next((hook for hook in doors if hook.path == asked), None)
        return await _take(hook, request) if hook else Response("no such door", 404)

    return Starlette(routes=[Route("/{channel}/{bot}", call, methods=["POST"])])


async def _take(hook: Hook, request: Request) -> Response:
    known = _is_known(hook, request)
    if not known and not hook.channel.is_probed:
        return _turned_away(hook)
    body = await _body(request)
    if body is None:
        return Response("too large", 413)
    if hook.channel.is_probed and body.strip() in PROBES:
        return Response()
    if not known:
        return _turned_away(hook)
    said = hook.channel.called(body)
    try:
        await hook.ears.take(said)
    except Trouble as trouble:
        log.warning("a call cannot be stored now", bot=hook.channel.name, why=str(trouble))
        return Response("later", 503)
    hook.channel.stored(said)
    return Response()


def _is_known(hook: Hook, request: Request) -> bool:
    given = request.headers.get(hook.channel.secret_header, "")
    return hmac.compare_digest(given.encode(), hook.secret.encode())


def _turned_away(hook: Hook) -> Response:
    log.warning("a call without the secret was turned away", bot=hook.channel.name)
    return Response("the secret is missing or wrong", 401)


async def _body(request: Request) -> bytes | None:
    """The whole body; None as soon as it is larger than any update."""
    taken = bytearray()
    async for piece in request.stream():
        taken += piece
        if len(taken) > BODY_LIMIT:
            return None
    return bytes(taken)
