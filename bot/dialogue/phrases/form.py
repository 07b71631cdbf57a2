"""How dates, counts and figures are written (Nghị định 30/2020/NĐ-CP, `domain.md` 7)."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.dialogue.values import Item

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def day(on: date) -> str:
    """15/6/2024; 05/01/2024: a zero before days under ten and before January and February."""
    month = f"{on.month:02d}" if on.month < 3 else str(on.month)
    return f"{on.day:02d}/{month}/{on.year}"


def weekday(on: date) -> str:
    return _WEEKDAYS[on.weekday()]


def moment(at: datetime) -> str:
    local = at.astimezone(LOCAL)
    return f"{local.hour:02d}:{local.minute:02d} ngày {day(local.date())}"


def hour(at: time) -> str:
    return f"{at.hour:02d}:{at.minute:02d}"


def two(count: int) -> str:
    """03 nhiệm vụ."""
    return f"{count:02d}"


def number(value: float) -> str:
    """12; 12,5; 1.200."""
    whole = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")
    return whole.translate(str.maketrans(",.", ".,"))


def quoted(text: str, limit: int = 80) -> str:
    """What somebody wrote, in one line, without the braces that the service fills in."""
    line = " ".join(text.replace("{", "(").replace("}", ")").split())
    return f"“{line if len(line) <= limit else line[: limit - 1].rstrip() + '…'}”"


def enumerated(names: Sequence[str], last: str = "và") -> str:
    """K7, K9 hay K12."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def figure(item: Item, percent: int | None, value: float | None) -> str:
    if value is not None and item.ask.target is not None:
        unit = f" {item.unit}" if item.unit else ""
        return f"{number(value)}/{number(item.ask.target)}{unit}"
    if percent is not None:
        return f"{percent}%"
    return number(value) if value is not None else ""


def title(item: Item) -> str:
    """A long title up to its first comma: what people call it."""
    return item.title.split(",")[0] if len(item.title) > LONG_TITLE else item.title


LONG_TITLE = 45


def due(item: Item) -> str:
    """thời hạn 15/6/2024, with the hour where the task has one."""
    at = f"{hour(item.due_time)} ngày " if item.due_time else ""
    return f"thời hạn {at}{day(item.due_on)}"


def left(item: Item) -> str:
    """còn 04 ngày làm việc; đến thời hạn (also the days off around it); đã qua 02 ngày làm việc."""
    days = item.working_days_left
    if item.bucket == "open_overdue":
        return f"đã qua {two(-days)} ngày làm việc" if days < 0 else "đã qua thời hạn"
    return f"còn {two(days)} ngày làm việc" if days > 0 else "đến thời hạn"
