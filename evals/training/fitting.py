"""Fits the tagger (python-crfsuite) and the classes (scikit-learn) and writes them where the reader loads them."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from agent.understanding.learned.model import Model
from evals.training.rows import Row
from tools.commands import Language

FOLDER = Path(__file__).parents[2] / "agent/understanding/learned/data"

_RARE_TAG, _RARE_CLASS, _RARE_FEATURE = 3, 3, 2
_CRF = {"c1": 0.1, "c2": 0.05, "max_iterations": 60, "feature.possible_transitions": False}
_STRENGTH = 1.0
"""Inverse of the L1 penalty of the classes; chosen on rows of authors that were left out."""


Fitted = tuple[bytes, dict[str, Any]]
"""The tagger's bytes and the classes: their names, biases and weights, and the fingerprint of what they were learned from."""


def steps() -> int:
    """How often ``fit`` calls ``progress`` at most."""
    return int(_CRF["max_iterations"]) + 1


def fit(rows: Sequence[Row], learned_from: str, progress: Callable[[], object] = lambda: None) -> Fitted:
    """Fits both to the rows. The same rows give the same result."""
    crf = _tagger(rows, progress)
    return crf, {**_classes(rows), "learned_from": learned_from}


class _Trainer(pycrfsuite.BaseTrainer):
    """A trainer that says when it has gone once more through the rows."""

    progress: Callable[[], object] = staticmethod(lambda: None)

    def message(self, message: str) -> None:
        if message.startswith("***** Iteration"):
            self.progress()


def _tagger(rows: Sequence[Row], progress: Callable[[], object]) -> bytes:
    often = Counter(tag for row in rows for tag in row.tags)
    trainer = _Trainer(algorithm="lbfgs", params=_CRF)
    trainer.progress = progress
    for row in rows:
        if row.items:
            known = [tag if often[tag] >= _RARE_TAG else "O" for tag in row.tags]
            trainer.append(pycrfsuite.ItemSequence(row.items), known)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tagger.crf"
        trainer.train(str(path))
        return path.read_bytes()


def _classes(rows: Sequence[Row]) -> dict[str, Any]:
    often = Counter(feature for row in rows for feature in row.message)
    vectors = DictVectorizer()
    seen = [{f: 1.0 for f in sorted(row.message) if often[f] >= _RARE_FEATURE} for row in rows]
    matrix = vectors.fit_transform(seen)
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    counted = Counter(name for row in rows for name in row.classes)
    names = sorted(name for name, number in counted.items() if number >= _RARE_CLASS)
    features = vectors.get_feature_names_out()
    weights: dict[str, list[tuple[int, float]]] = defaultdict(list)
    bias = []
    for index, name in enumerate(names):
        wanted = np.array([name in row.classes for row in rows]).astype(int)
        fitted = LogisticRegression(C=_STRENGTH, l1_ratio=1, solver="liblinear", random_state=0).fit(matrix, wanted)
        bias.append(round(float(fitted.intercept_[0]), 4))
        for place in np.nonzero(fitted.coef_[0])[0]:
            weights[str(features[place])].append((index, round(float(fitted.coef_[0][place]), 4)))
    return {"names": names, "bias": bias, "weights": dict(sorted(weights.items()))}


def model(fitted: Fitted) -> Model:
    """What was fitted, ready to read with."""
    return Model(*fitted)


def write(language: Language, fitted: Fitted, folder: Path = FOLDER) -> list[Path]:
    """Writes both parts, byte for byte the same for the same model."""
    crf, classes = fitted
    content = {
        folder / f"{language}.crf.gz": crf,
        folder / f"{language}.classes.json.gz": json.dumps(classes, ensure_ascii=False, separators=(",", ":")).encode(),
    }
    for path, data in content.items():
        path.write_bytes(gzip.compress(data, mtime=0))
    return list(content)
