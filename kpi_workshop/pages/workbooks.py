"""What every Excel workbook that is handed on shares: the brand in it, the paper it prints on, text that stays text."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from . import theme

_STAMP = (2000, 1, 1, 0, 0, 0)
_PAPERS = {"Letter": 1, "A4": 9}
"""Excel's numbers of papers."""
_HIGH, _WIDE = 0.42, 1.8
"""Inches that a logo takes at most: the first two rows of a sheet."""
_EMU = 914_400
"""Of Office's own unit, so many are an inch."""
_ANCHOR = re.compile(r"<xdr:twoCellAnchor[^>]*>(<xdr:from>.*?</xdr:from>)<xdr:to>.*?</xdr:to>(.*?)</xdr:twoCellAnchor>")
_SIZE = re.compile(r'(<a:ext) cx="\d+" cy="\d+"')


class Book:
    """A workbook under way: the same bytes for the same content, and no text of people that could be a formula.

    `brand` and `paper` are those of a report's facts.
    """

    def __init__(self, title: str, *, brand: Mapping[str, Any] | None, paper: str) -> None:
        import xlsxwriter

        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._held = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._held, {"in_memory": True, **plain})
        self._book.set_properties({"title": title, "created": dt.datetime(*_STAMP)})
        self._brand, self._paper = brand, paper
        self._logo = theme.logo_png(brand)
        self.add_format = self._book.add_format

    def sheet(self, name: str) -> Any:
        """A new sheet, to be printed across the paper's width."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_PAPERS[self._paper])
        sheet.fit_to_pages(1, 0)
        return sheet

    def heading(self, **more: Any) -> dict[str, Any]:
        """How the cell over a column looks, in the brand's colours where it has any."""
        return {"bold": True, "bottom": 1, "text_wrap": True, **self._colour("bottom_color", "accent"),
                **self._colour("font_color", "titles"), **more}  # fmt: skip

    def title(self) -> dict[str, Any]:
        """How the title of a sheet looks."""
        return {"bold": True, "font_size": 14, **self._colour("font_color", "titles")}

    def place_logo(self, sheet: Any, *, column: int) -> None:
        """The brand's logo over the first two rows from this column on; nothing where there is none."""
        if self._brand and self._logo:
            says = f"Logo {self._brand['name']}".strip()
            sheet.insert_image(0, column, "logo.png", {"image_data": io.BytesIO(self._logo), "description": says})

    def bytes(self) -> bytes:
        """The workbook, closed."""
        self._book.close()
        return _as_drawn(self._held.getvalue(), self._logo_size()) if self._logo else self._held.getvalue()

    def _colour(self, of: str, what: str) -> dict[str, str]:
        return {of: self._brand[what]} if self._brand and self._brand[what] else {}

    def _logo_size(self) -> tuple[int, int]:
        assert self._brand is not None
        logo = self._brand["logo"]
        high = min(_HIGH, _WIDE * logo["height"] / logo["width"])
        return round(high * logo["width"] / logo["height"] * _EMU), round(high * _EMU)


def _as_drawn(book: bytes, size: tuple[int, int]) -> bytes:
    """The same workbook with each picture held by one corner and its own size.

    XlsxWriter holds a picture by two cells. How far these are apart is a matter of the typeface in which a program
    measures columns: LibreOffice without Calibri stretches such a picture by a fifth.
    """
    held = f'<xdr:ext cx="{size[0]}" cy="{size[1]}"/>'
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename.startswith("xl/drawings/drawing"):
                drawn = _SIZE.sub(rf'\1 cx="{size[0]}" cy="{size[1]}"', content.decode())
                content = _ANCHOR.sub(rf"<xdr:oneCellAnchor>\1{held}\2</xdr:oneCellAnchor>", drawn).encode()
            target.writestr(zipfile.ZipInfo(part.filename, _STAMP), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()
