"""The main job over Telegram: a real Bot API on loopback, the real program, no scripted platform in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlmodel import Session, col

from api.app import create_app
from api.house import House
from api.security import sha256
from api.services import invitations, status
from api.services.loading import blocfile, loading
from api.store import Store
from bot.channels.telegram import TelegramChannel
from bot.client import Client
from bot.ears import Ears
from bot.mouth import Mouth
from models.clock import Anchor, Clock
from models.database import Database
from models.tables import Address, Agency, Evidence, Inbox
from tests.fakes.office import eventually
from tests.fakes.telegram import DROPPED_BEFORE, SERVER_ERROR, Json, Person, TelegramServer, limited
from tests.secrecy import secret

TOKEN = secret("the-house-s-own-token")
WORKING_HOURS = datetime(2024, 6, 11, 2, 30, tzinfo=UTC)
BLOC, AGENCY = "noi-chinh-bac-kan-2024", "STP"
PDF = Path(__file__).parent.parent / "fakes" / "bot-api-10.0.LICENSE.txt"


class Telephone:
    """A person's Telegram: what they do, and the answers as they come."""

    def __init__(self, server: TelegramServer, person: Person) -> None:
        self._server, self._person, self._read = server, person, 0

    async def starts(self, code: str) -> str:
        return await self._after(self._person.starts(code))

    async def says(self, text: str) -> str:
        return await self._after(self._person.says(text))

    async def taps(self, label: str) -> str:
        return await self._after(self._person.taps(label))

    async def sends_document(self, content: bytes, name: str, caption: str) -> str:
        return await self._after(self._person.sends_document(content, name, caption, media_type="text/plain"))

    @property
    def chat(self) -> int:
        return self._person.id

    @property
    def last(self) -> Json:
        return self._server.sent_to(self._person)[-1]

    async def reads(self) -> str:
        """The next message that comes."""
        return await self._after(0)

    async def _after(self, _: int) -> str:
        await self._server.until(lambda: len(self._server.sent_to(self._person)) > self._read, within_s=40)
        self._read = len(self._server.sent_to(self._person))
        return str(self.last.get("text") or self.last["caption"])


def a_picture(number: int) -> bytes:
    """Each another one."""
    drawn = BytesIO()
    Image.new("RGB", (64, 48), (number * 20, 90, 200 - number * 10)).save(drawn, "JPEG")
    return drawn.getvalue()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server
    assert server.violations == []


@pytest.fixture
def home(sqlite_database: Database, tmp_path: Path) -> House:
    clock = Clock(Anchor(datetime.now(UTC), WORKING_HOURS))
    return House(sqlite_database, Store.of(str(tmp_path / "store")), clock, own_token_sha256=sha256(TOKEN))


@asynccontextmanager
async def running(home: House, server: TelegramServer) -> AsyncIterator[None]:
    """The bot's half of the program, until the block ends."""
    transport = httpx.ASGITransport(app=create_app(home), raise_app_exceptions=False)
    client = Client("http://inside", TOKEN, transport=transport)
    channel = TelegramChannel(
        server.token, server.api_url, wire=home.clock.wire, poll_s=1, read_s=1, pieces=client.pieces
    )
    mouth = Mouth(channel, client)
    tasks = [asyncio.create_task(part.run()) for part in (mouth, Ears(channel, client, mouth, first_pause=0.05))]
    try:
        yield
    finally:
        home.closing = True
        home.bell.ring_all()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await channel.close()
        await client.close()
        home.closing = False


async def code_for(home: House, role: str = "focal") -> str:
    loaded = await loading.load_file(home.database, blocfile.read(blocfile.sample(BLOC), BLOC), home.clock.covenant())

    def make(session: Session) -> str:
        bloc_id, _, _ = status.season_of(session, loaded.bloc)
        agency_id = session.execute(
            select(col(Agency.id)).where(col(Agency.bloc_id) == bloc_id, col(Agency.short) == AGENCY)
        ).scalar_one()
        return invitations.new_code(session, bloc_id, agency_id, role, home.clock.wire())

    return await home.database.write(make)


async def test_a_focal_point_links_answers_by_button_and_sends_evidence(home: House, server: TelegramServer) -> None:
    code = await code_for(home)
    an = Telephone(server, server.person(started=False))
    async with running(home, server):
        asked = await an.starts(code)
        assert "Sở Tư pháp" in asked
        buttons = [button["text"] for row in an.last["reply_markup"]["inline_keyboard"] for button in row]
        welcome = await an.taps(buttons[0])
        await server.until(lambda: bool(server.menus))
        assert server.menus == {an.chat: ["viec", "vang", "bangiao", "giup", "xoa"]}
        assert "K5" in welcome
        assert "BN-" in await an.says("K5 70%")
        receipt = await an.sends_document(PDF.read_bytes(), "báo cáo sơ kết.txt", "K5")
        assert "BN-" in receipt
        await server.until(lambda: len(server.answered_taps) == 1)
    name, size = await home.database.read(lambda s: s.execute(select(col(Evidence.name), col(Evidence.size))).one())
    assert (name, size) == ("báo cáo sơ kết.txt", PDF.stat().st_size)


async def test_what_is_said_while_the_program_is_down_is_answered_once_when_it_is_back(
    home: House, server: TelegramServer
) -> None:
    code = await code_for(home)
    person = server.person(started=False)
    an = Telephone(server, person)
    async with running(home, server):
        await an.starts(code)
        await an.says("1")
    server.fails("getUpdates", SERVER_ERROR, DROPPED_BEFORE)
    server.fails("sendMessage", limited(1))
    async with running(home, server):
        assert "70%" in await an.says("K5 70%")
    heard = await home.database.read(lambda s: s.execute(select(func.count()).select_from(Inbox)).scalar_one())
    assert heard == 3
    assert len(server.sent_to(person)) == 3


async def test_an_album_is_one_submission_and_is_confirmed_once(home: House, server: TelegramServer) -> None:
    code = await code_for(home)
    person = server.person(started=False)
    an = Telephone(server, person)
    async with running(home, server):
        await an.starts(code)
        await an.says("1")
        for number in range(10):
            caption = "K5 xong" if number == 0 else None
            person.sends_photo(a_picture(number), caption, media_group_id="13700000001")
        receipt = await an.reads()
        await asyncio.sleep(0.3)
    assert len(server.sent_to(person)) == 3
    assert "10 tệp minh chứng; đã gửi" in receipt
    stored = await home.database.read(lambda s: s.execute(select(func.count()).select_from(Evidence)).scalar_one())
    assert stored == 10


async def test_an_album_survives_a_stop_between_its_pictures(home: House, server: TelegramServer) -> None:
    code = await code_for(home)
    person = server.person(started=False)
    an = Telephone(server, person)
    async with running(home, server):
        await an.starts(code)
        await an.says("1")
        person.sends_photo(a_picture(1), "K5", media_group_id="1")
        await eventually(lambda: home.database.read_now(_fetched_pictures) == 1)
    async with running(home, server):
        person.sends_photo(a_picture(2), media_group_id="1")
        receipt = await an.reads()
    assert "02 tệp minh chứng" in receipt
    assert len(server.sent_to(person)) == 3


def _fetched_pictures(session: Session) -> int:
    """Pictures whose bytes are in the house and which wait for the others."""
    waiting = session.execute(select(col(Inbox.heard)).where(col(Inbox.state) == "waiting")).scalars()
    return sum(file["stored"] is not None for heard in waiting if heard for file in heard["files"])


async def test_an_edited_message_corrects_and_an_answer_binds(home: House, server: TelegramServer) -> None:
    code = await code_for(home)
    person = server.person(started=False)
    an = Telephone(server, person)
    async with running(home, server):
        await an.starts(code)
        await an.says("1")
        await an.says("K5 70%")
        about_k5 = an.last
        said = next(one for one in reversed(server.updates_sent) if "message" in one)["message"]
        await an.says("K7 20%")
        person.edits(said["message_id"], "K5 75%")
        assert "Đã điều chỉnh theo tin nhắn đã sửa. K5: 75%" in await an.reads()
        person.says("80%", reply_to_message=about_k5)
        assert "K5: 80%" in await an.reads()


async def test_a_stored_file_is_handed_out_again_to_those_who_may_see_it(home: House, server: TelegramServer) -> None:
    code = await code_for(home)
    an = Telephone(server, server.person(started=False))
    async with running(home, server):
        await an.starts(code)
        await an.says("1")
        receipt = await an.sends_document(PDF.read_bytes(), "báo cáo sơ kết.txt", "K5")
        number = receipt.partition("BN-")[2][:4]
        assert number in await an.says(f"xem BN-{number}")
        assert "document" in an.last
        assert server.uploads == [PDF.read_bytes()]
        assert "Không có tệp minh chứng" in await an.says("xem BN-9999")


async def test_an_old_button_is_told_that_its_question_is_over(home: House, server: TelegramServer) -> None:
    code = await code_for(home)
    person = server.person(started=False)
    an = Telephone(server, person)
    async with running(home, server):
        await an.starts(code)
        old = an.last
        await an.taps("Đúng")
        await an.says("K5 70%")
        await an.says("K5 30%")
        person.taps("Đúng", on=old)
        assert "câu hỏi đã qua" in await an.reads()
        assert "30%" in await an.taps("Đúng")


async def test_a_group_is_told_where_to_write(home: House, server: TelegramServer) -> None:
    person = server.person("An")
    person.chat = server.group()
    async with running(home, server):
        person.says("chào cả nhóm")
        person.says("@GiaoUocThuBot viec")
        await server.until(lambda: len(server.sent_to(person)) == 1)
        person.says("/start 12345678")
        await server.until(lambda: len(server.sent_to(person)) == 2)
    first, second = (message["text"] for message in server.sent_to(person))
    assert "https://t.me/GiaoUocThuBot" in first
    assert "Mã liên kết không sử dụng trong nhóm" in second


async def test_a_person_who_blocks_the_bot_is_known_to_have_done_so(home: House, server: TelegramServer) -> None:
    code = await code_for(home)
    person = server.person(started=False)
    an = Telephone(server, person)
    async with running(home, server):
        await an.starts(code)
        await an.says("1")
        person.blocks_bot()
        await server.called("getUpdates", server.count("getUpdates") + 2)
    state = await home.database.read(lambda s: s.execute(select(col(Address.state))).scalar_one())
    assert state == "blocked"
