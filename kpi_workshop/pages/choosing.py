"""The pages of step 4, choosing: the board of each team, and the leader's own view of it with the hypothesis."""

from __future__ import annotations

import html
from dataclasses import dataclass

from .. import catalogue
from ..kinds import Label
from ..numbers import counted, joined
from ..steps import choosing as step
from ..steps import hindsight
from .fields import Values
from .own_screen import OwnScreen
from .picture import ACCENT, GREY, PALE
from .plain import PlainList
from .table_editor import Column
from .workshop import Workshop

BOXES: dict[Label, str] = {
    "activity": "Activities: what the team could do more of",
    "metric": "Metrics: what should come of it",
    "signal": "Signals: use judgement",
}
STANDING = {"chosen": "chosen", "put aside": "put aside", "open": ""}
_GRID = "display:grid;grid-template-columns:15em repeat(6,5.4em) 6em 5em 3em;gap:0 8px;align-items:baseline"
_FULL, _EMPTY = "●", "○"


@dataclass(frozen=True)
class Boards:
    """Every team's candidates with their scores; each part is shown, and its evidence unfolds under its line."""

    boards: tuple[step.Board, ...]
    opened: str

    def _repr_html_(self) -> str:
        teams = "".join(self._team(board) for board in self.boards)
        return f'<div class="boards"><p>{html.escape(weights_in_words())}</p>{teams}</div>'

    def __repr__(self) -> str:
        lines = [weights_in_words()]
        for board in self.boards:
            lines.append(board.team)
            lines += [f"  {_line(candidate)}" for label in BOXES for candidate in board.of(label)]
        return "\n".join(lines)

    def _team(self, board: step.Board) -> str:
        parts = []
        for label, title in BOXES.items():
            if found := board.of(label):
                rows = "".join(_candidate(one) for one in found)
                parts.append(f"<h4>{title}</h4>{_heading(label)}{rows}")
        if board.uncounted:
            said = joined([f"“{words}”" for words in board.uncounted])
            parts.append(f"<p>No measure stands for {_e(said)}, so there is nothing to count and to choose.</p>")
        chosen = sum(one.standing == "chosen" for one in board.candidates)
        summary = f"{_e(board.team)}: {counted(len(board.candidates), 'candidate')}, {chosen} chosen"
        is_open = " open" if board.team == self.opened else ""
        inner = f'<div style="overflow-x:auto"><div style="min-width:66em">{"".join(parts)}</div></div>'
        return (
            f'<details{is_open} style="border-top:1px solid {PALE};padding:6px 0">'
            f'<summary style="cursor:pointer"><strong>{summary}</strong></summary>{inner}</details>'
        )


def board(here: Workshop, *, team: str = "") -> Boards | PlainList:
    """What each team can choose from, with the score in its parts; `team` is unfolded first."""
    found = step.boards(here.engagement, as_of=here.as_of)
    if not any(one.candidates for one in found):
        return PlainList("", nothing="No suggestion stands for a measure yet.")
    names = [one.team for one in found]
    return Boards(tuple(found), team if team in names else names[0])


def own(here: Workshop) -> OwnScreen:
    """The board with what the leader had guessed, which is in no shared total: on the leader's own screen only."""
    engagement = here.engagement

    def rows() -> list[Values]:
        found = []
        for one in step.boards(engagement, as_of=here.as_of):
            ranked = step.guessed(one, hindsight.written(engagement, one.team))
            for candidate, part, total in sorted(ranked, key=lambda row: list(BOXES).index(row[0].label)):
                row = {"team": one.team, "measure": candidate.measure.name, "label": candidate.label}
                row |= {"shared": f"{candidate.points} of {candidate.most}", "guess": f"{part.points} of {part.most}"}
                found.append(row | {"total": f"{total} of {candidate.most + part.most}", "says": part.says})
        return found

    columns = (
        Column("team", "Team", fixed=True),
        Column("measure", "Measure", fixed=True),
        Column("label", "It is", fixed=True),
        Column("shared", "Points all see", fixed=True),
        Column("guess", step.HYPOTHESIS, fixed=True),
        Column("total", "With your guess", fixed=True),
        Column("says", "Because", kind="long", fixed=True),
    )
    title = "The board beside your hypothesis"
    return OwnScreen(title, columns, rows=rows, noun="candidate", waits=True, button="Show it")


def scored(here: Workshop) -> OwnScreen:
    """The sealed hypothesis beside what was heard: confirmed, not mentioned, new. On the leader's own screen only."""

    def rows() -> list[Values]:
        found = hindsight.scores(here.engagement, as_of=here.as_of)
        return [
            {"team": one.team, "verdict": one.verdict, "measure": catalogue.name_of(one.measure), "says": one.says}
            for one in found
        ]

    columns = (
        Column("team", "Team", fixed=True),
        Column("verdict", "Your guess was", fixed=True),
        Column("measure", "Measure", fixed=True),
        Column("says", "Because", kind="long", fixed=True),
    )
    title = "Your hypothesis, as it was sealed"
    return OwnScreen(title, columns, rows=rows, noun="measure", waits=True, button="Show it")


def weights_in_words() -> str:
    """Every part and the most points it gives, in one sentence."""
    most = step.weights()
    parts = joined([f"{title.lower()} {most[name]}" for name, title in step.PARTS.items()])
    activity = sum(most[name] for name in step.PARTS)
    return (
        f"Points at the most: {parts}; together {activity} for an activity and {activity - most['history']} for the "
        "others, which have no history of their own. Open a line to see why. The points help to talk; you choose."
    )


def _heading(label: Label) -> str:
    cells = ["Measure", *(step.PARTS[name] if _has(label, name) else "" for name in step.PARTS), "Points", "", ""]
    inner = "".join(f"<span>{cell}</span>" for cell in cells)
    return f'<div style="{_GRID};color:{GREY};border-bottom:1px solid {PALE};padding:0 0 3px">{inner}</div>'


def _candidate(one: step.Candidate) -> str:
    parts = {part.name: part for part in one.parts}
    dots = "".join(_dots(parts.get(name)) for name in step.PARTS)
    state = "no data" if one.cannot else STANDING[one.standing]
    weight = "600" if one.standing == "chosen" else "400"
    total = (
        f'<span style="font-variant-numeric:tabular-nums"><strong>{one.points}</strong> of {one.most}</span>'
        f'<span style="color:{GREY}">{state}</span><span style="color:{ACCENT}">why</span>'
    )
    name = f'<span style="font-weight:{weight}">{_e(one.measure.name)}</span>'
    summary = f'<summary style="{_GRID};cursor:pointer;padding:4px 0">{name}{dots}{total}</summary>'
    return f'<details style="border-bottom:1px solid {PALE}">{summary}{_evidence(one)}</details>'


def _evidence(one: step.Candidate) -> str:
    lines = [f"<li>{step.PARTS[p.name]}, {p.points} of {p.most}: {_e(p.says)}</li>" for p in one.parts]
    said = f"<p>In people's words: {_e(joined([f'“{words}”' for words in one.words]))}.</p>" if one.words else ""
    aside = f"<p>Put aside: {_e(one.because)}</p>" if one.because else ""
    cannot = "<p>It can be put aside for now, not chosen: nothing in the data counts it.</p>" if one.cannot else ""
    return (
        f'<div style="padding:2px 0 10px 16px;max-width:60em"><p>{_e(one.measure.sentence)}</p>'
        f"<ul>{''.join(lines)}</ul>{said}{aside}{cannot}</div>"
    )


def _dots(part: step.Part | None) -> str:
    if part is None:
        return "<span></span>"
    if not part.is_examined:
        return f'<span style="color:{GREY}">not yet</span>'
    drawn = _FULL * part.points + _EMPTY * (part.most - part.points)
    says = f"{part.points} of {part.most}"
    return f'<span role="img" aria-label="{says}" title="{says}" style="letter-spacing:1px">{drawn}</span>'


def _has(label: Label, name: str) -> bool:
    return name != "history" or label == "activity"


def _line(one: step.Candidate) -> str:
    parts = ", ".join(f"{step.PARTS[p.name].lower()} {p.points} of {p.most}" for p in one.parts)
    state = f" ({one.standing})" if one.standing != "open" else ""
    return f"{one.measure.name}{state}: {one.points} of {one.most} points ({parts})"


def _e(text: str) -> str:
    return html.escape(text)
