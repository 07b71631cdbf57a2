# ruff: noqa: E501 (a table of cases reads best with one case a line)
"""A bloc file that cannot be loaded: every problem at once, each with its line and column, nothing half-loaded."""

import pytest
from sqlmodel import select

from api.services.loading import blocfile, loading
from api.services.loading.blocfile import BlocFileRefused
from models.database import Database
from models.tables import Agency, Bloc, Milestone
from tests.api.loading.covenants import SMALL, at, edited, load, problems, rows, small

FIRST = "  - {key: bc-1, title: Báo cáo một, due: 15/5}"


def said(*edits: tuple[str, str]) -> list[str]:
    return problems(edited(SMALL, *edits))


ONE_SLIP = [
    ("a date that no calendar has", ("15/5", "31/6"), "9:42: ngày 31/6 không có trong lịch"),
    ("the same, as YAML's own date", ("15/5", "2024-06-31"), "9:42: ngày 31/6 không có trong lịch"),
    ("a leap day of another year", ("season: 2024", "season: 2024\nsigned_on: 29/2/2023"), "4:12: ngày 29/2 không có trong lịch năm 2023"),
    ("a year nobody means", ("15/5", "15/5/2042"), "9:42: ngày 15/05/2042 cách năm thi đua 2024 quá xa"),
    ("words that are no date", ("15/5", "giữa tháng"), "9:42: “giữa tháng” không phải thời hạn: đề nghị ghi như 15/6, 15/6/2024 hoặc trước ngày 15/6"),
    ("two agencies of one name", ("Thanh tra tỉnh", "Sở Tư Pháp"), "7:5: hai đơn vị cùng tên “Sở Tư Pháp” (đơn vị trước ở dòng 6)"),
    ("two agencies of one code", ("short: TTT", "short: stp"), "7:5: hai đơn vị cùng mã “STP” (đơn vị trước ở dòng 6)"),
    ("a code that reads like a milestone's", ("short: TTT", "short: K7"), "7:35: mã “K7” phải gồm 1–12 chữ và số, không dấu cách, không giống mã nhiệm vụ (K7)"),
    ("no head", (", seat: head", ""), "5:3: chưa có Trưởng khối: đề nghị ghi “seat: head” cho một đơn vị"),
    ("two heads", ("seat: deputy", "seat: head"), "6:5: hai Trưởng khối: Công an tỉnh (dòng 5) và Sở Tư pháp"),
    ("an unknown agency that owes", ("due: 15/5", "due: 15/5, owed_by: [STB]"), "9:57: “owed_by”: không có đơn vị mã “STB”; có phải “STP”?"),
    ("an unknown successor", ("short: TTT", "short: TTT, successor: CAA"), "7:5: không có đơn vị kế thừa mã “CAA”; có phải “CA”?"),
    ("a target in words", ("due: 15/5", "due: 15/5, target: nhiều"), "9:56: “target” phải là số lớn hơn 0 (ví dụ 15 hoặc 12,5), tệp ghi “nhiều”"),
    ("a target that could mean two numbers", ("due: 15/5", "due: 15/5, target: 1.000"), "9:56: “1.000” có thể hiểu hai cách: đề nghị ghi 1000, không dấu chấm"),
    ("an hour that no clock has", ("due: 15/5", "due: 15/5, due_time: 25:00"), "9:58: “25:00” không phải giờ: đề nghị ghi như 16:00 hoặc 16h30"),
    ("an evidence rule of one's own", ("due: 15/5", "due: 15/5, evidence: fil"), "9:58: “evidence” chỉ nhận none, any, file; tệp ghi “fil”; có phải “file”?"),
    ("a misspelt key", ("season:", "saeson:"), "3:1: không có mục “saeson” trong tệp khối; có phải “season”?"),
    ("a key given twice", ("season: 2024", "season: 2024\nseason: 2025"), "4:1: mục “season” viết hai lần (lần đầu ở dòng 3)"),
    ("a season in words", ("season: 2024", "season: năm nay"), "3:9: “season” phải là số nguyên từ 2000 đến 2100, tệp ghi “năm nay”"),
    ("an end before its start", ("season: 2024", "season: 2024\nends_on: 2023-12-31"), "4:10: “ends_on” phải sau “starts_on”"),
    ("two milestones of one key", ("bc-2", "bc-1"), "10:11: hai mốc cùng tên “bc-1” (mốc trước ở dòng 9)"),
    ("a milestone that follows itself", ("due: 15/5", "after: bc-1 + 3 ngày"), "9:44: các mốc phụ thuộc vòng tròn: bc-1 → bc-1"),
    ("a milestone that follows nothing", ("due: 15/5", "after: bc-3 + 3 ngày"), "9:44: không có mốc “bc-3”; có phải “bc-2”?"),
    ("a milestone without a date", (", due: 15/5", ""), "9:5: mốc chưa có thời hạn: đề nghị ghi “due” hoặc “after”"),
    ("two dates for one milestone", ("due: 15/5", "due: 15/5, after: bc-2"), "9:55: mốc chỉ có một cách định thời hạn: “after”, hoặc “due” (kèm “recurs”)"),
    ("a day that not every month has", ("due: 15/5", "due: ngày 31, recurs: month"), "9:42: “ngày 31”: có tháng không có ngày này; đề nghị ghi “cuối tháng”"),
    ("an unknown default", (FIRST, "  - {use: M15}"), "9:11: mẫu không có mốc “M15”; có phải “M14”?"),
    ("a content nobody agreed on", ("due: 15/5", "due: 15/5, content: 4"), "9:57: “content”: không có nội dung “4” trong 0 nội dung của giao ước"),
    ("a policy nobody knows", ("season: 2024", "season: 2024\nsettings: {policy: gắt}"), "4:20: “policy” là tối thiểu, tiêu chuẩn, tăng cường, hoặc level kèm các bậc nhắc riêng"),
    ("a day off that is worked", ("season: 2024", "season: 2024\nsettings: {calendar: {days_off: [2024-05-18], working_days: [2024-05-18]}}"), "4:61: ngày 18/05/2024 không thể vừa là ngày nghỉ vừa là ngày làm việc"),
    ("a telephone in words", ("short: TTT", "short: TTT, people: [{name: An, role: focal, phone: không có}]"), "7:80: “không có” không phải số điện thoại"),
    ("a list where a mapping belongs", ("season: 2024", "season: 2024\ntitles: [a]"), "4:9: “titles” phải gồm các mục dạng “tên: nội dung”"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "expected"), [case[1:] for case in ONE_SLIP], ids=[case[0] for case in ONE_SLIP])
def test_a_slip_is_named_with_its_line_and_column(edit: tuple[str, str], expected: str) -> None:
    assert f"tep.yaml:{expected}" in said(edit)


UNREADABLE = [
    ("an empty file", b"", "1:1: tệp rỗng"),
    ("only comments", b"# soon\n", "1:1: tệp rỗng"),
    ("UTF-16", "bloc: x".encode("utf-16"), "1:1: tệp lưu dạng UTF-16: đề nghị lưu lại với bảng mã UTF-8"),
    ("a Windows code page", b"bloc: x\nlevel: c\xea\n", "2:9: tệp không phải UTF-8: đề nghị lưu lại với bảng mã UTF-8"),
    ("fifty megabytes", b"a" * 50_000_000, "1:1: tệp lớn quá 512 KB: đây không phải tệp khối thi đua"),
    ("a control character", "bloc: x\x07", "1:8: ký tự không in được (U+0007): đề nghị xóa"),
    ("a tab", "bloc: x\n\tseason: 2024", "2:1: dòng này có phím Tab: đề nghị dùng dấu cách để thụt đầu dòng"),
    ("a colon in a text", "bloc: Khối: một", "1:11: dấu hai chấm ở chỗ không hợp lệ: nội dung có dấu “: ” phải đặt trong dấu nháy kép"),
    ("an open quote", 'bloc: "Khối', "1:12: thiếu dấu nháy đóng"),
    ("an open bracket", "bloc: [Khối\nseason: 1", "2:7: thiếu dấu đóng ] hoặc } hoặc dấu phẩy"),
    ("two documents", "a: 1\n---\nb: 1\n", "2:1: tệp có hơn một tài liệu (dòng ---): mỗi khối, mỗi năm một tệp"),
    ("a list", "- a\n- b\n", "1:1: tệp khối phải gồm các mục dạng “tên: nội dung”"),
    ("a tag", "bloc: !!python/object:os.system x", "1:7: thẻ tag:yaml.org,2002:python/object:os.system không dùng được trong tệp khối"),
    ("deep nesting", "[" * 500 + "]" * 500, "1:13: lồng nhau quá 12 tầng"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), [c[1:] for c in UNREADABLE], ids=[c[0] for c in UNREADABLE])
def test_what_is_no_bloc_file_at_all_is_told_so(content: str | bytes, expected: str) -> None:
    assert f"tep.yaml:{expected}" in problems(content)


def test_an_alias_bomb_does_not_go_off() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for this, last in zip("bcdefghij", "abcdefghi", strict=True):
        bomb += f"{this}: &{this} [{', '.join([f'*{last}'] * 9)}]\n"

    found = problems(bomb)

    assert found[0] == "tep.yaml:1:4: tên neo &a không dùng được trong tệp khối"
    assert "tep.yaml:2:8: bí danh *a không dùng được trong tệp khối: đề nghị viết rõ nội dung" in found
    assert len(found) == 91


def test_a_covenant_without_milestones_is_refused() -> None:
    whole = SMALL[: SMALL.index("milestones")]
    wanted = "chưa có mốc nào: đề nghị ghi “milestones: default” hoặc danh sách mốc"
    assert problems(whole) == [f"tep.yaml:1:1: {wanted}"]
    assert problems(whole + "milestones: []\n") == [f"tep.yaml:8:13: {wanted}"]
    assert problems(whole + "milestones:\n  - {use: M05, drop: true}\n") == [f"tep.yaml:9:3: {wanted}"]


def test_a_circle_of_milestones_is_named_once_and_what_follows_it_is_no_further_problem() -> None:
    found = said(
        (
            FIRST,
            "  - {key: a, title: A, after: b + 3 ngày}\n"
            "  - {key: b, title: B, after: c - 2 ngày làm việc}\n"
            "  - {key: c, title: C, after: a}\n"
            "  - {key: d, title: D, after: a}",
        )
    )
    assert found == ["tep.yaml:9:31: các mốc phụ thuộc vòng tròn: a → b → c → a"]


def test_agencies_that_succeed_each_other_in_a_circle_are_refused() -> None:
    found = said(("short: TTT", "short: TTT, successor: STP"), ("short: STP", "short: STP, successor: TTT"))
    assert found == ["tep.yaml:6:5: đơn vị kế thừa vòng tròn: STP → TTT → STP"]


def test_all_problems_of_a_file_are_told_at_once_in_its_order() -> None:
    found = said(
        ("season: 2024", "season: 2024\nthemes: x"),
        ("Thanh tra tỉnh", "Sở Tư pháp"),
        ("15/5", "31/6"),
        ("15/8", "32/8"),
    )
    assert [problem.split(":")[1] for problem in found] == ["4", "8", "10", "11"]


def test_a_refused_file_leaves_nothing_behind(database: Database) -> None:
    text = edited(SMALL, ("15/8", "31/6"))
    with pytest.raises(BlocFileRefused):
        database.write_now(lambda session: loading.load(session, blocfile.read(text, "tep.yaml"), at("2024-04-02")))
    assert rows(database, Bloc) == rows(database, Agency) == rows(database, Milestone) == []


async def test_a_dry_run_says_what_it_would_do_and_keeps_nothing(database: Database) -> None:
    rehearsed = await loading.load_file(database, small(), at("2024-04-02"), dry_run=True)
    assert rows(database, Bloc) == []
    assert rehearsed == load(database, small(), "2024-04-02")


async def test_a_change_that_is_only_rehearsed_leaves_the_old_date(database: Database) -> None:
    load(database, small())
    rehearsed = await loading.load_file(database, small(("15/8", "20/8")), at("2024-04-02"), dry_run=True)
    assert rehearsed.changed == 1
    found = database.read_now(lambda session: session.exec(select(Milestone.due_on)).all())
    assert [day.isoformat() for day in found] == ["2024-05-15", "2024-08-15"]


def test_the_file_is_called_by_its_own_name() -> None:
    assert problems("", "khoi-6.yaml") == ["khoi-6.yaml:1:1: tệp rỗng"]
