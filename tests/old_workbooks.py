"""Workbooks that openpyxl cannot write: .ods and .xlsb by hand, and those that LibreOffice converts."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def converted(book: Path, ending: str) -> Path:
    """The workbook as LibreOffice saves it in another form, beside it."""
    home = f"-env:UserInstallation={(book.parent / 'home').as_uri()}"
    command = [OFFICE, home, "--headless", "--convert-to", ending, book.name]
    subprocess.run(command, cwd=book.parent, check=True, capture_output=True, timeout=120, env=dict(os.environ))
    return book.with_suffix(f".{ending}")


_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
)


def ods(file: Path, rows: str, *, before: str = "", manifest: str = "") -> Path:
    """A sheet of these rows in XML; `before` stands above it all."""
    content = (
        f'<?xml version="1.0"?>{before}<office:document-content {_NAMES} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return file


def ods_row(*cells: str, more: str = "") -> str:
    """A row of texts."""
    each = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in cells
    )
    return f"<table:table-row{more}>{each}</table:table-row>"


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind % 128 + 128, kind // 128])
    assert len(body) < 128 * 128
    size = bytes([len(body)]) if len(body) < 128 else bytes([len(body) % 128 + 128, len(body) // 128])
    return head + size + body


def _word(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(file: Path, rows: list[list[object]], *, merged: tuple[int, int, int, int]) -> Path:
    """Rows of texts and numbers, first cells long and all others short, as SheetJS writes them ([MS-XLSB] 2.4)."""
    sheet = _record(129) + _record(148, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + _record(145)
    for number, row in enumerate(rows):
        sheet += _record(0, struct.pack("<IIHBBB", number, 0, 300, 0, 0, 0) + struct.pack("<I", 0))
        for place, cell in enumerate(row):
            body = b"" if place else struct.pack("<I", 0)
            kind = (17 if place else 6) if isinstance(cell, str) else (16 if place else 5) if cell is not None else 1
            if cell is None:
                kind = 12 if place else 1
            body += bytes(4) + (
                _word(cell) if isinstance(cell, str) else b"" if cell is None else struct.pack("<d", cell)
            )
            sheet += _record(kind, body)
    sheet += (
        _record(146) + _record(177, struct.pack("<I", 1)) + _record(176, struct.pack("<4I", *merged)) + _record(178)
    )
    sheet += _record(130)
    book = _record(131) + _record(143) + _record(156, struct.pack("<II", 0, 1) + _word("rId1") + _word("Calls"))
    book += _record(144) + _record(132)
    office = "http://schemas.openxmlformats.org"
    relation = (
        f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument/2006/relationships/{{}}" Target="{{}}"/></Relationships>'
    )
    kinds = f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="bin" ContentType="x/x"/></Types>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("_rels/.rels", relation.format("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", relation.format("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return file
