"""What a file is by its first bytes, whatever its name says: products call web pages and text .xls, people rename."""

from __future__ import annotations

import codecs
import csv
import html.parser
import io
import re
import zipfile
from pathlib import Path
from typing import Literal

from ...errors import WorkshopError

Kind = Literal["text", "workbook", "page", "parquet"]

_OLD_OFFICE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_FILE_PASS = re.compile(rb"\x09\x08\x10\0\0\x06\x05\0.{12}(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
"""The first record of an old workbook, and behind it the one that says that all others are encrypted."""
_OLD_WORKBOOK = tuple(name.encode("utf-16-le") for name in ("Workbook\0", "Book\0"))
"""How an old Office file, which holds several streams, calls those of a workbook."""
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head|<meta|<table|<div|<style)", re.IGNORECASE)
_WITHOUT_TABLE = re.compile(rb"\s*(<\?xml|<workbook|\{\s*\")", re.IGNORECASE)


def kind(path: Path, name: str) -> Kind:
    """How a file is to be read; refused with what to do where it holds no table that can be read."""
    with path.open("rb") as file:
        data = file.read(2048)
    if not data:
        raise WorkshopError(f"{name} is empty: export it again, or leave it out.")
    if data.startswith(_ZIP):
        if _has_workbook(path):
            return "workbook"
        raise WorkshopError(f"{name} is an archive or damaged, no table: give it the ending .zip, or export it again.")
    if data.startswith(_OLD_OFFICE):
        return _old_workbook(path, name)
    if data.startswith(b"%PDF"):
        raise WorkshopError(f"{name} is a PDF: export the table itself.")
    if data.startswith(b"PAR1"):
        return "parquet"
    if path.suffix.lower() == ".parquet":
        raise WorkshopError(f"{name} cannot be read as Parquet: it begins as no Parquet file does. Export it again.")
    text = data.removeprefix(codecs.BOM_UTF8)
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = text.replace(b"\0", b"")[2:]
    if _PAGE.match(text):
        return "page"
    if _WITHOUT_TABLE.match(text):
        raise WorkshopError(f"{name} is XML or JSON, no table: open it in Excel and save it as .xlsx, or export CSV.")
    return "text"


def is_old_office(path: Path) -> bool:
    """Whether it is a file of Office before 2007, which is no zip archive."""
    with path.open("rb") as file:
        return file.read(4) == _OLD_OFFICE


def _old_workbook(path: Path, name: str) -> Kind:
    data = path.read_bytes()
    if _LOCKED in data or _FILE_PASS.search(data):
        raise WorkshopError(locked(name))
    if any(stream in data for stream in _OLD_WORKBOOK):
        return "workbook"
    raise WorkshopError(
        f"{name} is a file of an old Office program and no workbook, or damaged: open it and save it as .xlsx, or "
        "export it again."
    )


def locked(name: str) -> str:
    """The sentence that refuses a workbook with a password."""
    return f"{name} is locked with a password: open it, save it as .xlsx without one, and import that."


def _has_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # A workbook cut off says so itself; an archive of another kind is none by its name.
        return path.suffix.lower().startswith((".xls", ".ods"))
    return "content.xml" in names or any(name.startswith("xl/") for name in names)


def page_as_text(data: bytes, name: str) -> str:
    """The largest table of a web page as CSV: Salesforce and others write their "Excel" exports so."""
    told = re.search(rb"charset=[\"']?([\w-]+)", data[:4096], re.IGNORECASE)
    named = told[1].decode("ascii") if told else "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        named = "utf-16"
    try:
        text = data.decode(codecs.lookup(named).name)
    except (LookupError, UnicodeDecodeError):
        text = data.decode("cp1252", errors="replace")
    reader = _Tables()
    reader.feed(text)
    reader.close()
    rows = max(reader.tables, key=len, default=[])
    if len(rows) < 2:
        raise WorkshopError(
            f"{name} is a web page without a table: open it in Excel and save it as .xlsx, or export CSV."
        )
    width = max(map(len, rows))
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([*row, *[""] * (width - len(row))] for row in rows)
    return out.getvalue()


class _Tables(html.parser.HTMLParser):
    """The cells of every table of a page, those of a table inside another apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open and self._open[-1]:
            self._end_cell()
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 200) if span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._open and self._open[-1]:
            text = " ".join("".join(self._cell).replace("\xa0", " ").split(" ")).strip()
            self._open[-1][-1].extend([text, *[""] * (self._span - 1)])
        self._cell = None
