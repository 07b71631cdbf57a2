"""A request we say no to. One tree, rendered in one place as `application/problem+json` (RFC 9457).

Refusal
├── Invalid         422  the request cannot be read
├── Unauthorised    401  no token, or one that we do not know
├── Forbidden       403  the token's role may not do this
├── NotFound        404  no such thing, or not yours to see
├── Conflict        409  it contradicts what is stored
├── TooLarge        413  more bytes than the limit
├── TooMany         429  slow down
└── Unready         503  not now: a part that is needed does not answer
"""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from models.wire import Problem

_log = structlog.get_logger()


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


class TooLarge(Refusal):
    status, title = 413, "Too large"


class TooMany(Refusal):
    status, title = 429, "Too many requests"


class Unready(Refusal):
    status, title = 503, "Not ready"


PROBLEM = {"model": Problem, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {**PROBLEM, "description": "No token, or an unknown one"},
    403: {**PROBLEM, "description": "The role may not do this"},
    404: {**PROBLEM, "description": "No such thing, or not yours to see"},
    422: {**PROBLEM, "description": "The request cannot be read"},
}
"""What every protected route may answer, for OpenAPI."""


def _answer(status: int, title: str, detail: str | None, extra: dict[str, Any] | None) -> JSONResponse:
    problem = Problem(title=title, status=status, detail=detail, extra=extra or None)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(
        problem.model_dump(exclude_none=True), status, headers=headers, media_type="application/problem+json"
    )


def install(app: FastAPI) -> None:
    """Render every refusal, unreadable request and missing route as a problem."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> JSONResponse:
        return _answer(refusal.status, refusal.title, refusal.detail, refusal.extra)

    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        places = [{"where": ".".join(str(part) for part in e["loc"]), "what": e["msg"]} for e in error.errors()]
        return _answer(Invalid.status, Invalid.title, None, {"errors": places})

    @app.exception_handler(HTTPException)
    async def no_route(_: Request, error: HTTPException) -> JSONResponse:
        return _answer(error.status_code, str(error.detail), None, None)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        _log.error("a route failed", path=request.url.path, exc_info=error)
        return _answer(500, "An error of ours; it is in the log", None, None)
