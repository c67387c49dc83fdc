"""The playback: a hand-out of each charter without names, what everybody answers, and what is said against it."""

from __future__ import annotations

import functools
from typing import Any

from .. import brand, bundle, catalogue, locales
from ..kinds import Charter, CharterLine, Team
from ..numbers import SPACE, joined, spoken_day, written
from ..steps import charter as charters
from ..steps import dispositions, interviews
from ..steps import playback as step
from . import documents, plain, report, theme
from .fields import Field, Values
from .forms import Form, PrivateForm
from .plain import PlainList, PlainTable
from .table_editor import Column
from .workshop import Workshop

BOXES = (
    ("activity", "What the team does more of"),
    ("metric", "What should come of it"),
    ("signal", "What to keep an eye on"),
)
YES_NO = {"yes": "yes", "no": "no"}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def handouts(here: Workshop) -> PlainList:
    """Write the hand-out of each team's charter below `runs/<as-of>` of the engagement, and say where they are."""
    pages = render(here)
    if not pages:
        return PlainList("", nothing="No team has a charter yet, so there is nothing to hand out.")
    folder = here.engagement.run_folder(here.as_of.isoformat())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left_over in set(folder.glob("playback-*.html")) - {folder / name for name in pages}:
        left_over.unlink()
    for name, text in pages.items():
        documents.write_whole(folder / name, text)
    where = folder.relative_to(here.engagement.folder).as_posix()
    demo = "Demo data. " if here.engagement.settings.demo else ""
    says = f"{demo}A page for each team, to be shown or printed. The files are in {where} of this engagement."
    return PlainList(says, tuple(_teams(here)), links=tuple(f"../{where}/{name}" for name in pages))


def render(here: Workshop) -> dict[str, str]:
    """The hand-outs as text by file name; no name of a person is in them."""
    engagement = here.engagement
    held = engagement.records.current(Charter, as_of=here.as_of)
    teams = _teams(here)
    settings = engagement.settings
    branded = brand.facts(settings.brand, engagement.folder)
    css = theme.css(_templates() / "playback.css", brand=branded, paper=settings.paper_size)
    names = [name.replace("report-", "playback-", 1) for name in report.file_names(teams)]
    warned = charters.warnings(engagement, as_of=here.as_of)
    template = theme.environment(_templates()).get_template("playback.html")
    with locales.writing(settings.locale):
        return {
            name: template.render(page=_page(here, held[team], warned) | {"brand": branded}, css=css)
            for name, team in zip(names, teams, strict=True)
        }


def state(here: Workshop) -> PlainTable:
    """How far each playback is, without names and without numbers of people."""
    rows = [
        {"team": one.team, "version": one.version, "says": one.says, "answered": _answered(one)}
        for one in step.states(here.engagement, as_of=here.as_of)
    ]
    if not rows:
        return plain.table([], {}, says="There is no team yet: enter the org chart first.")
    ready = sum(one.status == "ready" for one in step.states(here.engagement, as_of=here.as_of))
    columns = {"team": "Team", "version": "Charter", "says": "Where it stands", "answered": "Said against it"}
    return plain.table(rows, columns, says=f"{ready} of {len(rows)} charters are agreed.")


def form(here: Workshop, *, team: str = "") -> PrivateForm | PlainList:
    """Who is invited to the playback of a team and what each answers: on the leader's own screen only."""
    engagement = here.engagement
    teams = list(engagement.records.current(Charter, as_of=here.as_of))
    if not teams:
        return PlainList("", nothing="No team has a charter yet, so nobody can be asked about it.")
    without = [one.team for one in step.states(engagement, as_of=here.as_of) if one.status == "draft"]
    chosen = {"team": team if team in teams else (without or teams)[0]}

    def load() -> Values:
        people = step.proposed(engagement, chosen["team"], as_of=here.as_of)
        rows = step.asked(engagement, chosen["team"]) or [{"person": name} for name in people]
        return {"team": chosen["team"], "people": rows}

    def save(values: Values) -> str:
        objected = {one.person for one in step.invited(engagement, values["team"]).values() if one.objections}
        step.record(engagement, values["team"], values["people"], as_of=here.as_of)
        gone = objected - {one.person for one in step.invited(engagement, values["team"]).values()}
        stays = f" What {joined(sorted(gone))} said against it stays." if gone else ""
        return (step.lacking(engagement, values["team"]) or "The charter is agreed.") + stays

    # What is offered while typing stands in the notebook's file: everybody in the org chart, not those interviewed.
    columns = (
        Column("person", "Who", needed=True, suggest=interviews.interviewees(engagement, as_of=here.as_of)),
        Column("fits_process", "Fits our sales process?", kind="choice", choices=YES_NO),
        Column("process_words", "If not, why", kind="long"),
        Column("fits_initiatives", "Fits our initiatives?", kind="choice", choices=YES_NO),
        Column("initiatives_words", "If not, why", kind="long"),
    )
    words = (
        "Invite the whole team beside those you interviewed: then nobody can tell from the list who was. The reasons "
        "are shown to everyone, without a name: write them so that they point to nobody."
    )
    fields = (
        Field("team", "Team", kind="choice", choices=teams, needed=True),
        Field("people", "Invited to the playback", "table", words, columns=columns, noun="person"),
    )
    made = PrivateForm(
        "Answers at the playback",
        fields,
        load=load,
        save=save,
        value=lambda: step.states(engagement, as_of=here.as_of),
        tell=lambda: "Who was invited and who said what stays in the private store.",
        at_once=True,
        undo=lambda: step.take_back(engagement, chosen["team"], as_of=here.as_of),
        undoable=lambda: step.can_take_back(engagement, chosen["team"]),
        chooser="team",
        choose=lambda name: chosen.update(team=name),
        button="Save these answers",
        help="Two questions to each: does it fit how we sell, and does it fit what we have under way?",
    )
    made.status = ""  # the time of the last answer would tell whoever saw the people come and go
    return made


def answers(here: Workshop) -> Form | PlainList:
    """What was said against the charters, each to be answered; the charter is agreed when everything is answered."""
    engagement = here.engagement
    if not step.objections(engagement, as_of=here.as_of):
        return PlainList("", nothing="Nothing has been said against a charter so far.")

    def load() -> Values:
        found = step.objections(engagement, as_of=here.as_of)
        return {
            "objections": [
                {"key": key, "team": one.team, "words": one.words, "about": _about(one.question), "answer": one.answer}
                for key, one in sorted(found.items(), key=lambda pair: (pair[1].team, pair[0]))
            ]
        }

    def save(values: Values) -> str:
        given = {row["key"]: row["answer"] or "" for row in values["objections"]}
        changed = step.answer(engagement, given, as_of=here.as_of)
        return f"{len(changed)} answered." if changed else ""

    columns = (
        Column("key", "", hidden=True),
        Column("team", "Team", fixed=True),
        Column("words", "Said against it", kind="long", fixed=True),
        Column("about", "About", fixed=True),
        Column("answer", "Your answer", kind="long", help="It stands on the hand-out."),
    )
    made = Form(
        "Answers to what was said",
        [Field("objections", "Objections", "table", columns=columns, noun="objection", grows=False)],
        load=load,
        save=save,
        tell=lambda: state(here).says,
        at_once=True,
        undo=lambda: step.take_back(engagement, as_of=here.as_of),
        undoable=lambda: step.can_take_back(engagement),
        button="Save these answers",
        help="An answer may be a change of the charter, or the reason why it stays.",
    )
    made.status = ""  # when an objection was recorded is kept nowhere
    made.reload()
    return made


def _teams(here: Workshop) -> list[str]:
    held = here.engagement.records.current(Charter, as_of=here.as_of)
    return [team for team in here.engagement.records.current(Team, as_of=here.as_of) if team in held]


def _page(here: Workshop, charter: Charter, warned: list[str]) -> dict[str, Any]:
    engagement = here.engagement
    fates = dispositions.fates(engagement, as_of=here.as_of, team=charter.team)
    aside = [fate for fate in fates if charter.team not in fate.teams]
    counts = [
        f"{_NUMBERS[many] if many < len(_NUMBERS) else many} {noun if many == 1 else plural}"
        for label, noun, plural in (("activity", "activity", "activities"), ("metric", "metric", "metrics"))
        if (many := sum(line.label == label for line in charter.lines))
    ]
    ready = charter.status == "ready"
    named = len(fates)
    window = ""
    if charter.baseline_from and charter.baseline_to:
        days = f"{spoken_day(charter.baseline_from)} to {spoken_day(charter.baseline_to)}"
        window = f"“So far” is the mean of {days}, a week or a month as it is looked at. "
    return {
        "engagement": engagement.settings.name,
        "demo": engagement.settings.demo,
        "team": charter.team,
        "version": charter.version,
        "dated": spoken_day(charter.dated),
        "state": "agreed" if ready else "a draft to be talked about",
        "takeaway": f"{charter.team} {'runs' if ready else 'would run'} on {joined(counts)}",
        "boxes": [
            {"title": title, "moves": label == "activity", "lines": lines}
            for label, title in BOXES
            if (lines := [_line(line, engagement.settings.currency) for line in charter.lines if line.label == label])
        ],
        "exception": charter.exception_reason,
        "warnings": [words for words in warned if words.startswith(charter.team)],
        "aside": [_aside(fate) for fate in sorted(aside, key=lambda fate: (bool(fate.teams), fate.words.casefold()))],
        "questions": list(step.QUESTIONS.values()),
        "objections": [
            {"words": one.words, "about": _about(one.question), "answer": one.answer or "No answer yet."}
            for one in step.objections(engagement, charter.team, as_of=here.as_of).values()
        ],
        "small_print": (
            f"{window}Chosen out of {named} different measures and ideas that were suggested; differently worded ones "
            "of the same measure count once. Who suggested what, and who answers what here, is shown to nobody else."
        ),
    }


def _line(line: CharterLine, currency: str) -> dict[str, str]:
    known = catalogue.find(line.measure)
    unit = known.unit if known else ""
    said = {
        name: "not set" if value is None else written(value, unit, currency=currency).replace(SPACE, " ")
        for name, value in (("baseline", line.baseline), ("target", line.target))
    }
    guard = f"Held in balance by {catalogue.name_of(line.guardrail).lower()}." if line.guardrail else ""
    return said | {
        "name": catalogue.name_of(line.measure),
        "sentence": line.sentence,
        "why": line.reason,
        "guard": guard,
        "moves": joined([catalogue.name_of(moved) for moved in line.moves]),
        "review": {"weekly": "every week", "monthly": "every month", "quarterly": "every quarter"}[line.review],
    }


def _aside(fate: dispositions.Fate) -> dict[str, str]:
    if fate.teams:
        return {"words": fate.words, "became": f"In the charter of {joined(list(fate.teams))}.", "reason": ""}
    became = {"dropped": "Not taken up: ", "merged": "Merged: ", "": "Still to be decided."}.get(fate.disposition, "")
    reason = fate.reason.strip()
    return {"words": fate.words, "became": became, "reason": reason + ("" if reason[-1:] in ("", ".", "!") else ".")}


def _answered(one: step.State) -> str:
    if not one.objections:
        return "nothing"
    return "everything is answered" if all(o.answer for o in one.objections) else "an answer is missing"


def _about(question: str) -> str:
    return {"sales process": "our sales process", "initiatives": "our initiatives"}[question]


@functools.cache
def _templates() -> Any:
    return bundle.folder("templates") / "playback"
