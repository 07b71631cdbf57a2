"""The bytes of the upload page, by the tus protocol 1.0.0: core, creation and termination. The link is the right
(`api/routes/uploads.py`).

A file is written by one request at a time: a second one is answered 423. A request that breaks off keeps what arrived.
The request that brings the last byte is answered when the file was looked at; what became of it stands in the link's
`state`.
"""

import base64
import binascii
import unicodedata
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from api.house import House, house
from api.refusals import Conflict, Invalid, NotFound, Refusal, TooLarge, problem
from api.routes.uploads import Allowances, AnyLink, OpenLink, desk_of, spend
from api.services import evidence
from api.services.uploads import receiving, rows
from api.services.uploads.links import Link
from api.services.uploads.receiving import Body
from bot.dialogue.phrases import trouble
from models.rules import secrecy
from models.tables import Upload

VERSION = "1.0.0"
BYTES = "application/offset+octet-stream"
METADATA_LIMIT = 4096
"""Characters of an Upload-Metadata header."""


class _Tus(APIRoute):
    """Every answer says the protocol's version; a request that does not say it is refused; a method that a client
    cannot send may stand in a header."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inside = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await _answered(request, inside)
            response.headers["Tus-Resumable"] = VERSION
            return response

        return handle


async def _answered(request: Request, inside: Callable[[Request], Awaitable[Response]]) -> Response:
    if request.method != "OPTIONS" and request.headers.get("tus-resumable") != VERSION:
        return problem(412, "Precondition Failed", f"send Tus-Resumable: {VERSION}", headers={"Tus-Version": VERSION})
    try:
        return await inside(request)
    except Refusal as refusal:
        return problem(refusal.status, refusal.title, refusal.detail, refusal.extra)


router = APIRouter(prefix="/u/{token}/files", include_in_schema=False, route_class=_Tus)
Home = Annotated[House, Depends(house)]


# --- what is offered ----------------------------------------------------------------------------------------------


@router.options("")
@router.options("/{upload_id}")
async def offer(home: Home, link: AnyLink) -> Response:
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination",
        "Tus-Max-Size": str(home.upload_limit),
    }
    return Response(status_code=204, headers=headers)


# --- creation -----------------------------------------------------------------------------------------------------


@router.post("")
async def announce(request: Request, home: Home, link: OpenLink) -> Response:
    """Announce a file: its length, and as metadata its name and the page's sign for it. Raises TooLarge, Invalid,
    TooMany."""
    allowances: Allowances = request.app.state.upload_allowances
    spend(allowances.files, link, home)
    size = _number(request, "upload-length")
    if size > home.upload_limit:
        limit = home.upload_limit // 2**20
        raise TooLarge(f"Tệp lớn hơn {limit} MB. Đề nghị gửi tệp nhỏ hơn hoặc chia thành nhiều tệp.")
    told = _metadata(request.headers.get("upload-metadata", ""))
    name = evidence.file_name(told.get("filename"))
    await _refuse_secret_name(home, link, name)
    fingerprint = told.get("fingerprint", "")[:64] or None
    wire_now = home.clock.wire()
    upload_id = await home.database.write(
        lambda session: rows.announce(session, link.id, name, size, fingerprint, wire_now)
    )
    if size == 0:
        await _finished(home, upload_id)
    return Response(status_code=201, headers={"Location": f"{request.url.path}/{upload_id}"})


async def _refuse_secret_name(home: House, link: Link, name: str | None) -> None:
    """Nothing of it is stored, not even the name."""
    marking = secrecy.marking_of_name(name)
    if marking:
        now = home.clock.covenant()
        await home.database.write(lambda s: rows.secret_met(s, f"upload_link:{link.id}", marking, now))
        raise Invalid(trouble.secret(marking).text)


def _metadata(header: str) -> dict[str, str]:
    """`filename d29ybGQ=,is_confidential`: names, and values in Base64. Raises Invalid."""
    if len(header) > METADATA_LIMIT:
        raise Invalid("Tên tệp quá dài.")
    told = {}
    try:
        for pair in filter(None, (part.strip() for part in header.split(","))):
            name, _, value = pair.partition(" ")
            text = base64.b64decode(value, validate=True).decode()
            told[name] = unicodedata.normalize("NFC", text).replace("\0", "")
    except (binascii.Error, UnicodeDecodeError):
        raise Invalid("Chưa đọc được tên tệp.") from None
    return told


def _number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 15):
        raise Invalid(f"{name}: a number of bytes is needed")
    return int(value)


# --- one file -----------------------------------------------------------------------------------------------------


async def named(upload_id: str, home: Home, link: OpenLink) -> Upload:
    """A file of this link. Raises NotFound."""
    upload = await home.database.read(lambda session: rows.find(session, link.id, upload_id))
    if upload is None:
        raise NotFound("Không có tệp này.")
    return upload


File = Annotated[Upload, Depends(named)]


@router.head("/{upload_id}")
async def head(request: Request, home: Home, link: OpenLink, upload: File) -> Response:
    """How much of the file is here."""
    spend(request.app.state.upload_allowances.looks, link, home)
    return _how_far(upload)


def _how_far(upload: Upload) -> Response:
    told = [
        f"{name} {base64.b64encode(value.encode()).decode()}"
        for name, value in (("filename", upload.name), ("fingerprint", upload.fingerprint))
        if value
    ]
    headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.size), "Cache-Control": "no-store"}
    if told:
        headers["Upload-Metadata"] = ",".join(told)
    return Response(status_code=200, headers=headers)


@router.patch("/{upload_id}")
async def write(request: Request, home: Home, link: OpenLink, upload: File) -> Response:
    """Take bytes from where the file stops. An empty request at its end has the file looked at, when that failed
    before. Raises Conflict, Locked, TooLarge."""
    spend(request.app.state.upload_allowances.pieces, link, home)
    if request.headers.get("content-type") != BYTES:
        return problem(415, "Unsupported Media Type", f"send Content-Type: {BYTES}")
    start = _number(request, "upload-offset")
    desk = desk_of(home)
    async with receiving.holding(desk, upload.id) as (held, me):
        _refuse_wrong_place(held, start, request.headers.get("content-length", ""))
        body = Body(request.stream())
        offset = await receiving.receive(desk, held, me, body)
        held.offset = offset
        if receiving.is_whole(held):
            await receiving.look_at(desk, held, me, home.clock.covenant())
    if body.broken:
        return problem(408, "Request Timeout", "Việc gửi bị gián đoạn.", headers={"Upload-Offset": str(offset)})
    return Response(status_code=204, headers={"Upload-Offset": str(offset)})


def _refuse_wrong_place(upload: Upload, start: int, announced: str) -> None:
    if start != upload.offset:
        raise Conflict("Tệp đã được gửi đến chỗ khác.", offset=upload.offset)
    if announced.isdigit() and start + int(announced) > upload.size:
        raise TooLarge("Nội dung gửi dài hơn tệp đã báo.")


async def _finished(home: House, upload_id: str) -> None:
    desk = desk_of(home)
    async with receiving.holding(desk, upload_id) as (held, me):
        await receiving.look_at(desk, held, me, home.clock.covenant())


@router.delete("/{upload_id}")
async def end(request: Request, home: Home, link: OpenLink, upload: File) -> Response:
    """Forget a file, with its bytes. Raises Locked."""
    spend(request.app.state.upload_allowances.looks, link, home)
    async with receiving.holding(desk_of(home), upload.id) as (held, _):
        gone = await home.database.write(lambda session: rows.forget(session, [held]))
    await receiving.forget_bytes(home.store, gone)
    return Response(status_code=204)


@router.post("/{upload_id}")
async def by_another_name(request: Request, home: Home, link: OpenLink, upload: File) -> Response:
    """For networks that let no other method through: `X-HTTP-Method-Override`."""
    meant = {"PATCH": write, "DELETE": end, "HEAD": head}.get(request.headers.get("x-http-method-override", ""))
    if meant is None:
        return problem(405, "Method Not Allowed", headers={"Allow": "OPTIONS, HEAD, PATCH, DELETE"})
    return await meant(request, home, link, upload)
