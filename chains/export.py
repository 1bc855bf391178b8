"""Columns of chains for other tools, with their LaTeX and the edges of their priors, and the CSV file of all."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..common.arrays import FloatArray
from ..common.files import write_output
from .chain import Chain


def to_columns(chain: Chain) -> dict[str, FloatArray]:
    """All columns (n,) of the chain by name.

    These are weight, log_prior, log_likelihood, the parameters, the predictions, one ``log_likelihood_<name>`` for
    each likelihood, ``log_likelihood_birth`` of nested sampling, and the ensemble, walker and step. Parameters that are
    also predictions appear once.
    """
    columns: dict[str, Any] = {
        "weight": chain.weight,
        "log_prior": chain.log_prior,
        "log_likelihood": chain.log_likelihood,
        **chain.parameters,
    }
    columns |= {name: values for name, values in chain.predictions.items() if name not in columns}
    columns |= {f"log_likelihood_{name}": values for name, values in chain.log_likelihoods.items()}
    if chain.log_likelihood_birth is not None:
        columns["log_likelihood_birth"] = chain.log_likelihood_birth
    columns |= {name: getattr(chain, name) for name in ("chain_index", "walker_index", "step_index")}
    return {name: values + 0 for name, values in columns.items()}  # no -0


def export_csv(chain: Chain, path: str | os.PathLike[str]) -> Path:
    """Write all columns as CSV with a header; numbers are written with full double precision."""
    columns = to_columns(chain)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(values).tolist() for values in columns.values()), strict=True))
    write_output(target, text.getvalue())
    return target


def bare_latex(chain: Chain, name: str) -> str:
    """LaTeX without dollar signs, as required by GetDist."""
    return chain.info.labels.get(name, "").replace("$", "") or name.replace("_", r"\_")


def edges_of_prior(spec: Any) -> tuple[float | None, float | None]:
    """Hard lower and upper edge of a prior spec, None where there is none."""
    if not isinstance(spec, Mapping):
        return None, None
    if "truncated" in spec:
        cut = spec["truncated"]
        inner = edges_of_prior({key: value for key, value in cut.items() if key not in ("lower", "upper")})
        asked = (cut.get(key) for key in ("lower", "upper"))
        lower, upper = (i if a is None else float(a) for i, a in zip(inner, asked, strict=True))
        return lower, upper
    for kind in ("uniform", "log_uniform"):
        if kind in spec:
            return float(spec[kind][0]), float(spec[kind][1])
    return None, None
