"""A file of suggestions, sorted without the workshop: CSV in, CSV out."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from . import matching
from .errors import WorkshopError, did_you_mean, listed

COLUMNS = ("id", "text", "label", "signal", "confidence", "measure", "cluster", "reason")
"""What is written for every suggestion, in this order."""

LONGEST = 2_000
"""A suggestion with more signs than this is a pasted page, not a suggestion."""

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def sort_file(file: Path) -> str:
    """The suggestions of a CSV file (columns id and text) as CSV with `COLUMNS`, one row each, in the same order.

    `id` and `text` come back exactly as they were given, so that rows can be joined with the file again, save one
    thing: a cell that a spreadsheet would execute (it begins with =, +, - or @ and is no number) gets a leading
    apostrophe. `label` is activity or metric, `signal` yes where judgement is needed, `confidence` from 0 to 1,
    `measure` a catalogue id or empty.
    Everything wrong with the file comes in one `WorkshopError`.
    """
    rows = read(file)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for key, text in rows:
        sense = matching.sort(text)
        measure = sense.measure.id if sense.measure else ""
        signal = "yes" if sense.signal else "no"
        told = (sense.label, signal, f"{sense.confidence:.2f}", measure, sense.cluster, sense.reason)
        writer.writerow(_safe(cell) for cell in (key, text, *told))
    return out.getvalue()


def read(file: Path) -> list[tuple[str, str]]:
    """Id and text of every suggestion in a CSV file."""
    try:
        content = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise WorkshopError(f"{file.name}, row {line}: this is not UTF-8 text. Save the file as CSV UTF-8.") from None
    except OSError as error:
        raise WorkshopError(f"{file} cannot be read: {error.strerror}.") from None
    if "\0" in content:
        raise WorkshopError(f"{file.name} is not a text file. Save it as CSV UTF-8 with the columns id and text.")
    csv.field_size_limit(max(csv.field_size_limit(), len(content) + 1))
    try:
        table = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    except csv.Error as error:
        raise WorkshopError(f"{file.name} cannot be read as CSV: {error}. Check its quotation marks.") from None
    if not table or not any(cell.strip() for cell in table[0]):
        raise WorkshopError(f"{file.name} is empty. Its first row names the columns: id,text.")
    heading = [cell.strip().casefold() for cell in table[0]]
    _check_heading(file, heading, table[0])
    return _rows(file, heading, table[1:])


def _check_heading(file: Path, heading: list[str], given: list[str]) -> None:
    for name in ("id", "text"):
        if heading.count(name) > 1:
            raise WorkshopError(f"{file.name} has the column '{name}' twice. Keep one of them.")
        if name not in heading:
            has = ", ".join(f"'{cell}'" for cell in given[:6])
            hint = did_you_mean(name, given)
            hint = hint if hint.startswith("Did") else ""
            raise WorkshopError(f"{file.name} has no column '{name}'. It has {has}. {hint}".strip())


def _rows(file: Path, heading: list[str], table: list[list[str]]) -> list[tuple[str, str]]:
    at_id, at_text = heading.index("id"), heading.index("text")
    first: dict[str, int] = {}
    rows: list[tuple[str, str]] = []
    problems: list[str] = []
    for number, row in enumerate(table, start=2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{file.name}, row {number}"
        if len(row) != len(heading):
            problems.append(
                f"{where}: {len(row)} cells where the heading has {len(heading)}. "
                "Put quotation marks around text with commas."
            )
            continue
        key, text = row[at_id], row[at_text]
        if not key.strip():
            problems.append(f"{where}, column id: it is empty. Every suggestion needs its own id.")
        elif key in first:
            problems.append(f"{where}, column id: '{key}' stands in row {first[key]} already.")
        if not text.strip():
            problems.append(f"{where}, column text: it is empty. Write the suggestion or delete the row.")
        elif len(text) > LONGEST:
            problems.append(f"{where}, column text: {len(text):,} signs; a suggestion has at most {LONGEST:,}.")
        first.setdefault(key, number)
        rows.append((key, text))
    if problems:
        raise WorkshopError(listed(problems))
    if not rows:
        raise WorkshopError(f"{file.name} has a heading and no suggestion below it.")
    return rows


def _safe(text: str) -> str:
    number = re.fullmatch(r"[+-]?\d+([.,]\d+)?", text)
    return f"'{text}" if text.startswith(_RISKY) and not number else text
