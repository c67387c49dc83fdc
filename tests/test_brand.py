"""The brand: on every page, slide and workbook, readable on white, never in the way of the numbers' own colours."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile

import openpyxl
import pptx
import pytest
from sample_facts import behaviour, facts, line, team
from sample_persons import persons
from test_logos import SHAPE, SVG, png

from kpi_workshop import brand, custody, demo, engagement, exports, formats
from kpi_workshop.brand import Brand
from kpi_workshop.errors import WorkshopError
from kpi_workshop.pages import editions, guide_pages, letters, picture, playback
from kpi_workshop.pages.workshop import Workshop

OURS = Brand(name="Northlake & Daughters", logo="logo.svg", accent="#ffcc00", titles="#7a1f3d")


@pytest.fixture(scope="module")
def branded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("acme")
    (folder / "logo.svg").write_text(SVG.format(SHAPE), encoding="utf-8")
    measured = line("meetings_held", "Meetings held", behaviour=behaviour("better, real", 2, 3, 4))
    shown = facts(team("Field Sales", activities=[measured]))
    return shown | {"brand": brand.facts(OURS, folder)}, persons({"Field Sales": ["Ann Lee"]})


# Colours: WCAG 2.2, success criterion 1.4.3 and its definition of relative luminance.


@pytest.mark.parametrize(
    ("colour", "ratio"),
    [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#ff0000", 4.0), ("#0000ff", 8.59), ("#777777", 4.48)],
)
def test_contrast_with_white_is_that_of_the_published_examples(colour, ratio):
    assert brand.contrast(colour) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("colour", ["#ffcc00", "#ffffff", "#00ff00", "#ff69b4", "#87ceeb", "#777777"])
def test_a_colour_too_light_for_text_is_drawn_darker_and_said_so(colour, tmp_path):
    shown = brand.facts(Brand(accent=colour), tmp_path)
    assert 4.5 <= brand.contrast(shown["accent"]) < 4.75, "no darker than it must be"
    (note,) = shown["notes"]
    assert colour in note and shown["accent"] in note and "needs 4.5" in note


def test_a_colour_that_can_be_read_stays_as_it_is_without_a_word(tmp_path):
    assert brand.facts(Brand(accent="#7a1f3d"), tmp_path) == {
        "name": "", "accent": "#7a1f3d", "titles": "", "logo": None, "notes": [],
    }  # fmt: skip
    assert brand.facts(Brand(), tmp_path) is None


def test_a_logo_that_would_not_be_seen_is_said(tmp_path):
    (tmp_path / "logo.png").write_bytes(png(colour="#ffffff"))
    (note,) = brand.facts(Brand(logo="logo.png"), tmp_path)["notes"]
    assert "nearly white" in note


@pytest.mark.parametrize("wrong", ['accent = "red"', 'accent = "#12345"', 'titles = "#12345g"', "logo = 3",
                                   'accent = "#123456;}body{display:none"', 'acent = "#123456"'])  # fmt: skip
def test_what_cannot_be_right_in_the_section_is_refused(tmp_path, wrong):
    file = engagement.create(tmp_path / "acme").folder / engagement.SETTINGS_FILE
    file.write_text(file.read_text(encoding="utf-8") + f"\n[brand]\n{wrong}\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match=r"brand\."):
        engagement.load(file.parent)


# On every page


def test_the_brand_stands_on_every_page_of_every_edition(branded):
    shown, told = branded
    uri = shown["brand"]["logo"]["uri"]
    assert uri.startswith("data:image/svg+xml;base64,")
    for edition in editions.EDITIONS:
        for name, text in editions.pages(shown, told, edition=edition).items():
            assert text.count(uri) == 1 and text.count("<span>Northlake &amp; Daughters</span>") == 1, (edition, name)
            assert "img-src data:" in text and f"--accent: {shown['brand']['accent']};" in text
            assert "http://" not in text.replace("http://www.w3.org/", "")


def test_without_a_brand_a_page_allows_no_image_and_shows_none(branded):
    for text in editions.pages(branded[0] | {"brand": None}, branded[1], edition="executive").values():
        assert "img-src" not in text and "<img" not in text and 'class="brand"' not in text


def test_charts_keep_the_colours_that_are_safe_for_everybody(branded):
    shown, told = branded
    drawn = [t.split("<svg", 1)[1] for t in editions.pages(shown, told, edition="executive").values() if "<svg" in t]
    assert drawn
    for text in drawn:
        charts = "".join(part.partition("</svg>")[0] for part in text.split("<svg"))
        assert picture.ACCENT in charts
        assert shown["brand"]["accent"] not in charts and shown["brand"]["titles"] not in charts


def test_slides_and_workbooks_carry_the_brand(branded, tmp_path):
    shown, told = branded
    (deck,) = formats.write(shown, told, tmp_path, edition="executive", format="pptx")
    for slide in pptx.Presentation(io.BytesIO(deck.read_bytes())).slides:
        named = {shape.name: shape for shape in slide.shapes}
        assert named["Logo"]._element.nvPicPr.cNvPr.get("descr") == "Logo Northlake & Daughters"
        assert named["Logo"].image.content_type == "image/png"
        assert str(slide.shapes.title.text_frame.paragraphs[0].runs[0].font.color.rgb) == "7A1F3D"
        title, logo = slide.shapes.title, named["Logo"]
        assert title.left + title.width <= logo.left, "the title leaves room for the logo"
    (book,) = formats.write(shown, told, tmp_path, edition="executive", format="xlsx")
    about = openpyxl.load_workbook(book)["About"]
    assert ["From", "Northlake & Daughters"] in [[cell.value for cell in row] for row in about.iter_rows(max_col=2)]
    with zipfile.ZipFile(book) as parts:
        assert [name for name in parts.namelist() if name.startswith("xl/media/")] == ["xl/media/image1.png"]


def test_guides_letters_hand_outs_and_charters_carry_the_brand_and_lie_on_the_paper_of_the_locale(tmp_path):
    made = demo.create(tmp_path / "demo")
    (made.folder / "logo.svg").write_text(SVG.format(SHAPE), encoding="utf-8")
    file = made.folder / engagement.SETTINGS_FILE
    ours = f'\n[brand]\nname = "{OURS.name}"\nlogo = "{OURS.logo}"\naccent = "{OURS.accent}"\n'
    file.write_text('locale = "en-US"\n' + file.read_text(encoding="utf-8") + ours, encoding="utf-8")
    opened, day = engagement.load(made.folder), dt.date(2026, 6, 28)
    uri = brand.facts(opened.settings.brand, opened.folder)["logo"]["uri"]
    handed = [*guide_pages.write(opened), *letters.write(opened, tmp_path / "letters", as_of=day)]
    pages = [page.read_text(encoding="utf-8") for page in handed]
    pages += playback.render(Workshop(opened, day)).values()
    assert len(pages) == 5 + 11 + 4
    for page in pages:
        assert page.count(uri) == 1 and page.count("<span>Northlake &amp; Daughters</span>") == 1
        assert f"--accent: {brand.readable(OURS.accent)};" in page and page.count("size: Letter") == 1
        assert "size: A4" not in page.rpartition("size: Letter")[2]
    assert "June 28, 2026" in pages[5], "a letter has its day as the locale writes it"
    exports.write(opened, tmp_path / "charters.xlsx", as_of=day)
    for sheet in openpyxl.load_workbook(tmp_path / "charters.xlsx"):
        (logo,) = sheet._images
        assert logo.anchor.ext.width / logo.anchor.ext.height == pytest.approx(logo.width / logo.height, rel=0.01)
        assert re.match(r"Northlake & Daughters · Ostervane Software · \w+ \d+, 202\d · agreed", sheet["A2"].value)
        assert (sheet.page_setup.paperSize, sheet["A5"].font.b) == (1, True)
        assert sheet["A5"].border.bottom.color.rgb == "FF" + brand.readable(OURS.accent)[1:].upper()


def test_data_for_other_programs_hold_no_logo(branded, tmp_path):
    (file,) = formats.write(*branded, tmp_path, edition="executive", format="json")
    assert "base64" not in file.read_text(encoding="utf-8")


# In the locale of the engagement


def test_every_format_writes_numbers_money_and_days_as_the_locale_does_and_data_stay_raw(tmp_path):
    deals = line("average_deal_size", "Average deal size", unit="money", shape="average")
    deals = deals | {"weeks": [row | {"value": 12_345.678} for row in deals["weeks"]]}
    deals |= {
        "latest": deals["weeks"][-2],
        "target": 15_000.0,
        "behaviour": behaviour("steady", 21_000, 23_000, 24_500),
    }
    shown = facts(team("Field Sales", metrics=[deals]), locale="de-DE", currency="EUR", paper="A4")
    told = persons({"Field Sales": ["Ann Lee", "Bo Nilsson", "Cy Ortega"]})
    told["teams"][0]["stuck"][0]["amount"] = 1234.5

    def text(form: str) -> str:
        files = formats.write(shown, told, tmp_path / form, edition="manager", format=form)
        if form != "pptx":
            return files[0].read_text(encoding="utf-8")
        deck = pptx.Presentation(io.BytesIO(files[0].read_bytes()))
        rows = [s.table.rows for slide in deck.slides for s in slide.shapes if s.has_table]
        return " ".join(cell.text for some in rows for row in some for cell in row.cells)

    for form in ("html", "pptx", "txt"):
        said = text(form).replace("\u00a0", " ")
        assert "1.230 €" in said, form
        assert "EUR 1" not in said and "1,230" not in said, form
    page = text("html")
    assert "8 May 2024" in page and "12.300" in page
    assert re.search(r"<text[^>]*>2\d\.\d{3}</text>", page), "the axis of the chart as well"
    (file,) = formats.write(shown, told, tmp_path / "json", edition="manager", format="json")
    raw = json.loads(file.read_text(encoding="utf-8"))
    assert raw["as_of"] == "2024-05-08" and raw["teams"][0]["stuck"][0]["amount"] == 1234.5
    (file,) = formats.write(shown, told, tmp_path / "xlsx", edition="manager", format="xlsx")
    book = openpyxl.load_workbook(file)
    worth = next(cell for cell in next(book["Stuck deals"].iter_rows(min_row=2)) if cell.value == 1234.5)
    assert worth.number_format == "#,##0 [$€-407]"
    day = next(cell for cell in next(book["Periods"].iter_rows(min_row=2)) if cell.is_date)
    assert day.number_format == "[$-809]d mmmm yyyy"


def test_an_american_report_is_american(tmp_path):
    shown = facts(team("Field Sales"), locale="en-US", paper="Letter")
    page = list(editions.pages(shown, persons({}), edition="executive").values())[-1]
    words = page.split("</style>")[1]
    assert "charter 1.0 of March 20, 2024" in words and "8 May 2024" not in words.replace("Data up to 8 May 2024.", "")
    assert "size: Letter" in page


def test_a_packed_engagement_keeps_its_logo_and_nothing_else_of_the_file(tmp_path):
    made = engagement.create(tmp_path / "acme")
    (made.folder / "logo.png").write_bytes(png() + b"SECRET-TAIL")
    file = made.folder / engagement.SETTINGS_FILE
    file.write_text(file.read_text(encoding="utf-8") + '\n[brand]\nlogo = "logo.png"\n', encoding="utf-8")
    packed = custody.pack(engagement.load(made.folder), tmp_path / "out.zip")
    with zipfile.ZipFile(packed.file) as archive:
        kept = archive.read("logo.png")
    assert kept.startswith(b"\x89PNG") and b"SECRET" not in kept


def test_another_logo_under_the_same_name_is_another_report(tmp_path):
    (tmp_path / "logo.png").write_bytes(png())
    before = brand.stamp(Brand(logo="logo.png"), tmp_path)
    (tmp_path / "logo.png").write_bytes(png(colour="#123456"))
    assert before and brand.stamp(Brand(logo="logo.png"), tmp_path) not in ("", before)
    assert brand.stamp(Brand(logo="gone.png"), tmp_path) == brand.stamp(Brand(), tmp_path) == ""
