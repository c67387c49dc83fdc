"""What stands in a cell before it has a type: which of the client's columns it comes from, and what replaces it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import ids, values
from .mapping import Filling, Section
from .problems import Problems, by_value, some

EACH, STAR = "\0each", "\0star"
"""The columns that hold, after `unpivoted`, what stood in one of several columns, and what its name had for the *."""

NONE = pa.scalar(None, pa.string())

Place = Callable[[int], str]
Reader = Callable[[str, str], "list[str]"]
"""Gives all values of a column of another file of the export: what `known` and `lookup` ask."""


def unpivoted(section: Section, raw: pa.Table, origin: pa.Table) -> tuple[pa.Table, pa.Table]:
    """One row for each filled cell of the columns that `each` means; the rows of `origin` go along."""
    stars = section.stars(raw.column_names)
    others = [name for name in raw.column_names if name not in stars]
    rows, origins = [], []
    for name, star in stars.items():
        filled = pc.is_valid(raw[name])
        kept = raw.filter(filled)
        words = pa.chunked_array([pa.repeat(pa.scalar(star, pa.string()), kept.num_rows)])
        content = values.texts(kept[name])
        rows.append(kept.select(others).append_column(EACH, content).append_column(STAR, words))
        origins.append(origin.filter(filled))
    if not rows:
        empty = pa.chunked_array([pa.array([], pa.string())])
        return raw.slice(0, 0).append_column(EACH, empty).append_column(STAR, empty), origin.slice(0, 0)
    return pa.concat_tables(rows), pa.concat_tables(origins)


def given(
    filling: Filling,
    raw: pa.Table,
    origin: pa.Table,
    *,
    many_files: bool,
    place: Place,
    problems: Problems,
    ask: Reader,
) -> Any:
    """The cells a filling starts from, one for each row of `raw`; `origin` holds file and row number of each."""
    many = origin.num_rows
    if filling.constant is not None:
        return pa.chunked_array([pa.repeat(pa.scalar(filling.constant, pa.string()), many)])
    if filling.numbered is not None:
        counted = origin["source_row"].cast(pa.string())
        start: Any = pa.scalar(filling.numbered)
        if many_files:
            start = values.on_distinct(origin["source_file"], lambda name: f"{filling.numbered}{name}-")
        return pc.binary_join_element_wise(start, counted, "")
    if filling.columns:
        parts = [values.texts(raw[name]) for name in filling.columns]
        joined = pc.binary_join_element_wise(*parts, " ", null_handling="skip")
        return pc.if_else(pc.equal(joined, ""), NONE, joined)
    if filling.first_of:
        return pc.coalesce(*(values.texts(raw[name]) for name in filling.first_of))
    if filling.filled:
        chosen: Any = pa.nulls(many, pa.string())
        for name, word in reversed(filling.filled.items()):
            chosen = pc.if_else(pc.is_valid(raw[name]), pa.scalar(word, pa.string()), chosen)
        return pa.chunked_array([chosen]) if isinstance(chosen, pa.Array) else chosen
    if filling.is_won:

        def is_set(flag: Filling | None) -> Any:
            if flag is None:
                return pa.scalar(False)
            cells = given(flag, raw, origin, many_files=many_files, place=place, problems=problems, ask=ask)
            cells, _ = replaced(flag, cells, ask)
            read = values.flags(cells)
            if read.wrong is not None:
                problems.add(*by_value(cells, read.wrong, place=place, says=lambda w: f"'{w}' is not {read.expected}."))
            return pc.fill_null(read.values, False)

        lost = pc.or_(is_set(filling.is_lost), is_set(filling.is_closed))
        return pc.if_else(is_set(filling.is_won), "won", pc.if_else(lost, "lost", "open"))
    if filling.each is not None or filling.star:
        return raw[STAR if filling.star else EACH]
    return raw[filling.column]


def replaced(filling: Filling, cells: Any, ask: Reader) -> tuple[Any, str]:
    """The cells with everything replaced that the filling says, and what of a lookup was not found."""
    lost = ""
    if filling.empty:
        words = values.texts(cells)
        cells = pc.if_else(pc.is_in(words, value_set=pa.array(filling.empty, pa.string())), NONE, words)
    if filling.before:
        cells = values.on_distinct(values.texts(cells), lambda word: word.split(filling.before)[0].strip() or None)
    if filling.only:
        pattern = _pattern(filling.only)
        cells = values.on_distinct(values.texts(cells), lambda word: word if pattern.fullmatch(word) else None)
    if filling.lookup:
        look = filling.lookup
        found = _one_each(ids.full_words(ask(look.file, look.column)), ask(look.file, look.gives))
        words = ids.full(values.texts(cells))
        absent = [w for w in pc.unique(words.drop_null()).to_pylist() if w not in found]
        if absent and not look.or_empty:
            lost = (
                f"{some(absent)} {'is' if len(absent) == 1 else 'are'} not in column '{look.column}' of {look.file}; "
                "left as they are."
            )
        cells = values.on_distinct(words, lambda word: found.get(word) or (None if look.or_empty else word))
    if filling.values or filling.otherwise is not None:
        choose = chooser(filling.values, filling.otherwise)
        cells = values.on_distinct(values.texts(cells), lambda word: choose(word) or None)
    if filling.if_empty is not None:
        cells = pc.fill_null(values.texts(cells), filling.if_empty)
    if filling.prefix:
        cells = pc.binary_join_element_wise(pa.scalar(filling.prefix), values.texts(cells), "")
    return cells, lost


def _one_each(keys: list[str], gives: list[str]) -> dict[str, str]:
    """What each key gives; a key that gives two different things gives nothing."""
    found: dict[str, str] = {}
    twice = set()
    for key, value in zip(keys, gives, strict=False):
        if found.setdefault(key, value) != value:
            twice.add(key)
    return {key: value for key, value in found.items() if key not in twice}


def chooser(chosen: Mapping[str, str], otherwise: str | None) -> Callable[[str], str]:
    """What a word becomes: as it is listed, else regardless of case, else by a pattern with *, else `otherwise`.

    >>> choose = chooser({"Closed Won*": "won"}, "open")
    >>> choose("closed won (Sales Pipeline)"), choose("Proposal")
    ('won', 'open')
    """
    folded = {word.casefold(): meant for word, meant in chosen.items()}
    patterns = [(_pattern(word), meant) for word, meant in chosen.items() if "*" in word]

    def choose(word: str) -> str:
        if word in chosen:
            return chosen[word]
        if word.casefold() in folded:
            return folded[word.casefold()]
        by_pattern = (meant for pattern, meant in patterns if pattern.fullmatch(word))
        return next(by_pattern, word if otherwise is None else otherwise)

    return choose


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in words.split("*")), re.IGNORECASE | re.DOTALL)


def repeats(raw: pa.Table, names: tuple[str, ...], links: pa.Table) -> Any:
    """Marks the rows that say the same as another one in `names`; the one with most links is kept, then the first."""
    import numpy as np

    pieces = [pc.fill_null(values.texts(raw[name]), "") for name in names]
    coded = pc.binary_join_element_wise(*pieces, "\x1f").combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    codes = coded.indices.to_numpy()
    linked = sum((pc.is_valid(column).to_numpy().astype(int) for column in links.columns), np.zeros(len(codes), int))
    order = np.lexsort((np.arange(len(codes)), -linked, codes))
    again = np.zeros(len(codes), dtype=bool)
    again[order[1:]] = codes[order[1:]] == codes[order[:-1]]
    return pa.array(again)
