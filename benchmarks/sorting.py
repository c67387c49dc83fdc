"""How good sorting and merging are on labelled suggestions; and the training of the learned weights.

    python -m benchmarks.sorting FOLDER                    print the scores on the suggestions in FOLDER
    python -m benchmarks.sorting FOLDER --left-out MODEL   the same, where nothing was learned from FOLDER
    python -m benchmarks.sorting FOLDER --train            learn the weights of the lexicon's traits, FOLDER included

FOLDER holds labels.csv, duplicates.csv and neg_pairs.csv, such as `tests/words/held_out`: suggestions, groups and
look-alikes whose author had seen neither lexicon nor training data, and which nothing is learned from.
`--left-out` takes a language model made by `python -m benchmarks.language_model FOLDER --without folder --out MODEL`
and learns the weights anew without FOLDER: no source family of it is on both sides. The lexicon itself was written with
the published half in sight, so its scores there are an upper bound even then.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from kpi_workshop import bundle, catalogue, matching
from kpi_workshop.words import judging, language_model, learned, reading

PENALTY = 0.5
SEEN_AT_LEAST = 3
"""A trait counts only if this many suggestions have it: what is learned is general, never one row."""
WORDS = Path(__file__).resolve().parents[1] / "tests" / "words"
SUGGESTIONS = Path(__file__).resolve().parent / "suggestions"
OWN = (WORDS / "suggestions.txt", WORDS / "batches.txt")


@dataclass(frozen=True)
class Row:
    """A labelled suggestion; `family` is who published or spoke it."""

    text: str
    label: str
    family: str
    spoken: bool = False
    hard: bool = False
    disputed: bool = False
    weight: float = 1.0

    def traits(self) -> list[str]:
        """What the learned scores look at."""
        read = reading.read(self.text)
        return judging.features(read, judging.verdict(read))


def labelled(folder: Path) -> list[Row]:
    """The labelled suggestions of a folder; disputed ones weigh little."""
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        return [
            Row(
                text=r["text"], label=r["label"], family=r["source_family"], spoken=r["form"] == "spoken",
                hard=r["hard"] == "1", disputed=r["ambiguous"] == "1", weight=0.3 if r["ambiguous"] == "1" else 1.0,
            )
            for r in csv.DictReader(file)
        ]  # fmt: skip


def own(*, suggestions: bool = True) -> list[Row]:
    """Suggestions of our own in the wording of many trades, and every name in the catalogue.

    `suggestions`: those of `benchmarks/suggestions` as well, whose authors had not seen the lexicon.
    """
    rows = []
    for line in (line for file in OWN for line in file.read_text(encoding="utf-8").splitlines()):
        if line.strip() and not line.startswith("#"):
            head, text = line.split(": ", 1)
            rows.append(Row(text, "activity" if head[0] == "a" else "metric", "own"))
    for measure in catalogue.measures().values():
        label = "activity" if measure.control == "direct" else "metric"
        sure = measure.control != "influenced" and measure.timing == (
            "before" if label == "activity" else measure.timing
        )
        rows += [Row(name, label, "catalogue", weight=0.5 if sure else 0.1) for name in measure.names]
    for file in sorted(SUGGESTIONS.glob("*.csv")) if suggestions else ():
        with file.open(encoding="utf-8", newline="") as table:
            for r in csv.DictReader(table):
                disputed = r["ambiguous"] == "1"
                weight = 0.3 if disputed else 1.0
                rows.append(Row(r["text"], r["label"], file.stem, disputed=disputed, weight=weight))
    return rows


def train(rows: Sequence[Row]) -> dict[str, float]:
    """Weights of a logistic regression with a ridge penalty, by Newton's method; only traits seen often enough."""
    traits = [row.traits() for row in rows]
    seen = Counter(trait for found in traits for trait in found)
    order = sorted(trait for trait, times in seen.items() if times >= SEEN_AT_LEAST)
    place = {trait: i for i, trait in enumerate(order)}
    x = np.zeros((len(rows), len(order)))
    for i, found in enumerate(traits):
        for trait in found:
            if trait in place:
                x[i, place[trait]] = 1.0
    y = np.array([row.label == "activity" for row in rows], dtype=float)
    w = np.array([row.weight for row in rows])
    beta = np.zeros(len(order))
    for _ in range(12):
        p = 1 / (1 + np.exp(-x @ beta))
        slope = x.T @ (w * (y - p)) - PENALTY * beta
        curve = (x * (w * p * (1 - p) + 1e-6)[:, None]).T @ x + PENALTY * np.eye(len(order))
        step = np.linalg.solve(curve, slope)
        beta += step
        if np.abs(step).max() < 1e-4:
            break
    return {t: round(float(b), 3) for t, b in zip(order, beta, strict=True) if abs(b) >= 0.01}


def leaning(rows: Sequence[Row], *, left_out: Path | None) -> list[tuple[Row, float]]:
    """Every row with how it leans: as the package has it, or by what was learned without these rows."""
    book = train(own()) if left_out else learned.weights()
    return [
        (row, learned.lean(row.traits(), book) + language_model.impression(row.text, model=left_out).lean)
        for row in rows
    ]


def accuracy(scored: Iterable[tuple[Row, float]]) -> dict[str, tuple[float, int]]:
    """Share of labels given back and number of rows: clear rows together, named, spoken, hard; disputed apart."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row, lean in scored:
        right = (lean >= 0) == (row.label == "activity")
        if row.disputed:
            kinds["disputed"].append(right)
            continue
        for name, belongs in {
            "all clear": True,
            "named": not row.spoken,
            "spoken": row.spoken,
            "hard": row.hard,
        }.items():
            if belongs:
                kinds[name].append(right)
    return {name: (sum(found) / len(found), len(found)) for name, found in kinds.items()}


def merged(folder: Path) -> Mapping[str, float]:
    """Pair precision, recall and F1 over all group texts, and the share of look-alike pairs that are merged."""
    with (folder / "duplicates.csv").open(encoding="utf-8") as file:
        texts = [(matching.theme(r["text"]), r["group_id"]) for r in csv.DictReader(file)]
    with (folder / "neg_pairs.csv").open(encoding="utf-8") as file:
        apart = [matching.theme(r["a"]) == matching.theme(r["b"]) for r in csv.DictReader(file)]
    found = Counter((a == b, x == y) for (a, x), (b, y) in combinations(texts, 2))
    right, wrong, missed = found[True, True], found[True, False], found[False, True]
    return {
        "pair precision": right / (right + wrong),
        "pair recall": right / (right + missed),
        "pair F1": 2 * right / (2 * right + wrong + missed),
        "look-alikes merged": sum(apart) / len(apart),
    }


def milliseconds(rows: Sequence[Row]) -> float:
    """Time per suggestion, after start, everything included."""
    matching.sort(rows[0].text)
    start = time.perf_counter()
    for number, row in enumerate(rows):
        matching.sort(f"{row.text} {number}")
    return (time.perf_counter() - start) / len(rows) * 1000


def main() -> None:
    """Print the scores, or train and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sorting")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--left-out", type=Path)
    parser.add_argument("--train", action="store_true")
    asked = parser.parse_args()
    rows = labelled(asked.folder)
    if asked.train:
        book = train([*own(), *rows])
        target = bundle.folder("data") / "catalogue" / "lexicon" / learned.FILE
        target.write_text(json.dumps(book, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{len(book)} weights in {target.name}")
        return
    scored = leaning(rows, left_out=asked.left_out)
    for name, (share, number) in accuracy(scored).items():
        print(f"{name:<20} {share:.3f}  (n={number})")
    if not asked.left_out:
        for name, value in merged(asked.folder).items():
            print(f"{name:<20} {value:.3f}")
        print(f"{'ms per suggestion':<20} {milliseconds(rows):.2f}")
    wrong = Counter(row.family for row, lean in scored if not row.disputed and (lean >= 0) != (row.label == "activity"))
    size = Counter(row.family for row in rows if not row.disputed)
    by_size = sorted(size, key=lambda family: -size[family])
    print("by source family:", ", ".join(f"{f} {size[f] - wrong[f]}/{size[f]}" for f in by_size))


if __name__ == "__main__":
    main()
