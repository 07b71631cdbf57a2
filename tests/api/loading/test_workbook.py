"""A plan in a workbook: read by its columns, named by its cells when it is wrong, loaded whole, twice the same."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import Session, col, select

from api.services import status
from api.services.desk import tasks
from api.services.loading import blocfile, loading, plan, plan_template, workbook
from api.services.loading.loading import Loaded
from api.services.loading.workbook import PlanLine, WorkbookRefused
from api.services.talks import book
from bot.dialogue.orders.values import MoveDate
from models.database import Database
from models.rules import calendar
from models.tables import Milestone, Obligation, Update

HEADER = ["TT", "Nhiệm vụ", "Thời hạn", "Đơn vị", "Minh chứng", "Ghi chú"]
NOW = calendar.STANDARD.moment(date(2024, 6, 11), time(9))
SAMPLE = "noi-chinh-bac-kan-2024"
Rows = list[list[Any]]
PLAN: Rows = [
    ["KẾ HOẠCH CÔNG TÁC NĂM 2024"],
    HEADER,
    [1, "Báo cáo tháng hành động", "16:00 20/6", "tất cả", "có", "kèm phụ lục"],
    [None] * 6,
    [2, "Cử cán bộ dự tập huấn", "trước ngày 25/6", "STP, Thanh tra tỉnh", "không", None],
    [3, "Nộp danh sách", datetime(2024, 7, 1, 10, 30), "Sở Nội vụ", "tệp", None],  # noqa: DTZ001 (a cell has no zone)
    [4, "Rà soát chỉ tiêu", date(2024, 7, 5), "ca", None, None],
]


@pytest.fixture
def loaded(database: Database) -> Database:
    database.write_now(lambda s: loading.load(s, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), NOW))
    return database


def written(folder: Path, rows: Rows) -> Path:
    file = folder / "ke-hoach.xlsx"
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(file)
    return file


def read(database: Database, file: Path) -> tuple[PlanLine, ...]:
    def words(session: Session) -> tuple[PlanLine, ...]:
        bloc_id, _, year = status.season_of(session, "noi-chinh-bac-kan")
        return workbook.read(file, year, book.book_of(session, book.revisions_of(session, [bloc_id])))

    return database.read_now(words)


def load(database: Database, file: Path, **more: Any) -> Loaded:
    lines = read(database, file)

    def write(session: Session) -> Loaded:
        bloc_id, season_id, _ = status.season_of(session, "noi-chinh-bac-kan")
        return plan.load(session, bloc_id, season_id, lines, NOW, **more)

    return database.write_now(write)


def problems(database: Database, file: Path) -> list[str]:
    with pytest.raises(WorkbookRefused) as refused:
        read(database, file)
    return list(refused.value.problems)


def test_the_five_columns_are_found_by_name_and_read(loaded: Database, tmp_path: Path) -> None:
    lines = read(loaded, written(tmp_path, PLAN))
    assert [(line.title, line.due_on, line.due_time, line.due_text) for line in lines] == [
        ("Báo cáo tháng hành động", date(2024, 6, 20), time(16), None),
        ("Cử cán bộ dự tập huấn", date(2024, 6, 24), None, "trước ngày 25/6"),
        ("Nộp danh sách", date(2024, 7, 1), time(10, 30), None),
        ("Rà soát chỉ tiêu", date(2024, 7, 5), None, None),
    ]
    assert [(line.everybody, len(line.agencies), line.evidence, line.note) for line in lines] == [
        (True, 0, "any", "kèm phụ lục"), (False, 2, "none", None), (False, 1, "file", None), (False, 1, "any", None),
    ]  # fmt: skip


def test_all_but_some_and_the_words_of_a_paper_plan_are_read(loaded: Database, tmp_path: Path) -> None:
    rows: Rows = [
        HEADER, [1, "Góp ý", "20/6", "Tất cả trừ CA, Sở Tư pháp", "Văn bản", ""],
        [2, "Ảnh hội nghị", "20/6", "STP", "tệp tin", ""],
    ]  # fmt: skip
    but, photo = read(loaded, written(tmp_path, rows))
    assert (but.everybody, len(but.agencies), but.evidence) == (False, 7, "any")
    assert (len(photo.agencies), photo.evidence) == (1, "file")
    rows = [HEADER, [1, "Góp ý", "20/6", "tất cả trừ ABC", "có", ""]]
    assert problems(loaded, written(tmp_path, rows)) == ["ke-hoach.xlsx:D2: không có đơn vị “ABC”; có phải “BCHQS”?"]


def test_it_is_loaded_once_and_a_second_time_changes_nothing(loaded: Database, tmp_path: Path) -> None:
    file = written(tmp_path, PLAN)
    first = load(loaded, file)
    assert (first.created, first.changed) == (4 + 9 + 2 + 1 + 1, 0)
    again = load(loaded, file)
    assert (again.created, again.changed) == (0, 0)
    codes = loaded.read_now(lambda s: [m.code for m in s.exec(select(Milestone).where(col(Milestone.ad_hoc))).all()])
    assert codes == ["K16", "K17", "K18", "K19"]
    bloc_again = loaded.write_now(lambda s: loading.load(s, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), NOW))
    assert (bloc_again.created, bloc_again.changed) == (0, 0), "the bloc file leaves the plan alone"


def test_a_dry_run_keeps_nothing(loaded: Database, tmp_path: Path) -> None:
    with pytest.raises(plan.Rehearsed) as rehearsed:
        load(loaded, written(tmp_path, PLAN), dry_run=True)
    assert rehearsed.value.loaded.created == 17
    assert loaded.read_now(lambda s: s.exec(select(Milestone).where(col(Milestone.ad_hoc))).all()) == []


def test_a_changed_row_changes_and_a_row_that_is_gone_goes_unless_it_was_answered(
    loaded: Database, tmp_path: Path
) -> None:
    load(loaded, written(tmp_path, PLAN))

    def answer(session: Session) -> None:
        owed = session.exec(
            select(Obligation.id)
            .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
            .where(col(Milestone.number) == 17)
        ).first()
        session.add(Update(obligation_id=owed or 0, kind="done", at=NOW, channel="web"))

    loaded.write_now(answer)
    shorter: Rows = [HEADER, [1, "Báo cáo tháng hành động", "25/6", "STP", "có", "kèm phụ lục"]]
    told = load(loaded, written(tmp_path, shorter))
    assert "Không còn trong tệp nhưng đã có trả lời, nên được giữ lại: K17." in told.warnings
    there = loaded.read_now(lambda s: s.exec(select(Milestone).where(col(Milestone.ad_hoc))).all())
    assert {(row.code, row.due_on) for row in there} == {("K16", date(2024, 6, 25)), ("K17", date(2024, 6, 24))}
    assert load(loaded, written(tmp_path, shorter)).changed == 0


def test_a_date_that_the_desk_moved_stands_while_the_workbook_says_the_same(loaded: Database, tmp_path: Path) -> None:
    load(loaded, written(tmp_path, PLAN))

    def move(session: Session) -> None:
        row = session.exec(select(Milestone).where(col(Milestone.number) == 17)).one()
        bloc_id, _, _ = status.season_of(session, "noi-chinh-bac-kan")
        tasks.move(session, MoveDate(bloc_id, row.id or 0, date(2024, 6, 28), None, "CV 12"), 1, NOW)

    loaded.write_now(move)
    assert load(loaded, written(tmp_path, PLAN)).changed == 0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["Họp", "31/6", "STP", None, None], "B2: “31/6” không phải thời hạn"),
        (["Họp", "sớm", "STP", None, None], "B2: “sớm” không phải thời hạn"),
        (["Họp", None, "STP", None, None], "B2: chưa ghi thời hạn"),
        (["Họp", 45458, "STP", None, None], "B2: “45458” không phải thời hạn"),
        (["Họp", "15/6/2042", "STP", None, None], "B2: ngày 15/06/2042 cách năm thi đua 2024 quá xa"),
        ([None, "15/6", "STP", None, None], "A2: chưa ghi nhiệm vụ"),
        (["x" * 201, "15/6", "STP", None, None], "A2: dài 201 ký tự, tối đa 200"),
        (["???", "15/6", "STP", None, None], "A2: “???” không phải tên nhiệm vụ"),
        (["Họp", "15/6", "STB", None, None], "C2: không có đơn vị “STB”; có phải “STP”?"),
        (["Họp", "15/6", None, None, None], "C2: chưa ghi đơn vị"),
        (["Họp", "15/6", "STP", "ảnh chụp màn hình", None], "D2: “ảnh chụp màn hình”: minh chứng ghi có"),
        (["Họp", "15/6", "STP", None, "y" * 501], "E2: dài 501 ký tự, tối đa 500"),
    ],
)
def test_what_is_wrong_is_named_by_its_cell(loaded: Database, tmp_path: Path, row: list[Any], told: str) -> None:
    (problem,) = problems(loaded, written(tmp_path, [HEADER[1:], row]))
    assert problem.startswith(f"ke-hoach.xlsx:{told}"), problem


def test_everything_that_is_wrong_is_told_at_once(loaded: Database, tmp_path: Path) -> None:
    rows: Rows = [HEADER[1:], ["Họp", "31/6", "XYZ", "có", None], ["Họp", "15/6", "STP", "có", None]]
    rows.append(["họp ", "16/6", "STP", "có", None])
    told = problems(loaded, written(tmp_path, rows))
    assert [problem.split(":")[1] for problem in told] == ["B2", "C2", "A4"]
    assert told[2].endswith("đã có ở dòng 3")


def test_a_missing_column_an_empty_plan_and_another_file_are_told(loaded: Database, tmp_path: Path) -> None:
    (told,) = problems(loaded, written(tmp_path, [["Nhiệm vụ", "Thời hạn"], ["Họp", "15/6"]]))
    assert "thiếu cột: Đơn vị, Minh chứng, Ghi chú" in told
    assert problems(loaded, written(tmp_path, [HEADER])) == ["ke-hoach.xlsx:A1: không có nhiệm vụ nào"]
    other = tmp_path / "khac.xlsx"
    other.write_bytes(b"not a workbook")
    assert problems(loaded, other) == ["khac.xlsx:A1: không phải tệp Excel (.xlsx)"]


def test_the_template_can_be_loaded_as_it_is(loaded: Database, tmp_path: Path) -> None:
    file = tmp_path / "mau.xlsx"
    plan_template.write(file, [("STP", "Sở Tư pháp")])
    assert [line.title for line in read(loaded, file)] == [row[0] for row in plan_template.EXAMPLES]
