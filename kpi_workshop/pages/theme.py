"""What every page that is handed on shares: the brand over it, its colours, and the paper it is laid out for."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

from .. import bundle
from . import documents


def environment(*folders: Path) -> jinja2.Environment:
    """Templates from these folders and those of the theme, `brand.html` with the line over a page."""
    return documents.environment(*folders, _templates())


def css(*files: Path, brand: Mapping[str, Any] | None, paper: str) -> markupsafe.Markup:
    """The style of a page: that of its files, then the brand's colours and the paper's size.

    `brand` and `paper` are those of a report's facts. Colours are of the form #rrggbb: `brand.facts` made them.
    """
    colours = {name: brand[name] for name in ("accent", "titles") if brand[name]} if brand else {}
    own = "".join(f" --{name}: {colour};" for name, colour in colours.items())
    parts = [file.read_text(encoding="utf-8") for file in (*files, _templates() / "theme.css")]
    parts += [f":root {{{own} }}\n"] if own else []
    return markupsafe.Markup("".join([*parts, f"@page {{ size: {paper}; }}\n"]))


def logo_png(brand: Mapping[str, Any] | None) -> bytes | None:
    """The brand's logo as a PNG, for what cannot show an SVG; None without one."""
    if not brand or not brand["logo"]:
        return None
    kind, _, held = brand["logo"]["uri"].partition(";base64,")
    content = base64.b64decode(held)
    if kind == "data:image/png":
        return content
    import vl_convert

    drawn: bytes = vl_convert.svg_to_png(content.decode())
    return drawn


def _templates() -> Path:
    return bundle.folder("templates") / "theme"
