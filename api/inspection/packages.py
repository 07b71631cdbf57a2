"""Zip packages: Word, Excel and PowerPoint since 2007, OpenDocument; any other archive is refused."""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from api.inspection.compound import Compound, refuse_contents
from api.inspection.findings import Bad, Opened
from api.inspection.kinds import ARCHIVES, PROGRAMS

ENTRIES: Final = 20_000
UNPACKED: Final = 1024**3
"""Bytes that a package may unpack to."""
RATIO: Final = 200
"""How much larger than packed, once it is more than `SMALL`."""
SMALL: Final = 32 * 1024**2
_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_MAIN_PARTS: Final = ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
_ODF: Final = re.compile(rb"application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation)\Z")
_MACRO_PART: Final = re.compile(
    r"(?i)vbaproject\.bin$|vbadata\.xml$|^xl/macrosheets/|^Scripts/.|^Basic/.+/(?!script-l[bc]\.xml)"
)
_DOCUMENT_INSIDE: Final = re.compile(r"(?i)^(?:word|xl|ppt)/embeddings/[^/]+\.(?:docx|xlsx|pptx)$")
_PACKED_PICTURE: Final = re.compile(r"(?i)\.(?:emz|wmz|svgz)$")
_WORDS: Final = re.compile(
    r"word/(?:document|header|footer|footnotes|endnotes|comments)\d*\.xml|xl/sharedStrings\.xml|xl/worksheets/sheet\d\.xml"
    r"|ppt/slides/slide\d{1,2}\.xml|ppt/slideMasters/slideMaster\d\.xml|content\.xml|styles\.xml|meta\.xml|docProps/core\.xml"
)
_WORDS_LIMIT: Final = 8 * 1024**2
_BREAK: Final = re.compile(
    r"</?(?:\w+:)?(?:p|h|br|tab|si|is|line-break|title|subject|description|keyword|keywords|odd\w+|even\w+|first\w+)"
    r"(?:\s[^<>]*)?/?>"
)
_TAG: Final = re.compile(r"<[^<>]*>")
_HEADER_CODE: Final = re.compile(r'&(?:[LCR]|"[^"]*"|\d+|[A-Z])')
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


def look(path: Path) -> Opened:
    """An Office or OpenDocument file. Raises Bad."""
    try:
        with zipfile.ZipFile(path) as package:
            media_type = _refuse(package, path.stat().st_size, depth=0)
            words = list(_words(package))
    except _BROKEN as error:
        raise Bad("corrupt") from error
    return Opened(media_type, words)


def _refuse(package: zipfile.ZipFile, size: int, depth: int) -> str:
    """The media type of a package in which everything was read and nothing is forbidden. Raises Bad."""
    parts = package.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > ENTRIES or unpacked > UNPACKED or unpacked > max(SMALL, RATIO * size):
        raise Bad("corrupt")
    if any(part.flag_bits & 1 for part in parts):
        raise Bad("encrypted")
    media_type = _media_type(package)
    if any(_MACRO_PART.search(part.filename) for part in parts):
        raise Bad("macros")
    for part in parts:
        with package.open(part) as content:
            _refuse_part(part.filename, content, depth, known=media_type is not None)
    if media_type is None:
        raise Bad("type")
    return media_type


def _media_type(package: zipfile.ZipFile) -> str | None:
    names = package.NameToInfo
    if "[Content_Types].xml" in names:
        types = _begin(package, "[Content_Types].xml").decode("utf-8", "replace")
        if "macroEnabled" in types:
            raise Bad("macros")
        return next((_OOXML + part for part in _MAIN_PARTS if f"{part}.main+xml" in types), None)
    kind = _begin(package, "mimetype").strip() if "mimetype" in names else b""
    if not _ODF.match(kind):
        return None
    if "META-INF/manifest.xml" in names and b"encryption-data" in _begin(package, "META-INF/manifest.xml"):
        raise Bad("encrypted")
    if "content.xml" not in names:
        raise Bad("corrupt")
    return kind.decode()


def _begin(package: zipfile.ZipFile, name: str, limit: int = _WORDS_LIMIT) -> bytes:
    with package.open(name) as part:
        return part.read(limit)


def _refuse_part(name: str, content: IO[bytes], depth: int, *, known: bool) -> None:
    """Read a part to its end, which checks it, and refuse what it must not be."""
    head = content.read(65536)
    if _is_archive(name, head) and not (known and depth == 0 and _DOCUMENT_INSIDE.match(name)):
        raise Bad("nested")
    if head.startswith(PROGRAMS) and len(head) > 64:
        raise Bad("type")
    if head.startswith(b"PK"):
        inside = head + content.read(SMALL)
        with zipfile.ZipFile(io.BytesIO(inside)) as package:
            _refuse(package, len(inside), depth + 1)
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        refuse_contents(Compound(head + content.read(SMALL)))
    while content.read(1024**2):
        pass


def _is_archive(name: str, head: bytes) -> bool:
    tar = head[257:262] == b"ustar"
    return tar or (head.startswith(ARCHIVES) and not _PACKED_PICTURE.search(name))


def _words(package: zipfile.ZipFile) -> Iterator[str]:
    for name in package.namelist():
        if _WORDS.fullmatch(name):
            lines = _lines(_begin(package, name).decode("utf-8", "replace"))
            yield _HEADER_CODE.sub("\n", lines) if name.startswith("xl/worksheets/") else lines


def _lines(xml: str) -> str:
    """The text of a part, a paragraph or cell a line. No parser: nothing in it can be expanded."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", xml)))
