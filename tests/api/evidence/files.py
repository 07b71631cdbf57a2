"""Real files of every kind, made when they are asked for."""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pikepdf
from PIL import Image

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
EXE = b"MZ\x90\x00" + bytes(60) + b"PE\0\0" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)


# --- PDF ----------------------------------------------------------------------------------------------------------


def pdf(*lines: str, write: Callable[[list[bytes]], bytes] | None = None, **saving: object) -> bytes:
    """A PDF of one page that shows these lines with a font that says what its codes mean, as Word writes it."""
    document = pikepdf.new()
    letters = sorted(set("".join(lines)) | {" "})
    codes = {letter: number + 1 for number, letter in enumerate(letters)}
    pairs = "\n".join(f"<{codes[letter]:04x}> <{letter.encode('utf-16-be').hex()}>" for letter in letters)
    mapping = f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{len(letters)} beginbfchar\n{pairs}\nendbfchar"
    font = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type0, BaseFont=pikepdf.Name.Times,
            Encoding=pikepdf.Name("/Identity-H"), ToUnicode=document.make_stream(mapping.encode()),
        )
    )  # fmt: skip
    coded = [b"".join(struct.pack(">H", codes[letter]) for letter in line) for line in lines]
    page = document.add_blank_page(page_size=(595, 842))
    page.Contents = document.make_stream((write or lines_below_each_other)(coded))
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    return saved(document, **saving)


def saved(document: pikepdf.Pdf, **saving: object) -> bytes:
    file = io.BytesIO()
    document.save(file, **saving)
    return file.getvalue()


def lines_below_each_other(lines: list[bytes]) -> bytes:
    shown = "\n".join(f"1 0 0 1 72 {800 - 20 * at} Tm [<{line.hex()}>] TJ" for at, line in enumerate(lines))
    return f"BT /F1 13 Tf {shown} ET".encode()


def cells_side_by_side(lines: list[bytes]) -> bytes:
    shown = "\n".join(f"BT 1 0 0 1 {40 + 300 * at} 800 Tm <{line.hex()}> Tj ET" for at, line in enumerate(lines))
    return f"/F1 13 Tf {shown}".encode()


def pieces_of_one_line(lines: list[bytes]) -> bytes:
    """Each piece is placed right behind the one before, as some printers do with every word."""
    x, shown = 40.0, []
    for line in lines:
        shown.append(f"BT /F1 13 Tf 1 0 0 1 {x:.1f} 800 Tm <{line.hex()}> Tj ET")
        x += len(line) / 2 * 13 * 0.66 + 4
    return "\n".join(shown).encode()


def drawn_upside_down(lines: list[bytes]) -> bytes:
    """As browsers print: the page is flipped once and every line moves the page, not the text."""
    shown = "\n".join(
        f"q 1 0 0 1 72 {40 + 20 * at} cm BT /F1 13 Tf 1 0 0 -1 0 0 Tm <{line.hex()}> Tj ET Q"
        for at, line in enumerate(lines)
    )
    return f"1 0 0 -1 0 842 cm\n{shown}".encode()


# --- packages -----------------------------------------------------------------------------------------------------

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
OOXML = "application/vnd.openxmlformats-officedocument."


def archive(parts: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def docx(*paragraphs: str, also: Mapping[str, bytes | str] | None = None) -> bytes:
    body = "".join(f'<w:p w:rsidR="0"><w:r><w:t>{text}</w:t></w:r></w:p>' for text in paragraphs)
    types = f'<Override PartName="/word/document.xml" ContentType="{OOXML}wordprocessingml.document.main+xml"/>'
    main = {"[Content_Types].xml": TYPES.format(types), "word/document.xml": f"<w:document>{body}</w:document>"}
    return archive({**main, **(also or {})})


def xlsx(*cells: str, also: Mapping[str, bytes | str] | None = None) -> bytes:
    strings = "".join(f"<si><t>{text}</t></si>" for text in cells)
    types = f'<Override PartName="/xl/workbook.xml" ContentType="{OOXML}spreadsheetml.sheet.main+xml"/>'
    main = {
        "[Content_Types].xml": TYPES.format(types),
        "xl/workbook.xml": "<workbook/>",
        "xl/sharedStrings.xml": f"<sst>{strings}</sst>",
    }
    return archive({**main, **(also or {})})


def pptx(*texts: str) -> bytes:
    body = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    types = f'<Override PartName="/ppt/p.xml" ContentType="{OOXML}presentationml.presentation.main+xml"/>'
    return archive({"[Content_Types].xml": TYPES.format(types), "ppt/p.xml": "<p/>", "ppt/slides/slide1.xml": body})


def odf(kind: str, *paragraphs: str, also: Mapping[str, bytes | str] | None = None) -> bytes:
    body = "".join(f'<text:p text:style-name="P1">{text}</text:p>' for text in paragraphs)
    main = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:text>{body}</office:text>",
    }
    return archive({**main, **(also or {})})


def locked_zip() -> bytes:
    """A zip whose one part says that it is encrypted."""
    content = bytearray(archive({"bao-cao.txt": b"x" * 100}, zipfile.ZIP_STORED))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    return bytes(content)


# --- Office before 2007 -------------------------------------------------------------------------------------------

SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: Mapping[str, bytes], storages: tuple[str, ...] = ()) -> bytes:
    """A compound file with one allocation table; every stream is filled up to the size of a large one."""
    filled = {name: content + bytes(max(0, 4096 - len(content))) for name, content in streams.items()}
    names = [("Root Entry", 5, _END, 0), *((name, 1, 0, 0) for name in storages)]
    table: list[int] = [_TABLE]
    body = b""
    directory_sectors = (len(names) + len(filled) + 3) // 4
    first = 1 + directory_sectors
    table += [*range(2, first), _END]
    for name, content in filled.items():
        count = -(-len(content) // SECTOR)
        names.append((name, 2, first, len(content)))
        table += [*range(first + 1, first + count), _END]
        body += content.ljust(count * SECTOR, b"\0")
        first += count
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    directory = b"".join(_entry(*name) for name in names).ljust(directory_sectors * SECTOR, b"\0")
    return header + struct.pack("<128I", *table, *[_FREE] * (128 - len(table))) + directory + body


def _entry(name: str, kind: int, first: int, size: int) -> bytes:
    coded = (name + "\0").encode("utf-16-le")
    return (
        coded.ljust(64, b"\0") + struct.pack("<HBB", len(coded), kind, 1) + bytes(48) + struct.pack("<IQ", first, size)
    )


def doc(text: str = "Báo cáo", flags: int = 0, **also: bytes) -> bytes:
    fib = b"\xec\xa5\xc1\x00" + bytes(6) + struct.pack("<H", flags) + bytes(500)
    return compound({"WordDocument": fib + text.encode("utf-16-le"), **also})


def xls(*records: tuple[int, bytes]) -> bytes:
    book = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in ((0x809, bytes(16)), *records))
    return compound({"Workbook": book + struct.pack("<HH", 0x0A, 0)})


# --- pictures -----------------------------------------------------------------------------------------------------


def picture(kind: str, size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, kind)
    return file.getvalue()


def bomb_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few bytes that promise 3,600 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def black_png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


# --- films and sound ----------------------------------------------------------------------------------------------


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def movie(brand: bytes = b"isom") -> bytes:
    return box(b"ftyp", brand + bytes(4) + b"mp42") + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", bytes(500))


def mp3(tag: bytes = b"") -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    return tag + frame * 5


ID3 = b"ID3\x03\0\0\0\0\0\x0a" + bytes(10)


def ogg(codec: bytes = b"OpusHead\x01\x01") -> bytes:
    def page(kind: int, number: int, body: bytes) -> bytes:
        return b"OggS\0" + bytes([kind]) + bytes(8) + struct.pack("<III", 7, number, 0) + bytes([1, len(body)]) + body

    return page(2, 0, codec) + page(0, 1, b"OpusTags") + page(4, 2, bytes(100))
