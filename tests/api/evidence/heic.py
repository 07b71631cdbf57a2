"""The smallest HEIC photo: 16 by 16 raw samples (I_PCM), one HEVC still picture in HEIF boxes (H.265, ISO 23008-12)."""

import struct

SIDE = 16
_PROFILE = bytes([0x03, 0x70, 0, 0, 0, 0x90, 0, 0, 0, 0, 0])
"""Main Still Picture: profile, compatibility, constraints."""
_LEVEL = 30


class _Bits:
    def __init__(self) -> None:
        self._bits = ""

    def u(self, value: int, width: int = 1) -> "_Bits":
        self._bits += format(value, f"0{width}b")
        return self

    def ue(self, *values: int) -> "_Bits":
        """Exponential Golomb codes."""
        for value in values:
            code = format(value + 1, "b")
            self._bits += "0" * (len(code) - 1) + code
        return self

    def raw(self, content: bytes) -> "_Bits":
        for byte in content:
            self.u(byte, 8)
        return self

    def aligned(self, first: int = 1) -> bytes:
        """With a stop bit when `first` is 1, then zeros to the byte."""
        bits = self._bits + str(first) if first else self._bits
        bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
        return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def _unit(kind: int, payload: bytes) -> bytes:
    """A NAL unit; a 3 is put where the payload would look like the start of another."""
    out = bytearray()
    for byte in payload:
        if byte <= 3 and out[-2:] == b"\0\0":
            out.append(3)
        out.append(byte)
    return bytes([kind << 1, 1]) + bytes(out)


def _parameters() -> tuple[bytes, bytes, bytes]:
    video = _Bits().u(0, 4).u(3, 2).u(0, 6).u(0, 3).u(1).u(0xFFFF, 16).raw(_PROFILE).u(_LEVEL, 8)
    video.u(1).ue(0, 0, 0).u(0, 6).ue(0).u(0).u(0)
    sequence = _Bits().u(0, 4).u(0, 3).u(1).raw(_PROFILE).u(_LEVEL, 8)
    sequence.ue(0, 1, SIDE, SIDE).u(0).ue(0, 0, 0).u(1).ue(0, 0, 0)
    sequence.ue(1, 0, 0, 2, 0, 0).u(0, 3)  # 16 x 16 blocks; no scaling list, asymmetric parts or offsets
    sequence.u(1).u(7, 4).u(7, 4).ue(1, 0).u(1)  # raw samples of 8 bits, in blocks of 16 x 16
    sequence.ue(0).u(0, 5)
    picture = _Bits().ue(0, 0).u(0, 7).ue(0, 0, 0).u(0, 3).ue(0, 0).u(0, 10).ue(0).u(0, 2)
    return _unit(32, video.aligned()), _unit(33, sequence.aligned()), _unit(34, picture.aligned())


def _slice() -> bytes:
    header = _Bits().u(1).u(0).ue(0, 2, 0).aligned()
    luma = bytes(40 + (7 * at) % 180 for at in range(SIDE * SIDE))
    undivided_and_raw, end = _coded(270), _coded(510)
    return _unit(19, header + undivided_and_raw + luma + bytes([128]) * (SIDE * SIDE // 2) + end)


def _coded(span: int) -> bytes:
    """A terminating decision in arithmetic code, when `span` of the range of 510 was left before it."""
    return _Bits().u((span - 2) >> 1 & 0xFF, 8).aligned()


def _box(kind: bytes, *body: bytes) -> bytes:
    content = b"".join(body)
    return struct.pack(">I", 8 + len(content)) + kind + content


def photo() -> bytes:
    units = _parameters()
    arrays = b"".join(
        struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit for kind, unit in zip((32, 33, 34), units, strict=True)
    )
    config = _box(
        b"hvcC", bytes([1]), _PROFILE, bytes([_LEVEL, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, 3]), arrays
    )
    size = _box(b"ispe", struct.pack(">III", 0, SIDE, SIDE))
    item = _box(b"infe", struct.pack(">IHH4sB", 2 << 24, 1, 0, b"hvc1", 0))
    data = _slice()
    data = struct.pack(">I", len(data)) + data
    start = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(at: int) -> bytes:
        place = struct.pack(">IBBHHHHII", 0, 0x44, 0, 1, 1, 0, 1, at, len(data))
        return _box(
            b"meta",
            bytes(4),
            _box(b"hdlr", bytes(8), b"pict", bytes(13)),
            _box(b"pitm", struct.pack(">IH", 0, 1)),
            _box(b"iinf", struct.pack(">IH", 0, 1), item),
            _box(
                b"iprp",
                _box(b"ipco", config, size),
                _box(b"ipma", struct.pack(">IIHBBB", 0, 1, 1, 2, 0x81, 2)),
            ),
            _box(b"iloc", place),
        )

    return start + meta(len(start) + len(meta(0)) + 8) + _box(b"mdat", data)
