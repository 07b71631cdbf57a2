"""A table of what bears a secret marking and what only sounds like it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import secrecy

MARKED = {
    "MẬT": "MẬT",
    "  MẬT  ": "MẬT",
    "TỐI MẬT": "TỐI MẬT",
    "TUYỆT MẬT": "TUYỆT MẬT",
    "*** TUYỆT MẬT ***": "TUYỆT MẬT",
    "-- MẬT --": "MẬT",
    "“MẬT”": "MẬT",
    "MẬT.": "MẬT",
    "M Ậ T": "MẬT",
    "T U Y Ệ T  M Ậ T": "TUYỆT MẬT",
    "T Ố I  M Ậ T": "TỐI MẬT",
    "(MẬT)": "MẬT",
    "[TỐI MẬT]": "TỐI MẬT",
    "Báo cáo quý II (MẬT)": "MẬT",
    "[MẬT] Báo cáo quý II": "MẬT",
    "K7 xong (TUYỆT MẬT) kèm file": "TUYỆT MẬT",
    "BỘ CÔNG AN\nMẬT\nSố: 12/BC": "MẬT",
    "CÔNG AN TỈNH\r\nTỐI MẬT\r\nBáo cáo": "TỐI MẬT",
    "MẬT\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM": "MẬT",
    "UBND TỈNH      TUYỆT MẬT      Số 1": "TUYỆT MẬT",
    "Số 15 | MẬT | 12/6": "MẬT",
    "Độ mật: MẬT": "MẬT",
    "Độ mật: Mật": "MẬT",
    "độ mật: tối mật": "TỐI MẬT",
    "ĐỘ MẬT: TUYỆT MẬT": "TUYỆT MẬT",
    "Độ mật : Tuyệt mật, thời hạn 10 năm": "TUYỆT MẬT",
    "Độ mật MẬT": "MẬT",
    "Gửi đồng chí văn bản, độ mật: Mật.": "MẬT",
    "văn bản đóng dấu MẬT": "MẬT",
    "công văn có dấu TỐI MẬT ngày 12/6": "TỐI MẬT",
    'K3 đã gửi, đóng dấu "MẬT"': "MẬT",
    "dấu chỉ độ mật: TUYỆT MẬT": "TUYỆT MẬT",
    "MẬT\nTUYỆT MẬT": "TUYỆT MẬT",
    "MẬT\u200b": "MẬT",
    "TỐI\u00a0MẬT": "TỐI MẬT",
    "＜MẬT＞": "MẬT",
}

CLEAN = [
    "",
    "đồng chí Nam vắng mặt",
    "VẮNG MẶT",
    "bảo mật",
    "BẢO MẬT",
    "BẢO MẬT THÔNG TIN",
    "công tác bảo vệ bí mật nhà nước",
    "CÔNG TÁC BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "K7 tuyên truyền Luật Bảo vệ bí mật nhà nước",
    "mật khẩu",
    "MẬT KHẨU",
    "quên mật khẩu rồi",
    "có mat",
    "có mặt đầy đủ",
    "CÓ MẶT",
    "toi mat file roi",
    "TOI MAT FILE ROI",
    "tôi mất file rồi",
    "MAT TRAN",
    "MAT TRAN TO QUOC",
    "MẶT TRẬN TỔ QUỐC",
    "mật độ dân số",
    "quan hệ mật thiết",
    "mật ong rừng",
    "cơ mật",
    "thân mật",
    "Độ mật: không",
    "Độ mật: Thường",
    "Độ mật: ……",
    "Độ mật: mật thiết",
    "K7 70%",
    "K7 đã gửi công văn 145/BC-CTHADS ngày 12/6",
    "không có tài liệu mật",
    "báo cáo không phải văn bản mật",
    "ra mắt mô hình mới",
    "tóm tắt",
    "MẮT",
    "giải phóng mặt bằng",
    "một mặt hàng",
    "Đề án 06 về an ninh, bảo mật",
    "mật mã dân sự",
    "thư mật danh",
]

DOUBTFUL = [
    "báo cáo này MẬT nhé",
    "gửi anh báo cáo TỐI MẬT",
    "MẬT, TỐI MẬT và TUYỆT MẬT là ba độ mật",
    "mật",
    "Tối mật",
    "tài liệu mật",
    "K7 đã gửi văn bản mật qua văn thư",
    "công văn này thuộc loại tối mật",
    "hồ sơ đóng dấu mật",
    "số liệu thuộc bí mật nhà nước",
    "(TOI MAT)",
    "MAT",
    "TUYET MAT",
    "Do mat: Toi mat",
    "tai lieu tuyet mat",
    "Độ mật: MẬT/TỐI MẬT/TUYỆT MẬT",
    "không đóng dấu MẬT",
]

NAMES = {
    "TOI_MAT.pdf": "TỐI MẬT",
    "BC_TOI_MAT_2024.docx": "TỐI MẬT",
    "TUYET_MAT_so_lieu.xlsx": "TUYỆT MẬT",
    "2024-TUYET_MAT.pdf": "TUYỆT MẬT",
    "BC-TOI-MAT.pdf": "TỐI MẬT",
    "MAT_bao_cao.pdf": "MẬT",
    "MAT_.pdf": "MẬT",
    "MAT_TOI_MAT.pdf": "TỐI MẬT",
    "thư mục/MAT_bc.pdf": "MẬT",
    "C:\\giay to\\MAT_bc.pdf": "MẬT",
    "MẬT.pdf": "MẬT",
    "MẬT_bc.pdf": "MẬT",
    "(MẬT) báo cáo.pdf": "MẬT",
    "Báo cáo (TỐI MẬT).pdf": "TỐI MẬT",
    "Báo cáo TUYỆT MẬT quý II.docx": "TUYỆT MẬT",
    "TỐI_MẬT": "TỐI MẬT",
    "BC MẬT 12.pdf": "MẬT",
    "BC_MẬT.pdf": "MẬT",
    "MẬT 12.pdf": "MẬT",
    "BẢO MẬT 12.pdf": None,
    "BẢO VỆ BÍ MẬT.pdf": None,
    "MẬT ĐỘ DÂN SỐ.pdf": None,
    "MẬT KHẨU.txt": None,
    "bao-cao.pdf": None,
    "toi mat file roi.jpg": None,
    "TOI MAT FILE ROI.jpg": None,
    "MAT TRAN.pdf": None,
    "MAT_TRAN_TO_QUOC.pdf": None,
    "MAT_KHAU.txt": None,
    "BAO_MAT_2024.pdf": None,
    "BẢO_MẬT_2024.pdf": None,
    "VANG_MAT.xlsx": None,
    "KHOI_MAT.pdf": None,
    "TOI_MATHS.pdf": None,
    "mat_bang.dwg": None,
    "mật khẩu.txt": None,
    "": None,
}


def both_forms(text: str) -> set[str]:
    return {unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}


@pytest.mark.parametrize(("text", "degree"), MARKED.items())
def test_a_marking_is_seen_in_both_forms_of_unicode(text: str, degree: str) -> None:
    assert {secrecy.marking(form) for form in both_forms(text)} == {degree}
    assert not any(secrecy.doubtful(form) for form in both_forms(text))


@pytest.mark.parametrize("text", CLEAN)
def test_everyday_words_are_neither_a_marking_nor_a_doubt(text: str) -> None:
    assert {secrecy.marking(form) for form in both_forms(text)} == {None}
    assert not any(secrecy.doubtful(form) for form in both_forms(text))


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_only_speaks_of_secrecy_is_asked_about(text: str) -> None:
    assert {secrecy.marking(form) for form in both_forms(text)} == {None}
    assert all(secrecy.doubtful(form) for form in both_forms(text))


@pytest.mark.parametrize(("name", "degree"), NAMES.items())
def test_a_file_name_tells_its_marking(name: str, degree: str | None) -> None:
    assert {secrecy.marking_of_name(form) for form in both_forms(name)} == {degree}


def test_nothing_bears_nothing() -> None:
    assert secrecy.marking(None) is None
    assert secrecy.marking_of_name(None) is None
    assert secrecy.doubtful(None) is False


lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(before=lines, after=lines, degree=st.sampled_from(secrecy.DEGREES))
def test_a_line_of_its_own_is_seen_among_any_lines(before: str, after: str, degree: str) -> None:
    found = secrecy.marking(f"{before}\n{degree}\n{after}")
    assert found is not None
    assert secrecy.DEGREES.index(found) <= secrecy.DEGREES.index(degree)


@given(st.text(st.characters(max_codepoint=0x7F), max_size=200))
def test_text_without_diacritics_never_bears_a_marking(text: str) -> None:
    assert secrecy.marking(text) is None


@given(lines)
def test_no_text_is_too_odd(text: str) -> None:
    assert secrecy.marking(text) in (*secrecy.DEGREES, None)
    assert secrecy.marking_of_name(text) in (*secrecy.DEGREES, None)
    assert not (secrecy.marking(text) and secrecy.doubtful(text))
