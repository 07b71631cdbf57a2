"""From the link in the chat to the receipt: what people see, and what the ledger keeps."""

import asyncio
import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlmodel import Session

from api.security import sha256
from api.services import evidence
from api.services.uploads import links
from api.services.uploads.sweeping import REMEMBERED
from models.logs import redact
from models.tables import Audit, Binding, Inbox, Incoming, Outbox, Upload, UploadLink, UploadPiece
from tests.api.evidence import files
from tests.api.evidence.ledger import NOW, OURS
from tests.api.uploads.office import Office
from tests.api.uploads.tus import coded

REPORT = files.pdf("Báo cáo sơ kết 6 tháng")
LETTER = files.pdf("Công văn số 145/BC-STP")


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_xong_files_what_came_and_the_chat_gets_its_receipt(office: Office) -> None:
    tus = office.tus(link := office.link())
    await tus.send(REPORT, filename="báo cáo.pdf")
    await office.tus(link, replica=1).send(LETTER, filename="công văn.pdf")
    told = (await office.done(link, replica=1)).json()
    assert [line["receipt"] for line in told["receipts"]] == [f"BN-{number:04d}" for number in office.updates()]
    assert told["said"] == "Đã tiếp nhận 02 tệp minh chứng, 10:00 ngày 12/6/2024."
    assert office.evidence() == [
        ("báo cáo.pdf", hash_of(REPORT), OURS), ("công văn.pdf", hash_of(LETTER), OURS)
    ]  # fmt: skip
    assert "Đã ghi nhận K5: 02 tệp minh chứng. Mã tiếp nhận BN-0001, BN-0002" in office.said()[-1]
    assert "đã gửi đủ hay đang thực hiện?" in office.said()[-1]
    assert await office.incoming() == []
    assert "Đã ghi nhận K5: đã gửi" in office.says("1")


async def test_xong_twice_at_once_on_two_replicas_files_once(office: Office) -> None:
    tus = office.tus(link := office.link())
    await tus.send(REPORT, filename="báo cáo.pdf")
    told = await asyncio.gather(*(office.done(link, replica=number % 2) for number in range(4)))
    assert [answer.status_code for answer in told] == [200] * 4
    assert len({answer.text for answer in told}) == 1
    assert len(office.evidence()) == 1
    assert sum("Đã ghi nhận" in text for text in office.said()) == 1


async def test_after_xong_only_the_receipt_is_shown(small_office: Office) -> None:
    tus = small_office.tus(link := small_office.link())
    address = await tus.send(REPORT, filename="báo cáo.pdf")
    await small_office.done(link)
    page = await small_office.http().get(link)
    assert page.status_code == 200
    assert "BN-0001" in page.text
    assert "báo cáo.pdf" in page.text
    for answer in (await tus.ask("POST", tus.base, {"Upload-Length": "3"}), await tus.ask("HEAD", address)):
        assert answer.status_code == 410


async def test_the_same_file_again_keeps_its_receipt(small_office: Office) -> None:
    for _ in range(2):
        link = small_office.link()
        await small_office.tus(link).send(REPORT, filename="báo cáo.pdf")
        told = (await small_office.done(link)).json()
        assert [line["receipt"] for line in told["receipts"]] == ["BN-0001"]
    assert len(small_office.evidence()) == 1


async def test_without_a_good_file_there_is_nothing_to_end(small_office: Office) -> None:
    tus = small_office.tus(link := small_office.link())
    await tus.announce(0, filename="trống.pdf")
    half = await tus.announce(len(REPORT), filename="báo cáo.pdf")
    await tus.write(half, 0, REPORT[:100])
    answer = await small_office.done(link)
    assert (answer.status_code, "Chưa có tệp nào" in answer.json()["detail"]) == (409, True)
    await tus.write(half, 100, REPORT[100:])
    assert (await small_office.done(link)).status_code == 200


async def test_xong_leaves_out_what_is_bad_or_half(office: Office) -> None:
    tus = office.tus(link := office.link())
    await tus.send(REPORT, filename="báo cáo.pdf")
    await tus.send(files.EXE, filename="lệnh.exe")
    half = await tus.announce(len(LETTER), filename="công văn.pdf")
    await tus.write(half, 0, LETTER[:100])
    told = (await office.done(link)).json()
    assert [line["name"] for line in told["receipts"]] == ["báo cáo.pdf"]
    assert (office.count(Upload), office.count(UploadPiece)) == (1, 0)
    assert await office.incoming() == []


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("trống.pdf", b"", "tệp rỗng"),
        ("lệnh.exe", files.EXE, "định dạng không được tiếp nhận"),
        ("hỏng.pdf", b"%PDF-1.7 and nothing more", "bị lỗi"),
        ("bảng.docx", files.docx("Báo cáo", also={"word/vbaProject.bin": b"x"}), "có macro"),
    ],
)
async def test_what_cannot_be_taken_says_why_as_the_chat_does(
    small_office: Office, name: str, content: bytes, why: str
) -> None:
    tus = small_office.tus(link := small_office.link())
    await tus.send(content, filename=name)
    [file] = (await small_office.state(link))["files"]
    assert (file["state"], file["name"]) == ("refused", name)
    assert why in file["why"]
    assert await small_office.incoming() == []


async def test_a_secret_name_is_refused_before_a_byte_and_stored_nowhere(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    answer = await tus.ask("POST", tus.base, metadata("TUYET_MAT_so-lieu.pdf", 100))
    assert answer.status_code == 422
    assert "dấu chỉ độ mật" in answer.json()["detail"]
    assert small_office.count(Upload) == 0
    assert [row.deed for row in audits(small_office)] == ["erased_secret"]
    assert "so-lieu" not in str([row.detail for row in audits(small_office)])


async def test_a_secret_file_leaves_no_bytes_and_no_name(office: Office) -> None:
    secret = files.pdf("TỐI MẬT", "Số liệu riêng")
    tus = office.tus(link := office.link())
    await tus.send(REPORT, filename="báo cáo.pdf")
    await tus.send(secret, filename="số liệu.pdf")
    good, bad = (await office.state(link))["files"]
    assert (good["state"], bad["state"], bad["name"]) == ("good", "refused", None)
    assert "không tiếp nhận, đã xóa, không lưu" in bad["why"]
    assert [row.deed for row in audits(office)] == ["erased_secret"]
    assert len(await office.incoming()) == 1
    assert (await office.done(link)).status_code == 200
    assert [name for name, _, _ in office.evidence()] == ["báo cáo.pdf"]


def metadata(name: str, size: int) -> dict[str, str]:
    return {"Upload-Length": str(size), "Upload-Metadata": coded(filename=name)}


def audits(office: Office) -> list[Audit]:
    return list(office.database.read_now(lambda session: session.execute(select(Audit)).scalars().all()))


# --- the link -----------------------------------------------------------------------------------------------------


async def test_only_the_link_s_hash_is_stored(small_office: Office) -> None:
    secret = small_office.link().rsplit("/", 1)[-1]
    rows = small_office.database.read_now(lambda session: session.execute(select(UploadLink)).scalars().all())
    assert [row.sha256 for row in rows] == [sha256(secret)]
    assert secret not in str([row.model_dump() for row in rows])


async def test_the_secret_leaves_the_answer_that_told_it_once_that_has_left(small_office: Office) -> None:
    secret = small_office.link().rsplit("/", 1)[-1]
    await small_office.sweep()
    assert secret in small_office.said()[-1]
    small_office.database.write_now(lambda session: session.execute(update(Outbox).values(state="sent")) and None)
    await small_office.sweep()
    assert "lên tại: http://house/u/…" in small_office.said()[-1]
    assert (await small_office.http().get(f"/u/{secret}")).status_code == 200


async def test_the_same_file_twice_in_one_submission_is_one(small_office: Office) -> None:
    tus = small_office.tus(link := small_office.link())
    for name in ("một.pdf", "hai.pdf"):
        await tus.send(REPORT, filename=name)
    told = (await small_office.done(link)).json()
    assert [line["receipt"] for line in told["receipts"]] == ["BN-0001", "BN-0001"]
    assert "Đã tiếp nhận 01 tệp" in told["said"]
    assert "tệp minh chứng một.pdf" in small_office.said()[-1]


async def test_scanners_and_previews_burn_nothing(small_office: Office) -> None:
    link = small_office.link()
    http = small_office.http()
    for _ in range(20):
        for method in ("GET", "HEAD", "OPTIONS"):
            await http.request(method, link)
            await http.request(method, f"{link}/state")
            await http.request(method, f"{link}/files")
            await http.request(method, f"{link}/done")
    assert (small_office.count(Upload), small_office.count(Inbox)) == (0, 1)
    assert (await http.head(link)).status_code == 200
    await small_office.tus(link).send(REPORT)
    assert (await small_office.done(link)).status_code == 200


async def test_the_page_says_for_whom_and_by_when(small_office: Office) -> None:
    page = await small_office.http().get(small_office.link())
    for word in ("Sở Tư pháp", "K5 Báo cáo sơ kết 6 tháng", "15/6/2024", "bí mật nhà nước", "còn dùng được 47 giờ"):
        assert word in page.text
    assert "An" not in page.text.split("<main>")[1].split("</main>")[0].split()
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_an_unknown_link_gets_a_polite_page_and_soon_less(small_office: Office) -> None:
    http = small_office.http()
    page = await http.get("/u/" + "x" * 43)
    assert page.status_code == 404
    assert "Liên kết không đúng" in page.text
    late = [await http.get(f"/u/{number}") for number in range(30)][-1]
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) > 0
    assert (await http.get(small_office.link())).status_code == 200


async def test_a_link_ends_after_48_hours(small_office: Office) -> None:
    tus = small_office.tus(link := small_office.link())
    address = await tus.announce(3)
    small_office.clock.ahead = links.LIFE
    page = await small_office.http().get(link)
    assert page.status_code == 410
    assert "đã hết hiệu lực (48 giờ)" in page.text
    assert (await tus.patch(address, 0, b"abc")).status_code == 410
    assert (await small_office.done(link)).status_code == 410


async def test_a_link_ends_with_the_binding_of_its_chat(small_office: Office) -> None:
    tus = small_office.tus(link := small_office.link())
    await tus.send(REPORT)
    small_office.database.write_now(lambda session: session.execute(update(Binding).values(unbound_at=NOW)) and None)
    page = await small_office.http().get(link)
    assert page.status_code == 410
    assert "không còn đại diện" in page.text
    assert (await small_office.done(link)).status_code == 410
    assert small_office.evidence() == []


async def test_the_link_is_in_no_log_line(small_office: Office) -> None:
    link = small_office.link()
    assert redact(f"a route failed path={link}/files/12") == "a route failed path=/u/<link>/files/12"


# --- what is over -------------------------------------------------------------------------------------------------


async def test_what_came_whole_is_filed_when_nobody_presses_xong(office: Office) -> None:
    tus = office.tus(link := office.link())
    await tus.send(REPORT, filename="báo cáo.pdf")
    half = await tus.announce(len(LETTER))
    await tus.write(half, 0, LETTER[:100])
    assert (await office.sweep()).lapsed == 0
    office.clock.ahead = links.LIFE + timedelta(minutes=10)
    assert (await office.sweep()).lapsed == 1
    assert [name for name, _, _ in office.evidence()] == ["báo cáo.pdf"]
    assert "Đã ghi nhận K5" in office.said()[-1]
    assert "BN-0001" in (await office.http().get(link)).text
    assert await office.incoming() == []
    assert (await office.sweep()).lapsed == 0


async def test_what_came_by_halves_is_forgotten_with_its_bytes(office: Office) -> None:
    tus = office.tus(office.link())
    half = await tus.announce(len(REPORT))
    await tus.write(half, 0, REPORT[:500])
    assert len(await office.incoming()) == 1
    office.clock.ahead = links.LIFE
    await office.sweep()
    assert (office.count(Upload), office.count(UploadPiece), await office.incoming()) == (0, 0, [])
    assert office.evidence() == []


async def test_what_waits_for_xong_outlives_the_sweep_of_other_files(office: Office) -> None:
    tus = office.tus(link := office.link())
    office.clock.ahead = links.LIFE - timedelta(minutes=1)
    await tus.send(REPORT, filename="báo cáo.pdf")
    half = await tus.announce(len(LETTER))
    await tus.write(half, 0, LETTER[:100])
    await evidence.sweep(office.database, office.store, office.clock.wire() + evidence.KEPT)
    assert len(await office.incoming()) == 2
    await tus.write(half, 100, LETTER[100:])
    assert len((await office.done(link)).json()["receipts"]) == 2


async def test_a_link_is_forgotten_after_half_a_year(small_office: Office) -> None:
    link = small_office.link()
    await small_office.tus(link).send(REPORT)
    await small_office.done(link)
    small_office.clock.ahead = REMEMBERED + links.LIFE + timedelta(seconds=1)
    assert (await small_office.sweep()).links == 1
    assert (small_office.count(UploadLink), small_office.count(Upload)) == (0, 0)
    assert (await small_office.http().get(link)).status_code == 404
    assert len(small_office.evidence()) == 1


# --- crashes ------------------------------------------------------------------------------------------------------


async def test_pieces_that_vanished_are_asked_for_again(office: Office) -> None:
    """As after a backup was restored: rows without bytes."""
    tus = office.tus(link := office.link())
    address = await tus.announce(len(REPORT), filename="báo cáo.pdf")
    await tus.write(address, 0, REPORT[:500])
    for key in await office.incoming():
        await office.store.delete(key)
    assert (await tus.patch(address, 500, REPORT[500:])).status_code == 409
    assert await tus.offset(address) == 0
    await tus.write(address, 0, REPORT)
    assert (await office.done(link)).status_code == 200


async def test_a_whole_file_that_nobody_looked_at_is_looked_at_by_xong(office: Office) -> None:
    """A process that died after the last byte."""
    tus = office.tus(link := office.link())
    await tus.send(REPORT, filename="báo cáo.pdf")
    keys = await office.incoming()

    def as_before(session: Session) -> None:
        upload = session.execute(select(Upload)).scalars().one()
        session.add(UploadPiece(upload_id=upload.id, start=0, size=len(REPORT), key="incoming/again"))
        session.execute(update(Upload).values(key=None))
        session.execute(delete(Incoming))

    await office.store.promote(keys[0], "incoming/again")
    await office.store.delete(keys[0])
    office.database.write_now(as_before)
    assert (await office.state(link))["files"][0]["state"] == "whole"
    assert len((await office.done(link)).json()["receipts"]) == 1
