"""Reads the year tables in `years/`: what one agency's focal point gets and says in a covenant year, written by hand.

A table is a text that an administrator can read (its own header explains the columns). It was made from the bloc file,
the default milestones, `domain.md` 2.6 and the official calendar of its year, and knows nothing of the program.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FOLDER = Path(__file__).parent / "years"
_WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: the program reminds, the agency answers, or a week's budget keeps a rung back."""

    at: datetime
    text: str
    """The answer, or the codes as the table writes them."""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.text.split())


@dataclass(slots=True)
class Storyboard:
    name: str
    sample: str
    agency: str
    loaded_at: datetime
    ends_on: date
    due: dict[str, date] = field(default_factory=dict)
    reminders: list[Line] = field(default_factory=list)
    answers: list[Line] = field(default_factory=list)
    kept_back: list[tuple[date, tuple[str, ...]]] = field(default_factory=list)


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def read(name: str) -> Storyboard:
    """Parse a table. ValueError names the line whose weekday, hour or columns are wrong."""
    rows = list(_rows(FOLDER / f"{name}.txt"))
    head = dict(row[0].split(": ", 1) for row in rows if len(row) == 1)
    board = Storyboard(
        name=name,
        sample=head["khối"],
        agency=head["đơn vị"],
        loaded_at=_moment(*head["nạp"].rsplit(" ", 1)),
        ends_on=_day(head["hết"]),
    )
    for row in rows:
        if len(row) == 3:
            board.due[row[0].removeprefix("hạn").strip()] = _day(row[1])
        elif len(row) == 5:
            _put(board, row)
    return board


def _put(board: Storyboard, row: list[str]) -> None:
    day, hour, kind, text, _ = row
    if kind == "chờ":
        board.kept_back.append((_day(day), tuple(text.split())))
        return
    line = Line(_moment(day, hour), text)
    {"nhắc": board.reminders, "đáp": board.answers}[kind].append(line)


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [part.strip() for part in line.split("|")]


def _day(written: str) -> date:
    weekday, _, numbers = written.partition(" ")
    day, month, year = (int(part) for part in numbers.split("/"))
    read_as = date(year, month, day)
    if _WEEKDAYS[read_as.weekday()] != weekday:
        raise ValueError(f"{written}: that day is a {_WEEKDAYS[read_as.weekday()]}")
    return read_as


def _moment(day: str, hour: str) -> datetime:
    return datetime.combine(_day(day), time.fromisoformat(hour), tzinfo=HANOI)
