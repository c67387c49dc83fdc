"""Money in several currencies is never added up as if it were one: what has a rate is turned, the rest left out."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...numbers import counted
from . import values
from .mapping import Filling
from .problems import some

MONEY = ("amount", "list_amount", "yearly_value", "yearly_margin")
"""Columns that are added up in the engagement's currency."""

_IN_A_CELL = (
    r"^[+(-]?\s*(?P<before>[A-Z]{2,3}\s?\$|[A-Z]?\$|[A-Z]{3}|[€£¥₹₽₩₺₪]|kr|zł|Kč)"
    r"|\d\s*(?P<after>[A-Z]{3}|[$€£¥₹₽₩₺₪]|kr|zł|Kč)\.?\)?$"
)
_CODES = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "₪": "ILS", "ZŁ": "PLN",
    "KČ": "CZK", "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD",
    "S$": "SGD", "R$": "BRL", "US DOLLAR": "USD", "EURO": "EUR", "POUND STERLING": "GBP",
}  # fmt: skip
_KNOWN = (
    "AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR",
    "ILS", "INR", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "RUB", "SAR", "SEK", "SGD", "THB",
    "TRY", "TWD", "USD", "VND", "ZAR",
)  # fmt: skip
"""Codes that are taken for a currency where no column of currencies says so."""
_NO_CURRENCY = ("TSD", "MIO", "MRD", "BIO")


def converted(
    filling: Filling, cells: Any, beside: Any, read: Any, *, ours: str, column: str, said: str, label: str
) -> tuple[Any, str, str]:
    """The amounts in one currency, a note, and what is wrong where nobody may leave amounts out.

    `cells` are the amounts as written, `beside` what a column of currencies says (or None), `read` the numbers of the
    cells, `ours` the engagement's currency. Where all say the same currency, or none says any, nothing is changed.
    Where they differ, amounts in other currencies than ours are multiplied by their rate (`filling.rates`); without a
    rate, and where nothing says the currency, they are left out. If no amount is in ours, the commonest counts as ours.
    """
    told = _told(cells, beside, ours)
    counts = {e["values"]: e["counts"] for e in pc.value_counts(told.filter(pc.is_valid(read)).drop_null()).to_pylist()}
    if not counts:
        return read, "", ""
    if len(counts) == 1 and not filling.rates:
        only = next(iter(counts))
        if only == ours or len(only) != 3 or (beside is None and only not in _KNOWN):
            return read, "", ""
        cure = f'set currency = "{only}" in engagement.toml'
        return read, f"all amounts are in {only}; the engagement counts in {ours}: {cure}.", ""
    base = ours if ours in counts or filling.rates else max(counts, key=lambda code: (counts[code], code))
    rates = {base: 1.0, **{code.upper(): rate for code, rate in filling.rates.items()}}
    rate = values.on_distinct(told, lambda code: rates.get(code), pa.float64())
    kept = pc.multiply(read, rate)
    lost = pc.and_(pc.is_valid(read), pc.is_null(kept))
    many = pc.sum(lost).as_py() or 0
    listed = ", ".join(f"{count:,} in {code}" for code, count in sorted(counts.items(), key=lambda item: -item[1]))
    turned = [code for code in counts if code in rates and code != base]
    note = f"amounts are in several currencies ({listed})."
    if turned:
        note += f" Those in {' and '.join(turned)} were turned into {base} at the rates of the mapping."
    if not many:
        return kept, note, ""
    unknown = sorted(code for code in counts if code not in rates)
    what = f"in {' and '.join(unknown)}" if unknown else "without a currency"
    cure = (
        f"Say what one is worth in {base}: {column} = {{ {said}, rates = {{ {unknown[0]} = 0.9 }} }}."
        if unknown
        else "Write their currency beside them."
    )
    example = some(pc.unique(values.texts(cells).filter(lost).drop_null()).to_pylist(), most=2)
    amounts = counted(many, "amount")
    fault = f"{amounts} {what} cannot be added to those in {base}, such as {example}."
    return (
        kept,
        f"{note} {fault} {'It was' if many == 1 else 'They were'} left out. {cure}",
        f"column '{label}': {fault} {cure}",
    )


def _told(cells: Any, beside: Any, ours: str) -> Any:
    words = values.texts(cells)
    found: Any = pa.nulls(len(words), pa.string())
    if pa.types.is_string(cells.type):
        parts = pc.extract_regex(words, pattern=_IN_A_CELL)
        signs = [pc.struct_field(parts, name) for name in ("before", "after")]
        found = pc.coalesce(*(pc.if_else(pc.equal(sign, ""), pa.scalar(None, pa.string()), sign) for sign in signs))
    if beside is not None:
        found = pc.coalesce(values.texts(beside), found)
    if isinstance(found, pa.Array):
        found = pa.chunked_array([found])
    return values.on_distinct(found, lambda sign: _code(sign, ours))


def _code(sign: str, ours: str) -> str | None:
    word = " ".join(sign.upper().replace(" $", "$").split())
    if word in _NO_CURRENCY:
        return None
    if word == "$":
        return ours if ours in ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN") else "USD"
    # Such as "EUR - Euro" and "Euro (EUR)".
    inside = [part for part in word.replace("(", " ").replace(")", " ").replace("-", " ").split() if len(part) == 3]
    return _CODES.get(word) or (inside[0] if len(word) > 3 and inside else word)
