"""Plain text and tables of comma-separated values, in UTF-8, UTF-16 or the Vietnamese code page."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from api.inspection.findings import Bad, Opened

_BLOCK: Final = 1024 * 1024
_ENDINGS: Final = {"": "text/plain", "txt": "text/plain", "text": "text/plain", "csv": "text/csv", "tsv": "text/csv"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MARKUP: Final = re.compile(r"\s*(?:#!|\{\\rtf|<(?:!doctype|html|\?xml|\?php|svg|script))", re.IGNORECASE)
_CELLS: Final = re.compile(r"[,;\t\"]")


def look(path: Path, ending: str) -> Opened:
    """Text that is nothing but text. Its ending only tells a table from prose, and a script from both."""
    media_type = _ENDINGS.get(ending)
    encoding = _encoding(path)
    if media_type is None or encoding is None or _MARKUP.match(next(_blocks(path, encoding), "")):
        raise Bad("type")
    blocks = _blocks(path, encoding)
    return Opened(media_type, blocks if media_type == "text/plain" else (_CELLS.sub("\n", block) for block in blocks))


def _encoding(path: Path) -> str | None:
    """The encoding in which the whole file is text; None: in none."""
    with path.open("rb") as file:
        start = file.read(3)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16" if _is_text(path, "utf-16") else None
    return next((encoding for encoding in ("utf-8-sig", "cp1258") if _is_text(path, encoding)), None)


def _is_text(path: Path, encoding: str) -> bool:
    try:
        return not any(_CONTROL.search(block) for block in _blocks(path, encoding))
    except UnicodeError:
        return False


def _blocks(path: Path, encoding: str) -> Iterator[str]:
    """The file in blocks of about a million characters that end with a line."""
    with path.open(encoding=encoding) as file:
        while block := file.read(_BLOCK):
            yield block + file.readline(_BLOCK)
