"""The form for what happened on a day and explains a number; it stands on every chart of that measure."""

from __future__ import annotations

from .. import catalogue
from ..errors import WorkshopError
from ..kinds import Annotation
from ..numbers import counted
from ..records import new_id
from ..steps import rollout
from . import plain
from .forms import Field, Form, Refused, Values
from .plain import PlainTable
from .table_editor import Column
from .workshop import Workshop


def form(here: Workshop) -> Form:
    """Any number of events: day, what happened, and the team and measure it is about (empty: all)."""
    engagement, as_of = here.engagement, here.as_of
    names = _measures(here)

    def load() -> Values:
        held = engagement.records.current(Annotation, as_of=as_of)
        rows = [note.model_dump() | {"key": key} for key, note in held.items()]
        return {"notes": sorted(rows, key=lambda row: (row["day"], row["text"]))}

    def save(values: Values) -> str:
        held = engagement.records.current(Annotation, as_of=as_of)
        new, wrong = {}, {}
        for row in values["notes"]:
            try:
                if row["rebases"] and not row["measure"]:
                    raise WorkshopError("Name the measure whose range is to be taken anew from this day.")
                note = Annotation(
                    day=row["day"], text=row["text"], team=row["team"] or "", measure=row["measure"] or "",
                    rebases=bool(row["rebases"]),
                )  # fmt: skip
                key = row.get("key") or next((k for k, v in held.items() if v == note and k not in new), new_id())
                new[key] = note
            except WorkshopError as error:
                wrong[row["row"]] = str(error)
        if wrong:
            raise Refused(rows={"notes": wrong})
        gone = [(Annotation, key) for key in held if key not in new]
        engagement.records.save_all(new.items(), without=gone, effective=as_of)
        return ""

    columns = (
        Column("key", "Key", hidden=True),
        Column("day", "Day", kind="day", needed=True),
        Column("text", "What happened", needed=True),
        Column("team", "Team", kind="choice", choices=rollout.teams(engagement, as_of=as_of), help="Empty: all"),
        Column("measure", "Measure", kind="choice", choices=names, help="Empty: all"),
        Column("rebases", "New expected range", kind="flag", help="From this day on, for good: say which event"),
    )
    return Form(
        "Events",
        [Field("notes", "Events", kind="table", columns=columns, noun="event", key="key")],
        load=load,
        save=save,
        value=lambda: list(engagement.records.current(Annotation, as_of=as_of).values()),
        tell=lambda: f"{counted(len(engagement.records.current(Annotation, as_of=as_of)), 'event')} noted.",
        store=engagement.records,
        kinds=(Annotation,),
        at_once=True,
        help="Holidays, campaigns, a new price, somebody ill for weeks. Charts show each with a number.",
    )


def noted(here: Workshop) -> PlainTable:
    """What was noted, by day."""
    names = _measures(here)
    held = sorted(here.engagement.records.current(Annotation, as_of=here.as_of).values(), key=lambda note: note.day)
    rows = [
        {
            "day": note.day, "text": note.text, "team": note.team or "all",
            "measure": names.get(note.measure, note.measure) or "all", "new": "yes" if note.rebases else "",
        }
        for note in held
    ]  # fmt: skip
    columns = {"day": "Day", "text": "What happened", "team": "Team", "measure": "Measure", "new": "New range"}
    return plain.table(rows, columns, says=f"{counted(len(rows), 'event')} noted." if rows else "Nothing is noted.")


def _measures(here: Workshop) -> dict[str, str]:
    charters = rollout.charters(here.engagement, as_of=here.as_of).values()
    held = here.engagement.records.current(Annotation, as_of=here.as_of).values()
    chosen = (catalogue.id_of(line.measure) for charter in charters for line in charter.lines)
    ids = dict.fromkeys([*chosen, *(note.measure for note in held if note.measure)])
    return {measure: catalogue.name_of(measure) for measure in ids}
