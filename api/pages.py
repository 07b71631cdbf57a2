"""The house's own web pages: templates, static files by content hash, and the headers every page leaves with."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.house import House, house
from api.refusals import Forbidden

_HERE = Path(__file__).parent / "web"
_STATIC = _HERE / "static"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@cache
def _version() -> str:
    """The hash of all static files."""
    whole = hashlib.sha256()
    for path in sorted(_STATIC.iterdir()):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep it for good. What a file
    names beside itself is found under the same version."""
    return f"/static/{_version()}/{name}"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["static"] = static_url
    return environment


def page(name: str, **values: Any) -> HTMLResponse:
    """A rendered template that no cache keeps."""
    text = _templates().get_template(name).render(**values)
    return HTMLResponse(text, headers={**HEADERS, "Cache-Control": "no-store"})


class Static(StaticFiles):
    """The files of `api/web/static`, which browsers keep for a year: a new content has a new address."""

    def __init__(self) -> None:
        super().__init__(directory=_STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def same_origin(request: Request, home: Annotated[House, Depends(house)]) -> None:
    """A dependency that lets only our own pages act with a browser's cookie. Browsers say where a request comes
    from; what says nothing is no browser and carries nobody's cookie. Raises Forbidden."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    else:
        origin = request.headers.get("origin")
        ours = {request.headers.get("host"), urlsplit(home.public_url).netloc}
        if origin is None or urlsplit(origin).netloc in ours:
            return
    raise Forbidden("this address is for its own pages only")
