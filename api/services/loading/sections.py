"""One mapping of a bloc file, read key by key into typed values; what cannot be read becomes a problem with its place.

Every taker returns None after it has reported, so that reading goes on and one run finds all problems of a file.
"""

import re
from collections.abc import Sequence
from datetime import date, time
from difflib import get_close_matches

from api.services.loading.marked import Entries, Items, Node, Place, Report, Scalar
from models.rules import deadlines

TEXT_LIMIT = 1000
"""Characters of one value."""

_TRUTH = {
    "true": True, "yes": True, "có": True, "co": True,
    "false": False, "no": False, "không": False, "khong": False,
}  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SPOKEN = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


class Section:
    """A mapping whose known keys are named beforehand; an unknown one is reported with the nearest known."""

    def __init__(self, node: Node | None, known: Sequence[str], report: Report, what: str, place: Place) -> None:
        self.report, self.what, self.place = report, what, place
        self._values: dict[str, Node] = {}
        if isinstance(node, Entries):
            self.place = node.place
            self._values = dict(node.values)
            self._refuse_unknown(node, known)
        elif node is not None and node != Scalar(node.place, None):
            report.wrong(node.place, f"{what} phải gồm các mục dạng “tên: nội dung”")

    def _refuse_unknown(self, node: Entries, known: Sequence[str]) -> None:
        for key, place in node.keys.items():
            if key in known:
                continue
            near = get_close_matches(key.lower(), known, n=1, cutoff=0.6)
            hint = f"; có phải “{near[0]}”?" if near else f"; các mục dùng được: {', '.join(known)}"
            self.report.wrong(place, f"không có mục “{key}” trong {self.what}{hint}")

    # --- where ----------------------------------------------------------------------------------------------------

    def __contains__(self, key: str) -> bool:
        node = self._values.get(key)
        return node is not None and not (isinstance(node, Scalar) and node.text is None)

    def node(self, key: str) -> Node | None:
        return self._values[key] if key in self else None

    def place_of(self, key: str) -> Place:
        """Where the value stands, or the section itself when it is not given."""
        return self._values[key].place if key in self._values else self.place

    def wrong(self, key: str, text: str) -> None:
        self.report.wrong(self.place_of(key), text)

    # --- values ---------------------------------------------------------------------------------------------------

    def text(self, key: str, *, required: bool = False, limit: int = TEXT_LIMIT) -> str | None:
        """One line of text, its spaces tidied."""
        if key not in self:
            if required:
                self.report.wrong(self.place_of(key), f"thiếu “{key}” của {self.what}")
            return None
        return text_of(self._values[key], f"“{key}”", self.report, limit)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        node = self.node(key)
        if node is None:
            return ()
        nodes = node.values if isinstance(node, Items) else (node,)
        said = (text_of(each, f"mỗi dòng của “{key}”", self.report) for each in nodes)
        return tuple(text for text in said if text)

    def whole(self, key: str, low: int, high: int, *, required: bool = False) -> int | None:
        """A whole number from `low` to `high`."""
        text = self.text(key, required=required)
        if text is None:
            return None
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            self.wrong(key, f"“{key}” phải là số nguyên từ {low} đến {high}, tệp ghi “{text}”")
            return None
        return int(text)

    def figure(self, key: str) -> float | None:
        """A positive number, with a decimal comma or point; `1.000` could mean two things and is refused."""
        text = self.text(key)
        if text is None:
            return None
        if re.fullmatch(r"\d{1,3}(\.\d{3})+", text):
            self.wrong(key, f"“{text}” có thể hiểu hai cách: đề nghị ghi {text.replace('.', '')}, không dấu chấm")
        elif not re.fullmatch(r"\d{1,12}([.,]\d{1,6})?", text) or float(text.replace(",", ".")) == 0:
            self.wrong(key, f"“{key}” phải là số lớn hơn 0 (ví dụ 15 hoặc 12,5), tệp ghi “{text}”")
        else:
            return float(text.replace(",", "."))
        return None

    def flag(self, key: str) -> bool:
        text = self.text(key)
        if text is None:
            return False
        if text.lower() not in _TRUTH:
            self.wrong(key, f"“{key}” chỉ nhận true hoặc false, tệp ghi “{text}”")
            return False
        return _TRUTH[text.lower()]

    def choice(self, key: str, options: Sequence[str], *, default: str | None = None) -> str | None:
        text = self.text(key)
        if text is None:
            return default
        if text.lower() in options:
            return text.lower()
        near = get_close_matches(text.lower(), options, n=1, cutoff=0.6)
        hint = f"; có phải “{near[0]}”?" if near else ""
        self.wrong(key, f"“{key}” chỉ nhận {', '.join(options)}; tệp ghi “{text}”{hint}")
        return default

    def day(self, key: str) -> date | None:
        """A full date: `2024-03-29` or `29/3/2024`."""
        text = self.text(key)
        if text is None:
            return None
        iso, spoken = _ISO.fullmatch(text), _SPOKEN.fullmatch(text)
        if iso:
            return day_of(int(iso[1]), int(iso[2]), int(iso[3]), self.place_of(key), self.report)
        if spoken:
            return day_of(int(spoken[3]), int(spoken[2]), int(spoken[1]), self.place_of(key), self.report)
        self.wrong(key, f"“{text}” không phải ngày: đề nghị ghi như 29/3/2024 hoặc 2024-03-29")
        return None

    def days(self, key: str) -> tuple[date, ...]:
        """A list of full dates."""
        node = self.node(key)
        if node is None:
            return ()
        nodes = node.values if isinstance(node, Items) else (node,)
        read = (self._alone(each).day("ngày") for each in nodes)
        return tuple(day for day in read if day is not None)

    def _alone(self, node: Node) -> "Section":
        one = Entries(node.place, {"ngày": node}, {"ngày": node.place})
        return Section(one, ("ngày",), self.report, self.what, node.place)

    def hour(self, key: str) -> time | None:
        """An hour of the day: `16:00`, `16h30`, `16h`."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return deadlines.read_time(text)
        except deadlines.DueTextError:
            self.wrong(key, f"“{text}” không phải giờ: đề nghị ghi như 16:00 hoặc 16h30")
            return None

    # --- nested ---------------------------------------------------------------------------------------------------

    def section(self, key: str, known: Sequence[str], what: str) -> "Section":
        """A nested mapping; an empty one when it is not given."""
        return Section(self.node(key), known, self.report, what, self.place_of(key))

    def sections(self, key: str, known: Sequence[str], what: str) -> tuple["Section", ...]:
        """A list of mappings."""
        node = self.node(key)
        if node is None:
            return ()
        if not isinstance(node, Items):
            self.wrong(key, f"“{key}” phải là danh sách, mỗi dòng bắt đầu bằng dấu “-”")
            return ()
        return tuple(Section(each, known, self.report, what, each.place) for each in node.values)


def text_of(node: Node, what: str, report: Report, limit: int = TEXT_LIMIT) -> str | None:
    """The text of a scalar, tidied; None after reporting anything else."""
    if not isinstance(node, Scalar):
        report.wrong(node.place, f"{what} phải là một dòng chữ")
        return None
    text = " ".join((node.text or "").split())
    if len(text) > limit:
        report.wrong(node.place, f"{what} dài quá {limit} ký tự")
        return None
    if not text:
        report.wrong(node.place, f"{what} để trống")
        return None
    return text


def day_of(year: int, month: int, day: int, place: Place, report: Report) -> date | None:
    """The date, or None after reporting that the calendar has none such (31/6) or that the year is a slip."""
    try:
        found = date(year, month, day)
    except ValueError:
        report.wrong(
            place, f"ngày {day}/{month} không có trong lịch" + (f" năm {year}" if (day, month) == (29, 2) else "")
        )
        return None
    if not 2000 <= year <= 2100:
        report.wrong(place, f"năm {year} nằm ngoài 2000–2100")
        return None
    return found
