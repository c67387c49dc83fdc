"""How good sorting and merging are, cross-validated by source family; and the training of the learned scores.

    python -m benchmarks.sorting FOLDER            print the scores on the labelled suggestions in FOLDER
    python -m benchmarks.sorting FOLDER train      learn the weights from them and write them beside the lexicon

FOLDER holds labels.csv, duplicates.csv and neg_pairs.csv. What is cross-validated is what is learned; the lexicon is
fixed and was written with these suggestions in sight, so the scores are an upper bound. What sorting and merging do
with words nobody has seen stands in tests/words: eleven batches, each labelled before it was read, with its first score
above it. Such batches are harder than a publisher's list: sorted right 0.84 to 0.94, spoken ones 0.76 to 0.92; pair F1
from 0.39 (before wordings were compared word by word) to 0.65, 0.75 and 0.89 (after it), look-alikes merged at most 3
of 35. The last four are by another author, with tricks on purpose: 0.84, 0.71, 0.83 and 0.96; spoken 0.80, 0.63, 0.73
and 0.94; misleading 0.83, 0.59, 0.75 and 0.92; pair F1 0.33, 0.18 (measures no list had), 0.64 and 0.64; look-alikes 1
of 58. These batches and the catalogue's names are always trained on.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from kpi_workshop import bundle, catalogue
from kpi_workshop.words import judging, learned, merging, reading

FOLDS = 5
PENALTY = 0.5
SEEN_AT_LEAST = 3
"""A trait counts only if this many suggestions have it: what is learned is general, never one row."""
WORDS = Path(__file__).resolve().parents[1] / "tests" / "words"
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


def own() -> list[Row]:
    """Suggestions of our own in the wording of many trades, and every name in the catalogue."""
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


def folds(rows: Sequence[Row]) -> list[set[str]]:
    """Source families in `FOLDS` groups of about the same size, the same each time."""
    size = Counter(row.family for row in rows)
    groups: list[set[str]] = [set() for _ in range(FOLDS)]
    filled = [0] * FOLDS
    for family, count in sorted(size.items(), key=lambda item: (-item[1], item[0])):
        least = filled.index(min(filled))
        groups[least].add(family)
        filled[least] += count
    return groups


def cross_validated(rows: Sequence[Row]) -> list[tuple[Row, float]]:
    """Every row with how likely it is an activity, by weights learned without its source family."""
    scored = []
    always = own()
    for families in folds(rows):
        book = train([*always, *(row for row in rows if row.family not in families)])
        scored += [(row, learned.share(row.traits(), book)) for row in rows if row.family in families]
    return scored


def accuracy(scored: Iterable[tuple[Row, float]]) -> dict[str, tuple[float, int]]:
    """Share of labels given back and number of rows: clear rows together, named, spoken, hard; disputed apart."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row, share in scored:
        right = (share >= 0.5) == (row.label == "activity")
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
        texts = [(r["text"], r["group_id"]) for r in csv.DictReader(file)]
    with (folder / "neg_pairs.csv").open(encoding="utf-8") as file:
        apart = [(r["a"], r["b"]) for r in csv.DictReader(file)]
    found = Counter(
        (merging.cluster(a) == merging.cluster(b), x == y) for (a, x), (b, y) in combinations(texts, 2)
    )  # fmt: skip
    right, wrong, missed = found[True, True], found[True, False], found[False, True]
    return {
        "pair precision": right / (right + wrong),
        "pair recall": right / (right + missed),
        "pair F1": 2 * right / (2 * right + wrong + missed),
        "look-alikes merged": sum(merging.cluster(a) == merging.cluster(b) for a, b in apart) / len(apart),
    }


def milliseconds(rows: Sequence[Row]) -> float:
    """Time per suggestion, after start, everything included."""
    from kpi_workshop import matching

    matching.sort(rows[0].text)
    start = time.perf_counter()
    for number, row in enumerate(rows):
        matching.sort(f"{row.text} {number}")
    return (time.perf_counter() - start) / len(rows) * 1000


def main(folder: Path, wish: str = "") -> None:
    """Print the scores, or train and write the weights."""
    rows = labelled(folder)
    if wish == "train":
        book = train([*own(), *rows])
        target = bundle.folder("data") / "catalogue" / "lexicon" / learned.FILE
        target.write_text(json.dumps(book, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{len(book)} weights in {target.name}")
        return
    scored = cross_validated(rows)
    for name, (share, number) in accuracy(scored).items():
        print(f"{name:<20} {share:.3f}  (n={number})")
    for name, value in merged(folder).items():
        print(f"{name:<20} {value:.3f}")
    print(f"{'ms per suggestion':<20} {milliseconds(rows):.2f}")
    wrong = Counter(row.family for row, s in scored if not row.disputed and (s >= 0.5) != (row.label == "activity"))
    size = Counter(row.family for row in rows if not row.disputed)
    print(
        "by source family:",
        ", ".join(f"{f} {size[f] - wrong[f]}/{size[f]}" for f in sorted(size, key=lambda f: -size[f])),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
