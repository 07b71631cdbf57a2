"""PDF: opens without a password, has pages, runs nothing; the text of its first pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pikepdf

from api.inspection import pdf_words
from api.inspection.findings import Bad, Opened
from api.inspection.kinds import ARCHIVES, PROGRAMS

_ACTIVE: Final = ("/JavaScript", "/Launch")
_PAGES_READ: Final = 3


def look(path: Path) -> Opened:
    """Raises Bad."""
    try:
        document = pikepdf.open(path)
        if len(document.pages) == 0:
            raise Bad("corrupt")
        _refuse_active(document.Root)
        _refuse_attached(document)
    except pikepdf.PasswordError as error:
        raise Bad("encrypted") from error
    except (pikepdf.PdfError, pikepdf.DataDecodingError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Bad("corrupt") from error
    return Opened("application/pdf", _words(document))


def _refuse_active(root: Any) -> None:
    """A document that acts when it is opened is a macro."""
    opening = root.get("/OpenAction")
    acts = isinstance(opening, pikepdf.Dictionary) and str(opening.get("/S")) in _ACTIVE
    if acts or "/JavaScript" in root.get("/Names", {}) or "/AA" in root:
        raise Bad("macros")


def _refuse_attached(document: pikepdf.Pdf) -> None:
    for attached in document.attachments.values():
        head = attached.get_file().read_bytes()[:512]
        if head.startswith(ARCHIVES):
            raise Bad("nested")
        if head.startswith(PROGRAMS):
            raise Bad("type")


def _words(document: pikepdf.Pdf) -> Iterator[str]:
    """As far as it can be read: a page that cannot hides nothing that a reader would show."""
    try:
        if title := document.docinfo.get("/Title"):
            yield str(title)
        for page in document.pages[:_PAGES_READ]:
            yield from pdf_words.of_page(page)
    except (pikepdf.PdfError, pikepdf.DataDecodingError, AttributeError, KeyError, TypeError, ValueError, IndexError):
        return
