"""Word, Excel and PowerPoint as they were before 2007: a file system in a file (MS-CFB)."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from struct import unpack_from
from typing import Final

from api.inspection.findings import Bad, Opened

_END: Final = 0xFFFFFFFA
"""Sector numbers from here on mean: the chain ends."""
_MAIN: Final = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_MACROS: Final = {"Macros", "VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR"}
_ENCRYPTED: Final = {"EncryptedPackage", "EncryptionInfo", "EncryptedSummary"}
_PACKED: Final = "\x01Ole10Native"
"""Any file, wrapped to be dropped into a document."""
_POWERPOINT_MACROS: Final = re.compile(rb"\x02\x00\x00\x04\x0c\x00\x00\x00.{4}(?!\x00\x00\x00\x00)", re.DOTALL)
_SYLLABLE: Final = re.compile(rb"[\xac\xad]\x1e|\x23\x03")
"""Ậ and ậ, or the combining dot below, in UTF-16."""
_CONTROL: Final = re.compile(r"[\x00-\x1f]")

Data = bytes | mmap.mmap


class Compound:
    """The directory of a compound file, and the beginnings of its streams. Raises Bad("corrupt")."""

    def __init__(self, data: Data) -> None:
        if len(data) < 1536:
            raise Bad("corrupt")
        self._data = data
        self._shift = unpack_from("<H", data, 30)[0]
        if self._shift not in (9, 12):
            raise Bad("corrupt")
        self._tables = list(self._table_sectors())
        self._cutoff = unpack_from("<I", data, 56)[0]
        self.entries = dict(self._directory())

    def _sector(self, number: int) -> int:
        at: int = (number + 1) << self._shift
        if at + 8 > len(self._data):
            raise Bad("corrupt")
        return at

    def _table_sectors(self) -> Iterator[int]:
        """The sectors that hold the allocation table."""
        count, more = unpack_from("<I", self._data, 44)[0], unpack_from("<I", self._data, 68)[0]
        listed = list(unpack_from("<109I", self._data, 76))
        per_sector = (1 << self._shift) // 4
        while more < _END and len(listed) < count:
            at = self._sector(more)
            if at + (1 << self._shift) > len(self._data):
                raise Bad("corrupt")
            *some, more = unpack_from(f"<{per_sector}I", self._data, at)
            listed += some
        yield from listed[:count]

    def _chain(self, number: int) -> Iterator[int]:
        per_sector = (1 << self._shift) // 4
        for _ in range(len(self._data) >> self._shift):
            if number >= _END:
                return
            yield number
            table, index = divmod(number, per_sector)
            if table >= len(self._tables):
                raise Bad("corrupt")
            number = unpack_from("<I", self._data, self._sector(self._tables[table]) + 4 * index)[0]

    def _directory(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """name → (first sector, size)."""
        for number in self._chain(unpack_from("<I", self._data, 48)[0]):
            start = self._sector(number)
            for at in range(start, min(start + (1 << self._shift), len(self._data) - 127), 128):
                length, kind = unpack_from("<HB", self._data, at + 64)
                if kind in (1, 2, 5) and 2 <= length <= 64:
                    name = self._data[at : at + length - 2].decode("utf-16-le", "replace")
                    yield name, unpack_from("<II", self._data, at + 116)

    def begin(self, name: str, size: int) -> bytes:
        """The first bytes of a large stream, whose every sector must be there. Small streams: nothing."""
        first, length = self.entries[name]
        if length < self._cutoff:
            return b""
        sectors = list(self._chain(first))
        if len(sectors) << self._shift < length or max(sectors) + 1 > len(self._data) >> self._shift:
            raise Bad("corrupt")
        return b"".join(
            self._data[self._sector(n) : self._sector(n) + (1 << self._shift)] for n in sectors[: size >> 9]
        )


def look(path: Path) -> Opened:
    """A document of old. Raises Bad."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    found = Compound(data)
    refuse_contents(found)
    main = next((name for name in _MAIN if name in found.entries), None)
    if main is None:
        raise Bad("type")
    begin = found.begin(main, 65536)
    if main == "WordDocument" and len(begin) > 12 and begin[11] & 1:
        raise Bad("encrypted")
    if _MAIN[main] == "application/vnd.ms-excel":
        _refuse_sheets(begin)
    if main == "PowerPoint Document" and _POWERPOINT_MACROS.search(data):
        raise Bad("macros")
    return Opened(_MAIN[main], _words(data))


def refuse_contents(found: Compound) -> None:
    """Raise Bad for what no compound file may hold, a document of its own or one inside another."""
    names = found.entries.keys()
    if _ENCRYPTED & names:
        raise Bad("encrypted")
    if _MACROS & names:
        raise Bad("macros")
    if _PACKED in names:
        raise Bad("nested")


def _refuse_sheets(begin: bytes) -> None:
    """Walk the first records of a workbook: FILEPASS means encrypted, a BOUNDSHEET of type 1 is a macro sheet."""
    at = 0
    while at + 4 <= len(begin):
        kind, length = unpack_from("<HH", begin, at)
        if kind == 0x2F:
            raise Bad("encrypted")
        if kind == 0x85 and begin[at + 9 : at + 10] == b"\x01":
            raise Bad("macros")
        if kind == 0x0A:
            return
        at += 4 + length


def _words(data: Data) -> Iterator[str]:
    """The surroundings of each syllable that could be part of a marking."""
    for match in _SYLLABLE.finditer(data):
        start = max(match.start() % 2, match.start() - 240)
        around = data[start : match.start() + 240].decode("utf-16-le", "replace")
        yield _CONTROL.sub("\n", around)
