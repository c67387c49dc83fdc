"""Ids: those of Salesforce have 15 characters in reports and 18 in exports; long numbers are cut by spreadsheets."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import values

_SHORT = r"^(001|003|005|006|00E|00G|00Q|00T|00U|00k|00D|701|800|801)[0-9A-Za-z]{12}$"
"""The first three characters say of what kind the record is; account, contact, user, opportunity, lead, task, event."""
_KEPT = 10**15
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def full(column: Any) -> Any:
    """The column with every short id in its long form; all else stays as it is.

    The three signs more say which of the others are capitals, so that spreadsheets cannot mistake one id for another.

    >>> full(pa.chunked_array([["0061t00000AbCdE", "Ann Lee"]])).to_pylist()
    ['0061t00000AbCdEAAV', 'Ann Lee']
    """
    if not pa.types.is_string(column.type) or not pc.any(pc.match_substring_regex(column, _SHORT)).as_py():
        return column
    short = pc.fill_null(pc.match_substring_regex(column, _SHORT), False)
    return pc.if_else(short, values.on_distinct(column, _long), column)


def shortened(column: Any) -> Any:
    """Which ids a spreadsheet has taken for numbers and cut: it keeps 15 figures, and shows fewer as 3.65E+18.

    >>> shortened(pa.chunked_array([["3.6524E+18", "3652397000000649013", "E9"]])).to_pylist()
    [True, False, False]
    """
    if pa.types.is_floating(column.type):
        long = pc.fill_null(pc.greater_equal(pc.abs(column), float(_KEPT)), False)
        some = column.filter(long).to_pylist()
        # Below 2^53 a program that is no spreadsheet keeps every figure; one that is leaves a 0 behind the 15th.
        is_cut = any(abs(value) >= 2**53 for value in some) or all(value % 10 == 0 for value in some)
        return long if is_cut else pc.and_(long, False)
    if not pa.types.is_string(column.type):
        return pc.is_null(column) if column.null_count == 0 else pc.and_(pc.is_null(column), False)
    return pc.fill_null(pc.match_substring_regex(column, r"^\d([.,]\d+)?E\+\d{2}$"), False)


def full_words(words: list[str]) -> list[str]:
    """The same for a list of words."""
    return list(full(pa.chunked_array([pa.array(words, pa.string())])).to_pylist())


def _long(word: str) -> str:
    if len(word) != 15:
        return word
    groups = (word[i : i + 5] for i in range(0, 15, 5))
    return word + "".join(_SIGNS[sum(1 << place for place, sign in enumerate(g) if "A" <= sign <= "Z")] for g in groups)
