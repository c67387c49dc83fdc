"""The parts of a workbook that is a zip archive: whether they may be unpacked, and what the reader of cells leaves out.

python-calamine reads the cells. It does not tell the merged cells of .ods and .xlsb, stops at line breaks between the
cells of an .ods, passes over the short cells that some programs write into .xlsb, and gives nothing for a formula that
no spreadsheet has calculated yet.
"""

from __future__ import annotations

import html
import io
import posixpath
import re
import struct
import xml.parsers.expat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import WorkshopError
from . import contents

MOST_BYTES = 3 * 2**30
MOST_TIMES_SMALLER = 200
"""A workbook's XML is written ten to fifty times smaller; what grows more than this was made to fill a memory."""

Span = tuple[int, int, int]
"""A cell merged over several rows: its column, its first and its last row, all counted from 0."""

_DAMAGED = (
    "{} is damaged or was cut off: open it in Excel or LibreOffice and save it again as .xlsx, or export it again."
)
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, xml.parsers.expat.ExpatError, struct.error),
    *(EOFError, OSError, LookupError, ValueError, RuntimeError),
)
"""What the parts of a damaged workbook are refused by when they are unpacked and read."""
_FORMULA = re.compile(
    rb"<c ([^<>]*)>\s*<f(?:[^<>]*/>|[^<>]*>[^<]*</f>)\s*(?:<v>([^<]*)</v>|<v\s*/>)?", re.DOTALL
)  # fmt: skip
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_SHEET = re.compile(rb"<(?:\w{1,20}:)?sheet\b[^<>]*>")
_BETWEEN_TAGS = re.compile(rb">(\s+)<")
_LONGEST_CELL = 1 << 20


@dataclass
class Parts:
    """What the parts of one workbook say beside its cells; `spans` and `uncalculated` by the name of the sheet."""

    content: io.BytesIO | None = None
    """The workbook as the reader of cells understands it, where the file itself is not so."""
    spans: dict[str, list[Span]] = field(default_factory=dict)
    uncalculated: dict[str, dict[int, int]] = field(default_factory=dict)
    """By column, counted from 0: the first row, counted from 1, of a formula without a value."""


def looked_through(path: Path, name: str) -> Parts:
    """What the parts of the workbook say; refused where it is damaged, locked, or grows out of all proportion."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, name)
            names = set(archive.namelist())
            if "content.xml" in names:
                return _of_ods(archive, name)
            found = _of_xlsb(archive) if "xl/workbook.bin" in names else _of_xlsx(archive)
            for part in names:
                _read_to_the_end(archive, part)
            return found
    except WorkshopError:
        raise
    except _FAULTS as error:
        is_locked = isinstance(error, RuntimeError) and "password" in str(error)
        raise WorkshopError(contents.locked(name) if is_locked else _DAMAGED.format(name)) from None


def _check(archive: zipfile.ZipFile, name: str) -> None:
    members = archive.infolist()
    size, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if size > MOST_BYTES or (size > 2**28 and size > MOST_TIMES_SMALLER * max(packed, 1)):
        raise WorkshopError(
            f"{name} would unpack to {size / 2**30:,.1f} GB, which no list needs: export it again as CSV, in parts if "
            "it is that long."
        )


def _read_to_the_end(archive: zipfile.ZipFile, part: str) -> None:
    # The size that an archive states of a part may be a lie; what comes out is held against its checksum.
    with archive.open(part) as opened:
        while opened.read(1 << 20):
            pass


# .xlsx


def _of_xlsx(archive: zipfile.ZipFile) -> Parts:
    found = Parts()
    book = archive.read("xl/workbook.xml")
    at_opening = b'fullCalcOnLoad="1"' in book or b'fullCalcOnLoad="true"' in book
    for title, part in _sheets_of_xlsx(archive, book).items():
        columns: dict[int, int] = {}
        for given, value in _formulas(archive, part):
            place = _PLACE.search(given)
            has_value = value is not None and value != b""
            # Programs that write formulas without calculating them leave the value out or put a 0 there.
            if not place or b't="str"' in given or (has_value and not (at_opening and value == b"0")):
                continue
            columns.setdefault(_column(place[1]), int(place[2]))
        if columns:
            found.uncalculated[title] = columns
    return found


def _sheets_of_xlsx(archive: zipfile.ZipFile, book: bytes) -> dict[str, str]:
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    found = {}
    for tag in _SHEET.findall(book):
        title, key = re.search(rb'\bname="([^"]*)"', tag), re.search(rb':id="([^"]*)"', tag)
        if title and key and key[1].decode() in targets:
            found[html.unescape(title[1].decode("utf-8", "replace"))] = targets[key[1].decode()]
    return {title: part for title, part in found.items() if part in archive.NameToInfo}


def _targets(archive: zipfile.ZipFile, rels: str) -> dict[str, str]:
    """The parts that a workbook's relations name, by their ids."""
    found = {}
    for tag in re.findall(rb"<(?:\w{1,20}:)?Relationship\b[^<>]*>", archive.read(rels)):
        key, target = re.search(rb'\bId="([^"]*)"', tag), re.search(rb'\bTarget="([^"]*)"', tag)
        if key and target:
            found[key[1].decode()] = posixpath.normpath(posixpath.join("/xl", target[1].decode())).lstrip("/")
    return found


def _formulas(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes | None]]:
    kept = b""
    with archive.open(part) as opened:
        while block := opened.read(1 << 20):
            text = kept + block
            if b"<f" in text:
                for found in _FORMULA.finditer(text, 0, _end_of_cells(text)):
                    yield found[1], found[2]
            kept = text[max(_end_of_cells(text), len(text) - _LONGEST_CELL) :]


def _end_of_cells(text: bytes) -> int:
    return text.rfind(b"<c ") if b"<c " in text else max(0, len(text) - 2)


def _column(letters: bytes) -> int:
    """
    >>> _column(b"A"), _column(b"AB")
    (0, 27)
    """
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place - 1


# .xlsb

_SHORT_CELLS = range(12, 19)
_SHEET_NAMED, _MERGED = 156, 176


def _of_xlsb(archive: zipfile.ZipFile) -> Parts:
    """The merged cells of each sheet; and the workbook with long cells in place of short ones, where it has such."""
    targets = _targets(archive, "xl/_rels/workbook.bin.rels")
    found, rewritten = Parts(), {}
    for kind, body in _records(archive.read("xl/workbook.bin")):
        if kind != _SHEET_NAMED:
            continue
        key, rest = _text(body[8:])
        part = targets.get(key, "")
        if part not in archive.NameToInfo or "worksheets" not in part:
            continue
        data = archive.read(part)
        spans, has_short = [], False
        for kind, body in _records(data):
            has_short = has_short or kind in _SHORT_CELLS
            if kind == _MERGED:
                first, last, column, _ = struct.unpack_from("<4I", body)
                spans += [(column, first, last)] if last > first else []
        found.spans[_text(rest)[0]] = spans
        if has_short:
            rewritten[part] = b"".join(_with_long_cells(data))
    if rewritten:
        found.content = _copy(archive, rewritten)
    return found


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each record: one or two bytes of kind, one to four of length, seven bits in each."""
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | ((data[at] & 0x7F) << 7)
            at += 1
        size = shift = 0
        while True:
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:
                break
        yield kind, data[at : at + size]
        at += size


def _with_long_cells(data: bytes) -> Iterator[bytes]:
    # A short cell stands in the column behind the cell before it; the long one of the same kind says its column.
    column = -1
    for kind, body in _records(data):
        if kind == 0:
            column = -1
        elif 1 <= kind <= 11:
            (column,) = struct.unpack_from("<I", body)
        elif kind in _SHORT_CELLS:
            column += 1
            kind, body = kind - 11, struct.pack("<I", column) + body
        yield _record(kind, body)


def _record(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(body)
    while left >= 0x80:
        size, left = size + bytes([left & 0x7F | 0x80]), left >> 7
    return head + size + bytes([left]) + body


def _text(data: bytes) -> tuple[str, bytes]:
    (many,) = struct.unpack_from("<I", data)
    return data[4 : 4 + 2 * many].decode("utf-16-le"), data[4 + 2 * many :]


# .ods


def _of_ods(archive: zipfile.ZipFile, name: str) -> Parts:
    """The merged cells of each sheet; and the workbook without line breaks between its cells, where it has such."""
    if b"encryption-data" in (archive.read("META-INF/manifest.xml") if _has_manifest(archive) else b""):
        raise WorkshopError(contents.locked(name))
    data = archive.read("content.xml")
    found = Parts()
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise WorkshopError(
            f"{name} holds definitions that no spreadsheet program writes: open it and save it again as .xlsx."
        )
    tidy = _BETWEEN_TAGS.sub(lambda found: b"><" if b"\n" in found[1] else found[0], data)
    if len(tidy) < len(data):
        found.content = _copy(archive, {"content.xml": tidy})
    for part in archive.namelist():
        _read_to_the_end(archive, part)
    if b"rows-spanned" in data:
        found.spans = _Spans().of(data)
    return found


def _has_manifest(archive: zipfile.ZipFile) -> bool:
    return "META-INF/manifest.xml" in archive.NameToInfo


def _copy(archive: zipfile.ZipFile, instead: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for part in archive.namelist():
            copy.writestr(part, instead[part] if part in instead else archive.read(part))
    out.seek(0)
    return out


class _Spans:
    """Walks through the rows and cells of an .ods and keeps where those stand that span several rows."""

    def __init__(self) -> None:
        self._found: dict[str, list[Span]] = {}
        self._here: list[Span] = []
        self._row = self._column = 0
        self._repeated = 1

    def of(self, data: bytes) -> dict[str, list[Span]]:
        """The merged cells of each sheet, by its name."""
        parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.Parse(data, True)
        return self._found

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table:table":
            self._row, self._here = 0, []
            self._found[given.get("table:name", "")] = self._here
        elif tag == "table:table-row":
            self._column, self._repeated = 0, _whole(given.get("table:number-rows-repeated"))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            rows = _whole(given.get("table:number-rows-spanned"))
            if rows > 1:
                self._here.append((self._column, self._row, self._row + rows - 1))
            self._column += _whole(given.get("table:number-columns-repeated"))

    def _end(self, tag: str) -> None:
        if tag == "table:table-row":
            self._row += self._repeated


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 1
