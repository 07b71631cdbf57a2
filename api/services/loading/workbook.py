"""A plan as people keep it: a workbook of five columns (Nhiệm vụ, Thời hạn, Đơn vị, Minh chứng, Ghi chú).

Read whole or refused whole; every problem is named by its cell (`ke-hoach.xlsx:B7: …`). Reading needs no database: who
the agencies are is handed in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from api.refusals import Invalid
from api.services.loading.milestones import nearest
from bot.dialogue.orders.whom import whom_of
from bot.dialogue.reading.fold import fold
from bot.dialogue.reading.vocabulary import vocabulary
from bot.dialogue.values import Book
from models.rules import deadlines

COLUMNS = {
    "nhiem vu": "title", "thoi han": "due", "don vi": "whom", "minh chung": "evidence", "ghi chu": "note",
}  # fmt: skip
NAMES = ("Nhiệm vụ", "Thời hạn", "Đơn vị", "Minh chứng", "Ghi chú")
SIZE_LIMIT = 5 * 1024 * 1024
"""Bytes. A plan of four hundred rows needs a hundredth of it."""
ROW_LIMIT = 400
HEADER_WITHIN = 10
"""The five names stand in one of the first rows; above them people write a title."""
TITLE_LIMIT, NOTE_LIMIT = 200, 500
EVIDENCE = {
    "": "any", "co": "any", "bat ky": "any", "cong van": "any", "cong van hoac tep": "any",
    "van ban": "any", "bao cao": "any", "so cong van": "any", "so, ngay cong van": "any",
    "tep": "file", "file": "file", "tep tin": "file", "anh": "file", "ban scan": "file",
    "khong": "none", "khong can": "none",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One row: a milestone and who owes it."""

    title: str
    due_on: date
    due_text: str | None = None
    due_time: time | None = None
    everybody: bool = False
    agencies: tuple[int, ...] = ()
    evidence: str = "any"
    note: str | None = None

    @property
    def key(self) -> str:
        """Its name in the plan: a row is the same as long as its title is."""
        return PREFIX + "-".join(re.findall(r"[a-z0-9]+", fold(self.title)))[:100]


PREFIX = "ke-hoach-"


class WorkbookRefused(Invalid):
    """A workbook that cannot be loaded; `problems` holds everything that was found, row by row."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems), problems=list(problems))


@dataclass
class _Sheet:
    """What is being read, and what is wrong with it."""

    name: str
    year: int
    book: Book
    problems: list[str] = field(default_factory=list)

    def wrong(self, cell: str, text: str) -> None:
        self.problems.append(f"{self.name}:{cell}: {text}")


def read(file: Path, year: int, book: Book) -> tuple[PlanLine, ...]:
    """The plan of the first sheet; `year` is for dates that name none. Raises WorkbookRefused, OSError."""
    sheet = _Sheet(file.name, year, book)
    lines = _lines(sheet, _rows(sheet, file))
    if not sheet.problems and not lines:
        sheet.wrong("A1", "không có nhiệm vụ nào")
    if sheet.problems:
        raise WorkbookRefused(sheet.problems)
    return lines


def _rows(sheet: _Sheet, file: Path) -> list[tuple[Any, ...]]:
    """The cells of the first sheet, as values; formulas as they were last calculated."""
    if file.stat().st_size > SIZE_LIMIT:
        raise WorkbookRefused([f"{sheet.name}:A1: tệp lớn quá 5 MB: đây không phải kế hoạch"])
    import openpyxl  # only who loads a workbook pays for it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError):
        raise WorkbookRefused([f"{sheet.name}:A1: không phải tệp Excel (.xlsx)"]) from None
    try:
        first = workbook.worksheets[0]
        return [tuple(row[:26]) for row in first.iter_rows(max_row=ROW_LIMIT + HEADER_WITHIN + 1, values_only=True)]
    finally:
        workbook.close()


def _lines(sheet: _Sheet, rows: Sequence[tuple[Any, ...]]) -> tuple[PlanLine, ...]:
    found = _header(sheet, rows)
    if found is None:
        return ()
    start, columns = found
    lines: dict[str, tuple[int, PlanLine]] = {}
    for number, row in enumerate(rows[start:], start + 1):
        if not any(_text(value) for value in row):
            continue
        if number - start > ROW_LIMIT:
            sheet.wrong(f"A{number}", f"quá {ROW_LIMIT} nhiệm vụ")
            break
        line = _line(sheet, number, {name: row[place] if place < len(row) else None for name, place in columns.items()},
                     {name: f"{chr(65 + place)}{number}" for name, place in columns.items()})  # fmt: skip
        if line is None:
            continue
        first = lines.setdefault(line.key, (number, line))
        if first[0] != number:
            cell = f"{chr(65 + columns['title'])}{number}"
            sheet.wrong(cell, f"nhiệm vụ “{line.title}” đã có ở dòng {first[0]}")
    return tuple(line for _, line in lines.values())


def _header(sheet: _Sheet, rows: Sequence[tuple[Any, ...]]) -> tuple[int, dict[str, int]] | None:
    """(rows until after the header, column by meaning); None after reporting what is missing."""
    best: dict[str, int] = {}
    at = 1
    for number, row in enumerate(rows[:HEADER_WITHIN], 1):
        named = {COLUMNS[said]: place for place, value in enumerate(row) if (said := fold(_text(value))) in COLUMNS}
        if len(named) > len(best):
            best, at = named, number
    if missing := [name for name in NAMES if COLUMNS[fold(name)] not in best]:
        sheet.wrong(f"A{at}", f"thiếu cột: {', '.join(missing)}; dòng đầu gồm {', '.join(NAMES)}")
        return None
    return at, best


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def _line(sheet: _Sheet, number: int, row: Mapping[str, Any], cells: Mapping[str, str]) -> PlanLine | None:
    before = len(sheet.problems)
    title = _limited(sheet, cells["title"], _text(row["title"]), TITLE_LIMIT)
    if not title:
        sheet.wrong(cells["title"], "chưa ghi nhiệm vụ")
    elif not re.search(r"[a-z0-9]", fold(title)):
        sheet.wrong(cells["title"], f"“{title}” không phải tên nhiệm vụ")
    due = _due(sheet, cells["due"], row["due"])
    whom = _whom(sheet, cells["whom"], _text(row["whom"]))
    evidence = _evidence(sheet, cells["evidence"], _text(row["evidence"]))
    note = _limited(sheet, cells["note"], _text(row["note"]), NOTE_LIMIT)
    if len(sheet.problems) > before or due is None or whom is None:
        return None
    on, text, at = due
    return PlanLine(title, on, text, at, *whom, evidence, note or None)


def _limited(sheet: _Sheet, cell: str, text: str, limit: int) -> str:
    if len(text) > limit:
        sheet.wrong(cell, f"dài {len(text)} ký tự, tối đa {limit}")
    return text


# --- thời hạn -----------------------------------------------------------------------------------------------------

_HOUR = re.compile(
    r"(?<![\d/])(\d{1,2}\s*(?:h|g|:|giờ)\s*(?:\d{2})?)(?!\d)(?:\s*phút)?[\s,]*(?:ngày\s+)?", re.IGNORECASE
)


Read = tuple[date, str | None, time | None]


def _due(sheet: _Sheet, cell: str, value: Any) -> Read | None:
    found = _read(sheet, cell, value)
    if found is None or abs(found[0].year - sheet.year) <= 1:
        return found
    sheet.wrong(cell, f"ngày {found[0]:%d/%m/%Y} cách năm thi đua {sheet.year} quá xa")
    return None


def _read(sheet: _Sheet, cell: str, value: Any) -> Read | None:
    """(date, the words when they say more, hour); a cell may hold a date or words."""
    if isinstance(value, datetime):
        hour = value.time().replace(second=0, microsecond=0)
        return value.date(), None, hour if hour != time() else None
    if isinstance(value, date):
        return value, None, None
    written = _text(value)
    if not written:
        sheet.wrong(cell, "chưa ghi thời hạn")
        return None
    found = _HOUR.match(written)
    try:
        at = deadlines.read_time(found[1]) if found else None
        due = deadlines.read(written[found.end() :] if found else written, sheet.year)
    except (deadlines.DueTextError, OverflowError):
        sheet.wrong(cell, f"“{written}” không phải thời hạn: đề nghị ghi như 15/6, 16:00 15/6/2024, trước ngày 15/6")
        return None
    return due.on, due.text, at


# --- đơn vị, minh chứng -------------------------------------------------------------------------------------------


def _whom(sheet: _Sheet, cell: str, written: str) -> tuple[bool, tuple[int, ...]] | None:
    said = fold(written).strip(" .,;")
    if not said:
        sheet.wrong(cell, "chưa ghi đơn vị: đề nghị ghi tất cả, hoặc mã đơn vị cách nhau bằng dấu phẩy")
        return None
    whom = whom_of(said, sheet.book)
    if whom and (whom.everybody or whom.agencies):
        return whom.everybody, whom.agencies
    as_typed = written.strip(" .,;")[-len(whom.unknown) :] if whom and whom.unknown else written
    agencies = list(_agencies(sheet, cell, as_typed))
    return (False, tuple(dict.fromkeys(agencies))) if agencies else None


def _agencies(sheet: _Sheet, cell: str, written: str) -> Iterator[int]:
    for part in filter(None, (part.strip() for part in re.split(r"[,;\n]", written))):
        members, end = vocabulary(sheet.book).agency_at(fold(part))
        if members and end == len(fold(part)):
            yield from (member.agency_id for member in members)
        else:
            shorts = [member.short for member in sheet.book.members]
            sheet.wrong(cell, f"không có đơn vị “{part}”{nearest(part, shorts)}")


def _evidence(sheet: _Sheet, cell: str, written: str) -> str:
    known = EVIDENCE.get(fold(written).strip(" ."))
    if known is None:
        sheet.wrong(cell, f"“{written}”: minh chứng ghi có (công văn hoặc tệp), tệp, hoặc không")
    return known or "any"
