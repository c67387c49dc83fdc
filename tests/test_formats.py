"""Formats: no file of any kind holds what its reader may not see; each opens where it is meant to be opened."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import io
import json
import random
import re
import shutil
import stat
import subprocess
import zipfile
import zlib
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from sample_facts import behaviour, evidence, facts, line, team, without_charter
from sample_persons import deal, persons
from test_logos import png

from kpi_workshop import brand, formats
from kpi_workshop.brand import Brand
from kpi_workshop.errors import WorkshopError
from kpi_workshop.exports import charter, workbook
from kpi_workshop.formats import print_out, published

QUICK = ("html", "pptx", "xlsx", "json", "txt")
"""A PDF is printed from the page that is looked at here as html."""


def reports(chance: random.Random) -> tuple[dict, dict, dict[str, list[str]]]:
    """Random facts and persons, and the words that stand in them: people by team, and what people typed."""
    count = iter(range(10_000))

    def word(what: str) -> str:
        return f"{what}{next(count):04d}{''.join(chance.choices('abcxyz', k=6))}"

    people = {f"Team {n}": [word("Person") for _ in range(chance.choice([1, 2, 3, 5]))] for n in range(3)}
    people["Team 9"] = [word("Person") for _ in range(4)]
    typed, owners, deals = [], [], []
    teams = []
    for name, sellers in people.items():
        typed += [word("Reason"), word("Note"), word("Cause"), word("Sentence")]
        owners.append(word("Owner"))
        notes = [{"day": "2024-04-08", "text": typed[-3], "rebases": False}]
        shown = line(
            "meetings_held", "Meetings held", behaviour=behaviour("worse, real", 2, 3, 4, notes=notes),
            owner=owners[-1], sentence=typed[-1],
        )  # fmt: skip
        pair = {
            "activity": "meetings_held", "metric": "win_rate", "says": "Meetings held → Win rate", "decision": "keep",
            "decided_on": "2024-05-02", "reason": typed[-4], "evidence": evidence("keep"),
        }  # fmt: skip
        row = {
            "measure": "meetings_held", "name": "Meetings held", "word": "worse, real", "since": "2024-04-01",
            "owner": owners[-1], "cause": typed[-2], "guards": [], "try": "",
        }  # fmt: skip
        secret = {key: word("Deal") if key in ("deal", "account") else v for key, v in deal("x").items()}
        deals += [secret["deal"], secret["account"]]
        review = {
            "why_not": "", "stuck": 1, "worth": 1500.0, "since": "2024-05-02", "moves": dict.fromkeys(("won",), 1),
            "deals": [{key: value for key, value in secret.items() if key != "seller"}],
        }  # fmt: skip
        teams.append(
            team(name, sellers=len(sellers), activities=[shown], pairs=[pair], pipeline=review, exceptions=[row])
        )
    told = persons(people)
    found = facts(*teams, review_plan={"looks": [8, 12], "reason": word("Reason")})
    return found, told, {**people, "typed": typed, "owners": owners, "deals": deals}


def words_of(file: Path) -> str:
    """Everything that stands in a file, in whatever part of it."""
    if file.suffix not in (".pptx", ".xlsx"):
        return f"{file.name} {file.read_text(encoding='utf-8')}"
    with zipfile.ZipFile(file) as parts:
        return " ".join([file.name, *(parts.read(name).decode("utf-8", "ignore") for name in parts.namelist())])


def test_no_edition_holds_what_its_reader_may_not_see_in_any_format(tmp_path):
    found, told, known = reports(random.Random(20240508))
    people = [person for name, several in known.items() if name.startswith("Team") for person in several]
    for form in QUICK:
        for file in formats.write(found, told, tmp_path / "public", edition="public", format=form):
            secret = [*people, "Mia Boss", *known["typed"], *known["owners"], *known["deals"], "Reason0"]
            assert not [word for word in secret if word.lower() in words_of(file).lower()], file
        files = formats.write(found, told, tmp_path / "seller", edition="seller", format=form)
        assert len(files) == len(people)
        for person, file in zip(people, files, strict=True):
            text = words_of(file).lower()
            secret = [*people, "Mia Boss", *known["typed"], *known["owners"], *known["deals"], "Deal of"]
            assert [word for word in secret if word.lower() in text] == [person], file
        files = formats.write(found, told, tmp_path / "manager", edition="manager", format=form)
        for team_told, file in zip(told["teams"], files, strict=True):
            mine = [seller["person"] for seller in team_told["sellers"]]
            text = words_of(file).lower()
            assert {word for word in people if word.lower() in text} == set(mine), file
        for file in formats.write(found, told, tmp_path / "executive", edition="executive", format=form):
            assert not [word for word in [*people, "Mia Boss"] if word.lower() in words_of(file).lower()], file


@pytest.fixture(scope="module")
def given() -> tuple[dict, dict]:
    formula = '=HYPERLINK("http://x.example","y")'
    shown = facts(team("Field Sales"), without_charter("Inside Sales"), engagement=formula)
    return shown, persons({"Field Sales": ["Ann Lee", "=1+1", "../../Bo"], "Inside Sales": []})


@pytest.mark.parametrize("form", QUICK)
def test_the_same_facts_give_the_same_bytes_and_files_that_only_the_owner_reads(given, tmp_path, form):
    first, second = (
        formats.write(*copy.deepcopy(given), tmp_path / place / "manager", edition="manager", format=form)
        for place in ("a", "b")
    )
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in first)
    assert {file.parent for file in first} == {tmp_path / "a" / "manager"}


def test_what_an_edition_no_longer_has_goes_and_other_formats_stay(given, tmp_path):
    formats.write(*given, tmp_path, edition="seller", format="json")
    formats.write(*given, tmp_path, edition="seller", format="txt")
    formats.write(given[0], persons({"Field Sales": ["Ann Lee"]}), tmp_path, edition="seller", format="json")
    assert [file.name for file in tmp_path.glob("*.json")] == ["seller-ann-lee.json"]
    assert len(list(tmp_path.glob("*.txt"))) == 3


def test_the_published_schema_describes_every_edition(given, tmp_path):
    schema = json.loads(published.schema_file().read_text(encoding="utf-8"))
    assert schema == published.schema(), "publish it anew: formats.published.publish"
    for edition in ("executive", "manager", "seller", "public"):
        for file in formats.write(*given, tmp_path / edition, edition=edition, format="json"):
            told = json.loads(file.read_text(encoding="utf-8"))
            jsonschema.validate(told, schema)
            assert told["edition"] == edition


def test_a_letter_is_72_columns_wide_and_says_what_the_page_says(given, tmp_path):
    (file,) = formats.write(*given, tmp_path, edition="executive", format="txt")
    text = file.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 72
    flat = " ".join(text.split())
    assert "Field Sales reached its activity target." in flat
    assert "Meetings held: 2 in the week to 2024-05-05; target 3; baseline 2.50." in flat
    assert "Win rate: not computable, no deal was closed." in flat


def test_one_thing_has_one_name_in_every_format(given, tmp_path):
    """Words that documents once used for stuck deals, for the team kept back and for the method's own words."""
    others = (
        "stand still",
        "stands still",
        "held back",
        "hold-out",
        "control limit",
        "significan",
        "leading indicator",
    )
    for edition in ("executive", "manager", "seller"):
        for form in QUICK:
            for file in formats.write(*given, tmp_path / edition, edition=edition, format=form):
                text = file.read_bytes()
                if zipfile.is_zipfile(file):
                    with zipfile.ZipFile(file) as parts:
                        names = [
                            name for name in parts.namelist() if re.search(r"slides/|sharedStrings|workbook.xml", name)
                        ]
                        text = b" ".join(parts.read(name) for name in names)
                found = [word for word in others if word in text.decode().lower()]
                assert not found, (file.name, found)


def test_a_workbook_holds_every_number_behind_the_charts_and_no_formula(given, tmp_path):
    (file, _) = formats.write(*given, tmp_path, edition="manager", format="xlsx")
    book = openpyxl.load_workbook(file)
    rows = [[cell.value for cell in row] for row in book["Periods"].iter_rows(min_row=2)]
    weeks = [row[5] for row in rows if row[1] == "Meetings held" and row[2] == "week"]
    assert weeks == [3, 3, 4, 3, 3, 2, 1]
    assert [row[1].value for row in book["Sellers"].iter_rows(min_row=2)] == ["Ann Lee", "=1+1", "../../Bo"]
    widths = {name: one.width for name, one in book["Periods"].column_dimensions.items()}
    assert widths["D"] > len("30 September 2025"), "a day that has no room is shown as ###"
    assert {sheet.print_title_rows for sheet in book} == {"$1:$1"}
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert "f" not in kinds
    with zipfile.ZipFile(file) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]


def test_a_slide_has_the_takeaway_as_its_title_native_tables_and_pictures_that_can_be_read_out(given, tmp_path):
    pptx = pytest.importorskip("pptx")
    (file,) = formats.write(*given, tmp_path, edition="executive", format="pptx")
    deck = pptx.Presentation(io.BytesIO(file.read_bytes()))
    first, second = deck.slides
    assert first.shapes.title.text == "Field Sales reached its activity target."
    table = next(shape.table for shape in first.shapes if shape.has_table)
    assert [cell.text for cell in table.rows[1].cells] == ["Meetings held", "2", "3", "2.50", ""]
    for slide in (first, second):
        drawn = [shape for shape in slide.shapes if shape.shape_type == 13]
        assert drawn and all("Meetings held" in s._element.nvPicPr.cNvPr.get("descr")
                             or "Revenue" in s._element.nvPicPr.cNvPr.get("descr") for s in drawn)  # fmt: skip
        edge = deck.slide_width, deck.slide_height
        assert all(s.left + s.width <= edge[0] and s.top + s.height <= edge[1] for s in slide.shapes)


def test_a_slide_of_stuck_deals_ends_above_its_foot(given, tmp_path):
    pptx = pytest.importorskip("pptx")
    many = copy.deepcopy(given[1])
    many["teams"][0]["stuck"] = [deal(f"D{number}") for number in range(30)]
    (file, *_) = formats.write(given[0], many, tmp_path, edition="manager", format="pptx")
    shown = [slide for slide in pptx.Presentation(str(file)).slides if "stuck deals" in slide.shapes.title.text]
    assert [len(s.table.rows) - 1 for slide in shown for s in slide.shapes if s.has_table] == [13, 13, 4]
    for slide in shown:
        (table,) = (shape for shape in slide.shapes if shape.has_table)
        foot = max(shape.top for shape in slide.shapes if shape.has_text_frame)
        assert table.top + sum(row.height for row in table.table.rows) <= foot


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not on this machine")
def test_libreoffice_opens_slides_and_workbooks_and_draws_the_logo_as_it_is(given, tmp_path):
    (tmp_path / "logo.png").write_bytes(png(300, 100))
    branded = brand.facts(Brand(name="Northlake", logo="logo.png"), tmp_path)
    for form in ("pptx", "xlsx"):
        written = formats.write(given[0] | {"brand": branded}, given[1], tmp_path, edition="manager", format=form)
        written[0].rename(tmp_path / f"{form}.{form}")
    day = dt.date(2024, 5, 6)
    agreed = charter.TeamOut(team="Field", version="1.0", dated=day, status="ready", baseline_from=None, measures=[],
                             baseline_to=None, exception_reason="", changed_by="", change_reason="")  # fmt: skip
    held = charter.CharterOut(engagement="Acme", demo=False, currency="EUR", as_of=day, teams=[agreed])
    (tmp_path / "charters.xlsx").write_bytes(workbook.written(held, brand=branded, paper="Letter"))
    words = ["soffice", f"-env:UserInstallation={(tmp_path / 'home').as_uri()}", "--headless", "--convert-to", "pdf"]
    files = [str(tmp_path / name) for name in ("pptx.pptx", "xlsx.xlsx", "charters.xlsx")]
    subprocess.run([*words, "--outdir", str(tmp_path / "out"), *files], check=True, capture_output=True, timeout=200)
    for name in ("pptx.pdf", "xlsx.pdf", "charters.pdf"):
        shapes = pictures((tmp_path / "out" / name).read_bytes())
        logos = [shape for shape in shapes if shape == pytest.approx(3.0, rel=0.02)]
        assert logos, f"{name}: pictures of the proportions {shapes}, the logo is three times wider than high"
        assert name == "pptx.pdf" or len(shapes) == len(logos)


def pictures(pdf: bytes) -> list[float]:
    """Width by height of each picture that a PDF draws, as drawn: the matrix before the word that draws it."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            drawn = zlib.decompressobj().decompress(stream)
            for wide, high in re.findall(rb"([\d.]+) 0 0 ([\d.]+) [-\d.]+ [-\d.]+ cm\s*/Im\d+ Do", drawn):
                found.append(float(wide) / float(high))
    return found


def test_a_pdf_without_chromium_says_what_to_do(given, tmp_path, monkeypatch):
    monkeypatch.setattr(print_out, "NAMES", ())
    monkeypatch.setattr(print_out, "PLACES", ())
    with pytest.raises(WorkshopError, match=r"Install Chromium .* --format html"):
        formats.write(*given, tmp_path, edition="executive", format="pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not any(map(shutil.which, print_out.NAMES)), reason="Chromium is not on this machine")
def test_a_pdf_is_the_page_on_sheets(given, tmp_path):
    alone = (given[0] | {"teams": given[0]["teams"][:1]}, persons({"Field Sales": ["Ann Lee"]}))
    (file,) = formats.write(*alone, tmp_path, edition="manager", format="pdf")
    content = file.read_bytes()
    assert content.startswith(b"%PDF") and file.name == "report-field-sales.pdf"
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", content))
    assert sheets >= 4, "the page, its detail, the stuck deals and a sheet for each seller"
