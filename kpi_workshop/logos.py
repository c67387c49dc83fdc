"""A logo as somebody left it in an engagement, checked by its content and made harmless before any page shows it."""

from __future__ import annotations

import base64
import io
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .errors import WorkshopError

LARGEST = 1_000_000
"""Bytes of the file."""
MOST_PIXELS = 16_000_000
WIDE, HIGH = 640, 200
"""Pixels that a drawn picture is scaled down to: three times what a page shows, for print."""
_WIDEST = 12.0
"""How many times wider than high, or higher than wide, a logo may be."""
_PALE = 0.85
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_DRAWS = frozenset(
    ("svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
     "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "style")
)  # fmt: skip
_SAYS_NOTHING = frozenset(("metadata", "title", "desc"))
_LENGTH = re.compile(r"\s*([0-9.]{1,12})(px|pt|mm|cm|in)?\s*")
_BOX = re.compile(r"\s*" + r"[\s,]+".join([r"(-?[0-9.]{1,12})"] * 4) + r"\s*")
_TYPEFACE = "Liberation Sans, sans-serif"
_MOST_PARTS, _DEEPEST = 5_000, 50
_REMEDY = "Export the logo as a plain PNG, or as an SVG of shapes alone"


@dataclass(frozen=True)
class Logo:
    """A logo that any page may show: PNG anew from its pixels, or an SVG of shapes alone; its size in pixels.

    `is_pale`: nearly nothing of it would be seen on white.
    """

    kind: str
    data: bytes
    width: float
    height: float
    is_pale: bool = False

    @property
    def uri(self) -> str:
        """The logo as the address of an image that needs no file."""
        kind = "image/svg+xml" if self.kind == "svg" else "image/png"
        return f"data:{kind};base64,{base64.b64encode(self.data).decode('ascii')}"


def read(folder: Path, name: str) -> Logo:
    """The logo in the file `name` of an engagement's `folder`.

    What a file is called says nothing: PNG, JPEG and SVG are told by content. Pictures are drawn anew, so that nothing
    else that the file held goes along. Raises WorkshopError where the file lies outside, is absent, too large or
    damaged, and where an SVG holds more than shapes.
    """
    held = content(Path(folder), name)
    if held.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return _drawn_anew(held, name)
    if held.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _shapes(held, name)
    raise WorkshopError(f"The logo '{name}' is neither PNG, JPEG nor SVG, whatever it is called. {_REMEDY}.")


def content(folder: Path, name: str) -> bytes:
    """What the file of a logo holds; WorkshopError where it lies outside of `folder`, is absent or too large."""
    given = Path(name)
    if given.is_absolute() or given.drive or ".." in given.parts or "\x00" in name:
        raise WorkshopError(f"The logo '{name}' must lie in the engagement: name it from there, such as logo.png.")
    file = (folder / given).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise WorkshopError(f"The logo '{name}' leads out of the engagement. Copy the file into '{folder}'.")
    try:
        # Not blocking: what looks like a file may be a pipe that nobody writes to.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        raise WorkshopError(f"There is no logo '{name}' in '{folder}' that can be read.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise WorkshopError(f"The logo '{name}' is no file.")
    with os.fdopen(descriptor, "rb") as source:
        held = source.read(LARGEST + 1)
    if len(held) > LARGEST:
        raise WorkshopError(f"The logo '{name}' is larger than {LARGEST // 1_000_000} MB. {_REMEDY}.")
    return held


def _drawn_anew(held: bytes, name: str) -> Logo:
    """The pixels alone, scaled down, as PNG."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(held), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise WorkshopError(
                    f"The logo '{name}' has {picture.width} by {picture.height} pixels. Scale it down to {WIDE} wide."
                )
            _check_shape(picture.width, picture.height, name)
            drawn = ImageOps.exif_transpose(picture).convert("RGBA")
    except WorkshopError:
        raise
    except Image.DecompressionBombError:
        raise WorkshopError(f"The logo '{name}' has far too many pixels. Scale it down to {WIDE} wide.") from None
    except Exception:  # what a hostile picture makes a decoder raise is not to be foreseen
        raise WorkshopError(f"The logo '{name}' is damaged: it cannot be read to its end. {_REMEDY}.") from None
    drawn.thumbnail((WIDE, HIGH))
    # Made from bare pixels: what Pillow carries along beside them (text, profiles, where it was taken) stays behind.
    bare = Image.frombytes("RGBA", drawn.size, drawn.tobytes())
    made = io.BytesIO()
    bare.save(made, "PNG", optimize=True)
    on_white = Image.alpha_composite(Image.new("RGBA", bare.size, "white"), bare).convert("L")
    pale = float(on_white.getextrema()[0]) > 255 * _PALE  # type: ignore[arg-type]
    return Logo("png", made.getvalue(), *bare.size, is_pale=pale)


def _check_shape(width: float, height: float, name: str) -> None:
    if min(width, height) <= 0 or not 1 / _WIDEST <= width / height <= _WIDEST:
        raise WorkshopError(f"The logo '{name}' is {width:g} by {height:g}: too long and thin to be shown. {_REMEDY}.")


def _shapes(held: bytes, name: str) -> Logo:
    """An SVG built anew from the shapes that it holds; refused where it holds what could run, load or grow."""
    try:
        text = held.decode("utf-8-sig")
        if "<!ENTITY" in text:
            raise _refused(name, "names of its own for text (entities)")
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, WorkshopError):
            raise
        raise WorkshopError(f"The logo '{name}' cannot be read as SVG. {_REMEDY}.") from None
    if root.tag != f"{_SVG}svg":
        raise WorkshopError(f"The logo '{name}' is neither PNG, JPEG nor SVG, whatever it is called. {_REMEDY}.")
    width, height, box = _size(root, name)
    made = ElementTree.Element("svg", {"xmlns": _SVG[1:-1], "viewBox": box, "width": f"{width:g}",
                                       "height": f"{height:g}", "font-family": _TYPEFACE})  # fmt: skip
    _copy(root, made, name, depth=0)
    _check_growth(made, name)
    return Logo("svg", ElementTree.tostring(made, encoding="unicode").encode(), width, height)


def _size(root: ElementTree.Element, name: str) -> tuple[float, float, str]:
    """Width and height, scaled to a page's measure, and the view box."""
    box = _BOX.fullmatch(root.get("viewBox", ""))
    sides = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    try:
        x, y, width, height = (
            map(float, box.groups()) if box else (0.0, 0.0, *(float(s[1]) if s else 0.0 for s in sides))
        )
    except ValueError:
        width = height = 0.0
    if not width or not height:
        raise WorkshopError(f"The logo '{name}' does not say its size: its SVG needs a viewBox. {_REMEDY}.")
    _check_shape(width, height, name)
    scale = min(WIDE / width, HIGH / height)
    return width * scale, height * scale, f"{x:g} {y:g} {width:g} {height:g}"


def _copy(source: ElementTree.Element, into: ElementTree.Element, name: str, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise _refused(name, f"parts within parts, more than {_DEEPEST} deep")
    for part in source:
        if not isinstance(part.tag, str):
            continue  # a comment
        space, _, tag = part.tag.rpartition("}")
        if f"{space}}}" != _SVG:
            if space.endswith(("/xhtml", "/1998/Math/MathML")):
                raise _refused(name, f"'{tag}' of another kind of page")
            continue  # an editor's own notes draw nothing
        if tag in _SAYS_NOTHING:
            continue
        if tag not in _DRAWS:
            raise _refused(name, f"'{tag}'")
        made = ElementTree.SubElement(into, tag, _attributes(part, name))
        if tag in ("text", "tspan"):
            made.text = part.text
        if tag == "style":
            _check_style(part.text or "", name)
            made.text = _with_typeface(part.text or "")
        if tag == "tspan":
            made.tail = part.tail
        _copy(part, made, name, depth=depth + 1)


def _attributes(part: ElementTree.Element, name: str) -> dict[str, str]:
    kept = {}
    for key, value in part.attrib.items():
        if key in ("href", _XLINK):
            if not re.fullmatch(r"#[\w.:-]{1,100}", value):
                raise _refused(name, "an address of something outside it")
            kept["href"] = value
        elif key.startswith("on"):
            raise _refused(name, f"'{key}', which runs a program")
        elif not key.startswith("{"):
            _check_value(value, name)
            kept[key] = f"{value}, {_TYPEFACE}" if key == "font-family" else _with_typeface(value)
    return kept


def _with_typeface(style: str) -> str:
    """A style whose words are drawn also where its own typeface is not."""
    return re.sub(r"(font-family\s*:\s*[^;}]+)", rf"\1, {_TYPEFACE}", style)


def _check_value(value: str, name: str) -> None:
    inside = re.sub(r"url\(\s*[\"']?#[\w.:-]{1,100}[\"']?\s*\)", "", value)
    if re.search(r"url\s*\(|[a-z]+script:|data:|@|\\|expression|image-set|src\s*\(", inside, re.IGNORECASE):
        raise _refused(name, "an address of something outside it")


def _check_style(text: str, name: str) -> None:
    for rule in re.split(r"[;{}]", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)):
        _check_value(rule, name)
        if "url" in rule.lower() and not re.match(r"\s*(fill|stroke)\s*:", rule):
            raise _refused(name, "a style that refers to other parts")


def _check_growth(root: ElementTree.Element, name: str) -> None:
    """Refuse what is small as a file and endless when drawn: parts that use parts that use parts."""
    named = {part.get("id"): part for part in root.iter() if part.get("id")}
    sizes: dict[int, int] = {}
    under_way: set[int] = set()

    def size(part: ElementTree.Element) -> int:
        if id(part) in under_way:
            raise _refused(name, "a part that uses itself")
        if id(part) not in sizes:
            under_way.add(id(part))
            used = [named[found] for found in _used(part) if found in named]
            sizes[id(part)] = 1 + sum(map(size, [*part, *used]))
            under_way.discard(id(part))
        if sizes[id(part)] > _MOST_PARTS:
            raise _refused(name, f"more than {_MOST_PARTS:,} parts when drawn")
        return sizes[id(part)]

    size(root)


def _used(part: ElementTree.Element) -> list[str]:
    found = [part.get("href", "")[1:]] if part.get("href") else []
    return found + [inner for value in part.attrib.values() for inner in re.findall(r"#([\w.:-]+)[\"']?\s*\)", value)]


def _refused(name: str, what: str) -> WorkshopError:
    return WorkshopError(f"The logo '{name}' holds {what}; a logo is of shapes alone. {_REMEDY}.")
