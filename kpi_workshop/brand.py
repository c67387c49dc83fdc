"""Whose report it is: the name, the logo and the colours of the consultant or the client on every page."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any

import pydantic

from . import logos
from .errors import WorkshopError

READABLE = 4.5
"""The contrast of text against white that WCAG 2 asks for at its level AA."""
_HEX = r"^#[0-9A-Fa-f]{6}$"
Facts = dict[str, Any]


class Brand(pydantic.BaseModel):
    """The section [brand] of engagement.toml: a name, a logo in the engagement's folder, and colours.

    `accent` is the colour of rules and links, `titles` that of headings, each as #rrggbb. Charts keep their colours,
    which are safe for colour-blind readers and in grey.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, pydantic.StringConstraints(strip_whitespace=True, max_length=80)] = ""
    logo: Annotated[str, pydantic.StringConstraints(strip_whitespace=True, max_length=300)] = ""
    accent: str = ""
    titles: str = ""

    @pydantic.field_validator("accent", "titles")
    @classmethod
    def _is_a_colour(cls, value: str) -> str:
        if value and not re.fullmatch(_HEX, value):
            raise ValueError('give a colour as six digits, such as "#7a1f3d".')
        return value.lower()


def facts(brand: Brand, folder: Path) -> Facts | None:
    """What a page shows of the brand, as plain values; None where nothing is set.

    `logo` is an image without a file (`uri`, `width`, `height`) or None, `notes` says which colours were made darker.
    Raises WorkshopError where the logo cannot be shown.
    """
    if not any((brand.name, brand.logo, brand.accent, brand.titles)):
        return None
    notes = []
    colours = {"accent": brand.accent, "titles": brand.titles}
    for what, asked in colours.items():
        if asked and (shown := readable(asked)) != asked:
            ratio = contrast(asked)
            notes.append(
                f"The {what} colour {asked} has a contrast of {ratio:.1f} to 1 with white; text needs {READABLE}. "
                f"It is drawn darker, as {shown}."
            )
            colours[what] = shown
    logo = logos.read(folder, brand.logo) if brand.logo else None
    if logo and logo.is_pale:
        notes.append(f"The logo '{brand.logo}' is nearly white and will hardly be seen on white paper.")
    shown_logo = logo and {"uri": logo.uri, "width": round(logo.width), "height": round(logo.height)}
    return {"name": brand.name, **colours, "logo": shown_logo, "notes": notes}


def stamp(brand: Brand, folder: Path) -> str:
    """A digest of the logo's file, so that what was made with another one is known; "" where there is none."""
    try:
        return hashlib.sha256(logos.content(folder, brand.logo)).hexdigest() if brand.logo else ""
    except WorkshopError:
        return ""


def contrast(colour: str, against: str = "#ffffff") -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2 defines it by relative luminance.

    >>> round(contrast("#767676"), 2), round(contrast("#000000"), 1)
    (4.54, 21.0)
    """
    first, second = sorted((_luminance(colour), _luminance(against)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def readable(colour: str) -> str:
    """The colour itself where it can be read on white, else the lightest shade of it that can.

    >>> readable("#0072b2"), contrast(readable("#ffcc00")) >= READABLE
    ('#0072b2', True)
    """
    parts = _parts(colour)
    for step in range(256):
        shade = "#" + "".join(f"{round(part * (1 - step / 255)):02x}" for part in parts)
        if contrast(shade) >= READABLE:
            return shade
    return "#000000"


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    linear = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
              for part in _parts(colour)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
