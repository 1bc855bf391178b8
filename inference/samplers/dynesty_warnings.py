"""Warnings of dynesty in our words, one line each, on the progress line instead of Python's warnings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ..progress import Progress

_SENTENCES = (
    (
        "initial likelihood values are the same",
        "log L is the same at all initial live points: a plateau, on which nested sampling finds no way up",
    ),
    ("reached the plateau", "all live points have the same log L: sampling ends on this plateau"),
    (
        "maximum likelihood not reached",
        "a batch did not reach the highest log L: several separate peaks, or too few live points (nlive)",
    ),
    ("stopped short", "the run was cut short by max_calls, before it converged"),
    ("extremely elongated", "the bounding ellipsoids are very elongated: parameters are almost degenerate"),
    ("extremely inefficient", "very few proposals are accepted: use `sample: rslice`"),
    ("non-singular", "a bounding ellipsoid was degenerate and was replaced by a sphere"),
)


@contextmanager
def sentences(progress: Progress) -> Iterator[None]:
    """Tell dynesty's warnings within the block as notes, each once; other warnings are issued again after it."""
    told: set[str] = set()
    others: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    finally:
        for one in caught:
            if "dynesty" not in one.filename.replace("\\", "/").split("/")[:-1]:
                others.append(one)
                continue
            text = " ".join(str(one.message).split())
            sentence = next((ours for theirs, ours in _SENTENCES if theirs in text), f"dynesty: {text[:200]}")
            if sentence not in told:
                told.add(sentence)
                progress(None, f"note: {sentence}")
        for one in others:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
