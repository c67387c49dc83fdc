"""One client's folder: made whole or not at all, found from inside, its settings checked in plain words."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError


def test_a_new_engagement_holds_notebooks_settings_and_places_for_everything(engagement: Engagement) -> None:
    names = {p.name for p in engagement.folder.iterdir()}
    assert {"engagement.toml", "notebooks", "crm", "runs", "cache"} <= names
    assert [p.name[:2] for p in sorted(engagement.notebooks.glob("0[1-5]*.ipynb"))] == ["01", "02", "03", "04", "05"]


def test_only_the_owner_can_open_it(engagement: Engagement) -> None:
    for path in [engagement.folder, *engagement.folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0 or path.name == "engagement.toml", path
    assert stat.S_IMODE(engagement.folder.stat().st_mode) == 0o700


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x")
    with pytest.raises(WorkshopError, match="exists and is not empty"):
        engagements.create(tmp_path / "letters")
    assert [p.name for p in tmp_path.rglob("*")] == ["letters", "dear.txt"]


def test_a_missing_parent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match=r"no folder .*nowhere"):
        engagements.create(tmp_path / "nowhere" / "acme")


def test_it_is_found_from_a_notebook_inside_it(engagement: Engagement) -> None:
    found = engagements.above(engagement.notebooks)
    assert found is not None
    assert found.folder == engagement.folder
    assert engagements.above(engagement.folder.parent) is None


@pytest.mark.parametrize("name", ['Müller & "Sons"', "a\\b", "=cmd()", "x" * 120, "line\nbreak"])
def test_any_client_name_survives_the_settings_file(tmp_path: Path, name: str) -> None:
    made = engagements.create(tmp_path / "acme", name=name)
    assert engagements.load(made.folder).settings.name == name.replace("\n", " ")


def test_a_folder_that_is_no_engagement_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match=r"has no engagement\.toml.*kpi-workshop new"):
        engagements.load(tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('curency = "EUR"', "no setting 'curency'. Did you mean: currency?"),
        ('currency = "euro"', "currency = 'euro': give three capital letters"),
        ("smallest_group = 1", "smallest_group = 1"),
        ('[calendar]\ntime_zone = "Europe/Berln"', "'Europe/Berln': This is no time zone. Did you mean: Europe/Berlin"),
        ('[calendar]\ntime_zone = "New York"', "Did you mean: America/New_York?"),
        ("calendar = 4", "calendar = 4: this is a section: write [calendar] on a line of its own"),
        ('smallest_group = "three"', "smallest_group = 'three': give a whole number from 2 to 20."),
        ("[calendar]\nfiscal_year_starts = 13", "fiscal_year_starts = 13"),
        ("name = ", "cannot be read as TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(engagement: Engagement, line: str, says: str) -> None:
    name = "" if line.startswith("name") else 'name = "Acme"\n'
    (engagement.folder / "engagement.toml").write_text(name + line)
    with pytest.raises(WorkshopError) as refused:
        engagements.load(engagement.folder)
    assert says in str(refused.value)


@pytest.mark.parametrize("folder", ["x" * 200, "new\nline", "=cmd() {x} 'q' <b>&", os.fsdecode(b"b\xfcro")])
def test_a_folder_of_any_name_becomes_an_engagement(tmp_path: Path, folder: str) -> None:
    made = engagements.create(tmp_path / folder)
    assert engagements.load(made.folder).settings.name
    assert [p.name for p in tmp_path.iterdir()] == [folder]


def test_a_name_too_long_to_print_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="1 to 120 signs"):
        engagements.create(tmp_path / "acme", name="x" * 121)
    assert not list(tmp_path.iterdir())


def test_a_blank_name_is_the_folders(tmp_path: Path) -> None:
    assert engagements.create(tmp_path / "acme_inc", name="  ").settings.name == "Acme inc"


def test_an_empty_folder_behind_a_link_is_taken(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    engagements.create(tmp_path / "link")
    assert engagements.load(tmp_path / "link").settings.name
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "real"]


def test_a_file_is_not_taken_for_an_engagement(tmp_path: Path) -> None:
    (tmp_path / "acme").write_text("x")
    with pytest.raises(WorkshopError, match="is a file"):
        engagements.load(tmp_path / "acme")
