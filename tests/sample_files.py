"""Small files of every kind, made of our own Vietnamese text: what attachments are in the tests."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

import docx
from fpdf import FPDF
from fpdf.enums import AccessPermission

from crawler.demo.sample_files import png_image

TITLE = "Kế hoạch số 27/KH-LĐLĐ"
LINES = (
    "Tổ chức Tháng Công nhân năm 2024 tại các công đoàn cơ sở trực thuộc.",
    "Giao Ban Tuyên giáo – Nữ công chủ trì, hoàn thành trước ngày 30/4/2024.",
)
CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf(*pages: str) -> bytes:
    """A PDF whose font tells its letters by a ToUnicode map, as PDFs of Vietnamese text do."""
    letters = sorted({letter for page in pages for letter in page if letter != "\n"})
    code = {letter: at for at, letter in enumerate(letters, 1)}
    mapped = "\n".join(f"<{at:02x}> <{ord(letter):04x}>" for letter, at in code.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(code)} beginbfchar\n{mapped}\nendbfchar\nendcmap end end"
    )
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 4 0 R >>",
        _pdf_stream(cmap),
    ]
    for number, page in enumerate(pages):
        shown = ("".join(f"{code[letter]:02x}" for letter in line) for line in page.split("\n"))
        drawn = "".join(f"<{line}> Tj 0 -14 Td\n" for line in shown)
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F 3 0 R >> >> /Contents {6 + 2 * number} 0 R >>",
            _pdf_stream(f"BT /F 11 Tf 40 800 Td\n{drawn}ET"),
        ]
    return _pdf_file(objects)


def _pdf_stream(text: str) -> str:
    return f"<< /Length {len(text)} >>\nstream\n{text}\nendstream"


def _pdf_file(objects: Sequence[str]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, record in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{record}\nendobj\n".encode())
    start = out.tell()
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    out.write(f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode())
    out.write(f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def scanned_pdf() -> bytes:
    """Two pages that are nothing but pictures."""
    document = FPDF()
    for page in ("mot", "hai"):
        document.add_page()
        document.image(io.BytesIO(png_image(page)), x=10, y=10, w=180)
    return bytes(document.output())


def locked_pdf() -> bytes:
    """A PDF that opens only with a password."""
    document = FPDF()
    document.set_encryption("chu", "mat khau", permissions=AccessPermission.none())
    document.add_page()
    document.set_font("Helvetica", "", 12)
    document.cell(0, 10, "Ke hoach mat")
    return bytes(document.output())


def word(*lines: str, rows: Sequence[Sequence[str]] = ()) -> bytes:
    """A DOCX with paragraphs and a table."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """A ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return out.getvalue()


def word_of(body: str, before: str = "") -> bytes:
    """A DOCX whose document part is written out."""
    return zipped({"word/document.xml": f"{before}<w:document {W}><w:body>{body}</w:body></w:document>"})


def slides(*texts: str) -> bytes:
    """A PPTX, one text a slide."""
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    parts = {
        f"ppt/slides/slide{n}.xml": f"<s {a}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></s>"
        for n, text in enumerate(texts, 1)
    }
    return zipped(parts)


def open_text(*lines: str) -> bytes:
    """An ODT."""
    text = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    body = "".join(f"<text:p>{line}</text:p>" for line in lines)
    return zipped(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": f"<d {text}>{body}</d>"}
    )


def sheet(rows: Sequence[Sequence[str | float]], name: str = "Danh sách") -> bytes:
    """An XLSX of one sheet."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    shown = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return zipped(
        {
            "[Content_Types].xml": CONTENT_TYPES,
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>'
            f'<sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{shown}</sheetData></worksheet>",
        }
    )


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE compound file (the container of .doc and .xls), its streams at least 4,096 bytes each."""
    sector, free, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    padded = {name: data.ljust(4096, b"\0") for name, data in streams.items()}
    fat = [0xFFFFFFFD, end]  # the FAT's own sector, then the directory's
    starts, blocks = {}, []
    for name, data in padded.items():
        count = -(-len(data) // sector)
        starts[name] = len(fat)
        fat += [len(fat) + n + 1 for n in range(count - 1)] + [end]
        blocks.append(data.ljust(count * sector, b"\0"))
    assert len(fat) <= 128, "one FAT sector is all this writer makes"
    names = list(padded)
    entries = [_entry("Root Entry", 5, 1 if names else free, end, 0)]
    for at, name in enumerate(names, 1):
        right = at + 1 if at < len(names) else free
        entries.append(_entry(name, 2, free, starts[name], len(padded[name]), right))
    directory = b"".join(entries).ljust(sector, b"\0")
    assert len(directory) == sector, "three streams at most"
    head = struct.pack("<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
                       0, 1, 1, 0, 4096, end, 0, end, 0)  # fmt: skip
    head += struct.pack("<109I", 0, *[free] * 108)
    table = struct.pack("<128I", *fat, *[free] * (128 - len(fat)))
    return head + table + directory + b"".join(blocks)


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = 0xFFFFFFFF) -> bytes:
    spelled = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII16xI8x8xIQ", spelled, len(spelled), kind, 1, 0xFFFFFFFF, right, child, 0,
                       start, size)  # fmt: skip


def old_word(*pieces: str | bytes, flags: int = 0x0200, version: int = 0x00C1) -> bytes:
    """A .doc of Word 97: text as pieces of two bytes a letter, `bytes` as pieces of Windows-1252."""
    main = bytearray(2048)
    struct.pack_into("<HH", main, 0, 0xA5EC, version)
    struct.pack_into("<H", main, 10, flags)
    ends, places = [0], []
    for piece in pieces:
        place = len(main)
        places.append(place if isinstance(piece, str) else 0x40000000 | 2 * place)
        main += piece.encode("utf-16-le") if isinstance(piece, str) else piece
        ends.append(ends[-1] + len(piece))
    table = struct.pack(f"<{len(ends)}I", *ends) + b"".join(struct.pack("<HIH", 0, at, 0) for at in places)
    clx = b"\x01\x02\x00ab" + b"\x02" + struct.pack("<I", len(table)) + table
    struct.pack_into("<ii", main, 0x4C, ends[-1], 0)
    struct.pack_into("<ii", main, 0x1A2, 16, len(clx))
    return compound({"WordDocument": bytes(main), "1Table": bytes(16) + clx})


def old_sheet(rows: Sequence[Sequence[str | float]], name: str = "Danh sách") -> bytes:
    """An .xls of Excel 97."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6)
    record = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    globals_size = 20 + 4 + 6 + len(record) + 4
    out = _record(0x0809, begin) + _record(0x0085, struct.pack("<IH", globals_size, 0) + record)
    out += _record(0x000A, b"") + _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6))
    width = max(map(len, rows))
    out += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            at = struct.pack("<HHH", y, x, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                out += _record(0x0204, at + text)
            else:
                out += _record(0x0203, at + struct.pack("<d", value))
    return compound({"Workbook": out + _record(0x000A, b"")})


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def rich_text(*lines: str) -> bytes:
    """An RTF, every letter beyond ASCII as an escape."""
    body = "\\par\n".join(
        "".join(letter if letter.isascii() else f"\\u{ord(letter)}?" for letter in line) for line in lines
    )
    return f"{{\\rtf1\\ansi\\ansicpg1252\\uc1 {body}}}".encode("ascii")
