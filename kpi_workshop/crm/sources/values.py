"""From text to values: numbers and flags, in the one form that all values of a column allow."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "t", "x", "ja", "j", "oui", "sí", "si", "sì", "sim"), True),
    **dict.fromkeys(("wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "ok", "✓", "✔"), True),
    **dict.fromkeys(("false", "no", "n", "0", "f", "nein", "non", "não", "nao", "nee"), False),
    **dict.fromkeys(("falsch", "faux", "falso", "onwaar"), False),
}
"""Yes and no, and what Excel writes for true and false, in seven languages."""


@dataclass(frozen=True)
class Converted:
    """Values of one column: `wrong` marks what could not be read; `asks` says what the mapping must decide first."""

    values: Any
    wrong: Any = None
    expected: str = ""
    asks: str = ""
    answer: str = ""
    """The key and value of the mapping that would answer what it asks; empty where an order or a sign is asked for."""
    notes: tuple[str, ...] = ()
    """What is doubtful in values that were read."""


def texts(column: Any) -> Any:
    """A column of any type as text: whole numbers without a fraction, dates in ISO form."""
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        from .workbooks import cell_text

        return on_distinct(column, cell_text)
    if pa.types.is_timestamp(kind) and kind.tz:
        column = column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
        return pc.strftime(column, format="%Y-%m-%d %H:%M:%SZ")
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us")).cast(pa.string())
    return column.cast(pa.string())


_NOTHING = (
    "null", "none", "nan", "n/a", "#n/a", "#value!", "#ref!", "#div/0!", "na", "nil", "-", "--", "–", "—", ".", "?",
    "0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.01.1900", "1/0/1900", "0/1/1900", "1900-01-00", "00:00:00",
    "tbd", "tbc", "t.b.d.", "n.a.", "k.a.", "n/d", "nd", "(blank)", "(empty)", "(none)", "(no value)", "no value",
    "not set", "unknown", "unbekannt", "#name?", "#num!", "#null!",
)  # fmt: skip
"""What programs and people write where they have no number and no day."""


def without_blanks(words: Any, *, keep: Collection[str] = ()) -> Any:
    """The words of a column of numbers, days or flags, empty where they only say that there is nothing.

    Words in `keep` say something in this column.
    """
    if not pa.types.is_string(words.type):
        return words
    nothing = [word for word in _NOTHING if word not in keep]
    nothing = pc.is_in(pc.utf8_lower(words), value_set=pa.array(nothing, pa.string()))
    return pc.if_else(pc.fill_null(nothing, False), pa.scalar(None, pa.string()), words)


def on_distinct(column: Any, function: Any, kind: pa.DataType | None = None) -> Any:
    """`function` applied once to each distinct filled value, its result in place of the value everywhere."""
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    results = [function(value) for value in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(results, kind or pa.string()).take(coded.indices)])


def result(words: Any, values: Any, expected: str) -> Converted:
    """What was read of `words`; filled ones without a value are wrong."""
    return Converted(values, pc.and_(pc.is_valid(words), pc.is_null(values)), expected)


_SCALES = {
    "k": 1e3, "tsd": 1e3, "m": 1e6, "mm": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9, "mrd": 1e9,
    "l": 1e5, "lac": 1e5, "lakh": 1e5, "lakhs": 1e5, "cr": 1e7, "crore": 1e7, "crores": 1e7,
}  # fmt: skip
_SCALED = r"(?i)^(?P<bare>.*\d[.,]?)\s*(?P<scale>k|tsd|mm|mn|mio|m|bn|mrd|b|lakhs?|lac|l|crores?|cr)\.?$"
_NO_CENTS = "[,.][-\u2013\u2014]{1,2}"
"""What stands for no cents, such as in 1.200,- and 450.--."""
_NEGATIVE = r"^\(\s*(.*?)\s*\)$"
_SPACED = "^[+-]?\\d{1,3}([ \u00a0\u2009\u202f'’]\\d{3})+([.,]\\d*)?$"
_SPACES = "[ \u00a0\u2009\u202f'’]"
_SIGNS = r"(?:US|CA|AU|NZ|HK|[RACS])?\$|[A-Z]{3}|[€£¥₹₽₩₺₪฿₫]|kr\.?|Fr\.?|zł|Kč|Ft|лв\.?"
_CURRENCY = rf"(?i)^([+-]?)\s*(?:{_SIGNS})\s*|\s*(?:{_SIGNS})$"
# Indian thousands go in twos, such as 12,34,567; nothing else is written so.
_WITH_DOT = r"^[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+|[1-9]\d?(,\d{2})+,\d{3})?(\.\d*)?([eE][+-]?\d{1,3})?$"
_WITH_COMMA = r"^[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+)?(,\d*)?([eE][+-]?\d{1,3})?$"


def numbers(column: Any, *, decimal: str) -> Converted:
    """Finite numbers; the decimal sign is `decimal` or the only one that every value allows.

    Currencies, signs of thousands and the endings K, M and B (such as `$1,117.10K`) are understood.
    """
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        read = column.cast(pa.float64(), safe=False)
        finite = pc.is_finite(read)
        values = pc.if_else(finite, read, pa.scalar(None, pa.float64()))
        return Converted(values, pc.and_(pc.is_valid(read), pc.is_null(values)), "a number")
    words = texts(column)
    bare = pc.replace_substring_regex(words, pattern="^\u2212", replacement="-")
    bare = pc.replace_substring_regex(bare, pattern=rf"(\d){_NO_CENTS}(\s|\D*$)", replacement=r"\1\2")
    bare = pc.replace_substring_regex(bare, pattern=r"^([+-])\s+", replacement=r"\1")
    bare = pc.replace_substring_regex(bare, pattern=r"^(.*\d)-$", replacement=r"-\1")
    bare = pc.replace_substring_regex(bare, pattern=_NEGATIVE, replacement=r"-\1")
    # Once before the currency and once after it: "1,5 Mio" ends as a currency might.
    bare, scales = _scaled(bare, 1.0)
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(bare, pattern=_CURRENCY, replacement=r"\1"))
    bare, scales = _scaled(bare, scales)
    bare = pc.replace_substring_regex(bare, pattern=_NEGATIVE, replacement=r"-\1")
    spaced = pc.replace_substring_regex(bare, pattern=_SPACES, replacement="")
    bare = pc.if_else(pc.match_substring_regex(bare, _SPACED), spaced, bare)
    if not decimal:
        decimal, asks = _decimal_sign(bare)
        if asks:
            return Converted(None, asks=asks)
    digits = pc.match_substring_regex(bare, r"^[+-]?[.,]?\d")
    shaped = pc.match_substring_regex(bare, _WITH_COMMA if decimal == "," else _WITH_DOT)
    ok = pc.and_(digits, shaped)
    kept = pc.if_else(ok, bare, pa.scalar(None, pa.string()))
    kept = pc.replace_substring(kept, "." if decimal == "," else ",", "")
    kept = pc.replace_substring(pc.replace_substring(kept, ",", "."), "+", "")
    read = kept.cast(pa.float64())
    read = pc.multiply(read, scales)
    values = pc.if_else(pc.is_finite(read), read, pa.scalar(None, pa.float64()))
    return result(words, values, "a number")


def _scaled(bare: Any, scales: Any) -> tuple[Any, Any]:
    parts = pc.extract_regex(bare, pattern=_SCALED)
    found = pc.struct_field(parts, "scale")
    if found.null_count == len(found):
        return bare, scales
    named = on_distinct(found, lambda ending: _SCALES[ending.lower()], pa.float64())
    return pc.coalesce(pc.struct_field(parts, "bare"), bare), pc.multiply(scales, pc.fill_null(named, 1.0))


def _decimal_sign(bare: Any) -> tuple[str, str]:
    distinct = pc.unique(bare.drop_null())
    with_sign = distinct.filter(pc.match_substring_regex(distinct, r"[.,]"))
    dot_reads = pc.match_substring_regex(with_sign, _WITH_DOT)
    comma_reads = pc.match_substring_regex(with_sign, _WITH_COMMA)
    only_dot = pc.and_(dot_reads, pc.invert(comma_reads))
    only_comma = pc.and_(comma_reads, pc.invert(dot_reads))
    dots, commas = pc.sum(only_dot).as_py() or 0, pc.sum(only_comma).as_py() or 0
    if dots and commas:
        one, other = with_sign.filter(only_dot)[0].as_py(), with_sign.filter(only_comma)[0].as_py()
        return "", f"'{one}' has a decimal point and '{other}' a decimal comma"
    if dots or commas:
        return ("." if dots else ","), ""
    both = with_sign.filter(pc.and_(dot_reads, comma_reads))
    if len(both):
        word = both[0].as_py()
        return "", f"'{word}' may be {re.sub('[.,]', '', word)} or {word.replace(',', '.')}, and no value decides it"
    return ".", ""


def flags(column: Any) -> Converted:
    """True or false, from yes and no in the usual spellings."""
    if pa.types.is_boolean(column.type):
        return Converted(column)
    words = texts(column)
    return result(words, on_distinct(words, lambda text: FLAGS.get(text.lower()), pa.bool_()), "yes or no")
