"""The OpenAPI document, made whole: a short summary, an example for each shape, and the problems that each operation
can answer and no others."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from api.examples import EXAMPLES
from models.wire import Problem

TAGS = [
    {"name": "blocs", "description": "A bloc for those who may see it."},
    {"name": "broadcasts", "description": "Texts for a bloc or a part of it, and who has acknowledged them."},
    {"name": "rulings", "description": "What the head decides about what was sent and asked."},
    {"name": "evidence", "description": "The bytes of what was sent, in and out, streamed."},
    {"name": "bot", "description": "The bot's side door: what was heard comes in, what is to be said goes out."},
    {"name": "upkeep", "description": "What was set aside, for the administrator."},
    {"name": "health", "description": "For whoever watches the process; no token, no names."},
]
NEED_A_BODY = ("400", "413")
JSON = "application/json"

Json = dict[str, Any]


class DocumentedApi(FastAPI):
    """FastAPI whose document says what the routes alone do not."""

    def openapi(self) -> Json:
        return completed(super().openapi())


def completed(document: Json) -> Json:
    """The document with everything filled in; filling it in twice changes nothing."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema())
    for name, example in EXAMPLES.items():
        if name in schemas:
            schemas[name].setdefault("examples", [example])
    for path, operation in operations(document):
        operation["summary"] = _summary(operation)
        for status in _impossible(path, operation):
            operation["responses"].pop(status, None)
    return document


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    """(path, operation)."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _summary(operation: Json) -> str:
    """The beginning of the first sentence; the whole stays the description."""
    told: str = operation.get("description") or operation["summary"]
    return re.split(r"[.:;(\n]", told, maxsplit=1)[0].strip()


def _impossible(path: str, operation: Json) -> list[str]:
    """Problems that a router names for all its routes and that this one cannot have."""
    body = operation.get("requestBody", {}).get("content", {})
    without_body = list(NEED_A_BODY) if not body else []
    without_json = ["415"] if JSON not in body else []
    without_name = ["404"] if not body and "{" not in path else []
    return [*without_body, *without_json, *without_name]
