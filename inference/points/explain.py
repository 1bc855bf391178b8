"""Explanation of one point: predicted and observed values and tension for each constraint, and which exclude it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...common.latex import latex_numbers, latex_table, latex_text
from ...common.plain_data import plain_data
from ...common.tables import Block, Table, html_text, plain_text
from ...likelihoods.base import Explained, Likelihood, Observation
from ...physics.model import OK, NullPrediction, Origin, OriginModel
from ..configuration.build import build_posterior
from ..configuration.run_config import RunConfig, load_config
from ..posterior import Posterior

EXCLUDED = 2.0
"""Tension in sigma from which a constraint excludes a point (95% for one observable); from `STRAINED` it strains it."""
STRAINED = 1.0
_LEAST_SHARE = 5e-4
"""Smaller shares would print as 0.0%."""


@dataclass(frozen=True)
class Tension:
    """One constraint at a point.

    ``sigma`` = sqrt(2 (best - log L)), with the best log L over all predictions; inf if log L is -inf, nan if the
    likelihood does not declare its best value or its data are silent at the point. ``verdict`` is ``excludes`` or
    ``strains``, relative to the lower of the best value and no signal; ``excess`` if the data prefer a signal that the
    point does not have; otherwise empty.
    """

    likelihood: str
    log_likelihood: float
    sigma: float
    verdict: str
    observations: tuple[Observation, ...]


@dataclass(frozen=True, repr=False)
class PointExplained:
    """Constraints in order of decreasing tension, those without one last.

    There are none if ``status`` is the reason why the point is invalid.
    ``origins``: what fixes predictions at the point, from models that know (``physics.model.OriginModel``). ``nulls``:
    what the constraints look for and the model does not make. ``shown``: parameters that make it this point, given or
    not at their benchmark; ``outside_prior``: those at which the prior of the run has no density.
    """

    parameters: dict[str, float]
    status: str
    log_likelihood: float
    tensions: tuple[Tension, ...]
    origins: tuple[Origin, ...] = ()
    nulls: tuple[NullPrediction, ...] = ()
    shown: tuple[str, ...] = ()
    outside_prior: tuple[str, ...] = ()

    @property
    def excluded_by(self) -> tuple[Tension, ...]:
        """Constraints that exclude the point."""
        return tuple(tension for tension in self.tensions if tension.verdict == "excludes")

    def __repr__(self) -> str:
        return (
            f"<PointExplained: log L = {_number(self.log_likelihood)}, {_conclusion(self)}>"
            if self.status == OK
            else f"<PointExplained: {self.status}>"
        )

    def __str__(self) -> str:
        return format_explanation(self) if self.status == OK else f"the point is not valid: {self.status}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; non-finite numbers become null."""
        origins = [{**asdict(one), "shares": one.shares, "fixed_by": one.fixed_by} for one in self.origins]
        excluded_by = [tension.likelihood for tension in self.excluded_by]
        plain: dict[str, Any] = plain_data({**asdict(self), "origins": origins, "excluded_by": excluded_by})
        return plain

    def _repr_html_(self) -> str:
        return html_text(explanation_blocks(self))


def explain_point(posterior: Posterior, parameters: Mapping[str, float], named: Collection[str] = ()) -> PointExplained:
    """Evaluate every likelihood at one point; ``parameters`` must contain all parameters, inside their domains.

    ``named`` are those to show although they may be at their benchmark.
    """
    given = {name: float(value) for name, value in parameters.items()}
    found = posterior.evaluate_at(given)
    if found.status[0] != OK:
        return PointExplained(given, str(found.status[0]), -math.inf, ())
    log_likelihoods = found.log_likelihoods[0]
    predictions = dict(zip(posterior.prediction_names, found.predictions[0], strict=True))
    nulls = {null.name: null.value for null in posterior.nulls}
    values = {name: np.array([value]) for name, value in {**given, **predictions, **nulls}.items()}
    tensions = [
        _tension(likelihood, float(log_likelihood), {name: values[name] for name in likelihood.requires})
        for likelihood, log_likelihood in zip(posterior.likelihoods, log_likelihoods, strict=True)
    ]
    tensions.sort(key=lambda tension: (math.isnan(tension.sigma), -_or_zero(tension.sigma), tension.log_likelihood))
    model = posterior.model
    origins: tuple[Origin, ...] = ()
    if isinstance(model, OriginModel):
        origins = model.origins({one.name: given[one.name] for one in model.parameters})
    shown = tuple(p.name for p in posterior.parameters if p.name in named or given[p.name] != p.benchmark)
    outside = posterior.prior.outside(given)
    total = float(log_likelihoods.sum())
    return PointExplained(given, OK, total, tuple(tensions), origins, posterior.nulls, shown, outside)


def explain(
    run: RunConfig | Mapping[str, Any] | str | Path, parameters: Mapping[str, float] | None = None
) -> PointExplained:
    """Evaluate every likelihood of a run file (path, mapping or configuration) at one point.

    Parameters that are not given take the value fixed in the run file or, failing that, their benchmark value.
    ``print`` of the result shows a table. Raises :class:`InputError` for an unknown parameter or an invalid run file.
    """
    posterior = build_posterior(run if isinstance(run, RunConfig) else load_config(run))
    return explain_point(posterior, {**posterior.benchmark(), **(parameters or {})}, parameters or {})


def format_explanation(point: PointExplained) -> str:
    """Format the table, followed by the constraints that exclude the point and by what fixes its predictions."""
    return plain_text(explanation_blocks(point))


def explanation_blocks(point: PointExplained) -> list[Block]:
    """The table, the conclusion, the signals that the model does not make, and what fixes its predictions."""
    if point.status != OK:
        return [f"the point is not valid: {point.status}"]
    return [
        Table(_HEADER, tuple(_rows(point)), left=(0, 3, 4, 5, 6, 7, 8), optional=(8, 1, 3)),
        *_place_lines(point),
        f"log L = {_number(point.log_likelihood)}",
        _conclusion(point),
        *_null_lines(point.nulls),
        *map(_origin_table, point.origins),
    ]


def latex_explanation(point: PointExplained) -> str:
    """The table as LaTeX; the names of data sets are left to the text of a paper."""
    columns = (0, 1, 2, 4, 5, 6, 7)
    rows = [tuple(latex_numbers(row[i]) for i in columns) for row in _rows(point)]
    return latex_table(tuple(latex_text(_HEADER[i]) for i in columns), rows, "lrrllll")


_HEADER = ("constraint", "log L", "sigma", "", "quantity", "predicted", "observed", "unit", "data")


def _rows(point: PointExplained) -> list[tuple[str, ...]]:
    """Cells of text, with as many rows for each constraint as it has observations."""
    rows: list[tuple[str, ...]] = []
    for tension in point.tensions:
        seen = tension.observations or (Observation("-", math.nan, "-", "", "-"),)
        first = (tension.likelihood, _number(tension.log_likelihood), _sigma(tension.sigma), tension.verdict)
        for i, one in enumerate(seen):
            predicted = "-" if math.isnan(one.predicted) else f"{one.predicted:z.4g}"
            start = first if i == 0 else ("", "", "", "")
            rows.append((*start, one.quantity, predicted, one.observed, one.unit or "-", one.dataset))
    return rows


def _place_lines(point: PointExplained) -> list[str]:
    """Which point it is, and where it is not one of the run's prior."""
    values = ", ".join(f"{name} = {point.parameters[name]:.6g}" for name in point.shown)
    outside = ", ".join(point.outside_prior)
    lines = {f"at {values} (others at their benchmark)": values, f"outside the prior of the run: {outside}": outside}
    return [line for line, what in lines.items() if what]


def _null_lines(nulls: tuple[NullPrediction, ...]) -> list[str]:
    """One line for each reason why the model makes no such signal, with the quantities that it concerns."""
    by_reason: dict[str, list[str]] = {}
    for null in nulls:
        by_reason.setdefault(null.why, []).append(null.name)
    return ["", *(f"no signal ({', '.join(names)}): {why}" for why, names in by_reason.items())] if nulls else []


def _origin_table(origin: Origin) -> Table:
    """Which process fixes a prediction, the share of each that counts, and its classification."""
    head = ("process", "share", f"d ln {origin.prediction}/d ln rate")
    shares = sorted(origin.shares.items(), key=lambda item: -item[1])
    rows = tuple(
        (name, f"{share:.1%}", f"{origin.responses[name]:+.3f}") for name, share in shares if share >= _LEAST_SHARE
    )
    labels = tuple(f"{name} {definition}" for definition, name in origin.labels.items())
    first = f"{origin.prediction} = {origin.value:.4g} is fixed by {origin.fixed_by or 'none of the processes'}"
    return Table(head, rows, first, notes=labels)


def _tension(likelihood: Likelihood, log_likelihood: float, values: Mapping[str, Any]) -> Tension:
    if not isinstance(likelihood, Explained):
        verdict = "excludes" if log_likelihood == -math.inf else ""
        return Tension(likelihood.name, log_likelihood, math.inf if verdict else math.nan, verdict, ())
    best, seen = float(likelihood.best), likelihood.observe(values)
    verdict = ""
    # log L of a search is 0 for no signal: an excess does not exclude the absence of a signal.
    below_no_signal = _distance(min(best, 0.0), log_likelihood)
    if below_no_signal < STRAINED and seen and all(one.is_silent for one in seen):
        return Tension(likelihood.name, log_likelihood, math.nan, "", seen)
    if below_no_signal >= STRAINED:
        verdict = "excludes" if below_no_signal >= EXCLUDED else "strains"
    elif best > 0.0 and _distance(best, log_likelihood) >= STRAINED:
        verdict = "excess"
    return Tension(likelihood.name, log_likelihood, _distance(best, log_likelihood), verdict, seen)


def _distance(best: float, log_likelihood: float) -> float:
    return math.sqrt(2.0 * max(best - log_likelihood, 0.0))


def _conclusion(point: PointExplained) -> str:
    guilty = point.excluded_by
    if not guilty:
        return f"no constraint excludes the point (by {EXCLUDED:g} sigma or more)"
    return "excluded by " + ", ".join(f"{tension.likelihood} ({_sigma(tension.sigma)} sigma)" for tension in guilty)


def _number(value: float) -> str:
    return f"{value:z.3f}" if abs(value) < 1e6 else f"{value:.4g}"


def _sigma(sigma: float) -> str:
    return "-" if math.isnan(sigma) else f"{sigma:.1f}" if sigma < 1e4 else f"{sigma:.1e}"


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
