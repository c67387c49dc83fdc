"""One interview while it is held: the guide in sight, lines kept as they are spoken, and nothing lost on the way."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import matching
from ..kinds import Team
from ..records import new_id
from ..steps import drafts, guides, hypothesis
from ..steps import interviews as step
from . import forms
from .fields import Field, Values, measures_offered
from .forms import PrivateForm
from .workshop import Workshop

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
KEYS = (
    "Enter keeps the line with its time; F2 keeps it as a suggestion. On an empty line, F2 turns the line before into "
    "one, and the up arrow goes back to it. Shift and Enter begin a new line."
)

SCRIPT = forms.script("capture")
STYLE = f"{PrivateForm._css}{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}"


@dataclass(frozen=True)
class Lines(Field):
    """Lines as they were spoken. The value is a list of dicts: at (moment or None), words, text, suggestion (bool)."""

    keys: str = KEYS

    def spec(self) -> Values:
        """What the browser needs to draw it."""
        return super().spec() | {"keys": self.keys}

    def show(self, value: Any) -> Any:
        """The lines as the browser holds them."""
        return [
            {
                "at": row["at"].isoformat(timespec="seconds") if row.get("at") else "",
                "words": row.get("words", ""),
                "text": row.get("text", ""),
                "suggestion": "yes" if row.get("suggestion") else "",
            }
            for row in value or ()
        ]

    def read(self, shown: Any) -> tuple[Any, str, dict[int, str]]:
        """The lines that say something; the one still being typed, which has no time yet, is the last."""
        rows = []
        for row in shown if isinstance(shown, list) else ():
            words, at = str(row.get("words") or "").strip(), str(row.get("at") or "")
            moment = dt.datetime.fromisoformat(at) if _MOMENT.fullmatch(at) else None
            is_suggestion = row.get("suggestion") == "yes"
            if words or (is_suggestion and str(row.get("text") or "").strip()):
                text = str(row.get("text") or "").strip()
                rows.append({"at": moment, "words": words, "text": text, "suggestion": is_suggestion})
        return rows, "", {}


@dataclass(frozen=True)
class GuideInSight(Field):
    """The guide of the role chosen in the field `follows`; it has no value."""

    follows: str = "role"

    def spec(self) -> Values:
        """What the browser needs to draw it: every guide, by role."""
        texts = {role: guides.guide(role) for role in guides.ROLES}
        told = {
            role: {
                "first": [*guide.purpose, *guide.confidential],
                "questions": [question.model_dump() for question in guide.questions],
                "closing": guide.closing,
            }
            for role, guide in texts.items()
        }
        nothing = "Choose as whom they are interviewed: the guide then stands here."
        return super().spec() | {"follows": self.follows, "guides": told, "nothing": nothing}

    def read(self, shown: Any) -> tuple[Any, str, dict[int, str]]:
        """Nothing."""
        return "", "", {}


class CaptureForm(PrivateForm):
    """A form whose content is kept as a draft while it is typed; a page that opens goes on with what was left."""

    _esm, _css = SCRIPT, STYLE

    def __init__(self, here: Workshop, title: str, fields: Sequence[Field], **more: Any) -> None:
        self._engagement = here.engagement
        self._passed: set[str] = set()
        self._kept: drafts.Draft | None = None
        if not self.is_shut:
            self._kept = next(iter(drafts.left(self._engagement)), None)
        self.interview = self._kept.interview if self._kept else new_id()
        super().__init__(title, fields, **more)

    def _specified(self) -> Values:
        return super()._specified() | {"drafts": True}

    def reload(self) -> None:
        """Start at the draft, if there is one."""
        super().reload()
        self.status = ""
        if self._kept:
            self._shown |= {name: value for name, value in self._kept.values.items() if name in self._shown}
            self._revision += 1
            self.status = f"Not finished yet: last typed in on {_spoken(self._kept.kept_at)}."
            self._push()

    def finished(self) -> None:
        """What is in the form was recorded: the draft goes, and the next one begins."""
        drafts.drop(self._engagement, self.interview)
        self._begin(None)

    def taken_back(self, values: Values) -> None:
        """What was recorded is not any more: it stands in the form again."""
        self._begin(None)
        self._kept = drafts.keep(self._engagement, self.interview, self._display(values))

    def press(self, button: str = "save") -> CaptureForm:
        """Press `save`, `undo`, or `more`: put this aside, or go on with one that was put aside."""
        if button == "more" and not self.is_shut:
            self._turn()
        super().press(button)
        return self

    def _turn(self) -> None:
        if self._is_begun():
            self._passed.add(self.interview)
            self._begin(None)
        elif waiting := self._waiting():
            unseen = [draft for draft in waiting if draft.interview not in self._passed]
            if not unseen:
                self._passed.clear()
            self._begin((unseen or waiting)[0])
        self.reload()

    def _begin(self, draft: drafts.Draft | None) -> None:
        self._kept = draft
        self.interview = draft.interview if draft else new_id()

    def _waiting(self) -> list[drafts.Draft]:
        return [draft for draft in drafts.left(self._engagement) if draft.interview != self.interview]

    def _is_begun(self) -> bool:
        return self._shown != self._display(self._seen)

    def _changed(self) -> None:
        self._keep()
        self._propose()
        self._push()

    def _heard(self, widget: object, content: Values, buffers: object) -> None:
        super()._heard(widget, content, buffers)
        if content.get("kind") == "typing" and not self.is_shut:
            self._keep()
            self._push()

    def _keep(self) -> None:
        if not self._is_begun():
            drafts.drop(self._engagement, self.interview)
            self._kept, self.status = None, ""
            return
        seen = self._kept.mark if self._kept else ""
        try:
            self._kept = drafts.keep(self._engagement, self.interview, self._shown, seen=seen)
        except OSError as error:
            self.status = f"Not kept: {error.strerror}. Keep this page open, and make room on the disk."
            return
        self.interview = self._kept.interview
        self.status = f"Kept at {self._kept.kept_at.astimezone():%H:%M:%S}, not finished yet."

    def _propose(self) -> None:
        if self._is_open:
            rows = self._shown.get("lines") or []
            words = [proposal(str(row["words"])) if row.get("suggestion") == "yes" else "" for row in rows]
            self.send({"told": {"lines": words}})

    def _picture(self) -> Values:
        many = 0 if self.is_shut else len(self._waiting())
        more = "Put aside, begin another" if self._is_begun() else f"Go on with one put aside ({many})" if many else ""
        return super()._picture() | {"more": more}

    def _told(self) -> str:
        return self.tell()  # the time of the last interview would tell whoever knows the calendar who it was


def form(here: Workshop, *, tell: Any) -> CaptureForm:
    """One interview while it is held: whom, the guide of their role, each line as spoken, and which are suggestions."""
    saved: list[tuple[str, Values]] = []

    def save(values: Values) -> str:
        said = [
            step.Said(row["text"] or proposal(row["words"]), row["words"], row["at"])
            for row in values["lines"]
            if row["suggestion"]
        ]
        spoken = [f"{row['at']:%H:%M} {row['words']}" if row["at"] else row["words"] for row in values["lines"]]
        recorded = record(
            here, values, said, notes="\n".join([*spoken, values["notes"]]).strip(), interview=capture.interview
        )
        saved.append((recorded, values))
        capture.finished()
        return f"{len(said)} suggestion{'' if len(said) == 1 else 's'} in it."

    def undo() -> None:
        recorded, values = saved[-1]
        step.withdraw(here.engagement, recorded)
        saved.pop()
        capture.taken_back(values)

    fields = (
        *about(here),
        GuideInSight("guide", "What to ask", kind="guide"),
        Lines("lines", "What they say", kind="lines", suggest=measures_offered()),
        Field("notes", "Anything else", kind="long", help="Private, like the lines that are no suggestions."),
    )
    capture = CaptureForm(
        here,
        "One interview",
        fields,
        load=lambda: beginning(here),
        save=save,
        undo=undo,
        value=lambda: step.groups(here.engagement, as_of=here.as_of),
        tell=tell,
        clear=True,
        button="Save this interview",
        help="Kept while you type, also if this page closes. A team's first interview seals its hypothesis.",
    )
    return capture


def about(here: Workshop) -> tuple[Field, ...]:
    """The fields that every interview begins with: who, as what, for which teams, and when."""
    teams = list(here.engagement.records.current(Team, as_of=here.as_of))
    people = step.interviewees(here.engagement, as_of=here.as_of)
    return (
        Field("interviewee", "Who", needed=True, suggest=people, help="Stays in the private store."),
        Field(
            "role",
            "Interviewed as",
            kind="choice",
            choices=step.ROLE_WORDS,
            needed=True,
            help="Each has a guide of their own.",
        ),
        Field("teams", "Counts for", kind="choices", choices=teams, needed=True),
        Field("held_on", "Day", kind="day", needed=True),
    )


def beginning(here: Workshop) -> Values:
    """The values of those fields before anybody typed: today, and the team where there is only one."""
    teams = list(here.engagement.records.current(Team, as_of=here.as_of))
    return {"held_on": dt.date.today(), "teams": teams if len(teams) == 1 else []}


def record(
    here: Workshop, values: Mapping[str, Any], said: Sequence[step.Said], *, notes: str, interview: str = ""
) -> str:
    """Record the interview of such fields, sealing the hypothesis of its teams first, and return its id."""
    return step.record(
        here.engagement,
        interviewee=values["interviewee"],
        role=values["role"],
        teams=values["teams"],
        held_on=values["held_on"],
        suggestions=said,
        notes=notes,
        seal=hypothesis.seal,
        effective=min(values["held_on"], here.as_of),
        interview=interview,
    )


def proposal(words: str) -> str:
    """What a suggestion could be listed as: the measure it names, else its own words, as long as can be shown."""
    shown = matching.shown(words.strip(" .;:,-–—"))
    return shown if len(shown) <= step.LONGEST_TEXT else shown[: step.LONGEST_TEXT - 1].rsplit(" ", 1)[0] + "…"


def _spoken(moment: dt.datetime) -> str:
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y at %H:%M}"
