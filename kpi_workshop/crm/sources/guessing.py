"""An export in another language or of an unknown product: columns told by what stands in them and what they are called.

A guess is a proposal to be confirmed by a person: what rests on the values alone is said to be unsure, and a scheduled
import never goes by an unsure one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import WorkshopError
from . import headings
from .exports import ExportFolder
from .fitting import NO_OWNER
from .headings import CALLED, EXPECTED_OR_LAST, MOST_WORDS, NOT_SELLER, Seen
from .mapping import Filling, Section
from .problems import some
from .reading import Head

_NOT_AMOUNT = (
    r"gewicht|weighted|ponder|probab|wahrschein|prozent|percent|rabatt|remise|descuento|kosten|cost|margin|marge|%"
)
WON = r"gewonnen|gagn[ée]|ganad[oa]|\bwon\b|ganh[oa]|vint[oa]\b|conclu.*succ"
LOST = r"verloren|perdu|perdid[oa]|\blost\b|\bpers[oa]\b|abgesagt|descartad|abandonn"
_NOT = r"^(nicht|not|non|no|pas)\b"
OVER = r"cancel|\bdead\b|disqualif|unqualif|no decision|storniert|annul|duplicate|withdrawn|declined|rejected|on hold"
"""Words of stages in which a deal may be over without being called lost."""


@dataclass(frozen=True)
class Guess:
    """A section for the deals of an unknown export, and sentences on what of it is unsure."""

    section: Section
    head: Head
    unsure: tuple[str, ...]


def guess(head: Head, export: ExportFolder) -> Guess | None:
    """The deals of a file nobody recognised: None where no column says which were won or lost, and when."""
    try:
        columns = headings.columns(head, export)
    except WorkshopError:
        return None
    status, by_day = _status(columns), _won_days(columns)
    closed = _closed(columns, by_day)
    if not closed or not (status or "won" in by_day):
        return None
    unsure: list[str] = []
    found: dict[str, Filling] = {"status": _status_filling(status, by_day), "closed_on": closed}
    if all(re.search(CALLED["expected"], c.plain) for c in columns if c.name in closed.client_columns):
        unsure.append(f"the day a deal closed is taken from '{closed.column}', which may be the day it was expected to")
    free = [c for c in columns if c.name not in {n for f in found.values() for n in f.client_columns} or c is status]
    chosen = _chosen(free, status, unsure)
    found |= chosen
    found.setdefault("opportunity_id", Filling(numbered=f"{head.file.rsplit('/', 1)[-1].rsplit('.', 1)[0]}-"))
    found.setdefault("seller", Filling(constant=NO_OWNER))
    order = ("opportunity_id", "name", "account_id", "seller", "product", "source", "stage", "status", "opened_on",
             "closed_on", "expected_close_on", "amount")  # fmt: skip
    section = Section(
        file=head.file,
        sheet=head.sheet,
        header_row=head.row if head.row > 1 else 0,
        columns={name: found[name] for name in order if name in found},
    )
    return Guess(section, head, tuple(unsure))


def _status(columns: list[Seen]) -> Seen | None:
    """The column whose words say won and lost, best one that is called a status."""
    fit = [
        c
        for c in columns
        if not c.is_date
        and not c.is_number
        and len(c.words) <= MOST_WORDS
        and any(means(word) == "won" for word in c.words)
    ]
    return max(fit, key=lambda c: (c.called("status"), c.called("stage"), -len(c.words)), default=None)


def means(word: str) -> str:
    """What a word for a deal's state says: "won", "lost", or "open" where it says neither.

    >>> means("closed_won"), means("Abgeschlossen und verloren"), means("Negotiation"), means("Not won yet")
    ('won', 'lost', 'open', 'open')
    """
    said = " ".join(re.sub(r"[\W_]+", " ", word.casefold()).split())
    if said in ("win", "loss", "closedwon", "closedlost"):
        return "won" if said.endswith(("win", "won")) else "lost"
    if re.search(_NOT, said):
        return "open"
    return "lost" if re.search(LOST, said) else "won" if re.search(WON, said) else "open"


def _won_days(columns: list[Seen]) -> dict[str, Seen]:
    days: dict[str, Seen] = {}
    for what in ("won", "lost"):
        found = next((c for c in columns if c.is_date and c.called(what, unless=EXPECTED_OR_LAST)), None)
        if found:
            days[what] = found
    return days


def _closed(columns: list[Seen], by_day: dict[str, Seen]) -> Filling | None:
    expected = CALLED["expected"]
    no_end = f"{EXPECTED_OR_LAST}|{expected}|{CALLED['lost']}"
    closing = [c for c in columns if c.is_date and c.called("closed", unless=no_end)]
    names = list(dict.fromkeys([*(c.name for c in by_day.values()), *(c.name for c in closing)]))
    if not names:
        names = [c.name for c in columns if c.is_date and c.called("closed", unless=EXPECTED_OR_LAST)]
    if not names:
        return None
    return Filling(column=names[0]) if len(names) == 1 else Filling(first_of=tuple(names))


def _status_filling(status: Seen | None, by_day: dict[str, Seen]) -> Filling:
    if status is None:
        return Filling(filled={column.name: what for what, column in by_day.items()}, if_empty="open")
    meant = {word: means(word) for word in status.words}
    return Filling(column=status.name, values={w: m for w, m in meant.items() if m != "open"}, otherwise="open")


def _chosen(columns: list[Seen], status: Seen | None, unsure: list[str]) -> dict[str, Filling]:
    found: dict[str, Filling] = {}
    taken: set[str] = {status.name} if status else set()

    def take(field: str, fits: list[Seen], *, sure: bool = True, because: str = "") -> bool:
        fits = [c for c in fits if c.name not in taken and c.many]
        if not fits:
            return False
        found[field] = Filling(column=fits[0].name)
        taken.add(fits[0].name)
        if not sure:
            others = f", not {some((c.name for c in fits[1:]), most=3)}" if fits[1:] else ""
            unsure.append(f"{because} is taken from '{fits[0].name}'{others}, because of what stands in it")
        return True

    text = [c for c in columns if not c.is_date and not c.is_number]
    days = [c for c in columns if c.is_date]
    numbers = [c for c in columns if c.is_number]
    unique = [c for c in columns if c.is_unique and not c.is_date]
    take("opportunity_id", [c for c in unique if c.called("id", unless=CALLED["account"])])
    take("opened_on", [c for c in days if c.called("opened", unless=EXPECTED_OR_LAST)])
    take("expected_close_on", [c for c in days if c.called("expected") and c.called("closed")])
    money = [c for c in numbers if c.called("amount", unless=_NOT_AMOUNT)]
    if not take("amount", money):
        take("amount", [c for c in numbers if _is_money(c)], sure=False, because="the amount")
    if not take("seller", [c for c in text if c.called("seller", unless=NOT_SELLER)]):
        take("seller", [c for c in text if _are_people(c)], sure=False, because="who owns a deal")
    stages = [c for c in text if c.called("stage") and len(c.words) <= MOST_WORDS]
    if not take("stage", stages) and status:
        found["stage"] = Filling(column=status.name)
    take("product", [c for c in text if c.called("product")])
    take("source", [c for c in text if c.called("source") and len(c.words) <= MOST_WORDS])
    take("name", [c for c in text if (c.called("name") or c.plain == "verkaufschance") and c.called("deal")])
    take("account_id", [c for c in text if c.called("account")])
    if "name" not in found:
        take("name", [c for c in text if c.called("name")])
    money_of = next((c for c in text if c.called("currency")), None)
    if money_of and "amount" in found:
        found["amount"] = found["amount"].model_copy(update={"currency": (money_of.name,)})
    return found


def _is_money(column: Seen) -> bool:
    other = f"{_NOT_AMOUNT}|{CALLED['id']}|tag|day|jour|dia|alter|age"
    return not re.search(other, column.plain) and len(column.words) > 2


def _are_people(column: Seen) -> bool:
    """Few different words for many rows, each of two or three capitalised words."""
    if not 1 < len(column.words) <= min(MOST_WORDS, max(2, column.many // 3)):
        return False
    named = [w for w in column.words if re.fullmatch(r"[^\W\d_a-z]\S*( \S+){1,2}", w)]
    return len(named) >= 0.9 * len(column.words) and not re.search(NOT_SELLER, column.plain)
