"""The pages of step 4, the charter: what can be chosen, the choice of one team, and one page a team to read."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import catalogue
from ..engagement import Engagement
from ..kinds import Charter, CharterLine, Rollout, Team
from ..numbers import SPACE, spoken_day, written
from ..steps import charter as step
from ..steps import playback, sorting, versions
from .forms import Field, Form, Values
from .picture import GREY, PALE
from .plain import PlainList
from .table_editor import Column
from .workshop import Workshop

USED_AS = {"metric": "metric", "activity": "activity"}
ORIGINS = {
    "system-logged": "logged by a system",
    "self-logged": "logged by the seller",
    "derived": "worked out from logged data",
    "survey": "asked in a survey",
}
_LEFT = "text-align:left;vertical-align:top;padding:6px 12px 6px 0;white-space:normal"
_RIGHT = _LEFT.replace("left", "right", 1) + ";font-variant-numeric:tabular-nums"
_NUMBERS = ("When agreed", "Target")
_COLUMNS = {
    "activity": {
        "Measure": 25, "How it is counted": 22, "Should move": 13, "When agreed": 9, "Target": 9, "Owner": 13,
        "Review": 9,
    },
    "metric": {"Measure": 34, "How it is counted": 26, "When agreed": 9, "Target": 9, "Owner": 13, "Review": 9},
}  # fmt: skip
"""Headings of the two tables of a charter and their widths in percent."""


@dataclass(frozen=True)
class CharterPages:
    """The charters as they hold, one page a team; the first stands open, the others unfold."""

    charters: tuple[Charter, ...]
    currency: str
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        first, *others = (self._page(charter) for charter in self.charters)
        folded = zip(self.charters[1:], others, strict=True)
        return first + "".join(
            f"<details><summary>{_e(charter.team)}</summary>{page}</details>" for charter, page in folded
        )

    def __repr__(self) -> str:
        return "\n".join(
            f"{c.team}, charter {c.version}: {', '.join(catalogue.name_of(line.measure) for line in c.lines)}"
            for c in self.charters
        )

    def _page(self, charter: Charter) -> str:
        state = "agreed" if charter.status == "ready" else "a draft, not agreed yet"
        exception = f"<p>Outside the usual numbers because: {_e(charter.exception_reason)}</p>"
        parts = [
            f"<h4>{title}</h4>{self._table([line for line in charter.lines if line.label == label], label=label)}"
            for label, title in (("activity", "Activities: what we do"), ("metric", "Metrics: what should come of it"))
        ]
        return (
            f'<section style="max-width:60em;border-top:2px solid {GREY};margin-top:1.5em">'
            f"<h3>{_e(charter.team)}</h3>"
            f"<p>Charter {_e(charter.version)} of {spoken_day(charter.dated)}, {state}.{_changed(charter)}</p>"
            f"{''.join(parts)}{exception if charter.exception_reason else ''}{self._windows(charter)}</section>"
        )

    def _windows(self, charter: Charter) -> str:
        """Over which days the numbers were taken: the charter's own, and those that the rollout compares with."""
        if not (charter.baseline_from and charter.baseline_to):
            return ""
        agreed = f"{spoken_day(charter.baseline_from)} to {spoken_day(charter.baseline_to)}"
        says = f"“When agreed” is the mean of {agreed}, a week or a month as it is reviewed."
        plan = self.rollouts.get(charter.team)
        if plan and (plan.baseline_from, plan.baseline_to) != (charter.baseline_from, charter.baseline_to):
            own = f"{spoken_day(plan.baseline_from)} to {spoken_day(plan.baseline_to)}"
            says += f" The rollout is held against the weeks just before its own start, {own}: the report shows that"
            says += " mean, which differs a little."
        return f'<p style="color:{GREY}">{says}</p>'

    def _table(self, lines: list[CharterLine], *, label: str) -> str:
        if not lines:
            return "<p>None.</p>"
        columns = _COLUMNS[label]
        styles = {words: _RIGHT if words in _NUMBERS else _LEFT for words in columns}
        head = "".join(  # widths of headings, not of columns: on a phone the headings go and every cell is a line
            f'<th scope="col" style="{styles[words]};width:{width}%">{words}</th>' for words, width in columns.items()
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td data-label="{words}" style="{styles[words]};border-bottom:1px solid {PALE}">{inside}</td>'
                for words, inside in zip(columns, self._cells(line, label=label), strict=True)
            )
            + "</tr>"
            for line in lines
        )
        style = "width:100%;table-layout:fixed;border-collapse:collapse"
        return f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def _cells(self, line: CharterLine, *, label: str) -> list[str]:
        known = catalogue.find(line.measure)
        counted = known.formula[:1].upper() + known.formula[1:] + "." if known else ""
        source = f"Source: {ORIGINS.get(line.source, line.source)}." if line.source else ""
        guard = f"Held in balance by {catalogue.name_of(line.guardrail).lower()}." if line.guardrail else ""
        pay = "Pay hangs on it." if line.pay_linked else ""
        unit = known.unit if known else ""
        numbers = [
            "not set" if value is None else written(value, unit, currency=self.currency).replace(SPACE, " ")
            for value in (line.baseline, line.target)
        ]
        return [
            _cell(
                catalogue.name_of(line.measure), line.sentence, f"Why: {line.reason}" if line.reason else "", bold=True
            ),
            _cell(counted, source, guard, pay),
            *([_cell(", ".join(catalogue.name_of(moved) for moved in line.moves))] if label == "activity" else []),
            *(_cell(number) for number in numbers),
            _cell(line.owner or "not named"),
            _cell(line.review),
        ]


def form(here: Workshop, *, team: str = "") -> Form | PlainList:
    """The choice of one team at a time; it starts with `team`: "" is the first without a charter, else the first."""
    engagement = here.engagement
    teams = list(engagement.records.current(Team, as_of=here.as_of))
    if not teams:
        return PlainList("", nothing="There is no team yet: enter the org chart first.")
    without = [name for name in teams if not engagement.records.get(Charter, name, as_of=here.as_of)]
    chosen = {"team": team or (without or teams)[0]}
    step.refuse_unknown_team(engagement, chosen["team"])

    def held(*, as_of: dt.date | None = None) -> Charter | None:
        return engagement.records.get(Charter, chosen["team"], as_of=as_of)

    def load() -> Values:
        charter = held()
        rows = [_row(line) for line in charter.lines] if charter else []
        reason = charter.exception_reason if charter else ""
        return {"team": chosen["team"], "lines": rows, "reason": reason, "why": "", "by": ""}

    def save(values: Values) -> str:
        before = held()
        kept = {line.measure: line for line in before.lines} if before else {}
        lines = [_line(row, kept) for row in values["lines"]]
        charter = step.choose(
            engagement,
            values["team"],
            lines=lines,
            reason=values["reason"],
            why=values.get("why") or "",
            by=values.get("by") or "",
            as_of=here.as_of,
        )
        about = [words for words in step.warnings(engagement, as_of=here.as_of) if words.startswith(charter.team)]
        return " ".join([f"Charter {charter.version} of {charter.team}.", *about])

    asked = [found.measure.name for found in sorting.suggestions(engagement, as_of=here.as_of) if found.measure]
    names = list(dict.fromkeys([*sorted(asked), *(measure.name for measure in catalogue.measures().values())]))
    people = sorted(
        {line.owner for c in engagement.records.current(Charter).values() for line in c.lines if line.owner}
    )
    columns = (
        Column("measure", "Measure", suggest=names, needed=True),
        Column("label", "Use it as", kind="choice", choices=USED_AS, needed=True),
        Column("moves", "Should move", suggest=names),
        Column("guardrail", "Balanced by", suggest=names),
        Column("pay_linked", "Pay on it", kind="flag"),
        Column("owner", "Owner", suggest=people),
        Column("target", "Target", kind="number"),
        Column("why", "Why"),
    )
    words = (
        "An activity moves metrics of this charter, several with commas between. What balances it is the catalogue's "
        "guardrail unless another is named. A share is written as 25 % or 0.25. A reason is needed where a measure is "
        "used otherwise than it was sorted."
    )
    fields = (
        Field("team", "Team", kind="choice", choices=teams, needed=True),
        Field("lines", "Metrics and activities", kind="table", columns=columns, noun="measure", help=words),
        Field(
            "reason", "Reason for more or fewer", help="Two or three metrics and three or four activities need none."
        ),
        Field(
            "why", "Why it changes", help="Needed once people have answered to it; it stands beside the new version."
        ),
        Field("by", "Decided by", suggest=people, help="Needed once people have answered to it."),
    )
    return Form(
        "Charter of a team",
        fields,
        load=load,
        save=save,
        undo=lambda: undo(engagement, chosen["team"], as_of=here.as_of),
        undoable=lambda: versions.can_take_back(engagement, chosen["team"]),
        value=lambda: held(as_of=here.as_of),
        tell=lambda: _told(held(as_of=here.as_of), chosen["team"]),
        store=engagement.records,
        kinds=(Charter,),
        chooser="team",
        choose=lambda name: chosen.update(team=name),
        button="Save this charter",
        help="An activity is something the team can do more of; it names the metric it should move.",
    )


def undo(engagement: Engagement, team: str, *, as_of: dt.date) -> None:
    """Take back the last choice of a team's charter; it is agreed where its playback says so."""
    versions.take_back(engagement, team)
    playback.settle(engagement, team, as_of=as_of)


def pages(here: Workshop) -> CharterPages | PlainList:
    """One page a team."""
    found = here.engagement.records.current(Charter, as_of=here.as_of)
    if not found:
        return PlainList("", nothing="No team has a charter yet.")
    order = list(here.engagement.records.current(Team, as_of=here.as_of))
    charters = sorted(found.values(), key=lambda c: order.index(c.team) if c.team in order else len(order))
    plans = here.engagement.records.current(Rollout, as_of=here.as_of)
    return CharterPages(tuple(charters), here.engagement.settings.currency, plans)


def _row(line: CharterLine) -> dict[str, Any]:
    return {
        "measure": catalogue.name_of(line.measure),
        "label": line.label,
        "moves": ", ".join(catalogue.name_of(moved) for moved in line.moves),
        "guardrail": catalogue.name_of(line.guardrail) if line.guardrail else "",
        "pay_linked": line.pay_linked or None,
        "owner": line.owner,
        "target": line.target,
        "why": line.reason,
    }


def _line(row: dict[str, Any], kept: dict[str, CharterLine]) -> CharterLine:
    """The line of a row; what the form does not show, such as the baseline, stays as it was."""
    line = step.line(
        row["measure"],
        label=row["label"],
        moves=[words for words in re.split(r"\s*[,;]\s*", row["moves"].strip()) if words],
        guardrail=row["guardrail"],
        pay_linked=bool(row.get("pay_linked")),
        owner=row["owner"],
        target=row["target"],
        reason=row["why"],
    )
    before = kept.get(line.measure)
    if before is None:
        return line
    same = {name: getattr(before, name) for name in ("sentence", "source", "baseline")}
    return line.model_copy(update=same | ({"review": before.review} if before.label == line.label else {}))


def _state(charter: Charter) -> str:
    return "agreed" if charter.status == "ready" else "a draft"


def _changed(charter: Charter) -> str:
    """Who made this version out of the one before, and why."""
    by = f" by {charter.changed_by}" if charter.changed_by else ""
    why = f": {charter.change_reason}" if charter.change_reason else ""
    said = f" Changed{by}{why}" if by or why else ""
    return _e(said + ("" if not said or said.endswith((".", "!", "?")) else "."))


def _told(charter: Charter | None, team: str) -> str:
    if charter is None:
        return f"{team} has no charter yet."
    many = {label: sum(line.label == label for line in charter.lines) for label in USED_AS}
    counts = f"{many['metric']} metrics and {many['activity']} activities"
    return f"{team}: {counts}, version {charter.version}, {_state(charter)}."


def _cell(*parts: str, bold: bool = False) -> str:
    """What stands in a cell, a line for each part, in one block so that a phone can put its heading beside it."""
    said = [_e(part) for part in parts if part]
    if bold and said:
        said[0] = f"<strong>{said[0]}</strong>"
    return f"<div>{'<br>'.join(said)}</div>"


def _e(text: str) -> str:
    return html.escape(text)
