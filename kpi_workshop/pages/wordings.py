"""The form of step 4, wordings: what counts the same, why, and the one cell that merges or sets apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .. import ways_back
from ..errors import WorkshopError
from ..kinds import Grouping
from ..numbers import counted
from ..steps import wordings as step
from . import plain
from .fields import Field, Rows, Values
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
            "why": " ".join(dict.fromkeys(words for one in members for words in (one.doubt, one.why) if words)),
        }
        for members in told.values()
        if len(members) > 1 or members[0].by_hand
    ]
    says = f"{counted(len(found), 'wording')} of {counted(len(told), 'different suggestion')}."
    if doubts := len({one.theme for one in found if one.doubt}):
        says += f" Look first at {counted(doubts, 'group')} that may be two things."
    columns = {"group": "Counts as", "said": "Said as", "why": "Because"}
    return plain.table(rows, columns, says=says if found else "No suggestion is recorded yet.")


def form(here: Workshop) -> Form:
    """Each wording with what it counts as: another name there merges it, a button sets it apart; saved at once."""
    engagement = here.engagement

    def load() -> Values:
        return {"wordings": _rows(step.wordings(engagement, as_of=here.as_of))}

    def save(values: Values) -> str:
        held = {row["text"]: row["group"] for row in _rows(step.wordings(engagement, as_of=here.as_of))}
        wrong: dict[int, str] = {}
        wanted: dict[str, str] = {}
        for at, row in enumerate(values["wordings"], start=1):
            if held.get(row["text"], row["group"]) == row["group"]:
                continue
            try:
                step.checked(engagement, row["text"], row["group"], as_of=here.as_of)
                wanted[row["text"]] = row["group"]
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
            Column("together", "Counts with others", fixed=True, hidden=True),
        )
        words = "To merge, write or pick what it counts as. The words stay as they were said."
        return [
            Field(
                "wordings", "Wordings", "table", words, columns=columns, noun="wording", grows=False, key="key",
                act=("Set apart", _set_apart), act_where="together",
            )
        ]  # fmt: skip

    made = Form(
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
        help="Each change is saved at once; Undo takes the last one back.",
    )
    made.status = ""  # when something was merged is kept nowhere
    made.reload()
    return made


def _rows(found: Sequence[step.Wording]) -> list[dict[str, str]]:
    members = Counter(one.theme for one in found)
    return [
        {
            "text": one.text,
            "group": step.APART if step.is_apart(one.theme) else one.group,
            "why": f"{one.doubt} {one.why}".strip(),
            "key": one.text,
            "together": "yes" if members[one.theme] > 1 else "",
        }
        for one in found
    ]


def _set_apart(rows: Rows, at: int) -> Rows:
    return [row | {"group": step.APART} if n == at else row for n, row in enumerate(rows)]
