"""Days and moments from text: the order of day and month comes from all values of a column, never from a guess."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import periods
from .periods import MONTHS
from .values import Converted, on_distinct, result, texts

_MOMENT = (
    r"^(?P<day>.*?\S)"
    r"(?:(?:[Tt]|,?\s+)(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<ap>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT|[ECMP][SD]T|CEST|CET|EEST|EET|WEST|WET|BST)?)?$"
)
_ZONES = {
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "WET": 0, "WEST": 60, "BST": 60,
}  # fmt: skip
"""Zones by name in minutes from Greenwich, as forms and CRMs of North America and Europe write them."""
_FIRST, _LAST, _LAST_WRITTEN = 1900, 2100, 9999
_SLOT = 15 * 60 * 1_000_000
_FEWEST_DAYS, _NARROW, _WIDE = 5, 5, 10
"""So many different days tell whether two figures are a year: read right they span few years, read wrong many."""


def moments(column: Any, *, form: str, zone: str, business_zone: Any, as_day: bool) -> Converted:
    """Days or moments in the business time zone; `business_zone` is its name, or a column with a name for each row.

    Only what says of which zone it is, by an offset or by `zone`, and has a time of day is moved to another one.
    `form` is D/M/Y, M/D/Y, Y-M-D, "excel", a strptime pattern or "": then it is inferred from all values. The order of
    day and month counts as known only if exactly one order reads every value written with the same separator; values in
    ISO form, with the month's name, Excel's day numbers (five digits) and Unix times (10 or 13 digits) are always read.
    """
    kind = column.type
    if pa.types.is_date(kind):
        return Converted(column.cast(pa.date32() if as_day else pa.timestamp("us"), safe=False))
    if pa.types.is_timestamp(kind):
        if kind.tz:
            column = _to_zone(column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us")), "UTC", business_zone)
        elif zone:
            column = _to_zone(column.cast(pa.timestamp("us")), zone, business_zone)
        return Converted(_finished(column, as_day))
    words = texts(column)
    if form == "excel":
        return _from_serials(words, as_day)
    if "%" in form:
        read = _in_each(words, business_zone, lambda those, name: _by_pattern(those, form, zone, name))
        return result(words, _finished(read, as_day), f"a date of the form {form}")
    words, counted = _without_counts(periods.bared(words), business_zone)
    parts = pc.extract_regex(words, pattern=_MOMENT)
    day_texts = _part(parts, "day")
    orders, asks, said = ({}, "", ()) if form else _orders(pc.unique(day_texts.drop_null()).to_pylist())
    if orders and counted is not None:
        asks = _half_read_by_excel(words, orders)
    if asks:
        return Converted(None, asks=asks)
    days = on_distinct(day_texts, lambda text: _day(text, form or orders.get(_separator(text), "")), pa.date32())
    read = _with_clock(days, parts)
    offsets, has_clock = _part(parts, "zone"), pc.is_valid(_part(parts, "h"))
    has_zone = pc.not_equal(pc.fill_null(offsets, ""), "")
    if pc.any(has_zone).as_py():
        minutes = on_distinct(offsets, _offset_minutes, pa.int64())
        shift = pc.multiply(pc.fill_null(minutes, 0), 60_000_000).cast(pa.duration("us"))
        utc = _to_zone(pc.subtract(read, shift), "UTC", business_zone)
        plain = _to_zone(read, zone, business_zone) if zone else read
        read = pc.if_else(has_zone, utc, pc.if_else(has_clock, plain, read))
    elif zone:
        read = pc.if_else(has_clock, _to_zone(read, zone, business_zone), read)
    known = form or (next(iter(orders.values())) if len(orders) == 1 else "")
    found = result(words, _finished(read, as_day), f"a date of the form {known}" if known else "a date")
    wrong, notes = _without_far_ones(words, read, found.wrong)
    days = found.values if counted is None else pc.coalesce(_finished(counted, as_day), found.values)
    return Converted(days, wrong, found.expected, notes=(*said, *notes))


def _without_far_ones(words: Any, read: Any, wrong: Any) -> tuple[Any, tuple[str, ...]]:
    """Days such as 31.12.3999 say "no day yet": they are empty, not wrong."""
    far = pc.fill_null(pc.greater(pc.year(read), _LAST), False)
    many = pc.sum(far).as_py() or 0
    if not many:
        return wrong, ()
    example = words.filter(far)[0].as_py()
    days = "1 day lies" if many == 1 else f"{many:,} days lie"
    return pc.and_(wrong, pc.invert(far)), (f"{days} beyond the year {_LAST}, such as '{example}': read as no day.",)


def _finished(read: Any, as_day: bool) -> Any:
    year = pc.year(read)
    sane = pc.and_(pc.greater_equal(year, _FIRST), pc.less_equal(year, _LAST))
    read = pc.if_else(sane, read.cast(pa.timestamp("us")), pa.scalar(None, pa.timestamp("us")))
    return read.cast(pa.date32(), safe=False) if as_day else read


def _without_counts(words: Any, business_zone: Any) -> tuple[Any, Any]:
    """The words without those that count days or seconds, and the moments these stand for."""
    matching = pc.match_substring_regex(words, r"^([2-7]\d{4}(\.\d+)?|\d{10}|\d{13})$")
    if not pc.any(matching).as_py():
        return words, None
    none = pa.scalar(None, pa.string())
    counts = pc.if_else(matching, words, none)
    serials = _from_serials(pc.if_else(pc.match_substring_regex(counts, r"^\d{5}(\.|$)"), counts, none), False).values
    seconds = on_distinct(counts, _unix_seconds, pa.int64())
    unix = _to_zone(seconds.cast(pa.timestamp("s")).cast(pa.timestamp("us")), "UTC", business_zone)
    return pc.if_else(matching, none, words), pc.coalesce(serials, unix)


def _half_read_by_excel(words: Any, orders: dict[str, str]) -> str:
    example = next((text for text in pc.unique(words.drop_null()).to_pylist() if _separator(text) in orders), "")
    return (
        f"some values are Excel's day numbers, others text such as '{example}': Excel may have swapped day and month "
        "in the first"
    )


def _unix_seconds(text: str) -> int | None:
    return int(text) // (1000 if len(text) == 13 else 1) if text.isdigit() and len(text) in (10, 13) else None


def _part(parts: Any, name: str) -> Any:
    found = pc.struct_field(parts, name)
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)


def _orders(day_texts: list[str]) -> tuple[dict[str, str], str, tuple[str, ...]]:
    """The order of each separator's values, what to ask, and notes; an order that reads everything needs one proof."""
    open_texts = [text for text in day_texts if _iso(text) is None and not _has_month_name(text)]
    by_separator: dict[str, list[str]] = {}
    for text in open_texts:
        by_separator.setdefault(_separator(text), []).append(text)
    found: dict[str, str] = {}
    notes: list[str] = []
    for separator, written in by_separator.items():
        order, asks = _order(written)
        if asks and (order := _by_years(written)):
            notes.append(f"days such as '{written[0]}' were read as {order}: in another order they would span decades.")
        elif asks:
            return {}, asks, ()
        found[separator] = order
    return found, "", tuple(notes)


def _by_years(written: list[str]) -> str:
    """The order of days whose years have two figures, where only one makes them few; days of a month make many."""
    spans: dict[str, int] = {}
    for order in ("D/M/Y", "M/D/Y", "Y-M-D"):
        days = [_day(text, order) for text in written]
        years = [day.year for day in days if day]
        if len(years) == len(written) and len(set(days)) >= _FEWEST_DAYS:
            spans[order] = max(years) - min(years)
    narrow = [order for order, span in spans.items() if span <= _NARROW]
    others = [span for order, span in spans.items() if order not in narrow]
    return narrow[0] if len(narrow) == 1 and others and min(others) >= _WIDE else ""


def _separator(text: str) -> str:
    return next((sign for sign in text if sign in "/.-, "), "")


def _has_month_name(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _order(open_texts: list[str]) -> tuple[str, str]:
    """The order that reads every value, or what to ask."""
    read = {order: [_day(text, order) for text in open_texts] for order in ("D/M/Y", "M/D/Y", "Y-M-D")}
    counts = {order: sum(day is not None for day in days) for order, days in read.items()}
    most = max(counts.values())
    best = [order for order, count in counts.items() if count == most]
    if most == 0 or all(read[order] == read[best[0]] for order in best):
        return (best[0] if most else ""), ""
    differing = [
        text
        for i, text in enumerate(open_texts)
        if len({read[order][i] for order in best}) > 1 and all(read[order][i] for order in best)
    ]
    if not differing:
        pairs = [(next(t for t, day in zip(open_texts, read[order], strict=True) if day), order) for order in best]
        return "", " and ".join(f"'{text}' is {order}" for text, order in pairs)
    example = differing[0]
    meanings = " or ".join(
        f"{read[order][open_texts.index(example)]:%Y-%m-%d} ({order})"
        for order in best
        if read[order][open_texts.index(example)]
    )
    return "", f"'{example}' may be {meanings}, and no value decides it"


_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$|^(\d{4})(\d{2})(\d{2})$")
_THREE = re.compile(r"^(\d{1,4})[\s/.,-]+(\d{1,2}|[^\W\d_]{3,10}\.?)[\s/.,-]+(\d{1,4})$")
_MONTH_FIRST = re.compile(r"^([^\W\d_]{3,10})\.?[\s/.,-]+(\d{1,2})[\s/.,-]+(\d{2}|\d{4})$")


def _iso(text: str) -> dt.date | None:
    found = _ISO.match(text)
    if not found:
        return None
    year, month, day = (int(g) for g in found.groups() if g is not None)
    return _date(year, month, day)


def _day(text: str, order: str) -> dt.date | None:
    if day := _iso(text):
        return day
    if found := _MONTH_FIRST.match(text):
        named = MONTHS.get(found[1].lower())
        return _date(_year(found[3]), named, int(found[2])) if named else None
    found = _THREE.match(text)
    if not found:
        return None
    first, middle, last = found.groups()
    if not middle.isdigit():
        named = MONTHS.get(middle.rstrip(".").lower())
        if not named or len(first) > 2 or len(last) not in (2, 4):
            return None
        return _date(_year(last), named, int(first))
    if order == "Y-M-D":
        if len(first) not in (2, 4) or len(last) > 2:
            return None
        return _date(_year(first), int(middle), int(last))
    if len(first) > 2 or len(last) not in (2, 4):
        return None
    day_number, month = (int(first), int(middle)) if order == "D/M/Y" else (int(middle), int(first))
    return _date(_year(last), month, day_number)


def _year(digits: str) -> int:
    # Two digits follow the POSIX pivot: 69 to 99 are the last century.
    number = int(digits)
    return number if len(digits) == 4 else number + (1900 if number >= 69 else 2000)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if _FIRST <= year <= _LAST_WRITTEN else None
    except ValueError:
        return None


def _by_pattern(words: Any, form: str, zone: str, name: str) -> Any:
    # A pattern without an hour reads days, and a day is the same in every zone.
    has_clock = any(mark in form for mark in ("%H", "%I", "%c", "%X", "%T", "%s"))
    there, here = zoneinfo.ZoneInfo((has_clock and zone) or name), zoneinfo.ZoneInfo(name)
    return on_distinct(words, lambda text: _strptime(text, form, there, here), pa.timestamp("us"))


def _strptime(text: str, form: str, there: zoneinfo.ZoneInfo, here: zoneinfo.ZoneInfo) -> dt.datetime | None:
    try:
        read = dt.datetime.strptime(text, form)
        return (read if read.tzinfo else read.replace(tzinfo=there)).astimezone(here).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _with_clock(days: Any, parts: Any) -> Any:
    def number(name: str) -> Any:
        return pc.fill_null(_part(parts, name), "0").cast(pa.int64())

    half = pc.utf8_lower(pc.utf8_slice_codeunits(pc.fill_null(_part(parts, "ap"), ""), 0, 1))
    hour = number("h")
    twelve = pc.equal(hour, 12)
    hour = pc.if_else(pc.and_(pc.equal(half, "p"), pc.invert(twelve)), pc.add(hour, 12), hour)
    hour = pc.if_else(pc.and_(pc.equal(half, "a"), twelve), 0, hour)
    minute, second = number("m"), number("s")
    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(_part(parts, "f"), "0"), 6, "0"), 0, 6).cast(
        pa.int64()
    )
    possible = pc.and_(pc.and_(pc.less(hour, 24), pc.less(minute, 60)), pc.less(second, 60))
    clock = pc.add(
        pc.multiply(pc.add(pc.multiply(pc.add(pc.multiply(hour, 60), minute), 60), second), 1_000_000), fraction
    )
    clock = pc.if_else(possible, clock, pa.scalar(None, pa.int64()))
    return pc.add(days.cast(pa.timestamp("us")), clock.cast(pa.duration("us")))


def _offset_minutes(text: str) -> int:
    text = text.removeprefix("UTC").removeprefix("GMT")
    if text[:1] not in ("+", "-"):
        return _ZONES.get(text, 0)
    hours, colon, rest = text[1:].partition(":")
    if not colon and len(hours) > 2:
        hours, rest = hours[:-2], hours[-2:]
    minutes = int(hours) * 60 + int(rest or 0)
    return -minutes if text[0] == "-" else minutes


def _in_each(column: Any, zones: Any, work: Callable[[Any, str], Any]) -> Any:
    """What `work` makes of the column with the name of a zone, for each row with its own."""
    if isinstance(zones, str):
        return work(column, zones)
    nothing = pa.scalar(None, column.type)
    names = pc.unique(zones).to_pylist() or ["UTC"]
    return pc.coalesce(*(work(pc.if_else(pc.equal(zones, name), column, nothing), name) for name in names))


def _to_zone(read: Any, origin: str, target: Any) -> Any:
    """Wall-clock times of one zone as those of another; daylight saving changes only on quarter hours."""
    if not isinstance(target, str):
        return _in_each(read, target, lambda those, name: _to_zone(those, origin, name))
    if origin == target:
        return read
    source, goal = zoneinfo.ZoneInfo(origin), zoneinfo.ZoneInfo(target)
    epoch = dt.datetime(1970, 1, 1)
    whole = read.cast(pa.timestamp("us")).cast(pa.int64())
    slots = pc.multiply(pc.floor(pc.divide(whole.cast(pa.float64()), float(_SLOT))).cast(pa.int64()), _SLOT)

    def shift(slot: int) -> int:
        wall = epoch + dt.timedelta(microseconds=slot)
        there = wall.replace(tzinfo=source).astimezone(goal).replace(tzinfo=None)
        return (there - wall) // dt.timedelta(microseconds=1)

    return pc.add(whole, on_distinct(slots, shift, pa.int64())).cast(pa.timestamp("us"))


def _from_serials(words: Any, as_day: bool) -> Converted:
    plain = pc.match_substring_regex(words, r"^\d{1,6}(\.\d+)?$")
    serial = pc.if_else(plain, words, pa.scalar(None, pa.string())).cast(pa.float64())
    # Day 60 is 29 February 1900, a day that only Excel has; before it the count is one off.
    serial = pc.if_else(pc.greater(serial, 60), serial, pa.scalar(None, pa.float64()))
    seconds = pc.round(pc.multiply(pc.subtract(serial, 25569.0), 86400.0)).cast(pa.int64())
    read = seconds.cast(pa.timestamp("s")).cast(pa.timestamp("us"))
    already = on_distinct(words, lambda text: _iso(text[:10]) and _from_iso(text), pa.timestamp("us"))
    return result(words, _finished(pc.coalesce(read, already), as_day), "an Excel day number")


def _from_iso(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
