"""The form of step 4, wordings: what counts the same, why, and the one cell that merges or sets apart."""

from __future__ import annotations

from .. import ways_back
from ..errors import WorkshopError
from ..kinds import Grouping
from ..numbers import counted
from ..steps import wordings as step
from . import plain
from .fields import Field, Values
from .forms import Form, Refused
from .plain import PlainTable
from .table_editor import Column
from .workshop import Workshop


def groups(here: Workshop) -> PlainTable:
    """Every measure that was put in more than one way, or moved by hand, with all its wordings and why they are one."""
    found = step.wordings(here.engagement, as_of=here.as_of)
    told: dict[str, list[step.Wording]] = {}
    for one in found:
        told.setdefault(one.theme, []).append(one)
    rows = [
        {
            "group": members[0].group,
            "said": "; ".join(f"“{one.text}”" for one in members),
            "why": " ".join(dict.fromkeys(one.why for one in members if one.why)),
        }
        for members in told.values()
        if len(members) > 1 or members[0].by_hand
    ]
    says = f"{counted(len(found), 'wording')} of {counted(len(told), 'different suggestion')}."
    columns = {"group": "Counts as", "said": "Said as", "why": "Because"}
    return plain.table(rows, columns, says=says if found else "No suggestion is recorded yet.")


def form(here: Workshop) -> Form:
    """Each wording with what it counts as: another name there merges it, "on its own" sets it apart; saved at once."""
    engagement = here.engagement

    def load() -> Values:
        found = step.wordings(engagement, as_of=here.as_of)
        return {"wordings": [_row(one) for one in found]}

    def save(values: Values) -> str:
        held = {one.text: one for one in step.wordings(engagement, as_of=here.as_of)}
        wrong: dict[int, str] = {}
        wanted: dict[str, str] = {}
        for at, row in enumerate(values["wordings"], start=1):
            one = held.get(row["text"])
            if one is None or row["group"] == _row(one)["group"]:
                continue
            try:
                step.checked(engagement, one.text, row["group"], as_of=here.as_of)
                wanted[one.text] = row["group"]
            except WorkshopError as error:
                wrong[row.get("row", at)] = str(error)
        step.move(engagement, wanted, as_of=here.as_of)
        if wrong:
            raise Refused(rows={"wordings": wrong})
        if len(wanted) == 1:
            return f"“{next(iter(wanted))}” moved."
        return f"{counted(len(wanted), 'wording')} moved." if wanted else ""

    def fields() -> list[Field]:
        offered = sorted({one.group for one in step.wordings(engagement, as_of=here.as_of)}, key=str.casefold)
        columns = (
            Column("text", "In these words", fixed=True),
            Column("group", "Counts as", suggest=[step.APART, *offered]),
            Column("why", "Because", kind="long", fixed=True),
            Column("key", "Key", fixed=True, hidden=True),
        )
        words = (
            f"To merge, write or pick what it counts as. To set it apart, write “{step.APART}”. "
            "The words stay as they were said."
        )
        return [Field("wordings", "Wordings", "table", words, columns=columns, noun="wording", grows=False, key="key")]

    return Form(
        "What counts the same?",
        fields,
        load=load,
        save=save,
        undo=lambda: ways_back.take_back(engagement, step.UNDO),
        undoable=lambda: ways_back.is_there(engagement, step.UNDO),
        value=lambda: groups(here),
        tell=lambda: groups(here).says,
        store=engagement.records,
        kinds=(Grouping,),
        at_once=True,
        help="Each change is saved when you leave the cell; Undo takes the last one back.",
    )


def _row(one: step.Wording) -> dict[str, str]:
    group = step.APART if step.is_apart(one.theme) else one.group
    return {"text": one.text, "group": group, "why": one.why, "key": one.text}
