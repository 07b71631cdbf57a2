"""YAML read with its places: every value keeps its line and column, so that a problem can name them.

Values stay the text that was typed. Nothing is guessed from how YAML 1.1 would read it, so the short code `NO` is no
boolean, `16:00` no number and a telephone keeps its leading zero. Aliases, tags and deep nesting have no use in a
file that people edit; they are refused, and with them every alias bomb.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from api.refusals import Invalid

SIZE_LIMIT = 512 * 1024
"""Bytes. The largest cluster of communes known (176 agencies) needs a tenth of it."""
DEPTH_LIMIT = 12
PROBLEM_LIMIT = 100
"""More than these help nobody: the first hundred are shown."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file; both count from 1."""

    line: int
    column: int


START = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, said to whoever edits the file (Vietnamese)."""

    file: str
    place: Place
    text: str

    def __str__(self) -> str:
        """`tep.yaml:14:9: ngày 31/6 không có trong lịch`"""
        return f"{self.file}:{self.place.line}:{self.place.column}: {self.text}"


class BlocFileRefused(Invalid):
    """A bloc file that cannot be loaded; `problems` holds everything that was found, in the file's order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        super().__init__("\n".join(lines), problems=lines)


@dataclass
class Report:
    """Collects the problems of one file."""

    name: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, place: Place, text: str) -> None:
        self.problems.append(Problem(self.name, place, text))

    def refuse_if_wrong(self) -> None:
        """Raise everything found so far, in the order of the file, each once."""
        if self.problems:
            found = sorted(dict.fromkeys(self.problems), key=lambda p: (p.place.line, p.place.column))
            raise BlocFileRefused(found[:PROBLEM_LIMIT])


@dataclass(frozen=True, slots=True)
class Scalar:
    place: Place
    text: str | None
    """None: nothing was written, or `null`."""


@dataclass(frozen=True, slots=True)
class Items:
    place: Place
    values: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Entries:
    place: Place
    values: "Mapping[str, Node]"
    keys: Mapping[str, Place]


Node = Scalar | Items | Entries


def compose(content: str | bytes, report: Report) -> Node | None:
    """The file's one document as nodes, or None after reporting why there is none."""
    text = _decoded(content, report)
    if text is None:
        return None
    try:
        return _document(yaml.parse(text, Loader=_LOADER), report)
    except yaml.MarkedYAMLError as error:
        report.wrong(_mark(error.problem_mark or error.context_mark), _syntax(error, text))
    except _TooDeep as error:
        report.wrong(error.place, f"lồng nhau quá {DEPTH_LIMIT} tầng")
    return None


def plain(node: Node) -> Any:
    """A node as JSON values; whole numbers and truth values are recognised, everything else stays text."""
    match node:
        case Scalar(text=None):
            return None
        case Scalar(text=str(text)):
            return _plain_scalar(text)
        case Items():
            return [plain(value) for value in node.values]
        case Entries():
            return {key: plain(value) for key, value in node.values.items()}


def _plain_scalar(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?(0|[1-9]\d{0,14})", text) else text


# --- bytes to text ------------------------------------------------------------------------------------------------


def _decoded(content: str | bytes, report: Report) -> str | None:
    if len(content) > SIZE_LIMIT:
        report.wrong(START, f"tệp lớn quá {SIZE_LIMIT // 1024} KB: đây không phải tệp khối thi đua")
        return None
    text = _utf8(content, report) if isinstance(content, bytes) else content.removeprefix("\ufeff")
    if text is None:
        return None
    if strange := _UNPRINTABLE.search(text):
        character = f"U+{ord(strange.group()):04X}"
        report.wrong(_place_at(text, strange.start()), f"ký tự không in được ({character}): đề nghị xóa")
        return None
    return text


def _utf8(content: bytes, report: Report) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        report.wrong(START, "tệp lưu dạng UTF-16: đề nghị lưu lại với bảng mã UTF-8")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        report.wrong(_place_at(before, len(before)), "tệp không phải UTF-8: đề nghị lưu lại với bảng mã UTF-8")
        return None


def _place_at(text: str, index: int) -> Place:
    line_start = text.rfind("\n", 0, index) + 1
    return Place(text.count("\n", 0, index) + 1, index - line_start + 1)


# --- text to nodes ------------------------------------------------------------------------------------------------


class _TooDeep(Exception):
    def __init__(self, place: Place) -> None:
        self.place = place


def _mark(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else START


def _document(events: Iterator[yaml.Event], report: Report) -> Node | None:
    root: Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            report.wrong(_mark(event.start_mark), "tệp có hơn một tài liệu (dòng ---): mỗi khối, mỗi năm một tệp")
            return None
        if isinstance(event, yaml.NodeEvent):
            root = _node(event, events, report, 1)
    if root is None or root == Scalar(root.place, None):
        report.wrong(START, "tệp rỗng")
        return None
    return root


def _node(event: yaml.Event, events: Iterator[yaml.Event], report: Report, depth: int) -> Node:
    place = _mark(event.start_mark)
    if depth > DEPTH_LIMIT:
        raise _TooDeep(place)
    _refuse_tricks(event, place, report)
    match event:
        case yaml.SequenceStartEvent():
            return _items(place, events, report, depth)
        case yaml.MappingStartEvent():
            return _entries(place, events, report, depth)
        case yaml.ScalarEvent():
            empty = bool(event.implicit[0]) and event.value in _NULLS
            return Scalar(place, None if empty else unicodedata.normalize("NFC", event.value))
    return Scalar(place, None)


def _refuse_tricks(event: yaml.Event, place: Place, report: Report) -> None:
    if isinstance(event, yaml.AliasEvent):
        report.wrong(place, f"bí danh *{event.anchor} không dùng được trong tệp khối: đề nghị viết rõ nội dung")
    elif getattr(event, "anchor", None):
        report.wrong(place, f"tên neo &{event.anchor} không dùng được trong tệp khối")  # type: ignore[attr-defined]
    if tag := getattr(event, "tag", None):
        report.wrong(place, f"thẻ {tag} không dùng được trong tệp khối")


def _items(place: Place, events: Iterator[yaml.Event], report: Report, depth: int) -> Items:
    values: list[Node] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        values.append(_node(event, events, report, depth + 1))
    return Items(place, tuple(values))


def _entries(place: Place, events: Iterator[yaml.Event], report: Report, depth: int) -> Entries:
    values: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        key = _node(event, events, report, depth + 1)
        value = _node(next(events), events, report, depth + 1)
        if not isinstance(key, Scalar) or key.text is None:
            report.wrong(key.place, "tên mục phải là chữ")
        elif key.text in values:
            report.wrong(key.place, f"mục “{key.text}” viết hai lần (lần đầu ở dòng {keys[key.text].line})")
        else:
            values[key.text], keys[key.text] = value, key.place
    return Entries(place, values, keys)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    """The parser's complaint in words that help whoever edits the file."""
    said = f"{error.context or ''} {error.problem or ''}"
    line = _mark(error.problem_mark or error.context_mark).line
    lines = text.splitlines()
    if "\t" in (lines[line - 1] if line <= len(lines) else ""):
        return "dòng này có phím Tab: đề nghị dùng dấu cách để thụt đầu dòng"
    if "mapping values are not allowed" in said:
        return "dấu hai chấm ở chỗ không hợp lệ: nội dung có dấu “: ” phải đặt trong dấu nháy kép"
    if "quoted scalar" in said:
        return "thiếu dấu nháy đóng"
    if "flow" in said:
        return "thiếu dấu đóng ] hoặc } hoặc dấu phẩy"
    if "cannot start any token" in said:
        return "ký tự mở đầu không hợp lệ: đề nghị đặt nội dung trong dấu nháy kép"
    return "không đọc được cấu trúc tệp: đề nghị kiểm tra dấu hai chấm và số dấu cách đầu dòng"
