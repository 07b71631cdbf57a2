"""The text that a PDF page shows, a line or a table cell at a time: enough to see a stamp, no layout.

Text is joined while it stays on one line without a wide gap, since programs write a word in several pieces. Only
fonts that say what their codes mean (ToUnicode) are read; any program that writes Vietnamese includes it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pikepdf

DEPTH: Final = 3
"""Of drawings within drawings."""
CONTENT_LIMIT: Final = 4 * 1024**2
"""Bytes of one drawing; a larger one is a map, not a page of text."""
_WIDE: Final = 0.75
"""Generous width of a letter, and …"""
_GAP: Final = 1.5
"""… of a gap that parts two columns, in font sizes."""

Matrix = tuple[float, float, float, float, float, float]
Decode = Callable[[bytes], str]
_ONE: Final[Matrix] = (1, 0, 0, 1, 0, 0)


def of_page(page: pikepdf.Page) -> Iterator[str]:
    """The page's own text, that of the drawings it uses, and that of its stamps and notes."""
    yield from _of_drawing(page.obj, DEPTH)
    notes: Any = page.obj.get("/Annots", [])
    for note in notes:
        yield str(note.get("/Contents", ""))
        shown = note.get("/AP", {}).get("/N")
        if isinstance(shown, pikepdf.Stream):
            yield from _of_drawing(shown, DEPTH)


def _of_drawing(drawing: Any, depth: int) -> Iterator[str]:
    resources = drawing.get("/Resources", {})
    if _size(drawing) <= CONTENT_LIMIT:
        fonts = {name: _decoder(font) for name, font in dict(resources.get("/Font", {})).items()}
        yield "\n".join(_Pen(fonts).write(pikepdf.parse_content_stream(drawing)))
    if depth:
        for inner in dict(resources.get("/XObject", {})).values():
            if inner.get("/Subtype") == "/Form":
                yield from _of_drawing(inner, depth - 1)


def _size(drawing: Any) -> int:
    """Bytes of the unpacked instructions."""
    if isinstance(drawing, pikepdf.Stream):
        return len(drawing.read_bytes())
    content = drawing.get("/Contents", [])
    return sum(len(part.read_bytes()) for part in (content if isinstance(content, pikepdf.Array) else [content]))


@dataclass
class _Pen:
    """Where the next text goes, in page space, and the cells written so far."""

    fonts: dict[str, Decode]
    decode: Decode = field(default=lambda codes: "")
    size: float = 1
    page: Matrix = _ONE
    kept: list[Matrix] = field(default_factory=list)
    line: Matrix = _ONE
    leading: float = 0
    moved: bool = True
    end: tuple[float, float] | None = None
    cells: list[str] = field(default_factory=list)

    def write(self, instructions: Any) -> list[str]:
        for given, operator in instructions:
            self._do(str(operator), list(given))
        return self.cells

    def _do(self, operator: str, given: list[Any]) -> None:
        match operator:
            case "q":
                self.kept.append(self.page)
            case "Q" if self.kept:
                self.page = self.kept.pop()
            case "cm":
                self.page = _times(_matrix(given), self.page)
            case "BT":
                self.line, self.moved = _ONE, True
            case "Tf":
                self.decode, self.size = self.fonts.get(str(given[0]), lambda codes: ""), float(given[1])
            case "Tm":
                self.line, self.moved = _matrix(given), True
            case "TL":
                self.leading = float(given[0])
            case "Td" | "TD":
                self._move(float(given[0]), float(given[1]))
                if operator == "TD":
                    self.leading = -float(given[1])
            case "T*":
                self._move(0, -self.leading)
            case "'" | '"':
                self._move(0, -self.leading)
                self._show(bytes(given[-1]))
            case "Tj":
                self._show(bytes(given[0]))
            case "TJ":
                self._show_spaced(list(given[0]))

    def _move(self, x: float, y: float) -> None:
        self.line, self.moved = _times((1, 0, 0, 1, x, y), self.line), True

    def _show_spaced(self, parts: list[Any]) -> None:
        """Strings and, between them, gaps in thousandths of the font size: a large one is a space."""
        text = ""
        for part in parts:
            if isinstance(part, pikepdf.String):
                text += self.decode(bytes(part))
            elif float(part) < -200:
                text += " " if float(part) > -2000 else "\t"
        self._put(text)

    def _show(self, codes: bytes) -> None:
        self._put(self.decode(codes))

    def _put(self, text: str) -> None:
        a, b, _, _, x, y = _times(self.line, self.page)
        size = abs(self.size) * max(abs(a), abs(b)) or 1
        if self.end and not self.moved:
            x = self.end[0]
        joined = self.end and abs(self.end[1] - y) < 0.3 * size and x - self.end[0] < _GAP * size
        if joined:
            self.cells[-1] += text
        else:
            self.cells.append(text)
        self.end, self.moved = (x + _WIDE * size * len(text), y), False


def _matrix(given: list[Any]) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in given)
    return a, b, c, d, e, f


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


# --- what a font's codes mean -------------------------------------------------------------------------------------

_HEX: Final = rb"<([0-9A-Fa-f\s]+)>"
_SECTIONS: Final = re.compile(rb"begin(bfchar|bfrange)(.*?)endbf", re.DOTALL)
_WIDTH: Final = re.compile(rb"begincodespacerange\s*<([0-9A-Fa-f]+)>")
_PAIR: Final = re.compile(_HEX + rb"\s*" + _HEX)
_SPAN: Final = re.compile(_HEX + rb"\s*" + _HEX + rb"\s*(?:" + _HEX + rb"|\[(.*?)\])", re.DOTALL)


def _decoder(font: Any) -> Decode:
    mapping = font.get("/ToUnicode")
    if not isinstance(mapping, pikepdf.Stream):
        return lambda codes: codes.decode("latin-1")
    source = mapping.read_bytes()
    meanings = dict(_meanings(source))
    given = _WIDTH.search(source)
    width = len(given[1]) // 2 if given else 1 if font.get("/Subtype") != "/Type0" else 2

    def decode(codes: bytes) -> str:
        numbers = (int.from_bytes(codes[at : at + width], "big") for at in range(0, len(codes), width))
        return "".join(meanings.get(number, "") for number in numbers)

    return decode


def _meanings(source: bytes) -> Iterator[tuple[int, str]]:
    for section in _SECTIONS.finditer(source):
        if section[1] == b"bfchar":
            yield from ((int(pair[1], 16), _text(pair[2])) for pair in _PAIR.finditer(section[2]))
        else:
            for span in _SPAN.finditer(section[2]):
                yield from _span(int(span[1], 16), int(span[2], 16), span[3], span[4])


def _span(low: int, high: int, first: bytes | None, each: bytes | None) -> Iterator[tuple[int, str]]:
    codes = range(low, min(high, low + 65535) + 1)
    if each is not None:
        yield from zip(codes, (_text(found) for found in re.findall(_HEX, each)), strict=False)
    elif first and (text := _text(first)):
        yield from ((code, text[:-1] + chr(min(ord(text[-1]) + code - low, 0x10FFFF))) for code in codes)


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")
