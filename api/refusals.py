"""A request we say no to. One tree, rendered in one place as `application/problem+json` (RFC 9457).

Refusal
├── Invalid         422  the request cannot be read
├── Unauthorised    401  no token, or one that we do not know
├── Forbidden       403  the token's role may not do this
├── NotFound        404  no such thing, or not yours to see
├── Conflict        409  it contradicts what is stored
├── Gone            410  there was such a thing, and it is over
├── TooLarge        413  more bytes than the limit
├── Unsupported     415  a body of a kind that we do not read
├── Locked          423  somebody else is at it right now
├── TooMany         429  slow down
└── Unready         503  not now: a part that is needed does not answer
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from models.logs import redact
from models.wire import Problem

_log = structlog.get_logger()
PLACES = 20
"""So many mistakes of one request are named."""


class Refusal(Exception):
    status = 400
    title = "Bad request"

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra


class Invalid(Refusal):
    status, title = 422, "The request cannot be read"


class Unauthorised(Refusal):
    status, title = 401, "A valid bearer token is needed"


class Forbidden(Refusal):
    status, title = 403, "Not allowed for this role"


class NotFound(Refusal):
    status, title = 404, "Not found"


class Conflict(Refusal):
    status, title = 409, "It contradicts what is stored"


class Gone(Refusal):
    status, title = 410, "Gone"


class TooLarge(Refusal):
    status, title = 413, "Too large"


class Locked(Refusal):
    status, title = 423, "Locked"


class Unsupported(Refusal):
    status, title = 415, "A body of another kind"


class TooMany(Refusal):
    status, title = 429, "Too many requests"


class Unready(Refusal):
    status, title = 503, "Not ready"


PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {**PROBLEM, "description": "The body is no text in UTF-8"},
    401: {**PROBLEM, "description": "No token, or an unknown one"},
    403: {**PROBLEM, "description": "The role may not do this"},
    404: {**PROBLEM, "description": "No such thing, or not yours to see"},
    413: {**PROBLEM, "description": "The body is larger than the limit"},
    415: {**PROBLEM, "description": "The body is no `application/json`"},
    422: {**PROBLEM, "description": "The request cannot be read"},
    500: {**PROBLEM, "description": "An error of ours; it is in the log"},
}
"""What every protected route may answer, for OpenAPI."""


def problem(
    status: int,
    title: str,
    detail: str | None = None,
    extra: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A refusal as RFC 9457 writes it."""
    told = Problem(title=title, status=status, detail=detail, extra=extra or None)
    more = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if extra and "retry_after_s" in extra:
        more["Retry-After"] = str(extra["retry_after_s"])
    return JSONResponse(
        told.model_dump(exclude_none=True), status, {**(headers or {}), **more}, "application/problem+json"
    )


def _is_of_another_kind(request: Request, error: RequestValidationError) -> bool:
    """Whether nothing but a body was wrong, which came as something else than JSON."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    return not kind.endswith(("/json", "+json")) and all(place["loc"] == ("body",) for place in error.errors())


def install(app: FastAPI) -> None:
    """Render every refusal, unreadable request and missing route as a problem."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> JSONResponse:
        return problem(refusal.status, refusal.title, refusal.detail, refusal.extra)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> JSONResponse:
        if _is_of_another_kind(request, error):
            return problem(Unsupported.status, Unsupported.title, "send it as application/json")
        places = [{"where": ".".join(str(part) for part in e["loc"]), "what": e["msg"]} for e in error.errors()]
        return problem(Invalid.status, Invalid.title, None, {"errors": places[:PLACES]})

    @app.exception_handler(HTTPException)
    async def no_route(_: Request, error: HTTPException) -> JSONResponse:
        title = HTTPStatus(error.status_code).phrase
        detail = error.detail if error.detail != title else None
        return problem(error.status_code, title, detail, headers=error.headers)

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        """Nobody hears the answer, and nothing was kept."""
        return Response(status_code=400)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        _log.error("a route failed", path=redact(request.url.path), exc_info=error)
        return problem(500, "An error of ours; it is in the log")
