"""The report as a letter: plain text for the body of an e-mail, 72 columns wide."""

from __future__ import annotations

import textwrap

from ..numbers import SPACE, spoken_day, written
from .published import DealOut, EditionOut, MeasureOut, SheetOut, TeamOut

COLUMNS = 72


def written_value(value: float | None, unit: str, currency: str) -> str:
    """A number with its unit in a sentence; a dash where there is none."""
    return "–" if value is None else written(value, unit, currency=currency).replace(SPACE, " ")


def _filled(text: str, first: str = "", then: str = "") -> list[str]:
    plain = " ".join(text.replace(SPACE, " ").split())
    return textwrap.wrap(plain, COLUMNS, initial_indent=first, subsequent_indent=then, break_on_hyphens=False) or [""]


def letter(told: EditionOut, *, by: str = "") -> str:
    """The text: the takeaway of each team, its measures, verdicts and what is out of the ordinary, or one's own.

    `by` is the name of the brand, which stands over it.
    """
    lines = [*_filled(by), ""] if by else []
    lines += _filled(f"{told.engagement}, as of {spoken_day(told.as_of)}")
    lines += ["Demo data"] if told.demo else []
    lines += ["", *_filled(told.data)]
    for note in told.notes if told.teams else []:
        lines += _filled(note, "- ", "  ")
    for team in told.teams:
        lines += _team(team, told.currency)
    for sheet in told.sheets:
        lines += _sheet(sheet, told.currency)
    lines += ["", *_filled(f"Run {told.run}. A verdict says what went together and never what caused it.")]
    return "\n".join(lines) + "\n"


def _team(team: TeamOut, currency: str) -> list[str]:
    lines = ["", *_filled(team.team.upper()), *_filled(f"{team.takeaway}."), ""]
    for measure in team.measures:
        lines += _filled(_measure(measure, currency), "- ", "  ")
    for heading, said in (
        ("Verdicts", [f"{p.says}: {p.verdict}; decided: {p.decision or 'nothing yet'}." for p in team.pairs]),
        ("Out of the ordinary", team.exceptions),
        ("Since the report before", team.changes),
        ("Stuck deals", [_deal(deal, currency) for deal in team.stuck]),
    ):
        if said:
            lines += ["", heading]
            for line in said:
                lines += _filled(line, "- ", "  ")
    return lines


def _measure(measure: MeasureOut, currency: str) -> str:
    def say(value: float | None) -> str:
        return written_value(value, measure.unit, currency)

    name = f"{measure.name} (guardrail)" if measure.kind == "guardrail" else measure.name
    latest = measure.latest or next((row for row in reversed(measure.quarters) if row.finished), None)
    if measure.why_not or latest is None or latest.value is None:
        because = measure.why_not or (latest.note if latest else "") or "no finished period yet"
        return f"{name}: not computable, {because}."
    said = f"{name}: {say(latest.value)} in {'the ' if measure.every == 'week' else ''}{latest.says}"
    said += f"; target {say(measure.target)}" if measure.target is not None else ""
    said += f"; baseline {say(measure.baseline)}" if measure.baseline is not None else ""
    return f"{said}; {measure.signal}." if measure.signal else f"{said}."


def _deal(deal: DealOut, currency: str) -> str:
    account = f" ({deal.account})" if deal.account else ""
    worth = f", worth {written_value(deal.amount, 'money', currency)}" if deal.amount is not None else ""
    return f"{deal.deal}{account}, {deal.seller}: {deal.days} days in {deal.stage}, usual up to {deal.usual}{worth}."


def _sheet(sheet: SheetOut, currency: str) -> list[str]:
    lines = ["", *_filled(f"{sheet.person}, {sheet.team}")]
    if not sheet.lines:
        lines += _filled("The team has no charter yet, so there is no measure to look at.")
    for line in sheet.lines:
        said = f"{line.name}: {written_value(line.value, line.unit, currency)}"
        said += f" in {'the ' if line.says.startswith('week') else ''}{line.says}" if line.says else ""
        said += f" (team's median {written_value(line.median, line.unit, currency)})"
        if line.mean is not None:
            said += f"; a week over four weeks {written_value(line.mean, line.unit, currency)}"
            said += f" (team's median {written_value(line.median_mean, line.unit, currency)})"
        lines += _filled(f"{said}.", "- ", "  ")
    return lines
