"""Bad input, as it really comes from each platform: every kind has its own clear answer, nothing is stored by half."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from api.services import invitations
from models.database import Database
from models.tables import Agency, Binding, Evidence, Inbox, Update
from tests.api.evidence import files
from tests.flows.fault_stage import Stage, link, stage
from tests.flows.platforms import PLATFORMS

MACRO = {"word/vbaProject.bin": b"macro"}
MB = 1024 * 1024
everywhere = pytest.mark.parametrize("name", PLATFORMS)


@dataclass
class Chat:
    """A focal point, and what their phone shows."""

    played: Stage
    phone: Any

    @property
    def server(self) -> Any:
        return self.played.platform.server

    async def after(self, deed: Callable[[], object]) -> str:
        """What comes back, several messages joined."""
        before = len(self.played.platform.shown(self.phone))
        deed()
        await self.played.settles()
        return "\n".join(self.played.platform.shown(self.phone)[before:])

    async def says(self, text: str, **more: Any) -> str:
        return await self.after(lambda: self.phone.says(text, **more))

    async def sends(self, content: bytes, name: str, caption: str = "", **more: Any) -> str:
        """A document of Telegram's."""
        return await self.after(lambda: self.phone.sends_document(content, name, caption or None, **more))

    def count(self, *where: Any, of: Any = Update.id) -> int:
        found: int = self.played.home.database.read_now(
            lambda session: session.execute(select(func.count(col(of))).where(*where)).scalar_one()
        )
        return found

    @property
    def kept(self) -> int:
        """Pieces of evidence."""
        return self.count(of=Evidence.update_id)


@asynccontextmanager
async def chatting(name: str, database: Database, folder: Path) -> AsyncIterator[Chat]:
    async with stage(PLATFORMS[name](), "poll", database, folder, people=1) as played:
        yield Chat(played, played.focals[0].phone)


async def three_are_open(an: Chat) -> None:
    """Due, or spoken of; and what the bot asked after linking is two days past."""
    await an.says("K7 20%")
    await an.says("K8 10%")
    an.played.clock.ahead += timedelta(days=3)


@everywhere
async def test_a_photo_without_a_caption_while_three_items_are_open(
    sqlite_database: Database, tmp_path: Path, name: str
) -> None:
    async with chatting(name, sqlite_database, tmp_path) as an:
        await three_are_open(an)
        asked = await an.after(lambda: an.played.platform.sends_picture(an.phone, files.picture("JPEG"), ""))
        assert asked.startswith("Tệp này dùng cho nhiệm vụ nào? K5, K7 hay K8?")
        assert an.kept == 0
        assert "Đã ghi nhận K7: " in await an.says("K7")
        assert an.kept == 1


async def test_a_pdf_on_zalo(sqlite_database: Database, tmp_path: Path) -> None:
    async with chatting("zalo", sqlite_database, tmp_path) as an:
        told = await an.after(lambda: an.phone.sends("message.unsupported.received"))
        assert "Nội dung vừa gửi không đọc được tại kênh này, chưa ghi nhận gì" in told
        assert "Đề nghị tải tệp cho K5 Báo cáo sơ kết 6 tháng lên tại: http://127.0.0.1:8000/u/" in told


async def test_ten_files_with_one_broken(sqlite_database: Database, tmp_path: Path) -> None:
    async with chatting("telegram", sqlite_database, tmp_path) as an:

        def album() -> None:
            for number in range(10):
                content = b"%PDF-1.7 broken" if number == 4 else files.pdf(f"Trang {number}")
                caption = "K5" if number == 0 else None
                an.phone.sends_document(content, f"trang-{number}.pdf", caption, media_group_id="77")

        told = await an.after(album)
        assert "Đã ghi nhận K5: 09 tệp minh chứng" in told
        assert "Tệp trang-4.pdf: tệp bị lỗi, không mở được. Đề nghị kiểm tra và gửi lại" in told
        assert told.count("Đã ghi nhận") == 1
        assert an.kept == 9


async def test_a_file_of_no_bytes(sqlite_database: Database, tmp_path: Path) -> None:
    async with chatting("telegram", sqlite_database, tmp_path) as an:
        told = await an.sends(b"", "rong.pdf", "K5")
        assert told == "Chưa ghi nhận minh chứng.\nTệp rong.pdf: tệp rỗng. Đề nghị kiểm tra và gửi lại."
        assert an.kept == 0


async def test_a_docx_with_macros(sqlite_database: Database, tmp_path: Path) -> None:
    async with chatting("telegram", sqlite_database, tmp_path) as an:
        told = await an.sends(files.docx("Báo cáo", also=MACRO), "bao-cao.docx", "K5")
        assert "Tệp bao-cao.docx: tệp có macro nên không được tiếp nhận. Đề nghị lưu lại thành PDF" in told
        assert an.kept == 0


async def test_a_video_of_25_mb_on_telegram(sqlite_database: Database, tmp_path: Path) -> None:
    async with chatting("telegram", sqlite_database, tmp_path) as an:
        described = {"width": 640, "height": 480, "duration": 90, "file_name": "hop.mp4", "mime_type": "video/mp4"}
        video = an.server.file(b"its first bytes", "videos/hop.mp4", **described) | {"file_size": 25 * MB}
        told = await an.after(lambda: an.server.message(an.phone, {"video": video, "caption": "K5"}))
        assert "Tệp hop.mp4: lớn hơn mức mà kênh này cho phép." in told
        assert "Đề nghị tải tệp cho K5 Báo cáo sơ kết 6 tháng lên tại: http://127.0.0.1:8000/u/" in told
        assert an.server.count("getFile") == 0, "nobody asked for it"


@everywhere
async def test_a_voice_note(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    async with chatting(name, sqlite_database, tmp_path) as an:

        def speaks() -> None:
            if name == "zalo":
                an.phone.sends("message.voice.received", voice_url=f"{an.server.api_url}/pictures/voice.m4a")
            else:
                voice = an.server.file(b"OggS", "voice/file_1.oga", duration=3, mime_type="audio/ogg")
                an.server.message(an.phone, {"voice": voice})

        told = await an.after(speaks)
        assert "Hệ thống chưa xử lý được tin thoại, chưa ghi nhận gì." in told
        assert "tệp ghi âm làm minh chứng đề nghị gửi dưới dạng tệp" in told
        assert an.kept == 0


@everywhere
async def test_a_sticker(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    async with chatting(name, sqlite_database, tmp_path) as an:

        def sticks() -> None:
            if name == "zalo":
                an.phone.sends("message.sticker.received", sticker="1234", url="https://example.com/s.png")
            else:
                looks = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
                an.server.message(an.phone, {"sticker": an.server.file(b"x", "stickers/a.webp", **looks)})

        told = await an.after(sticks)
        assert told.startswith("Hệ thống không đọc được nhãn dán, chưa ghi nhận gì. Đề nghị trả lời bằng chữ")


async def test_a_contact_on_telegram(sqlite_database: Database, tmp_path: Path) -> None:
    async with chatting("telegram", sqlite_database, tmp_path) as an:
        contact = {"phone_number": "0900000000", "first_name": "An"}
        told = await an.after(lambda: an.server.message(an.phone, {"contact": contact}))
        assert told.startswith("Hệ thống chưa đọc được loại tin này, chưa ghi nhận gì. Đề nghị trả lời bằng chữ")
        assert "0900000000" not in str(an.played.home.database.read_now(_heard)), "whose number it is was not asked"


@everywhere
async def test_a_forwarded_notice(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    """Zalo does not say that a message was forwarded: its first words do."""
    async with chatting(name, sqlite_database, tmp_path) as an:
        origin = {"type": "hidden_user", "date": 1_718_000_000, "sender_user_name": "Lan"}
        told = (
            await an.says("Kính gửi các đơn vị, đề nghị gửi K7 trước ngày 17/6, K5 xong")
            if name == "zalo"
            else await an.says("K7 xong", forward_origin=origin)
        )
        assert told.startswith("Nội dung vừa gửi giống thông báo được chuyển tiếp")
        assert "Đây có phải là kết quả của một nhiệm vụ không?" in told
        assert an.count() == 0


async def test_an_edited_message_after_confirmation(sqlite_database: Database, tmp_path: Path) -> None:
    """What the head has confirmed is not changed by an old message; before, it would have been corrected."""
    async with chatting("telegram", sqlite_database, tmp_path) as an:
        await an.says("K5 đã gửi công văn 145/BC ngày 10/6")
        said = an.server.updates_sent[-1]["message"]["message_id"]
        assert "Đã điều chỉnh theo tin nhắn đã sửa" in await an.after(
            lambda: an.phone.edits(said, "K5 đã gửi công văn 154/BC ngày 10/6")
        )
        head = Chat(an.played, await an.played.home.database.write(lambda s: link(s, *_head(s, an.played))))
        assert "Đã xác nhận K5-" in await head.says(f"xác nhận K5-{an.played.focals[0].short}")
        before = an.count()
        told = await an.after(lambda: an.phone.edits(said, "K5 40%"))
        assert "đã được xác nhận, nội dung không thay đổi" in told
        moved = await an.after(lambda: an.phone.edits(said, "K7 40%"))
        assert "Đã ghi nhận K7: 40%" in moved
        assert an.count() == before + 1, "nothing of what was confirmed is taken back"


@everywhere
async def test_a_code_that_was_used(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    async with chatting(name, sqlite_database, tmp_path) as an:
        code = await an.played.home.database.write(lambda session: _code(session, "STP", an.played))
        binh, minh = (Chat(an.played, an.server.person(who)) for who in ("Bình", "Minh"))
        await binh.after(lambda: an.played.platform.links(binh.phone, code))
        await binh.says("1")
        linked = an.count(of=Binding.id)
        told = await minh.after(lambda: an.played.platform.links(minh.phone, code))
        assert told.startswith("Mã liên kết này đã được sử dụng. Đề nghị liên hệ để được cấp mã mới.")
        assert an.count(of=Binding.id) == linked


@everywhere
async def test_a_code_in_a_group(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    async with chatting(name, sqlite_database, tmp_path) as an:
        code = await an.played.home.database.write(lambda session: _code(session, "STP", an.played))
        if name == "zalo":
            everybody = Chat(an.played, an.server.groups(an.server.person("Minh")))
            told = await everybody.says(f"@bot.giaouoc {code}")
        else:
            everybody = Chat(an.played, an.server.person("Minh"))
            everybody.phone.chat = an.server.group()
            told = await everybody.says(f"/start {code}")
        assert told.startswith("Mã liên kết không sử dụng trong nhóm, chưa kết nối.")
        assert "liên hệ bộ phận giúp việc để được cấp mã mới" in told
        where = "https://zalo.me/4100000001" if name == "zalo" else "https://t.me/GiaoUocThuBot"
        assert where in told


def _code(session: Session, short: str, played: Stage) -> str:
    agency = session.execute(select(Agency).where(col(Agency.short) == short)).scalar_one()
    return invitations.new_code(session, agency.bloc_id, agency.id or 0, "focal", played.clock.wire())


def _head(session: Session, played: Stage) -> tuple[Any, ...]:
    agency = session.execute(select(Agency).where(col(Agency.short) == "CA")).scalar_one()
    return played.platform, agency, "leader", played.clock


def _heard(session: Session) -> list[Any]:
    return list(session.execute(select(col(Inbox.heard))).scalars())
