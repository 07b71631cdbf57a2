"""Bytes in, from the bot, and bytes out, to whoever may see them. Streamed both ways, never held whole."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, unquote

import structlog
from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from sqlmodel import Session

from api.house import House, house
from api.inspection.kinds import usual_name
from api.refusals import PROBLEM, PROBLEMS, NotFound, TooLarge
from api.security import Caller, caller, require
from api.services import evidence
from api.services.evidence import Found
from models.tables import Evidence
from models.wire import Problem, StoredFile

_log = structlog.get_logger()
router = APIRouter(prefix="/v1", tags=["evidence"], responses=PROBLEMS)

Home = Annotated[House, Depends(house)]

_STORED = {
    "good": {
        "summary": "A file that can become evidence",
        "value": {
            "key": "incoming/5f0c9a7be3d14c0f8a6b2d7e91c4a835",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "size": 23841,
            "media_type": "application/pdf",
            "verdict": None,
            "marking": None,
        },
    },
    "refused": {
        "summary": "One that cannot: its bytes are gone already",
        "value": {
            "key": "incoming/0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6",
            "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
            "size": 11264,
            "media_type": None,
            "verdict": "macros",
            "marking": None,
        },
    },
}
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.put(
    "/incoming",
    dependencies=[Depends(require("bot"))],
    responses={
        200: {"content": {"application/json": {"examples": _STORED}}},
        413: {**PROBLEM, "description": "More bytes than `GIAOUOC_UPLOAD_LIMIT_MB` allows; nothing is kept"},
        503: {**PROBLEM, "description": "The store does not answer"},
    },
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
)
async def take(
    request: Request,
    home: Home,
    x_file_name: Annotated[
        str | None,
        Header(max_length=3000, description="UTF-8, percent-encoded.", examples=["b%C3%A1o-c%C3%A1o.pdf"]),
    ] = None,
    content_length: Annotated[int | None, Header(ge=0, include_in_schema=False)] = None,
) -> StoredFile:
    """Take the bytes of one file, the request's body: hashed as they come, looked at, kept until an answer names them.

    A file that cannot be evidence is answered with its `verdict` (`empty`, `type`, `macros`, `encrypted`, `nested`,
    `corrupt`, `virus`, `secret`), not with an error.
    """
    if content_length is not None and content_length > home.upload_limit:
        raise TooLarge(f"more than {home.upload_limit} bytes", limit=home.upload_limit)
    name = unquote(x_file_name, errors="replace") if x_file_name else None
    return await evidence.take_in(
        home.store, home.database, request.stream(), name, home.upload_limit, home.clock.wire(), home.clamd_url
    )


@router.get(
    "/evidence/{receipt}",
    response_class=StreamingResponse,
    responses={
        200: {"content": _BYTES, "description": "The bytes as they came"},
        206: {"content": _BYTES, "description": "The part that `Range` asked for"},
        304: {"description": "`If-None-Match` names these bytes"},
        416: {**PROBLEM, "description": "`Range` lies outside the file"},
        503: {**PROBLEM, "description": "The store does not answer"},
    },
)
async def give(
    receipt: Annotated[str, Path(pattern=r"^(?i:BN-?)?\d{1,12}$", examples=["BN-0147"])],
    home: Home,
    who: Annotated[Caller, Depends(caller)],
    range: Annotated[
        str | None, Header(max_length=200, description="One range of bytes.", examples=["bytes=0-1048575"])
    ] = None,
    if_none_match: Annotated[str | None, Header(max_length=200, examples=['"9f86d081…"'])] = None,
) -> Response:
    """The file that a receipt stands for, to those who may see it: its own agency, and who leads or audits the bloc."""
    update_id = int(re.sub(r"\D", "", receipt))
    found = await home.database.read(lambda session: _visible(session, who, update_id))
    if found is None:
        raise NotFound(f"no evidence {receipt}")
    return await answer(home, found.file, range, if_none_match)


def _visible(session: Session, who: Caller, update_id: int) -> Found | None:
    found = evidence.find(session, update_id)
    if found and who.reads_agency(session, found.bloc_id, found.season_id, found.agency_id):
        return found
    return None


async def answer(home: House, file: Evidence, range: str | None = None, if_none_match: str | None = None) -> Response:
    """A file's bytes as a download that no browser runs: whole, or the one range that was asked for."""
    headers = _headers(file)
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    part = asked_part(range, file.size)
    if part is None:
        problem = Problem(title="The range lies outside the file", status=416)
        return JSONResponse(
            problem.model_dump(exclude_none=True),
            416,
            {"Content-Range": f"bytes */{file.size}"},
            "application/problem+json",
        )
    if part.partial:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{file.size}"
    headers["Content-Length"] = str(part.end - part.start)
    key = await evidence.place(home.store, file)
    if not await home.store.exists(key):
        _log.error("the bytes of evidence are missing in the store", receipt=file.update_id)
        raise NotFound(f"the bytes of BN-{file.update_id:04d} are missing in the store")
    pieces = home.store.stream(key, part.start, part.end)
    return StreamingResponse(pieces, 206 if part.partial else 200, headers, file.media_type)


def _headers(file: Evidence) -> dict[str, str]:
    name = usual_name(file.name, file.media_type, f"BN-{file.update_id:04d}")
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.sha256}"',
    }


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to (not with) `end`."""

    start: int
    end: int
    partial: bool = True


_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def asked_part(range: str | None, size: int) -> Part | None:
    """What a Range header asks of a file of `size` bytes (RFC 9110, 14.1.2); None: it cannot be had.

    What is not one range of bytes is ignored, as the standard allows: the whole file then.
    """
    asked = _RANGE.fullmatch(range.strip()) if range else None
    if asked is None or asked[0] == "bytes=-":
        return Part(0, size, partial=False)
    first, last = asked[1], asked[2]
    if first and last and int(last) < int(first):
        return Part(0, size, partial=False)
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    return Part(start, end) if start < end else None
