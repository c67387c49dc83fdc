"""The mapping file: what it accepts, and how it says what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kpi_workshop import bundle
from kpi_workshop.crm.sources import mapping
from kpi_workshop.crm.tables import TABLES
from kpi_workshop.errors import WorkshopError

SEATS = '[seats]\nfile = "p.csv"\ncolumns = { person = "who", team = "where" }\n'


def load(tmp_path: Path, text: str) -> mapping.Mapping:
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return mapping.load(file)


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(WorkshopError) as error:
        load(tmp_path, text)
    return str(error.value)


def test_the_generic_form_maps_every_column_of_every_table():
    generic = mapping.load(bundle.folder("templates") / "mappings" / "generic.toml")
    assert set(generic.sections) == set(TABLES)
    for name, (section,) in generic.sections.items():
        assert list(section.columns) == [column.name for column in TABLES[name].columns]


def test_the_generic_form_explains_every_key():
    words = (bundle.folder("templates") / "mappings" / "generic.toml").read_text(encoding="utf-8")
    for model in (mapping.Filling, mapping.Section, mapping.SetAside):
        for name, info in model.model_fields.items():
            assert re.search(rf"\b{info.alias or name}\b", words), name


TEMPLATES = sorted((bundle.folder("templates") / "mappings").glob("*.toml"))


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_every_template_can_be_read_names_its_product_and_says_where_its_columns_were_seen(file):
    made = mapping.load(file)
    assert made.product
    assert all(section.recognised_by for sections in made.sections.values() for section in sections)
    if file.stem != "generic":
        words = file.read_text(encoding="utf-8").split("product =")[0].lower()
        assert "seen on" in words
        assert file.name in (bundle.folder("templates").parent / "README.md").read_text(encoding="utf-8")


def test_of_several_names_the_first_that_a_file_has_is_read(tmp_path):
    text = SEATS.replace('"who"', '["Name", { first_of = ["Rep", "Agent"] }, "who"]')
    (section,) = load(tmp_path, text).sections["seats"]
    assert section.for_header(["Rep", "Agent", "where"]).columns["person"].first_of == ("Rep", "Agent")
    assert section.for_header(["who", "Agent"]).columns["person"].column == "who"
    assert section.for_header(["nothing"]).columns["person"].column == "Name"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('{ each = "Entered" }', "needs one * for what differs"),
        ("{ star = true }", "star stands for the * of an each"),
        ('{ column = "who", is_closed = "x" }', "is_lost and is_closed stand beside is_won"),
        ('["a", { colum = "b" }]', "there is no 'colum'. Did you mean: column"),
    ],
)
def test_faults_of_the_further_forms_are_told(tmp_path, wrong, said):
    assert said in refused(tmp_path, SEATS.replace('"who"', wrong))


def test_a_column_name_alone_means_that_column(tmp_path):
    filling = load(tmp_path, SEATS).sections["seats"][0].columns["person"]
    assert filling.client_columns == ("who",)


def test_a_misspelt_table_is_told_with_the_nearest(tmp_path):
    assert "There is no table 'seat'. Did you mean: seats" in refused(tmp_path, SEATS.replace("[seats]", "[seat]"))


def test_a_misspelt_column_is_told_with_the_nearest(tmp_path):
    said = refused(tmp_path, SEATS.replace("person =", "persn ="))
    assert "[seats] has no column 'persn'. Did you mean: person?" in said
    assert "[seats] needs person" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('{ column = "who", formt = "excel" }', "there is no 'formt'. Did you mean: format?"),
        ('{ column = "who", constant = "x" }', "say exactly one of column, columns, constant, numbered"),
        ('{ column = "who", format = "DMY" }', "'DMY' is no date format"),
        ('{ column = "who", time_zone = "Europe/Berln" }', "Did you mean: Europe/Berlin"),
        ('{ column = "who", divide_by = 0 }', "greater than 0"),
    ],
)
def test_a_faulty_filling_is_told_where_it_stands(tmp_path, wrong, said):
    message = refused(tmp_path, SEATS.replace('"who"', wrong))
    assert "[seats] columns.person" in message
    assert said in message


def test_all_faults_of_a_mapping_are_told_at_once(tmp_path):
    said = refused(tmp_path, 'sellers = "ask"\n' + SEATS.replace("file", "fle"))
    assert "sellers" in said and "there is no 'fle'. Did you mean: file" in said


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path):
    assert "line 1" in refused(tmp_path, "[seats\nfile = 1\n")


def test_a_missing_mapping_is_told(tmp_path):
    with pytest.raises(WorkshopError, match="There is no mapping"):
        mapping.load(tmp_path / "none.toml")
