"""Lengths of time as minutes: 1:02:03, 15:30, 2h 5m, PT15M, cells of Excel; what two parts mean is found in the data.

`15:30` may be hours and minutes or minutes and seconds. The mapping's `format` decides, else the heading, else what all
values of the column allow: a length of time in sales is seldom longer than a day, and calls are not hours long. What
rests on such a likelihood is called a guess in a note; where the values tell nothing the person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import values
from .values import Converted

COLUMNS = ("minutes",)
"""Canonical columns that hold lengths of time."""

_SIZES = {"hours": 60.0, "minutes": 1.0, "seconds": 1 / 60, "milliseconds": 1 / 60_000}
FORMS = ("h:mm", "m:ss", "h:mm:ss", "m:ss:00", *_SIZES)
"""What a mapping's `format` may say of them; m:ss:00 is m:ss that Excel took for hours and minutes."""

_DAY, _TOO_LONG = 24 * 60, 3 * 60
"""Minutes nothing lasts, and minutes of which not half of all calls and meetings can be longer."""
_FEWEST = 5
"""So many different values tell something by what they are like."""

_CLOCK = re.compile(
    r"(?:(?P<d>\d{1,5})\s*(?:d|days?|tage?)?\s*[,. :]\s*(?=\d+:\d+:))?(?P<a>\d{1,6}):(?P<b>\d{1,2})"
    r"(?::(?P<c>\d{1,2}))?(?:[.,](?P<f>\d{1,9}))?\s*(?P<half>[ap]\.?m\.?)?",
    re.I,
)
_ISO = re.compile(
    "P{w}{d}(?:T{h}{m}{s})?".format(**{key: rf"(?:(?P<{key}>[\d.,]{{1,15}}){key})?" for key in "wdhms"}), re.I
)
_DAY_ZERO = re.compile(r"1(?:899-12-3[01]|900-01-(\d\d))[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?")
"""What a length of time becomes where a program takes it for a moment: its hours on the first day that it knows."""
_WORD = re.compile(r"(\d{1,9}(?:[.,]\d{1,9})?)\s*([^\W\d_]+\.?|['\"′″])?\s*(?:,|and|und|et|y|e|en)?\s*", re.I)
_UNIT_WORDS = (
    (1440.0, "d day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen"),
    (60.0, "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren"),
    (1.0, "m mn min mins minute minutes minuten minuto minutos minuti minuut ' ′"),
    (1 / 60, 's sec secs second seconds sek sekunde sekunden seconde secondes seg segundo segundos secondi ″ "'),
    (1 / 60_000, "ms msec msecs millisecond milliseconds millisekunden"),
)
_UNITS = {word: size for size, words in _UNIT_WORDS for word in words.split()}
_AS_M_SS = (
    "a guess: lengths such as '{}' were read as minutes and seconds that Excel took for a time of day, as the format "
    'is m:ss. Else say format = "h:mm:ss".'
)
_PLAIN = r"^[+-]?\d{1,15}([.,]\d{1,15})?$"
_SAYS_UNIT = (
    (r"milli ?sec|millisek|\bms\b|msec", 1 / 60_000),
    (r"\bsec|second|sekund|\bsek\b|segund|secondi", 1 / 60),
    (r"\bmins?\b|minut|\bmn\b", 1.0),
    (r"\bhours?\b|\bhrs?\b|\bstd\b|stunde|\bheures?\b|\bhoras?\b|\bore\b|\buren\b|\bh\b", 60.0),
)


def minutes(column: Any, *, form: str, heading: str, divide_by: float, decimal: str) -> Converted:
    """Lengths of time in minutes; plain numbers count what `form`, `divide_by`, the heading or all values say.

    `form` is one of FORMS or "". Where nothing tells what two parts or plain numbers mean, the result asks.
    """
    words = values.texts(column)
    written = {entry["values"]: entry["counts"] for entry in pc.value_counts(words.drop_null()).to_pylist()}
    unit = _SIZES.get(form) or (1 / divide_by if divide_by != 1 else said_unit(heading))
    told = [clock for text, many in written.items() if (clock := _Clock.of(text, many))]
    if not told and not any(is_length(text) for text in written):
        return _numbers(column, unit=unit, is_stated=form in _SIZES or divide_by != 1, decimal=decimal)
    two, note, asks = _two_parts([c for c in told if not c.is_long], told, form, heading)
    of_excel = "" if form in ("h:mm:ss", "m:ss:00") else _read_by_excel([c for c in told if c.is_long])
    shifted = form == "m:ss:00" or (form == "m:ss" and bool(of_excel))
    if asks or (of_excel and not shifted):
        return Converted(None, asks=asks or of_excel, answer=f'format = "{"m:ss" if asks else "m:ss:00"}"')
    if shifted and of_excel:
        note = _AS_M_SS.format(next(clock.text for clock in told if clock.is_long))

    def length(text: str) -> float | None:
        clock = _Clock.of(text, 1)
        if clock:
            return clock.minutes(two, shifted=shifted)
        if re.match(_PLAIN, text):
            number = float(text.replace(",", "."))
            return number * unit if unit and number >= 0 else 0.0 if number == 0 else None
        return _in_words(text)

    found = values.on_distinct(words, length, pa.float64())
    read = values.result(words, found, "a length of time such as 1:02:03 or 15 min")
    return Converted(read.values, read.wrong, read.expected, notes=(note,) if note else ())


def said_unit(heading: str) -> float | None:
    """Minutes in the unit that a heading names, None where it names none.

    >>> said_unit("Call Duration (in seconds)") == 1 / 60, said_unit("durationInMinutes"), said_unit("Duration")
    (True, 1.0, None)
    """
    plain = re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)).casefold()
    return next((unit for pattern, unit in _SAYS_UNIT if re.search(pattern, plain)), None)


def is_length(text: str) -> bool:
    """Whether a word says a length of time otherwise than by a plain number.

    >>> is_length("2h 5m"), is_length("15:30"), is_length("15"), is_length("2026-01-05")
    (True, True, False, False)
    """
    return not re.match(_PLAIN, text) and (_Clock.of(text, 1) is not None or _in_words(text) is not None)


@dataclass(frozen=True)
class _Clock:
    """A length of time with colons: its parts, and in how many rows it stands."""

    text: str
    many: int
    days: int
    parts: tuple[int, ...]
    fraction: float = 0.0

    @property
    def is_long(self) -> bool:
        """Three parts are hours, minutes and seconds, whatever the other values are."""
        return len(self.parts) == 3

    @classmethod
    def of(cls, text: str, many: int) -> _Clock | None:
        if zero := _DAY_ZERO.fullmatch(text):
            day, *clock = (int(part or 0) for part in zero.groups())
            return cls(text, many, day, tuple(clock))
        found = _CLOCK.fullmatch(text.strip())
        if not found:
            return None
        parts = [int(found[part]) for part in "abc" if found[part] is not None]
        if found["half"]:
            # Excel writes 0:15:30 as 12:15:30 AM where a cell has the form of a time of day.
            parts[0] = parts[0] % 12 + (12 if found["half"][0] in "pP" else 0)
            parts = parts if len(parts) == 3 else [*parts, 0]
        return cls(text, many, int(found["d"] or 0), tuple(parts), float(f"0.{found['f'] or 0}"))

    def minutes(self, two: str, *, shifted: bool = False) -> float | None:
        if any(part > 59 for part in self.parts[1:]):
            return None
        if self.is_long and shifted:
            first, second, _ = self.parts
            return first + second / 60
        if self.is_long:
            hours, first, second = self.parts
            return self.days * 1440 + hours * 60 + first + (second + self.fraction) / 60
        first, second = self.parts
        return first * 60.0 + second if two == "h:mm" else first + (second + self.fraction) / 60


def _two_parts(short: Sequence[_Clock], every: Sequence[_Clock], form: str, heading: str) -> tuple[str, str, str]:
    """What two parts are, h:mm or m:ss, with a note or a question."""
    short = [clock for clock in short if clock.parts[1] < 60]
    said = {"h:mm": "h:mm", "hours": "h:mm"}.get(form) or ("m:ss" if form else _by_heading(heading))
    if said or not short:
        return said, "", ""
    if any(clock.fraction for clock in short):
        return "m:ss", "", ""
    likely, because = _likely(short, every)
    if likely:
        example = max(short, key=lambda clock: clock.many).text
        return likely, _guess(example, likely, because), ""
    longest = max(short, key=lambda clock: clock.parts)
    first, second = longest.parts
    return "", "", (
        f"'{longest.text}' may be {_hours(first)} {second} minutes (h:mm) or {first} minutes {second} seconds (m:ss), "
        "and no value decides it"
    )  # fmt: skip


def _likely(short: Sequence[_Clock], every: Sequence[_Clock]) -> tuple[str, str]:
    """What two parts most likely are, and why; "" where that is as good as the other."""
    long = [clock for clock in every if clock.is_long]
    if long and all(clock.parts[0] or clock.days for clock in long):
        return "m:ss", "longer ones have hours"
    filled = [clock for clock in short if any(clock.parts)]
    are_many = len(filled) >= _FEWEST
    are_rounded = all(clock.parts[1] % 5 == 0 for clock in filled) and any(clock.parts[1] for clock in filled)
    longest = max(short, key=lambda clock: clock.parts)
    if longest.parts[0] * 60 >= _DAY:
        # A meeting of two days among those of half an hour is no call of 48 minutes.
        would = f"in hours and minutes '{longest.text}' would be {longest.parts[0]} hours"
        return ("", "") if are_many and are_rounded else ("m:ss", would)
    if are_many and _median(filled) > _TOO_LONG:
        return "m:ss", "in hours and minutes half of them would be longer than 3 hours"
    if are_many and are_rounded:
        return "h:mm", "all of them are multiples of five, as people round minutes"
    return "", ""


def _hours(many: int) -> str:
    return f"{many} hour{'' if many == 1 else 's'}"


def _guess(example: str, form: str, because: str) -> str:
    what, other = ("minutes and seconds", "h:mm") if form == "m:ss" else ("hours and minutes", "m:ss")
    return f"a guess: lengths such as '{example}' were read as {what}, as {because}. Else say format = \"{other}\"."


def _by_heading(heading: str) -> str:
    plain = heading.casefold()
    if re.search(r"(?:h+|hrs?|hours?|std|stunden)\s*:\s*m\w*+(?!\s*:)", plain):
        return "h:mm"
    if re.search(r"m+\s*:\s*s+|min\w*\s*:\s*se[ck]", plain):
        return "m:ss"
    unit = said_unit(heading)
    return "" if unit is None else "h:mm" if unit == 60 else "m:ss"


def _read_by_excel(long: Sequence[_Clock]) -> str:
    """The question where Excel may have taken minutes and seconds for hours and minutes: no seconds, hours on end."""
    filled = [clock for clock in long if any(clock.parts)]
    if len(filled) < _FEWEST or any(clock.parts[2] or clock.days for clock in filled):
        return ""
    if _median(filled) <= _TOO_LONG:
        return ""
    longest = max(filled, key=lambda clock: clock.parts)
    hours, first, _ = longest.parts
    return (
        f"'{longest.text}' may be {_hours(hours)} {first} minutes (h:mm:ss) or {hours} minutes {first} seconds that "
        "Excel took for a time of day (m:ss:00), and no value decides it"
    )


def _median(clocks: Sequence[_Clock]) -> float:
    """The median of all rows in minutes, the first part being hours."""
    lengths = sorted((clock.parts[0] * 60 + clock.parts[1], clock.many) for clock in clocks)
    half, seen = sum(many for _, many in lengths) / 2, 0
    for length, many in lengths:
        seen += many
        if seen >= half:
            return length
    return 0


def _in_words(text: str) -> float | None:
    """The minutes of "2h 5m", "1 Std. 20 Min.", "1h05" or PT1H5M; None where it is none of these."""
    text = text.strip()
    if text[:1] in "Pp" and (iso := _ISO.fullmatch(text)) and any(iso.groups()):
        each = {"w": 10080, "d": 1440, "h": 60, "m": 1, "s": 1 / 60}
        try:
            return sum(float(iso[key].replace(",", ".")) * size for key, size in each.items() if iso[key])
        except ValueError:
            return None
    at, total, last = 0, 0.0, float("inf")
    while at < len(text):
        found = _WORD.match(text, at)
        if not found:
            return None
        name = (found[2] or "").rstrip(".").casefold()
        # Behind hours stand minutes, and behind minutes seconds, also where no unit says so: 1h05.
        size = _UNITS.get(name) if name else {60.0: 1.0, 1.0: 1 / 60}.get(last)
        if size is None or size >= last:
            return None
        total, last, at = total + float(found[1].replace(",", ".")) * size, size, found.end()
    return total if at else None


def _numbers(column: Any, *, unit: float | None, is_stated: bool, decimal: str) -> Converted:
    """Plain numbers in minutes; where no unit is known, what all of them are like tells it or a person is asked."""
    read = values.numbers(column, decimal=decimal)
    if read.asks:
        return read
    filled = [value for value in pc.unique(read.values.drop_null()).to_pylist() if value]
    note = ""
    if not is_stated and _are_parts_of_a_day(filled):
        unit, note = float(_DAY), "its numbers are parts of a day, as Excel keeps times, and were read as such."
    elif unit is None and filled:
        name, note = _unit_of(filled)
        if not name:
            return Converted(
                None,
                asks=f"'{max(filled):.10g}' may count minutes or seconds, and neither heading nor values tell which",
                answer='format = "minutes" or "seconds"',
            )
        unit = _SIZES[name]
    size = unit or 1.0
    # Seconds are divided and not multiplied, so that 90 of them are 1.5 minutes to the last digit.
    found = pc.multiply(read.values, size) if size >= 1 else pc.divide(read.values, _without_noise(1 / size))
    expected = "a number or a length of time such as 1:02:03"
    return Converted(found.cast(pa.float64()), read.wrong, expected, notes=(note,) if note else ())


def _unit_of(filled: Sequence[float]) -> tuple[str, str]:
    """What numbers without a unit most likely count, with a note; "" where they do not tell."""
    most, are_many = max(filled), len(filled) >= _FEWEST
    are_rounded = are_many and all(value % 5 == 0 for value in filled)
    name, because = "", ""
    if most > 60 * _DAY:
        name, because = "milliseconds", f"in seconds '{most:.0f}' would be over a day"
    elif most > _DAY and not are_rounded:
        name, because = "seconds", f"in minutes '{most:.0f}' would be over a day"
    elif are_many and not are_rounded and all(_is_whole(value * 60) for value in filled):
        is_mixed = not all(_is_whole(value) for value in filled)
        name, because = ("minutes", "their fractions are whole seconds") if is_mixed else ("", "")
    elif are_rounded and most <= _DAY / 2 and not all(value % 30 == 0 for value in filled):
        name, because = "minutes", "all are multiples of five, as people round them"
    if not name:
        return "", ""
    other = "minutes" if name == "seconds" else "seconds"
    return name, f'a guess: its numbers were taken for {name}, as {because}. Else say format = "{other}".'


def _are_parts_of_a_day(filled: Sequence[float]) -> bool:
    """Whether all are whole seconds as parts of a day, and not all as parts of a minute."""
    if len(filled) < _FEWEST or not all(0 < value < 1 for value in filled):
        return False
    return all(_is_whole(value * 86_400) for value in filled) and not all(_is_whole(value * 60) for value in filled)


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-2


def _without_noise(value: float) -> float:
    return float(round(value)) if abs(value - round(value)) < 1e-9 else value
