"""A logo from anywhere: told by its content, stripped of all but its picture, refused where it is more."""

from __future__ import annotations

import base64
import io
import os
import random
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from kpi_workshop import logos
from kpi_workshop.errors import WorkshopError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40">{}</svg>'
SHAPE = '<rect width="120" height="40" fill="#7a1f3d"/>'


def png(width: int = 120, height: int = 40, colour: str = "#7a1f3d", **how: object) -> bytes:
    held = io.BytesIO()
    Image.new("RGBA", (width, height), colour).save(held, "PNG", **how)
    return held.getvalue()


def jpeg(width: int = 120, height: int = 40, **how: object) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "#7a1f3d").save(held, "JPEG", **how)
    return held.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is huge, in a few bytes."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 100)) + part(b"IEND", b"")


def read(folder: Path, content: bytes | str, name: str = "logo") -> logos.Logo:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return logos.read(folder, name)


@pytest.mark.parametrize("name", ["logo.png", "logo.exe", "logo", "a folder/ünïcode.svg"])
def test_a_picture_is_told_by_its_content_whatever_it_is_called(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    for content, kind in ((png(), "png"), (jpeg(), "png"), (SVG.format(SHAPE), "svg")):
        logo = read(tmp_path, content, name)
        assert (logo.kind, logo.width / logo.height) == (kind, 3)
        assert base64.b64decode(logo.uri.partition(",")[2]) == logo.data


def test_of_a_picture_only_its_pixels_are_kept(tmp_path):
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", "SECRET-NOTE")
    place = Image.Exif()
    place[0x010E] = "SECRET-PLACE"
    for content in (png(pnginfo=about) + b"SECRET-TAIL<script>", jpeg(exif=place) + b"SECRET-TAIL"):
        logo = read(tmp_path, content)
        assert b"SECRET" in content and b"SECRET" not in logo.data
        assert Image.open(io.BytesIO(logo.data)).getpixel((5, 5))[:3] == pytest.approx((0x7A, 0x1F, 0x3D), abs=3)


def test_a_large_picture_is_scaled_down_and_the_same_file_gives_the_same_bytes(tmp_path):
    logo = read(tmp_path, png(3000, 900))
    assert logo.width <= logos.WIDE and logo.height <= logos.HIGH
    assert logo == logos.read(tmp_path, "logo")


def test_a_white_logo_is_said_to_be_pale_and_a_dark_one_is_not(tmp_path):
    assert read(tmp_path, png(colour="#ffffff")).is_pale
    assert not read(tmp_path, png()).is_pale


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb(60_000, 60_000), "far too many pixels"), (bomb(5000, 5000), "5000 by 5000 pixels"),
        (bomb(200, 100), "damaged"), (png()[:60], "damaged"),
        (b"GIF89a" + b"\0" * 40, "neither PNG, JPEG nor SVG"), (b"", "neither"), (b"%PDF-1.4", "neither"),
        (b"\x00" * (logos.LARGEST + 1), "larger than 1 MB"), (png(2000, 20), "too long and thin"),
        ("<html><body>x</body></html>", "neither"), ("<svg>", "cannot be read as SVG"),
        ("<svg viewBox='0 0 1 1'/>", "neither"), (SVG.replace("viewBox", "data-box").format(SHAPE), "needs a viewBox"),
        (SVG.replace("0 0 120 40", "0 0 1e309 40").format(SHAPE), "needs a viewBox"),
        (b"\xff\xfe" + SVG.format(SHAPE).encode("utf-16-le"), "neither"),
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_logo_is_refused_with_its_reason(tmp_path, content, why):
    with pytest.raises(WorkshopError, match=why):
        read(tmp_path, content)


# The ways in which an SVG runs a program, loads a file or grows without end, after the lists of OWASP and of DOMPurify.
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "in another space": '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
    "handler": '<rect width="9" height="9" onload="alert(1)"/>',
    "foreign": "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><script/></body></foreignObject>",
    "page inside": "<iframe xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example'/>",
    "picture": '<image href="file:///etc/passwd" width="9" height="9"/>',
    "link": '<a href="javascript:alert(1)"><rect width="9" height="9"/></a>',
    "use elsewhere": '<use href="https://evil.example/x.svg#a"/>',
    "old use": '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:image/svg+xml;base64,AAAA#a"/>',
    "fill elsewhere": '<rect width="9" height="9" fill="url(https://evil.example/x.svg#a)"/>',
    "style elsewhere": '<rect width="9" height="9" style="fill:url( &quot;//evil.example/a&quot; )"/>',
    "escaped": '<rect width="9" height="9" style="fill:u\\72l(//evil.example)"/>',
    "import": "<style>@import url(https://evil.example/x.css);</style>",
    "font": "<style>@font-face{font-family:x;src:url(data:font/woff;base64,AA)}</style>",
    "animation": '<rect width="9" height="9"><set attributeName="href" to="javascript:alert(1)"/></rect>',
    "filter": '<filter id="f"><feImage href="https://evil.example"/></filter>',
    "itself": '<g id="a"><use href="#a"/></g>',
    "two in a ring": '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
    "growing": "".join(f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)),
    "clips of clips": "".join(
        f'<clipPath id="c{n}">' + f'<rect width="1" height="1" clip-path="url(#c{n - 1})"/>' * 10 + "</clipPath>"
        for n in range(1, 9)
    ),
    "clips by style": "<style>.a{clip-path:url(#c)}</style>",
    "deep": "<g>" * 60 + "</g>" * 60,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_an_svg_that_is_more_than_shapes_is_refused_and_says_what_to_do(tmp_path, hostile):
    with pytest.raises(WorkshopError, match=r"shapes alone.*Export the logo as a plain PNG"):
        read(tmp_path, SVG.format(hostile + SHAPE))


def test_entities_are_refused_before_anything_is_made_of_them(tmp_path):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(WorkshopError, match="entities"):
        read(tmp_path, f'<!DOCTYPE svg [<!ENTITY l0 "ha">{laughs}]>' + SVG.format("<text>&l9;</text>"))


def test_an_svg_of_a_drawing_program_keeps_its_shapes_and_nothing_else(tmp_path):
    """As Inkscape and Illustrator write them: a document type, notes of the editor, classes, gradients, a title."""
    drawn = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<!-- SECRET author -->\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" width="60mm" height="20mm" viewBox="0 0 60 20" '
        'sodipodi:docname="SECRET.svg"><sodipodi:namedview pagecolor="#fff"/><metadata>SECRET</metadata>'
        "<title>S</title>"
        '<style type="text/css">.st0{fill:#7A1F3D;} .st1{fill:url(#g);}</style>'
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#000"/></linearGradient>'
        '<g id="dot"><circle r="3"/></g>'
        '</defs><g><path class="st0" d="M0 0h60v20H0z"/><rect class="st1" width="9" height="9"/>'
        '<use xlink:href="#dot" x="9" y="9"/>'
        '<text x="1" y="9" font-family="Brand Grotesk">Acme<tspan> &amp; Sons</tspan></text></g></svg>'
    )
    logo = read(tmp_path, drawn)
    text = logo.data.decode()
    assert "SECRET" not in text and "sodipodi" not in text and "DOCTYPE" not in text
    assert all(part in text for part in ("M0 0h60v20H0z", ".st1{fill:url(#g);}", 'href="#dot"', "&amp; Sons"))
    from vl_convert import svg_to_png

    shown = Image.open(io.BytesIO(svg_to_png(text)))
    dark = [shown.getpixel((x, y))[:3] == (0, 0, 0) for x in range(shown.width // 2) for y in range(shown.height // 2)]
    assert sum(dark) > 20, "words are drawn although the typeface that they name is on no machine"
    assert shown.getpixel((shown.width * 3 // 4, shown.height // 2))[:3] == (0x7A, 0x1F, 0x3D), (
        "a second program draws it"
    )


@pytest.mark.parametrize("name", ["../logo.png", "/etc/hostname", "a/../../logo.png", "logo.png\x00", "", "folder"])
def test_a_logo_lies_in_the_engagement(tmp_path, name):
    (tmp_path / "logo.png").write_bytes(png())
    inside = tmp_path / "acme"
    (inside / "folder").mkdir(parents=True)
    with pytest.raises(WorkshopError, match=r"The logo|There is no logo"):
        logos.read(inside, name)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
def test_a_link_out_of_the_engagement_and_a_pipe_are_no_logos(tmp_path):
    (tmp_path / "outside.png").write_bytes(png())
    inside = tmp_path / "acme"
    inside.mkdir()
    (inside / "link.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(inside / "pipe.png")
    for name, why in (("link.png", "leads out of the engagement"), ("pipe.png", "is no file")):
        with pytest.raises(WorkshopError, match=why):
            logos.read(inside, name)


def test_whatever_is_broken_in_a_logo_it_is_shown_or_refused_with_a_sentence(tmp_path):
    chance = random.Random(20261122)
    whole = [png(), jpeg(), SVG.format(SHAPE + '<g style="fill:#123456"><use href="#a"/></g>').encode()]
    for _ in range(300):
        content = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            logo = read(
                tmp_path, bytes(content[: chance.randint(1, len(content))] if chance.random() < 0.3 else content)
            )
            assert logo.width <= logos.WIDE + 1 and logo.height <= logos.HIGH + 1
        except WorkshopError as refused:
            assert str(refused).startswith("The logo 'logo'")
