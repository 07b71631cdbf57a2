"""The front door: the demo's three phones, or the chat."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from api import pages
from api.house import House, house

router = APIRouter(include_in_schema=False)

PHONES = (
    {"name": "focal", "title": "Cán bộ đầu mối", "place": "Sở Tư pháp"},
    {"name": "desk", "title": "Bộ phận giúp việc Trưởng khối", "place": "Công an tỉnh"},
    {"name": "head", "title": "Trưởng khối", "place": "Công an tỉnh"},
)
MOVES = (
    {"phone": "focal", "title": "Cập nhật tiến độ", "shown": "K5 70%", "text": "K5 70%"},
    {"phone": "focal", "title": "Gửi minh chứng", "shown": "một ảnh cho K5", "text": "K5", "picture": "vi-du.jpg"},
    {"phone": "head", "title": "Xem tình hình", "shown": "/status", "text": "/status"},
)
"""The first three moves of a newcomer; each is copied into its phone, and sent by the newcomer."""


@router.get("/")
async def front(home: Annotated[House, Depends(house)]) -> Response:
    if not home.demo:
        return RedirectResponse("/chat", status_code=303)
    return pages.page("landing.html", phones=PHONES, moves=MOVES)
