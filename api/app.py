"""The FastAPI application, put together."""

from fastapi import FastAPI

from api import refusals
from api.document import TAGS, DocumentedApi
from api.house import House
from api.limits import BodyLimit
from api.routes import (
    aside,
    blocs,
    broadcasts,
    chat,
    demo,
    evidence,
    health,
    pictures,
    planning,
    queue,
    rulings,
    tus,
    uploads,
)
from api.security import Remembered

VERSION = "0.1.0"
STREAMED = frozenset({"/v1/incoming", "/chat/files", "/u/"})
"""Paths that count their own bytes; `/u/` stands for all below it."""

DESCRIPTION = """Keeps an emulation covenant alive between its signing and its review.

Bearer tokens come from `giaouoc token`. Times are ISO 8601 with an offset; lists answer `{"items": […], "next": …}`;
errors are `application/problem+json`."""


def create_app(home: House) -> FastAPI:
    """The application over one house; `app.state.house` is where routes find it."""
    app = DocumentedApi(title="Giao Ước", version=VERSION, description=DESCRIPTION, openapi_tags=TAGS, redoc_url=None)
    app.state.house = home
    app.state.remembered = Remembered()
    refusals.install(app)
    app.add_middleware(BodyLimit, streamed=STREAMED)
    told = (queue, health, blocs, planning, rulings, broadcasts, aside, evidence, pictures, chat, demo, uploads, tus)
    for routes in told:
        app.include_router(routes.router)
    chat.mount(app)
    uploads.mount(app)
    return app
