"""Films and recordings: their frames are whole and in order. Nothing is decoded."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from api.inspection.findings import Bad, Opened

_BITRATES: Final = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s of layer III, MPEG 1 and MPEG 2."""
_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Hz, by the header's version bits."""
_CODECS: Final = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")


def movie(path: Path) -> Opened:
    """MP4, MOV or M4A: whole boxes, an index and data."""
    with path.open("rb") as file:
        boxes = dict(_boxes(file, path.stat().st_size))
    if b"moov" not in boxes or not {b"mdat", b"moof"} & boxes.keys():
        raise Bad("corrupt")
    brand = boxes.get(b"ftyp", b"qt  ")[:4]
    if brand[:2] == b"3g" or brand in (b"avif", b"avis", b"crx ", b"jxl "):
        raise Bad("type")
    if brand in (b"M4A ", b"M4B "):
        return Opened("audio/mp4")
    return Opened("video/quicktime" if brand == b"qt  " else "video/mp4")


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bytes]]:
    """(type, first bytes) of each box. Raises Bad when one reaches past the end."""
    at = 0
    while at < size:
        file.seek(at)
        header = file.read(20)
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        body = header[8:]
        if length == 1:
            length, body = int.from_bytes(header[8:16], "big"), header[16:]
        if length == 0:
            length = size - at
        if length < 8 or at + length > size:
            raise Bad("corrupt")
        yield kind, body
        at += length


def mp3(path: Path) -> Opened:
    """MPEG audio: after the tag, two frames that follow one another."""
    with path.open("rb") as file:
        start = _after_tag(file.read(10))
        file.seek(start)
        data = file.read(65536)
    for at in range(min(len(data), 8192)):
        length = _frame(data[at : at + 4])
        if length and _frame(data[at + length : at + length + 4]):
            return Opened("audio/mpeg")
    raise Bad("corrupt")


def _after_tag(head: bytes) -> int:
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for seven in head[6:10]:
        size = size << 7 | seven & 0x7F
    return 10 + size


def _frame(header: bytes) -> int:
    """The length of the layer III frame that begins so; 0: none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bitrate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer != 1 or bitrate in (0, 15) or rate == 3:
        return 0
    samples, table = (144, 1) if version == 3 else (72, 2)
    return samples * _BITRATES[table][bitrate] * 1000 // _RATES[version][rate] + (header[2] >> 1 & 1)


def ogg(path: Path) -> Opened:
    """Ogg with a sound codec: the first page names it, and the last one is whole."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length, body = _page(file)
        if not any(body.startswith(codec) for codec in _CODECS):
            raise Bad("type")
        at = length
        while at < size:
            file.seek(at)
            at += _page(file)[0]
    if at != size:
        raise Bad("corrupt")
    return Opened("audio/ogg")


def _page(file: BinaryIO) -> tuple[int, bytes]:
    """(length, first bytes of the body) of the page here."""
    header = file.read(27)
    if len(header) < 27 or header[:5] != b"OggS\0":
        raise Bad("corrupt")
    segments = file.read(header[26])
    body = sum(segments)
    here = file.tell()
    if len(segments) < header[26] or here + body > os.fstat(file.fileno()).st_size:
        raise Bad("corrupt")
    return 27 + len(segments) + body, file.read(min(body, 64))
