"""Damaged exports: an import gives the figures of the whole one, or one message and nothing changed."""

from __future__ import annotations

import collections
import csv
import io
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop.crm.sources import drafting, import_crm, quality
from kpi_workshop.errors import WorkshopError

STAGES = ("Closed Won", "Closed Lost", "Proposal", "Qualified, again")
SELLERS = ("Ann Lee", "Bob Ray", "Zoë Åkesson")


def deals() -> list[list[str]]:
    """Thirty deals as a HubSpot export has them, amounts and days of our own."""
    rng = random.Random(7)
    rows = [["Record ID", "Deal Name", "Deal Stage", "Pipeline", "Amount", "Deal owner", "Create Date", "Close Date"]]
    for i in range(30):
        opened, closed = f"2024-{1 + i % 6:02}-{10 + i % 9} 10:00", f"2024-{7 + i % 6:02}-{20 + i % 8} 11:30"
        amount = f"{rng.randrange(1000, 9000)}.{rng.randrange(1, 9)}5"
        rows.append(
            [f"{100 + i}", f"Deal {i}", rng.choice(STAGES), "Sales", amount, rng.choice(SELLERS), opened, closed]
        )
    return rows


def written(rows: list[list[str]], *, separator: str = ",", end: str = "\r\n", all_quoted: bool = False) -> str:
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def figures(engagement) -> tuple[object, ...]:
    rows = pq.read_table(engagement.tables / "opportunities.parquet").to_pylist()
    days = sum((row["closed_on"] or row["expected_close_on"]).toordinal() for row in rows)
    counts = collections.Counter((row["seller"], row["status"]) for row in rows)
    return len(rows), round(sum(row["amount"] for row in rows), 2), days, counts


HARMLESS: dict[str, Callable[[list[list[str]]], bytes]] = {
    "semicolons, UTF-16": lambda rows: written(rows, separator=";").encode("utf-16"),
    "tabs, old Mac ends": lambda rows: written(rows, separator="\t", end="\r").encode("utf-8-sig"),
    "Windows-1252, all quoted": lambda rows: written(rows, all_quoted=True).encode("cp1252"),
    "columns in another order": lambda rows: written([row[::-1] for row in rows]).encode(),
    "columns more, names in capitals": lambda rows: written(
        [[*(cell.upper() for cell in rows[0]), "Extra"], *([*row, "x"] for row in rows[1:])]
    ).encode(),
    "titles, blank lines, notices": lambda rows: written(
        [
            ["Deals of the year"],
            [],
            *rows[:9],
            [""] * 8,
            *rows[9:],
            [],
            ["Total", *[""] * 7],
            ["Confidential Information"],
        ]
    ).encode(),
    "a second row of headings that says what the columns hold": lambda rows: written(
        [rows[0], ["text", "text", "picklist", "text", "number", "text", "date", "date"], *rows[1:]]
    ).encode(),
    "zero bytes between the signs": lambda rows: written(rows).encode().replace(b"Closed", b"Clo\0sed", 3),
    "rows repeated": lambda rows: written([*rows, rows[3], rows[3]]).encode(),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    (folder / "deals.csv").write_text(written(deals()), encoding="utf-8", newline="")
    engagement = engagements.create(folder / "acme")
    import_crm(engagement, folder / "deals.csv")
    return figures(engagement)


@pytest.mark.parametrize("how", HARMLESS)
def test_the_same_deals_written_otherwise_give_the_same_figures(engagement, tmp_path, whole, how):
    (tmp_path / "deals.csv").write_bytes(HARMLESS[how](deals()))
    import_crm(engagement, tmp_path / "deals.csv")
    assert figures(engagement) == whole


REFUSED = {
    "ids that Excel has shortened": (
        lambda rows: [rows[0], *(["3.6524E+18", *row[1:]] for row in rows[1:])],
        r"deals\.csv, row 2, column 'Record ID': '3\.6524E\+18' is an id that a spreadsheet took for a number",
    ),
    "columns set apart by another sign": (
        lambda rows: [["^".join(row)] for row in rows],
        r"deals\.csv, row 1, has one column only .* another sign than a comma",
    ),
    "letters that are no numbers": (
        lambda rows: [rows[0], *([*row[:4], "E9", *row[5:]] for row in rows[1:])],
        r"row 2, column 'Amount': 'E9' is not a number",
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_no_deal_can_be_told_from_is_refused_with_what_to_do(engagement, tmp_path, how):
    change, says = REFUSED[how]
    (tmp_path / "deals.csv").write_text(written(change(deals())), encoding="utf-8", newline="")
    with pytest.raises(WorkshopError, match=says):
        import_crm(engagement, tmp_path / "deals.csv")
    assert not engagement.tables.exists() or not list(engagement.tables.iterdir())


def test_stages_of_several_lines_and_odd_signs_make_a_mapping_that_can_be_read(engagement, tmp_path):
    rows = [[cell.replace("Proposal", "Pro\nposal \x07") for cell in row] for row in deals()]
    (tmp_path / "deals.csv").write_text(written(rows), encoding="utf-8", newline="")
    import_crm(engagement, tmp_path / "deals.csv", mapping=drafting.propose(engagement, tmp_path / "deals.csv").file)
    stages = pq.read_table(engagement.tables / "opportunities.parquet")["stage"].to_pylist()
    assert stages.count("Pro\nposal \x07") == sum(row[2] == "Proposal" for row in deals())


def damaged(rng: random.Random) -> bytes:
    rows, width = deals(), 8
    at, column = rng.randrange(1, len(rows)), rng.randrange(width)
    kind = rng.randrange(10)
    if kind == 0:
        rows = [[cell for i, cell in enumerate(row) if i != column] for row in rows]
    elif kind == 1:
        rows[at] = rows[at][: rng.randrange(1, width)]
    elif kind == 2:
        rows[0][column] = rng.choice(rows[0])
    elif kind == 3:
        rows[at][column] = rng.choice(
            ["=1+1", "#REF!", "NULL", "nan", "∞", "99/99/9999", "1e400", "<b>", "\u202e", "-", "\n"]
        )
    elif kind == 4:
        word = rng.choice(["", "x", "1", "01/02/03", "1,000"])
        rows[1:] = [[*row[:column], word, *row[column + 1 :]] for row in rows[1:]]
    elif kind == 5:
        rows = rows[: rng.randrange(0, 3)]
    elif kind == 6:
        rows[at][column] = "x" * 100_000
    data = bytearray(written(rows).encode())
    if kind > 6 and data:
        for _ in range(rng.randrange(1, 12)):
            place = rng.randrange(len(data))
            data[place : place + rng.randrange(0, 3)] = rng.choice(
                [b'"', b"\0", b"\xff", b",", b"\n", b"", b"\x80\x81"]
            )
    return bytes(data)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_export_is_read_or_refused_with_one_message_and_nothing_is_changed(tmp_path: Path, seed: int) -> None:
    engagement = engagements.create(tmp_path / "acme")
    (tmp_path / "deals.csv").write_bytes(damaged(random.Random(seed)))
    before = list(engagement.records.export())
    try:
        drafting.propose(engagement, tmp_path / "deals.csv")
        summary = import_crm(engagement, tmp_path / "deals.csv")
    except WorkshopError as refused:
        assert "deals.csv" in str(refused) and len(str(refused)) < 3000
        assert not list(engagement.tables.glob("*.parquet"))
        assert list(engagement.records.export()) == before
        return
    told = quality.lines(quality.facts(engagement, summary))
    rows = pq.read_table(engagement.tables / "opportunities.parquet").num_rows
    aside = sum(summary.set_aside.get("opportunities", {}).values())
    dropped = sum(len(rows) for rows in summary.repeated.get("opportunities", {}).values())
    assert told and rows + aside + dropped == summary.read["opportunities"]
