"""Export of chains for other tools: CSV with every column, and GetDist text files."""

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


def export_getdist(chain: Chain, root: str | os.PathLike[str]) -> list[Path]:
    """Write GetDist text files below ``root``: ``root_1.txt`` (one for each ensemble), ``.paramnames``, ``.ranges``.

    Columns are weight, -ln(posterior), the sampled parameters and, as derived ones (name with ``*``), all
    predictions that vary and are finite. Hard prior edges go to ``.ranges``. Returns the files written.
    """
    root = Path(root)
    root.parent.mkdir(parents=True, exist_ok=True)
    derived = {n: v for n, v in chain.predictions.items() if np.all(np.isfinite(v)) and n not in chain.sampled}
    weight = chain.weight / chain.weight.max()
    minus_log_posterior = -(chain.log_likelihood + chain.log_prior)
    table = np.column_stack(
        [weight, minus_log_posterior, *(chain.parameters[n] for n in chain.sampled), *derived.values()]
    )
    table = table[weight > 0.0] + 0.0  # no -0
    ensemble = chain.chain_index[weight > 0.0]
    written = []
    for number, index in enumerate(np.unique(ensemble), start=1):
        written.append(root.with_name(f"{root.name}_{number}.txt"))
        np.savetxt(written[-1], table[ensemble == index], fmt="%.10e")
    written.append(root.with_name(f"{root.name}.paramnames"))
    written[-1].write_text(_paramnames(chain, list(derived)), encoding="utf-8")
    written.append(root.with_name(f"{root.name}.ranges"))
    written[-1].write_text(_ranges(chain), encoding="utf-8")
    return written


def _paramnames(chain: Chain, derived: list[str]) -> str:
    lines = [f"{name}\t{bare_latex(chain, name)}" for name in chain.sampled]
    return "\n".join([*lines, *(f"{name}*\t{bare_latex(chain, name)}" for name in derived)]) + "\n"


def bare_latex(chain: Chain, name: str) -> str:
    """LaTeX without dollar signs, as required by GetDist."""
    return chain.info.labels.get(name, "").replace("$", "") or name.replace("_", r"\_")


def _ranges(chain: Chain) -> str:
    """Prior edges (N if there is none)."""
    lines = []
    for name in chain.sampled:
        lower, upper = ("N" if edge is None else f"{edge:.10g}" for edge in edges_of_prior(chain.info.priors.get(name)))
        lines.append(f"{name}\t{lower}\t{upper}")
    return "\n".join(lines) + "\n"


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
