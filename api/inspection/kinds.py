"""The files that are accepted as evidence, and how they begin. A name never decides what a file is."""

import re
from typing import Final, Literal

_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_ODF: Final = "application/vnd.oasis.opendocument."

ACCEPTED: Final[dict[str, tuple[str, ...]]] = {
    "application/pdf": ("pdf",),
    "application/msword": ("doc",),
    f"{_OOXML}wordprocessingml.document": ("docx",),
    "application/vnd.ms-excel": ("xls",),
    f"{_OOXML}spreadsheetml.sheet": ("xlsx",),
    "application/vnd.ms-powerpoint": ("ppt",),
    f"{_OOXML}presentationml.presentation": ("pptx",),
    f"{_ODF}text": ("odt",),
    f"{_ODF}spreadsheet": ("ods",),
    f"{_ODF}presentation": ("odp",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "text/plain": ("txt",),
    "text/csv": ("csv",),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov",),
    "audio/mpeg": ("mp3",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/mp4": ("m4a",),
}
"""Media type → the endings that a name of it may have, the usual one first."""

Family = Literal[
    "pdf", "image/jpeg", "image/png", "image/webp", "heic", "package", "compound", "movie", "mp3", "ogg", "text"
]
"""Who opens it. `package`: a zip, Office and ODF among others; `compound`: Office before 2007; `movie`: boxes."""

_STARTS: Final[tuple[tuple[bytes, Family], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"PK\x03\x04", "package"),
    (b"PK\x05\x06", "package"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
)
_PDF: Final = re.compile(rb"[\s\xef\xbb\xbf\x00]{0,1024}%PDF-")
_PICTURE_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_FOREIGN_BRANDS: Final = (b"avif", b"avis", b"crx ", b"jxl ")

ARCHIVES: Final = (
    b"PK\x03\x04",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"MSCF",
)
PROGRAMS: Final = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


def family(head: bytes) -> Family:
    """Who may be able to open a file that begins so; `text` when nothing is recognised."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if _PDF.match(head):
        return "pdf"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "heic" if _is_picture(head) else "movie"
    if head[:1] == b"\xff" and head[1:2] > b"\xe0" and head[:2] not in (b"\xff\xfe", b"\xff\xff"):
        return "mp3"
    return "movie" if head[4:8] in (b"moov", b"mdat", b"wide", b"free") else "text"


def _is_picture(head: bytes) -> bool:
    brands = head[8 : max(16, min(int.from_bytes(head[:4], "big"), 256))]
    return brands[:4] in _PICTURE_BRANDS and not any(foreign in brands for foreign in _FOREIGN_BRANDS)


def usual_name(name: str | None, media_type: str, otherwise: str) -> str:
    """A name whose ending tells what the file is: what a download is called, whatever the sender called it."""
    endings = ACCEPTED.get(media_type, ("bin",))
    stem = name or otherwise
    if stem.rsplit(".", 1)[-1].lower() in endings and "." in stem:
        return stem
    return f"{stem}.{endings[0]}"
