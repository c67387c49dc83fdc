"""Weeks, months, quarters and years written where a day is wanted, and what people write around a day."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .values import on_distinct

_MONTH_NAMES = (
    "jan january januar janvier janv enero ene gennaio gen janeiro januari",
    "feb february februar février fevrier fév fev févr febr febrero febbraio fevereiro februari",
    "mar march märz mär mrz mars marzo março maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august août aout aoû agosto ago augustus augusti",
    "sep sept september septembre septiembre settembre set setembro",
    "oct october okt oktober octobre octubre ottobre ott out outubro",
    "nov november novembre noviembre novembro",
    "dec december dez dezember décembre decembre déc diciembre dic dicembre dezembro",
)
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}

_WEEKDAYS = (
    "mon(day)?|tue(s|sday)?|wed(nesday)?|thu(r|rs|rsday)?|fri(day)?|sat(urday)?|sun(day)?"
    "|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so"
    "|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mer|jeu|ven|sam|dim"
    "|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|mi[eé]|jue|vie|s[aá]b|dom"
    "|luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica|gio"
    "|(segunda|ter[cç]a|quarta|quinta|sexta)(-feira)?|seg|ter|qua|qui|sex"
    "|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|wo|vr|za|zo"
)
_AROUND = (
    (f"(?i)^({_WEEKDAYS})\\.?,?\\s+", ""),
    (r"\s*\([^()]*\)$", ""),
    (r"(?i)^((?:\p{L}+\.?\s+)?\d{1,2})(?:st|nd|rd|th|er|º|ª)\b", r"\1"),
    (r"(?i)\s+(?:de|del|di)\s+", " "),
    (r"^(\d{4})年(\d{1,2})月(\d{1,2})日", r"\1-\2-\3"),
    (r"(?i),?\s+(?:at|um|à|om|alle|às|a las)\s+(\d)", r" \1"),
    (r"(?i)\s+uhr$", ""),
    (r"(?i)\b([ap])\.\s?m\.", r"\1m"),
)
"""What people and programs write around a day: its weekday, "31st", "de", a zone's name in brackets, "Uhr"."""
_PLAIN = r"^[0-9TZ:.,/ +\-AaPpMm]*$"
_SPACES = "[\u00a0\u2007\u2009\u202f]"

_WEEK = re.compile(
    r"(?:(?P<y>\d{4})[\s/.-]*(?:w|kw|cw|wk|week)[\s.-]*(?P<w>\d{1,2})|(?:w|kw|cw|wk|week)[\s.-]*(?P<w2>\d{1,2})[\s/.,-]+(?P<y2>\d{4}))$",
    re.I,
)
_QUARTER = re.compile(r"(?:(?P<y>\d{4})[\s/-]*[qt](?P<q>[1-4])|[qt](?P<q2>[1-4])[\s/.,-]*(?P<y2>\d{4}))$", re.I)
_MONTH = re.compile(
    r"(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})|(?P<m2>\d{1,2})[-/.](?P<y2>\d{4})"
    r"|(?P<name>[^\W\d_]{3,10})\.?(?:[\s-]+(?:de\s+)?(?P<y3>\d{4})|-(?P<short>\d{2})))$",
    re.I,
)
_YEAR = re.compile(r"(?P<y>20\d\d)$")
_MAYBE = (
    r"(?i)^\s*(\d{4}[\s/.-]*(w|kw|cw|wk|week|q|t)[\s.-]*\d{1,2}|(w|kw|cw|wk|week)[\s.-]*\d{1,2}[\s/.,-]+\d{4}"
    r"|[qt][1-4][\s/.,-]*\d{4}|\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{4}|\pL{3,10}\.?[\s-]+(de\s+)?\d{2,4}|20\d\d)\s*$"
)
"""What has the form of a period: the few words that are worth a closer look among millions of days."""


def bared(words: Any) -> Any:
    """The words of a column of days without what stands around the days; columns of plain figures are spared."""
    unusual = pc.invert(pc.match_substring_regex(words, _PLAIN))
    if not pc.any(unusual).as_py():
        return words
    words = pc.replace_substring_regex(words, pattern=_SPACES, replacement=" ")
    for pattern, instead in _AROUND:
        words = pc.replace_substring_regex(words, pattern=pattern, replacement=instead)
    return words


def named(text: str) -> tuple[str, dt.date, dt.date] | None:
    """The period that a text names, with its first and last day; None where it names none. Weeks are those of ISO 8601.

    >>> named("2026-W05"), named("Q1 2026")[2], named("31.01.2026")
    (('week', datetime.date(2026, 1, 26), datetime.date(2026, 2, 1)), datetime.date(2026, 3, 31), None)
    """
    text = text.strip()
    try:
        if found := _WEEK.match(text):
            first = dt.date.fromisocalendar(int(found["y"] or found["y2"]), int(found["w"] or found["w2"]), 1)
            return "week", first, first + dt.timedelta(days=6)
        if found := _QUARTER.match(text):
            year, quarter = int(found["y"] or found["y2"]), int(found["q"] or found["q2"])
            return "quarter", dt.date(year, 3 * quarter - 2, 1), _before(year, 3 * quarter + 1)
        if found := _MONTH.match(text):
            year = int(found["y"] or found["y2"] or found["y3"] or f"20{found['short']}")
            month = MONTHS.get((found["name"] or "").lower()) or int(found["m"] or found["m2"] or 0)
            return "month", dt.date(year, month, 1), _before(year, month + 1)
        if found := _YEAR.match(text):
            return "year", dt.date(int(found["y"]), 1, 1), dt.date(int(found["y"]), 12, 31)
    except ValueError:
        return None
    return None


def _before(year: int, month: int) -> dt.date:
    """The last day before a month, the 13th being the next year's first."""
    return dt.date(year + month // 13, (month - 1) % 12 + 1, 1) - dt.timedelta(days=1)


def days(words: Any, *, last: bool) -> Any:
    """The first or the last day of the period that each word names, empty where it names none."""

    def day(text: str) -> dt.date | None:
        found = named(text)
        return (found[2] if last else found[1]) if found else None

    return on_distinct(words, day, pa.date32())


def asked(words: Any, *, last: bool, share: float) -> tuple[str, str]:
    """What to ask where more than this share of the words names periods, with the key that answers it; else nothing."""
    maybe = pc.fill_null(pc.match_substring_regex(words, _MAYBE), False)
    likely, rows = words.filter(maybe), len(words) - words.null_count
    if len(likely) <= share * rows:
        return "", ""
    kinds = on_distinct(likely, lambda text: (found := named(text)) and found[0])
    told = pc.is_valid(kinds)
    many = pc.sum(told).as_py() or 0
    if not many or many <= share * rows:
        return "", ""
    example, kind = likely.filter(told)[0].as_py(), kinds.filter(told)[0].as_py()
    key = "end_of" if last else "start_of"
    return f"'{example}' is a {kind} and no day: its first or its last day must be meant", f'{key} = "{kind}"'


def edge(moments: Any, period: str, *, last: bool) -> Any:
    """The first or the last day of the week, month, quarter or year in which each day lies."""
    day = moments.cast(pa.date32(), safe=False).cast(pa.timestamp("s"))
    first = pc.floor_temporal(day, unit=period, week_starts_monday=True)
    if not last:
        return first.cast(pa.date32(), safe=False)
    after = pc.ceil_temporal(day, unit=period, week_starts_monday=True, ceil_is_strictly_greater=True)
    return pc.subtract(after, pa.scalar(86_400, pa.duration("s"))).cast(pa.date32(), safe=False)
