"""The upload page `/u/<link>`: what it shows, and *Xong*. The bytes come in by `api/routes/tus.py`.

The link is the right: whoever holds it may send files for its one obligation, see their names and receipts, and end
it, until it is done or 48 hours old; it opens nothing else. No token, no cookie. A GET or a HEAD changes nothing, so
that scanners and previews burn nothing. What is refused is said in Vietnamese: the page shows it to people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session
from starlette.background import BackgroundTask

from api import pages
from api.allowance import Allowance
from api.house import House, house
from api.refusals import Gone, NotFound, TooMany
from api.services import evidence
from api.services.talks.deeds import receipt
from api.services.talks.facts import items_by_id
from api.services.uploads import filing, links, receiving, rows, sweeping
from api.services.uploads.links import Link
from api.services.uploads.receiving import Desk
from bot.dialogue.phrases import trouble, uploads
from bot.dialogue.values import Item
from models.rules import calendar
from models.tables import Upload

router = APIRouter(prefix="/u", include_in_schema=False)
Home = Annotated[House, Depends(house)]


class Allowances:
    """Per process: what one link, and one place on the network, may ask in a while."""

    def __init__(self) -> None:
        self.looks = Allowance(burst=120, every=timedelta(seconds=1))
        self.files = Allowance(burst=40, every=timedelta(seconds=10))
        self.pieces = Allowance(burst=300, every=timedelta(seconds=0.2))
        self.places = Allowance(burst=1200, every=timedelta(seconds=0.05))
        self.misses = Allowance(burst=20, every=timedelta(seconds=30))
        """Links that do not exist, by place."""


def mount(app: FastAPI) -> None:
    """Keep this process's allowances."""
    app.state.upload_allowances = Allowances()


def desk_of(home: House) -> Desk:
    return Desk(home.database, home.store, home.clock.wire, home.clamd_url)


# --- the right ----------------------------------------------------------------------------------------------------


async def found(token: str, request: Request, home: Home) -> Link:
    """The link of this address, in whatever state. Raises NotFound, TooMany."""
    allowances: Allowances = request.app.state.upload_allowances
    wire_now = home.clock.wire()
    place = request.client.host if request.client else ""
    _refuse_haste(allowances.places.wait(place, wire_now))
    today = calendar.STANDARD.today(home.clock.covenant())
    link = await home.database.read(lambda session: links.find(session, token, today, wire_now))
    if link is None:
        _refuse_haste(allowances.misses.wait(place, wire_now))
        raise NotFound(uploads.over("unknown"))
    return link


def spend(allowance: Allowance, link: Link, home: House) -> None:
    """Count one request of this link. Raises TooMany."""
    _refuse_haste(allowance.wait(str(link.id), home.clock.wire()))


def _refuse_haste(rest: timedelta) -> None:
    if rest:
        seconds = ceil(rest.total_seconds())
        raise TooMany(f"Thao tác quá nhanh. Đề nghị chờ {seconds} giây.", retry_after_s=seconds)


AnyLink = Annotated[Link, Depends(found)]


async def opened(link: AnyLink) -> Link:
    """A link that still takes files. Raises Gone."""
    if link.state != "open":
        raise Gone("Lần gửi này đã kết thúc." if link.state == "done" else uploads.over(link.state))
    return link


OpenLink = Annotated[Link, Depends(opened)]


# --- the page -----------------------------------------------------------------------------------------------------


@router.api_route("/{token}", methods=["GET", "HEAD"])
async def show(token: str, request: Request, home: Home) -> Response:
    """The page: the files so far; of a link that is done its receipt; otherwise why it is over and what to do."""
    try:
        link = await found(token, request, home)
    except (NotFound, TooMany) as refusal:
        if not isinstance(refusal, TooMany):
            return _over(refusal.status, "unknown")
        return _over(refusal.status, "hasty", {"Retry-After": str(refusal.extra["retry_after_s"])})
    if link.state not in ("open", "done"):
        return _over(Gone.status, link.state)
    view, item = await home.database.read(lambda session: (_view(session, link), _item(session, link, home)))
    return pages.page(
        "upload.html",
        agency=item.agency,
        task=uploads.task(item),
        due=uploads.by_when(item),
        left=uploads.left(link.expires_at, home.clock.wire()),
        view=view,
        upload_limit=home.upload_limit,
        piece=receiving.PIECE,
        most=rows.FILES,
    )


def _over(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    response = pages.page("upload-over.html", why=uploads.over(why), how=uploads.how_to_go_on(why))
    response.status_code = status
    response.headers.update(headers or {})
    return response


def _item(session: Session, link: Link, home: House) -> Item:
    return items_by_id(session, [link.obligation_id], home.clock.covenant())[0]


@router.get("/{token}/state")
async def state(request: Request, home: Home, link: AnyLink) -> JSONResponse:
    """The files so far, or the receipt."""
    spend(request.app.state.upload_allowances.looks, link, home)
    view = await home.database.read(lambda session: _view(session, link))
    return JSONResponse(view, headers={"Cache-Control": "no-store"})


@router.post("/{token}/done")
async def done(request: Request, home: Home, link: AnyLink) -> JSONResponse:
    """*Xong*: file what was received, and end the link. A second time it answers with the same receipt.

    Raises Conflict when there is nothing to file, Locked while a file is still being looked at, Gone.
    """
    spend(request.app.state.upload_allowances.looks, link, home)
    now = home.clock.covenant()
    if link.state == "open":
        await sweeping.look_at_all(desk_of(home), link.id, now)
    wire_now = home.clock.wire()
    filed = await home.database.write(lambda session: filing.file(session, link.id, now, wire_now))
    home.bell.ring(f"{link.channel}:{link.bot}")
    home.bell.ring(f"page:{link.chat}")
    view = await home.database.read(lambda session: _receipt_view(session, link))
    return JSONResponse(view, background=BackgroundTask(_tidy, home, filed.gone))


async def _tidy(home: House, gone: list[str]) -> None:
    await receiving.forget_bytes(home.store, gone)
    await evidence.tidy(home.database, home.store, filed=True, erased=False)


# --- what the page is told ----------------------------------------------------------------------------------------


def _view(session: Session, link: Link) -> dict[str, Any]:
    if link.state == "done":
        return _receipt_view(session, link)
    return {"open": link.state == "open", "files": [view_of(upload) for upload in rows.of_link(session, link.id)]}


def _receipt_view(session: Session, link: Link) -> dict[str, Any]:
    filed = filing.receipts(session, link.id)
    lines = [{"name": one.name, "size": one.size, "receipt": receipt(one.update_id)} for one in filed]
    return {
        "open": False,
        "said": uploads.received(len({one.update_id for one in filed}), filed[-1].at) if filed else "",
        "receipts": lines,
    }


@dataclass(frozen=True, slots=True)
class _Told:
    state: str
    why: str = ""


def view_of(upload: Upload) -> dict[str, Any]:
    """`{id, name, size, offset, fingerprint, state, why}`; the state is `open`, `whole`, `good` or `refused`."""
    told = _told(upload)
    return {
        "id": upload.id, "name": upload.name, "size": upload.size, "offset": upload.offset,
        "fingerprint": upload.fingerprint, "state": told.state, "why": told.why,
    }  # fmt: skip


def _told(upload: Upload) -> _Told:
    if upload.verdict == "secret":
        return _Told("refused", trouble.secret(upload.marking or "").text)
    if upload.verdict:
        return _Told("refused", trouble.file_trouble(upload.name, upload.verdict))
    if upload.key:
        return _Told("good")
    return _Told("whole" if receiving.is_whole(upload) else "open")
