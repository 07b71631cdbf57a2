"""The front door: the demo's three phones, or the chat."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from api import pages
from api.house import House, house

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Phone:
    name: str
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class Move:
    """A suggestion: it is copied into its phone, and sent by the newcomer."""

    phone: str
    title: str
    shown: str
    text: str
    picture: str | None = None


PHONES = (
    Phone("focal", "Cán bộ đầu mối", "Sở Tư pháp"),
    Phone("desk", "Bộ phận giúp việc Trưởng khối", "Công an tỉnh"),
    Phone("head", "Trưởng khối", "Công an tỉnh"),
)
MOVES = (
    Move("focal", "Cập nhật tiến độ", "K5 70%", "K5 70%"),
    Move("focal", "Gửi minh chứng", "một ảnh cho K5", "K5", "vi-du.jpg"),
    Move("head", "Xem tình hình", "/status", "/status"),
)


@router.get("/")
async def front(home: Annotated[House, Depends(house)]) -> Response:
    if not home.demo:
        return RedirectResponse("/chat", status_code=303)
    return pages.page("landing.html", phones=PHONES, moves=MOVES)
