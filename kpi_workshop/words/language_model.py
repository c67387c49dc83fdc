"""The language model: a small encoder that reads a suggestion as a whole, where the lexicon reads word by word.

It comes with the package, runs on one processor and asks nothing of the network. What it was made from and how stands
in `data/language_model/README.md`; `python -m benchmarks.language_model` makes it.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import bundle

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

FOLDER = "language_model"

LONGEST = 96
"""Word pieces of a suggestion that are read; what comes after them is left out."""


@dataclass(frozen=True)
class Impression:
    """What the model makes of a suggestion.

    `lean` are log odds: above zero it leans to an activity, below zero to a metric. `measure` is what it most likely
    counts, a catalogue id or the short name of another measure, "" where it is none of those that the model knows;
    `sure` is how likely that is, from 0 to 1.
    """

    lean: float
    measure: str
    sure: float


@functools.lru_cache(maxsize=4096)
def impression(text: str, *, model: Path | None = None) -> Impression:
    """What the model that comes along, or the one in the folder `model`, makes of a suggestion."""
    import numpy as np

    used = _model(model or bundle.folder("data") / FOLDER)
    read = used.tokenizer.encode(text)
    given = {"ids": read.ids, "mask": read.attention_mask, "types": read.type_ids}
    asked = {name: np.array([numbers], dtype=np.int64) for name, numbers in given.items()}
    leans, measures = used.session.run(["activity", "measure"], asked)
    likely = np.exp(measures[0] - measures[0].max())
    likely /= likely.sum()
    best = int(likely.argmax())
    return Impression(float(leans[0]), used.names[best], float(likely[best]))


@dataclass(frozen=True)
class _Model:
    session: onnxruntime.InferenceSession
    tokenizer: tokenizers.Tokenizer
    names: tuple[str, ...]


@functools.cache
def _model(folder: Path) -> _Model:
    import onnxruntime
    import tokenizers

    options = onnxruntime.SessionOptions()
    # One thread: a suggestion is too little work for more, and runs that share a machine stay out of each other's way.
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    names = json.loads((folder / "measures.json").read_text(encoding="utf-8"))
    return _Model(session, tokenizer, tuple(names))
