"""Answers to a check-in form: which column holds what, and rows of team, week, score and comment without a name."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ..engagement import Engagement
from ..errors import WorkshopError, listed
from ..kinds import FormColumn
from ..numbers import counted
from ..steps import pulse
from . import form_columns
from .form_columns import FormExport
from .people_columns import fold
from .sheets import Row

MEANS = {
    "team": "the team",
    "week": "the week of the check-in",
    "score": "the score from 1 to 5",
    "comment": "the comment",
    "submitted": "when it was sent",
    "who": "who: never kept",
    "nothing": "nothing to keep",
}
"""What a column of a check-in form can hold."""
_WORDS = {
    "score": r"how well|score|rating|rate\b|not at all|^answer$|1 5|1 to 5|out of 5",
    "week": r"\bweek\b|check in",
    "team": r"\bteam\b",
    "comment": r"comment|remark|help|hinder|anything|\bwhy\b|tell us",
}
"""Words of a heading, in the order in which a column is looked for."""
_SCORE = re.compile(r"([1-5])(?:[.,]0+)?(?![.,]?\d).*", re.DOTALL)
_NOBODY = {"", "anonymous", "anonym", "anonyme", "anónimo", "anonimo", "anônimo", "anoniem"}
"""What Microsoft Forms writes in the place of an address where it asks for none."""
_WEEK = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")


def proposed(export: FormExport) -> dict[int, str]:
    """What each column holds, by its number, as far as its heading and its cells tell: a word of MEANS."""
    known = {"submitted": "submitted", "name": "who", "email": "who", "team": "team"}
    found = {column.number: known.get(column.means, "nothing") for column in export.columns}
    asked = [column for column in export.columns if column.means in ("question", "about", "check")]
    for means, words in _WORDS.items():
        if means == "team" and "team" in found.values():
            continue
        for column in asked:
            fits = means not in ("score", "team") or _holds_scores(export, column) == (means == "score")
            if found[column.number] == "nothing" and fits and re.search(words, fold(column.heading)):
                found[column.number] = means
                break
    numbered = [one for one in export.of("question") if found[one.number] == "nothing" and _holds_scores(export, one)]
    if "score" not in found.values() and len(numbered) == 1:
        found[numbered[0].number] = "score"
    return found


def lines(export: FormExport, means: Mapping[int, str]) -> list[str]:
    """What was understood, in plain sentences; nothing that anybody answered is in them."""
    out = [f"{export.file}: {export.product or 'a form'}, {len(export.rows) - len(export.totals()):,} responses."]
    for word in ("team", "week", "score", "comment"):
        headings = [f"'{column.heading}'" for column in export.columns if means[column.number] == word]
        if headings:
            out.append(f"{word.capitalize()}: {headings[0]}.")
        elif word == "score":
            out.append("Score: no column holds numbers from 1 to 5. Say below which one does.")
        elif word != "comment":
            out.append(f"{word.capitalize()}: the form does not ask it. Choose it below.")
    if "who" in means.values():
        out.append("Names and addresses only tell whether somebody answered twice; they are not kept.")
    return out


def responses(
    export: FormExport, means: Mapping[int, str], *, team: str = "", week: int | None = None
) -> tuple[dict[int, pulse.Response], int, int]:
    """The responses by row number, then how many rows repeat one (the later counts), and how many have no score.

    `team` and `week` are those of the form where it does not ask. Raises WorkshopError with every fault, by row.
    """
    places = {word: number - 1 for number, word in means.items() if word in ("team", "week", "score", "comment")}
    absent = [w for w, given in (("team", team), ("week", week), ("score", None)) if w not in places and not given]
    if absent:
        raise WorkshopError(
            f"{export.file} has no column '{absent[0]}': a check-in has a team, a week and a score from 1 to 5. "
            "Say on the page of notebook 5 which column holds it, or choose the team or week of all answers there."
        )
    rows = [row for row in export.rows if row.number not in export.totals()]
    given: dict[tuple[str, ...], tuple[int, pulse.Response, tuple[str, ...]]] = {}
    problems, repeated, blank = [], 0, 0
    for row in rows:
        cells = {word: row.cell(place).strip(" \t\r\n;") for word, place in places.items()}
        if not cells["score"]:
            blank += 1
            continue
        score, asked = _SCORE.fullmatch(cells["score"]), _week(cells.get("week", ""), week)
        if score is None:
            problems.append(f"Row {row.number}, column 'score': '{cells['score']}' is no answer. Write 1 to 5.")
        if asked is None:
            problems.append(f"Row {row.number}, column 'week': '{cells['week']}' is no week. Write 1, 2, 4 or 8.")
        if score is None or asked is None:
            continue
        said = pulse.Response(cells.get("team") or team, asked, int(score.group(1)), cells.get("comment", ""))
        asked_of = fold(said.team), str(asked)
        same, basis = _whose(row, means, told={places["score"], places.get("comment")})
        repeated += (*same, *asked_of) in given
        given.pop((*same, *asked_of), None)
        given[(*same, *asked_of)] = (row.number, said, (*basis, *asked_of))
    if problems:
        raise WorkshopError(listed([f"{export.file}: {problem}" for problem in problems]))
    return _marked(given.values()), repeated, blank


def take_in(engagement: Engagement, path: Path, *, as_of: dt.date) -> str:
    """Keep every new answer of the file, all or nothing, and say how many; no name is kept."""
    export = form_columns.read(path)
    return record(engagement, export, proposed(export), as_of=as_of)[0]


def record(
    engagement: Engagement, export: FormExport, means: Mapping[int, str], *, team: str = "", week: int | None = None,
    as_of: dt.date,
) -> tuple[str, pulse.Taken]:  # fmt: skip
    """Keep the new answers, columns read as `means` says: a sentence for whoever gave the file, and what was kept."""
    rows, repeated, blank = responses(export, means, team=team, week=week)
    try:
        taken = pulse.take_in(engagement, rows, as_of=as_of)
    except WorkshopError as error:
        raise WorkshopError(f"{export.file}: {error}") from None
    said = {
        "given twice, of which the later counts": repeated,
        "taken before": taken.before,
        "left out, for the mean was told already and does not move": taken.late,
        "left out, for the team has not started": taken.early,
        "left out, for there is no score": blank,
    }
    kept = f"{counted(len(taken.keys), 'answer')} kept, without names."
    return " ".join([kept, *(f"{counted(many, 'answer')} {words}." for words, many in said.items() if many)]), taken


def _week(cell: str, usual: int | None) -> int | None:
    """The week of a check-in as a form writes it: Week 1, 1st week, 1."""
    found = _WEEK.search(cell)
    return int(found.group(1)) if found else None if cell else usual


def _whose(row: Row, means: Mapping[int, str], *, told: set[int | None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """By what a response is the same as another one in its file, and what tells it again in a newer file.

    A name or an address does both. Else rows with a time of day are the same where every cell is; without one, no two
    rows are. What was answered (the columns `told`) is in no mark.
    """
    cells = {number: row.cell(number - 1).strip() for number in means}
    named = [fold(cells[number]) for number, word in means.items() if word == "who"]
    who = tuple(name for name in named if name not in _NOBODY)
    if who:
        return who, who
    when = tuple(cells[number] for number, word in means.items() if word == "submitted")
    rest = tuple(cell for number, cell in cells.items() if number - 1 not in told)
    return (tuple(cells.values()), when) if ":" in "".join(when) else ((f"row {row.number}",), rest)


def _marked(
    given: Iterable[tuple[int, pulse.Response, tuple[str, ...]]],
) -> dict[int, pulse.Response]:
    """Each response with its mark; of several with nothing to tell them apart each has its own."""
    times: Counter[tuple[str, ...]] = Counter()
    found = {}
    for number, said, basis in given:
        times[basis] += 1
        digest = hashlib.sha256("\0".join([*basis, str(times[basis])]).encode())
        found[number] = replace(said, mark=digest.hexdigest()[:32])
    return found


def _holds_scores(export: FormExport, column: FormColumn) -> bool:
    """Whether most of the responses, and most of what was filled in, are a number from 1 to 5."""
    cells = [row.cell(column.number - 1).strip(" ;") for row in export.rows if row.number not in export.totals()]
    scores = sum(1 for cell in cells if _SCORE.fullmatch(cell))
    return 2 * scores >= len(cells) > 0 and 2 * scores > sum(map(bool, cells))
