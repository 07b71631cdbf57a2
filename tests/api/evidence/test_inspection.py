"""What may be evidence and what may not, tried on real files in the process that opens them."""

import io
import warnings
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from api.inspection.findings import Finding
from api.inspection.guard import inspect
from api.inspection.kinds import ACCEPTED, usual_name
from api.inspection.worker import look
from tests.api.evidence import files, heic

OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."

GOOD: dict[str, tuple[bytes, str]] = {
    "bao-cao.pdf": (files.pdf("Báo cáo sơ kết"), "application/pdf"),
    "bang.docx": (files.docx("Báo cáo", "Sơ kết"), f"{OOXML}wordprocessingml.document"),
    "bang.xlsx": (files.xlsx("Sở Tư pháp", "70"), f"{OOXML}spreadsheetml.sheet"),
    "trinh-chieu.pptx": (files.pptx("Sơ kết"), f"{OOXML}presentationml.presentation"),
    "van-ban.odt": (files.odf("text", "Báo cáo"), f"{ODF}text"),
    "bang.ods": (files.odf("spreadsheet"), f"{ODF}spreadsheet"),
    "trinh-chieu.odp": (files.odf("presentation"), f"{ODF}presentation"),
    "cu.doc": (files.doc(), "application/msword"),
    "cu.xls": (files.xls((0x85, bytes(12))), "application/vnd.ms-excel"),
    "cu.ppt": (files.compound({"PowerPoint Document": b"\x0f\0\xe8\x03"}), "application/vnd.ms-powerpoint"),
    "anh.jpg": (files.picture("JPEG"), "image/jpeg"),
    "anh.png": (files.picture("PNG"), "image/png"),
    "anh.webp": (files.picture("WEBP"), "image/webp"),
    "anh.heic": (heic.photo(), "image/heic"),
    "ghi-chu.txt": ("Đã gửi báo cáo ngày 12/6".encode(), "text/plain"),
    "utf16.txt": ("Đã gửi báo cáo".encode("utf-16"), "text/plain"),
    "cu.txt": ("Kê khai tài sa\u0309n".encode("cp1258"), "text/plain"),
    "bang.csv": ("đơn vị;số\nSTP;70\n".encode(), "text/csv"),
    "phim.mp4": (files.movie(), "video/mp4"),
    "phim.mov": (files.movie(b"qt  "), "video/quicktime"),
    "ghi-am.m4a": (files.movie(b"M4A "), "audio/mp4"),
    "ghi-am.mp3": (files.mp3(), "audio/mpeg"),
    "co-the.mp3": (files.mp3(files.ID3), "audio/mpeg"),
    "ghi-am.ogg": (files.ogg(), "audio/ogg"),
}

MACRO = {"word/vbaProject.bin": files.compound({}, ("VBA",))}
BAD: dict[str, tuple[bytes, str]] = {
    "rong.pdf": (b"", "empty"),
    "chay.exe": (files.EXE, "type"),
    "chay.pdf": (files.EXE, "type"),
    "chay": (files.ELF, "type"),
    "lenh.sh": (b"#!/bin/sh\nrm -rf /\n", "type"),
    "lenh.txt": (b"#!/bin/sh\nrm -rf /\n", "type"),
    "lenh.bat": (b"@echo off\r\ndel *.*\r\n", "type"),
    "trang.txt": (b"<!DOCTYPE html><script>alert(1)</script>", "type"),
    "anh.svg": (b"<svg onload='alert(1)'/>", "type"),
    "van-ban.rtf": (rb"{\rtf1 xin chao}", "type"),
    "rac.txt": (bytes(range(256)) * 4, "type"),
    "nen.zip": (files.archive({"a.txt": "xin chào"}), "type"),
    "nen.rar": (b"Rar!\x1a\x07\x00" + bytes(100), "type"),
    "anh.gif": (b"GIF89a" + bytes(100), "type"),
    "cai-dat.msi": (files.compound({"Binary.x": b"x"}), "type"),
    "phim.3gp": (files.movie(b"3gp4"), "type"),
    "phim.ogv": (files.ogg(b"\x80theora"), "type"),
    "macro.docm": (files.docx("x", also=MACRO), "macros"),
    "macro.docx": (files.docx("x", also=MACRO), "macros"),
    "kieu.docx": (files.archive({"[Content_Types].xml": "<x ms-word.document.macroEnabled.main+xml/>"}), "macros"),
    "excel4.xlsx": (files.xlsx("1", also={"xl/macrosheets/sheet1.xml": "<x/>"}), "macros"),
    "macro.odt": (files.odf("text", also={"Basic/Standard/Module1.xml": "<x/>"}), "macros"),
    "macro.doc": (files.doc(Macros=b"x"), "macros"),
    "macro.xls": (files.xls((0x85, bytes(5) + b"\x01" + bytes(6))), "macros"),
    "macro.ppt": (
        files.compound({"PowerPoint Document": b"\x02\0\0\x04\x0c\0\0\0\x05\0\0\0\x01\0\0\0\x02\0\0\0"}),
        "macros",
    ),
    "khoa.pdf": (files.pdf("x", encryption=pikepdf.Encryption(user="bí mật", owner="khác")), "encrypted"),
    "khoa.zip": (files.locked_zip(), "encrypted"),
    "khoa.docx": (files.compound({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "encrypted"),
    "khoa.doc": (files.doc(flags=0x0100), "encrypted"),
    "khoa.xls": (files.xls((0x2F, bytes(54))), "encrypted"),
    "khoa.odt": (files.odf("text", also={"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "encrypted"),
    "long.zip": (files.archive({"trong.zip": files.archive({"a": "b"})}), "nested"),
    "long.docx": (files.docx("x", also={"word/embeddings/a.bin": files.archive({"a": "b"})}), "nested"),
    "long.xlsx": (files.xlsx("x", also={"xl/media/a.rar": b"Rar!\x1a\x07\x00" + bytes(50)}), "nested"),
    "goi.doc": (files.doc(**{"\x01Ole10Native": b"x"}), "nested"),
    "goi.docx": (files.docx("x", also={"word/embeddings/o.bin": files.compound({"\x01Ole10Native": b"x"})}), "nested"),
    "chay.docx": (files.docx("x", also={"word/embeddings/x.bin": files.EXE}), "type"),
    "cut.jpg": (files.picture("JPEG", (400, 300))[:-2000], "corrupt"),
    "cut.png": (files.picture("PNG", (400, 300))[:-2000], "corrupt"),
    "cut.heic": (heic.photo()[:-100], "corrupt"),
    "cut.webp": (files.picture("WEBP", (400, 300))[:-2000], "corrupt"),
    "cut.docx": (files.docx("x" * 500)[:-60], "corrupt"),
    "cut.doc": (files.doc()[:-1024], "corrupt"),
    "cut.mp4": (files.movie()[:-10], "corrupt"),
    "cut.ogg": (files.ogg()[:-10], "corrupt"),
    "cut.mp3": (files.ID3 + bytes(500), "corrupt"),
    "dau.pdf": (b"%PDF-1.7\n" + bytes(200), "corrupt"),
    "dau.heic": (files.box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + bytes(100), "corrupt"),
    "bom.png": (files.bomb_png(), "corrupt"),
    "bom.docx": (files.docx("x", also={"word/media/a.bin": bytes(80 * 1024**2)}), "corrupt"),
}

SECRET: dict[str, tuple[bytes, str]] = {
    "bao-cao.txt": ("BỘ CÔNG AN\nTỐI MẬT\nSố 12".encode(), "TỐI MẬT"),
    "bang.csv": ("đơn vị,độ\nSTP,MẬT\n".encode(), "MẬT"),
    "utf16.txt": ("Độ mật: Mật".encode("utf-16"), "MẬT"),
    "bao-cao.docx": (files.docx("CÔNG AN TỈNH", "MẬT", "Báo cáo"), "MẬT"),
    "roi.docx": (files.docx("TUYỆT </w:t></w:r><w:r><w:t>MẬT"), "TUYỆT MẬT"),
    "tieu-de.docx": (files.docx("x", also={"word/header1.xml": "<w:p><w:t>(MẬT)</w:t></w:p>"}), "MẬT"),
    "bang.xlsx": (files.xlsx("Số liệu", "TỐI MẬT"), "TỐI MẬT"),
    "dau-trang.xlsx": (
        files.xlsx("1", also={"xl/worksheets/sheet1.xml": "<oddHeader>&amp;C&amp;14MẬT&amp;RTrang</oddHeader>"}),
        "MẬT",
    ),
    "chieu.pptx": (files.pptx("Sơ kết", "MẬT"), "MẬT"),
    "van-ban.odt": (files.odf("text", "Độ mật: TUYỆT MẬT"), "TUYỆT MẬT"),
    "cu.doc": (files.doc("BỘ QUỐC PHÒNG\rMẬT\rSố 5"), "MẬT"),
    "word.pdf": (files.pdf("CÔNG AN TỈNH", "MẬT", "Số: 12/BC"), "MẬT"),
    "cot.pdf": (files.pdf("MẬT", "CỘNG HÒA XÃ HỘI", write=files.cells_side_by_side), "MẬT"),
    "roi.pdf": (files.pdf("T", "Ố", "I ", "M", "Ậ", "T", write=files.pieces_of_one_line), "TỐI MẬT"),
    "web.pdf": (files.pdf("Báo cáo", "TUYỆT MẬT", "Số 5", write=files.drawn_upside_down), "TUYỆT MẬT"),
}

HARMLESS: dict[str, bytes] = {
    "tap-huan.docx": files.docx("Luật Bảo vệ bí mật nhà nước", "CÔNG TÁC BẢO MẬT", "Đổi mật khẩu"),
    "tap-huan.pdf": files.pdf("CÔNG TÁC BẢO MẬT THÔNG TIN", "Vắng mặt: 2"),
    "tung-tu.pdf": files.pdf("CÔNG ", "TÁC ", "BẢO ", "MẬT ", "THÔNG ", "TIN", write=files.pieces_of_one_line),
    "ghi-chu.txt": "mật khẩu wifi\nvắng mặt 3 đồng chí\nBẢO MẬT\n".encode(),
}


def found_in(content: bytes, name: str, folder: Path) -> Finding:
    file = folder / "file"
    file.write_bytes(content)
    return look(file, name.rpartition(".")[2] if "." in name else "")


@pytest.mark.parametrize("name", GOOD)
def test_every_accepted_kind_is_known_by_its_content(name: str, tmp_path: Path) -> None:
    content, media_type = GOOD[name]
    assert found_in(content, name, tmp_path) == Finding(media_type)


def test_every_kind_of_the_list_was_tried() -> None:
    assert {media_type for _, media_type in GOOD.values()} == ACCEPTED.keys()


@pytest.mark.parametrize("name", BAD)
def test_what_may_not_be_evidence_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    content, verdict = BAD[name]
    assert found_in(content, name, tmp_path) == Finding(verdict=verdict)


@pytest.mark.parametrize("name", SECRET)
def test_a_marking_in_the_text_of_a_file_is_met(name: str, tmp_path: Path) -> None:
    content, marking = SECRET[name]
    assert found_in(content, name, tmp_path) == Finding(verdict="secret", marking=marking)


@pytest.mark.parametrize("name", HARMLESS)
def test_words_about_secrecy_are_no_marking(name: str, tmp_path: Path) -> None:
    assert found_in(HARMLESS[name], name, tmp_path).verdict is None


def test_a_stamp_is_met_as_a_drawing_and_as_a_note_of_a_pdf(tmp_path: Path) -> None:
    stamp = pikepdf.Pdf.open(io.BytesIO(files.pdf("MẬT")))
    document = pikepdf.Pdf.open(io.BytesIO(files.pdf("Báo cáo")))
    document.pages[0].add_overlay(stamp.pages[0])
    assert found_in(files.saved(document), "a.pdf", tmp_path).marking == "MẬT"
    document = pikepdf.Pdf.open(io.BytesIO(files.pdf("Báo cáo")))
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Contents="TỐI MẬT")
    document.pages[0].Annots = pikepdf.Array([note])
    assert found_in(files.saved(document), "a.pdf", tmp_path).marking == "TỐI MẬT"


def test_a_pdf_that_runs_something_or_carries_an_archive_is_refused(tmp_path: Path) -> None:
    document = pikepdf.Pdf.open(io.BytesIO(files.pdf("Báo cáo")))
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    assert found_in(files.saved(document), "a.pdf", tmp_path).verdict == "macros"
    document = pikepdf.Pdf.open(io.BytesIO(files.pdf("Báo cáo")))
    document.attachments["a.zip"] = files.archive({"a": "b"})
    assert found_in(files.saved(document), "a.pdf", tmp_path).verdict == "nested"


def test_a_pdf_that_only_restricts_printing_is_accepted(tmp_path: Path) -> None:
    content = files.pdf("Báo cáo", encryption=pikepdf.Encryption(user="", owner="chủ"))
    assert found_in(content, "a.pdf", tmp_path) == Finding("application/pdf")


def test_a_table_inside_a_document_is_no_nested_archive_unless_it_hides_macros(tmp_path: Path) -> None:
    chart = {"word/embeddings/Microsoft_Excel_Sheet1.xlsx": files.xlsx("1")}
    assert found_in(files.docx("x", also=chart), "a.docx", tmp_path).verdict is None
    hiding = {"word/embeddings/Microsoft_Excel_Sheet1.xlsx": files.xlsx("1", also={"xl/vbaProject.bin": b"x"})}
    assert found_in(files.docx("x", also=hiding), "a.docx", tmp_path).verdict == "macros"


def test_a_huge_photo_is_opened_and_a_huge_drawing_is_not(tmp_path: Path) -> None:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.new("L", (12_000, 9_000)).save(file, "JPEG", quality=30)
    assert found_in(file.getvalue(), "anh.jpg", tmp_path) == Finding("image/jpeg")
    assert found_in(files.black_png(9_000, 8_000), "anh.png", tmp_path).verdict == "corrupt"


async def test_the_guard_has_a_process_look_and_believes_it(tmp_path: Path) -> None:
    for name in ("bao-cao.pdf", "anh.jpg", "anh.heic", "bang.docx", "bang.csv", "cu.xls", "ghi-am.ogg"):
        file = tmp_path / "file"
        file.write_bytes(GOOD[name][0])
        assert await inspect(file, name) == Finding(GOOD[name][1])


async def test_a_marked_name_is_refused_unread(tmp_path: Path) -> None:
    assert await inspect(tmp_path / "nothing", "TOI_MAT.pdf") == Finding(verdict="secret", marking="TỐI MẬT")


async def test_what_kills_the_process_is_a_corrupt_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(files.docx("x", also={"word/media/a.bin": bytes(40 * 1024**2)}))
    assert await inspect(file, "a.docx") == Finding(verdict="corrupt")
    assert await inspect(tmp_path / "nothing", "a.pdf") == Finding(verdict="corrupt")


def test_a_download_is_called_what_it_is() -> None:
    assert usual_name("báo cáo.pdf", "application/pdf", "BN-1") == "báo cáo.pdf"
    assert usual_name("ảnh.JPEG", "image/jpeg", "BN-1") == "ảnh.JPEG"
    assert usual_name("hoá đơn.exe", "application/pdf", "BN-1") == "hoá đơn.exe.pdf"
    assert usual_name(None, "image/jpeg", "BN-0147") == "BN-0147.jpg"
    assert usual_name("pdf", "application/pdf", "BN-1") == "pdf.pdf"
