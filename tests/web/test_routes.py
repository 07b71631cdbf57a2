"""The browser chat's addresses, without a browser."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, insert, select, update
from sqlmodel import col

from api.app import create_app
from api.house import House
from api.routes import chat
from api.security import sha256
from api.store import Store
from models.clock import Anchor, Clock
from models.database import Database
from models.tables import Conversation, Inbox, Timeline, WebSession

NOW = datetime(2024, 6, 11, 2, 42, tzinfo=UTC)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    store = Store.of(str(tmp_path / "store"))
    return House(database=database, store=store, clock=Clock(Anchor(datetime.now(UTC), NOW, 0)), upload_limit=1000)


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    inside = httpx.ASGITransport(app=create_app(house))
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(transport=inside, base_url="http://house", headers=headers) as client:
        yield client


@pytest.fixture
async def guest(browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser that has opened a chat."""
    assert (await browser.post("/chat/session")).status_code == 204
    return browser


def message(text: str, number: int = 1) -> dict[str, str]:
    return {"id": f"message-{number:04d}", "text": text}


def count(house: House, table: type[Inbox] | type[Timeline] | type[WebSession]) -> int:
    stored: int = house.database.read_now(lambda s: s.execute(select(func.count()).select_from(table)).scalar_one())
    return stored


def chat_name(house: House) -> str:
    name: str = house.database.read_now(lambda s: s.execute(select(col(WebSession.chat))).scalar_one())
    return name


def told(house: House, *texts: str) -> None:
    """The bot said this in the chat."""
    chat = chat_name(house)
    rows = [{"chat": chat, "mine": False, "text": text, "choices": [], "files": [], "at": NOW} for text in texts]
    house.database.write_now(lambda s: s.execute(insert(Timeline), rows) and None)


async def test_outside_the_demo_the_front_door_leads_to_the_chat(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/chat")


async def test_the_demos_phones_are_not_found_outside_the_demo(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/chat?phone=head")).status_code == 404
    assert (await browser.post("/chat/messages?phone=head", json=message("/status"))).status_code == 404


async def test_a_visit_leaves_nothing_behind(browser: httpx.AsyncClient, house: House) -> None:
    answer = await browser.get("/chat?code=12345678")
    assert "set-cookie" not in answer.headers
    assert (count(house, WebSession), count(house, Inbox)) == (0, 0)


async def test_the_page_leaves_with_headers_that_bind_the_browser(browser: httpx.AsyncClient) -> None:
    headers = (await browser.get("/chat")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


async def test_what_a_code_in_the_address_holds_besides_digits_is_dropped(browser: httpx.AsyncClient) -> None:
    page = (await browser.get('/chat?code=12"><script>34 56-789')).text
    assert 'value="1234 5678"' in page
    assert "<script>34" not in page


async def test_the_cookie_is_stored_as_its_hash_only(guest: httpx.AsyncClient, house: House) -> None:
    cookie = guest.cookies[chat.COOKIE]
    stored = house.database.read_now(lambda s: s.execute(select(col(WebSession.sha256))).scalar_one())
    assert stored != cookie
    assert stored == sha256(cookie)


async def test_nobody_speaks_without_a_chat(browser: httpx.AsyncClient) -> None:
    for answer in (await browser.post("/chat/messages", json=message("1")), await browser.get("/chat/events")):
        assert answer.status_code == 401


async def test_a_chat_ends_half_a_year_after_it_was_last_used(guest: httpx.AsyncClient, house: House) -> None:
    ended = house.clock.wire() - timedelta(seconds=1)
    house.database.write_now(lambda s: s.execute(update(WebSession).values(expires_at=ended)) and None)
    assert (await guest.post("/chat/messages", json=message("1"))).status_code == 401
    await guest.post("/chat/session")
    assert (await guest.post("/chat/messages", json=message("1"))).status_code == 200
    assert count(house, WebSession) == 1


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
)
async def test_other_sites_cannot_speak_for_a_guest(
    guest: httpx.AsyncClient, house: House, headers: dict[str, str]
) -> None:
    if "Origin" in headers:
        del guest.headers["Sec-Fetch-Site"]
    for path in ("session", "messages", "seen", "files"):
        assert (await guest.post(f"/chat/{path}", json=message("K5 70%"), headers=headers)).status_code == 403
    assert count(house, Inbox) == 0


async def test_our_own_page_on_plain_http_may_speak(guest: httpx.AsyncClient) -> None:
    del guest.headers["Sec-Fetch-Site"]
    answer = await guest.post("/chat/messages", json=message("1"), headers={"Origin": "http://house"})
    assert answer.status_code == 200


async def test_the_same_message_twice_is_one(guest: httpx.AsyncClient, house: House) -> None:
    first = await guest.post("/chat/messages", json=message("Kính chào"))
    second = await guest.post("/chat/messages", json=message("Kính chào"))
    assert first.json()["line"] == second.json()["line"]
    assert count(house, Inbox) == 1
    own = (await guest.get("/chat/timeline")).json()["lines"]
    assert [line["text"] for line in own if line["mine"]] == ["Kính chào"]


async def test_a_pressed_button_is_shown_by_its_label(guest: httpx.AsyncClient) -> None:
    answer = await guest.post("/chat/messages", json={**message("1"), "label": "Đã gửi"})
    assert answer.json()["line"]["text"] == "Đã gửi"


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("", 422, "chưa có nội dung"),
        (" \n\0", 422, "chưa có nội dung"),
        ("ế" * 5000, 413, "Tin nhắn dài 5.000 ký tự, tối đa 4.000."),
    ],
)
async def test_what_cannot_be_heard_is_refused_in_words_and_not_stored(
    guest: httpx.AsyncClient, house: House, text: str, status: int, words: str
) -> None:
    answer = await guest.post("/chat/messages", json=message(text))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert count(house, Inbox) == 0


async def test_decomposed_letters_are_counted_as_people_see_them(guest: httpx.AsyncClient) -> None:
    assert (await guest.post("/chat/messages", json=message("e\u0302\u0301" * 4000))).status_code == 200


async def test_haste_is_answered_with_how_long_to_wait(guest: httpx.AsyncClient, house: House) -> None:
    answers = [await guest.post("/chat/messages", json=message("/giup", number)) for number in range(22)]
    late = next(answer for answer in answers if answer.status_code == 429)
    assert "Đề nghị chờ" in late.json()["detail"]
    assert late.json()["extra"]["retry_after_s"] >= 1
    assert count(house, Inbox) == sum(answer.status_code == 200 for answer in answers)


def upload(name: str, content: bytes, **more: str) -> bytes:
    return json.dumps({"id": "message-0001", "name": name, **more}).encode() + b"\n" + content


async def test_a_file_is_taken_in_and_stands_in_the_chat_with_its_name_and_caption(guest: httpx.AsyncClient) -> None:
    body = upload("../Báo cáo.txt", "Kết quả sáu tháng".encode(), caption="K5")
    line = (await guest.post("/chat/files", content=body)).json()["line"]
    assert line["text"] == "K5"
    assert line["files"] == [{"name": "Báo cáo.txt", "size": 23, "kind": "document"}]


async def test_the_same_file_twice_is_one_message(guest: httpx.AsyncClient, house: House) -> None:
    lines = [(await guest.post("/chat/files", content=upload("a.txt", b"abc"))).json()["line"] for _ in range(2)]
    assert lines[0] == lines[1]
    assert count(house, Inbox) == 1


@pytest.mark.parametrize("body", [b"", b"abc", b'{"id": "x"}\nabc', b"x" * 200_000])
async def test_an_upload_without_its_announcement_is_refused(guest: httpx.AsyncClient, body: bytes) -> None:
    assert (await guest.post("/chat/files", content=body)).status_code == 422


async def test_a_file_over_the_limit_is_refused_and_leaves_nothing(guest: httpx.AsyncClient, house: House) -> None:
    answer = await guest.post("/chat/files", content=upload("lon.pdf", b"%PDF" + b"0" * 1000))
    assert answer.status_code == 413
    assert count(house, Inbox) == 0


async def test_a_message_that_cannot_be_thought_through_is_kept_and_holds_up_nothing(
    guest: httpx.AsyncClient, house: House
) -> None:
    await guest.post("/chat/messages", json=message("/giup"))
    unreadable = {"question": "of another time"}
    house.database.write_now(lambda s: s.execute(update(Conversation).values(state=unreadable)) and None)
    answer = await guest.post("/chat/messages", json=message("K5 70%", 2))
    assert answer.json()["line"]["text"] == "K5 70%"
    state = select(col(Inbox.state)).order_by(col(Inbox.id).desc())
    assert house.database.read_now(lambda s: s.execute(state).scalars().first()) == "waiting"


async def test_history_is_read_in_pages(guest: httpx.AsyncClient, house: House) -> None:
    own = (await guest.post("/chat/messages", json=message("/giup"))).json()["line"]["id"]
    told(house, *map(str, range(60)))
    newest = (await guest.get("/chat/timeline")).json()["lines"]
    assert [line["text"] for line in newest] == [str(number) for number in range(10, 60)]
    older = (await guest.get("/chat/timeline", params={"before": newest[0]["id"]})).json()["lines"]
    assert [line["text"] for line in older][-10:] == [str(number) for number in range(10)]
    since = (await guest.get("/chat/timeline", params={"after": newest[-2]["id"]})).json()["lines"]
    assert [line["text"] for line in since] == ["59"]
    assert own < newest[0]["id"]


async def test_one_chat_never_reads_another(guest: httpx.AsyncClient, house: House) -> None:
    await guest.post("/chat/messages", json=message("riêng tư"))
    guest.cookies.clear()
    await guest.post("/chat/session")
    assert (await guest.get("/chat/timeline")).json()["lines"] == []


async def test_what_a_page_showed_is_seen(guest: httpx.AsyncClient, house: House) -> None:
    told(house, "Kính gửi")
    [line] = (await guest.get("/chat/timeline")).json()["lines"]
    assert not line["seen"]
    assert (await guest.post("/chat/seen", json={"upto": line["id"]})).status_code == 204
    [line] = (await guest.get("/chat/timeline")).json()["lines"]
    assert line["seen"]


async def test_static_files_are_kept_by_browsers_and_change_their_address_with_their_content(
    browser: httpx.AsyncClient,
) -> None:
    page = (await browser.get("/chat")).text
    address = next(part for part in page.split('"') if part.endswith("/chat.js"))
    script = await browser.get(address)
    assert script.status_code == 200
    assert "immutable" in script.headers["cache-control"]
    assert (await browser.get("/static/x/../../templates/chat.html")).status_code == 404
