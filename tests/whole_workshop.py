"""A whole workshop made at random, its notebooks run in this process, and a search through everything they leave."""

from __future__ import annotations

import ast
import contextlib
import csv
import datetime as dt
import html
import io
import json
import random
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement
from kpi_workshop.imports import answers, form_columns
from kpi_workshop.kinds import Goal, Hypothesis, HypothesisLink, PerformerTier, Person, Seat, Team
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import guides, hypothesis, interviews, offers, sorting

AS_OF = dt.date(2024, 12, 31)
NOTEBOOKS = ("00_start_here", "01_org_chart", "02_hypothesis", "03_interviews", "04_sorting", "05_rollout")
TEAMS = ("Field", "Inside", "Key Accounts")
OUTSIDERS = (
    "Björn Þórsdóttir", "Siobhán O'Quillfeather", "<b>Zoë</b> Vex & Sons", "李小龙 Zhāngwěi", "Ana-Lucía d’Ávila",
    "Müller-Lüdenscheidt", 'Rob "Rocky" Quuxley', "Ёлка Щукина", "Ωmega Papadopoulos", "N'Golo Ñandúvez",
)  # fmt: skip
"""People who are in no org chart: their names may stand nowhere."""
WORDS_AS_NAMES = ("Mark Price", "Hope Summers", "Rich Booker", "Will Call", "Grace Field")
"""People whose names are ordinary words; the whole name may stand nowhere."""
SUGGESTIONS = (
    "Talk time", "Win rate", "Demos held", "Send the agenda before", "Senior-level conversations", "Calls made",
    "Average deal size", "Prepare every meeting", "Meetings held", "Bring cake", "Sales cycle length", "Open pipeline",
)  # fmt: skip
ROLES = ("top", "top", "middle", "middle", "low", "low", "manager", "manager", "executive", "executive")


class Made:
    """A random workshop: its engagement, and what may stand nowhere outside the private store."""

    def __init__(self, folder: Path, seed: int, *, without: str = "") -> None:
        self.dice = random.Random(seed)
        self.names: list[str] = []
        self.secrets: list[str] = []
        folder.parent.mkdir(exist_ok=True)
        self.engagement = engagements.create(folder)
        self._people()
        self._guess()
        self._talk(without)
        self._sort()

    def _people(self) -> None:
        store, dice = self.engagement.records, self.dice
        store.save_all([(t, Team(name=t, order=n)) for n, t in enumerate(TEAMS)], effective=ALWAYS)
        self.staff = [f"Seller{n} Staff{dice.randrange(1000)}" for n in range(12)]
        for number, name in enumerate(self.staff):
            team = TEAMS[number % 3]
            store.save(Person(person=name, name=name), name, effective=ALWAYS)
            role = "manager" if number >= 9 else "seller"
            manager = self.staff[9 + number % 3] if number < 9 else ""
            seat = Seat(person=name, team=team, role=role, manager=manager)  # type: ignore[arg-type]
            store.save(seat, f"{name}|{team}|", effective=ALWAYS)
            if role == "seller":
                tier = PerformerTier(person=name, tier=dice.choice(["top", "middle", "low"]))
                store.save(tier, name, effective=ALWAYS)
        store.save(Goal(goal="Grow", number=10, by=AS_OF), "Grow", effective=ALWAYS)

    def _guess(self) -> None:
        for team in TEAMS:
            words = [f"zyx{self.dice.randrange(10**6):06d} {what}" for what in ("rate", "calls", "visits")]
            links = tuple(HypothesisLink(activity=a, moves=words[0], size=0.1, delay_weeks=4) for a in words[1:])
            hypothesis.save(self.engagement, Hypothesis(team=team, metrics=(words[0], "win_rate"), links=links))
            self.secrets += words

    def _quote(self) -> str:
        quote = f"kum{self.dice.randrange(10**9):09d} is what “we” <say> & do"
        self.secrets.append(quote)
        return quote

    def _talk(self, without: str) -> None:
        dice = self.dice
        outsiders = dice.sample([*OUTSIDERS, *WORDS_AS_NAMES], 5)
        asked = [*outsiders, *dice.sample(self.staff, 5)]
        self.names = outsiders
        self.asked_staff = asked[5:]
        for who, role in zip(asked, dice.sample(ROLES, 10), strict=True):
            said = [(text, self._quote()) for text in dice.sample(SUGGESTIONS, dice.randint(2, 4))]
            teams = dice.sample(TEAMS, dice.randint(1, 3))
            notes = self._quote()
            if who == without:
                continue
            interviews.record(
                self.engagement, interviewee=who, role=role, teams=teams, held_on=dt.date(2024, dice.randint(2, 6), 3),
                suggestions=said, notes=notes, seal=hypothesis.seal, effective=dt.date(2024, 7, 1),
            )  # fmt: skip
        self._form(without)

    def _form(self, without: str) -> None:
        asked = guides.guide("top").questions[0].ask
        rows = [["Timestamp", "Your name", "Email Address", asked]]
        for number in range(3):
            name, mail = f"Formfiller{number} Qwyjibo", f"qwyjibo{number}@acme.example"
            rows.append([f"3/{20 + number}/2024 10:00:00", name, mail, f"Talk time; {self._quote()}"])
            self.names.append(name)
            self.secrets.append(mail)
        file = self.engagement.folder.parent / "responses.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)
        form = form_columns.read(file, role="top")
        plan = answers.plan(self.engagement, form, role="top", teams=(TEAMS[0],))
        answers.save(self.engagement, plan, as_of=AS_OF, seal=hypothesis.seal)
        file.unlink()
        waiting = offers.waiting(self.engagement)
        decided = [{"key": o.key, "decision": "accept" if o.measure else "drop", "text": "Talk time"} for o in waiting]
        offers.decide(self.engagement, decided)

    def _sort(self) -> None:
        for found in sorting.suggestions(self.engagement, as_of=AS_OF):
            if found.proposal.control and found.proposal.timing and self.dice.random() < 0.8:
                chosen = sorting.decide(found, control=found.proposal.control, timing=found.proposal.timing)
                sorting.save(self.engagement, [(found, chosen)])


def shown(engagement: Engagement, notebooks: Iterable[str] = NOTEBOOKS, **parameters: Any) -> Iterator[tuple[str, str]]:
    """Every cell of the notebooks with all that it shows: its representations, what it prints, and widget state."""
    import ipywidgets

    for notebook in notebooks:
        book = json.loads((engagement.notebooks / f"{notebook}.ipynb").read_text(encoding="utf-8"))
        space: dict[str, Any] = {}
        for number, cell in enumerate(c for c in book["cells"] if c["cell_type"] == "code"):
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(compile(tree, notebook, "exec"), space)
                if number == 0:
                    space |= {"engagement": str(engagement.folder), "as_of": AS_OF.isoformat(), **parameters}
                value = eval(compile(ast.Expression(last.value), notebook, "eval"), space) if last else None  # type: ignore[attr-defined]
            yield f"{notebook} {number}", f"{printed.getvalue()} {_all_of(value)}"
        state = ipywidgets.Widget.get_manager_state()
        yield f"{notebook} widgets", json.dumps(state, default=str, ensure_ascii=False)
        ipywidgets.Widget.close_all()


def _all_of(value: Any) -> str:
    parts = [repr(value), str(value)] if value is not None else []
    for name in ("_repr_html_", "_repr_svg_", "_repr_mimebundle_", "_repr_png_"):
        with contextlib.suppress(AttributeError, NotImplementedError):
            parts.append(json.dumps(getattr(value, name)(), default=str, ensure_ascii=False))
    return " ".join(parts)


def left(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of an engagement that may be seen by others, ZIP files with all that is in them."""
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        if file.name.startswith("private.db") or "private-drafts" in file.parts:
            continue
        yield file.name, file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    yield f"{file.name}/{name}", archive.read(name)


def leaks(where: str, content: str | bytes, needles: Iterable[str]) -> list[str]:
    """Which needles stand in the content: as written, as HTML or JSON would be read, and whatever the case."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    unescaped = _json_read(text)
    texts = {text, html.unescape(text), unescaped, html.unescape(unescaped), html.unescape(html.unescape(unescaped))}
    folded = " ".join(" ".join(t.casefold().split()) for t in texts)
    return [f"{where}: {needle}" for needle in needles if " ".join(needle.casefold().split()) in folded]


def _json_read(text: str) -> str:
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda sign: chr(int(sign[1], 16)), text)
    return text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")


def parts_of(names: Iterable[str]) -> list[str]:
    """The whole names, and those of their parts that are no ordinary words."""
    found = list(names)
    for name in names:
        if name not in WORDS_AS_NAMES:
            found += [part for part in re.findall(r"[^\W\d_][\w’'-]{3,}", name) if part not in ("Sons", "Rocky")]
    return found
