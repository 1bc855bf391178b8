"""What the twin figures share: the model in both versions, and theta_1 of the right density."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..likelihoods.cosmology.relic_density import RelicDensity
from ..physics.twin import TwinModel
from .progress import predicted

VERSIONS: Mapping[str, str] = {"today": "all processes, today's data", "paper": "the paper's version"}
"""The two versions of each figure, default first."""
PAPER_PROCESSES: Mapping[str, object] = {
    "dark_photon_energy": False,
    "late_annihilation": False,
    "sm_conversion": "off",
    "tau_conversion": False,
    "sommerfeld": False,
}
"""Options with the processes of arXiv:1805.12139 that do not depend on epsilon."""


def benchmark(**changes: ArrayLike) -> dict[str, ArrayLike]:
    """Benchmark point of the model with changes."""
    return {p.name: p.benchmark for p in TwinModel.parameters} | changes


def twin_model(version: str) -> TwinModel:
    """The model with all processes (``today``), or as in the paper: eq. 4.13 and its processes (``paper``)."""
    return TwinModel(relic="paper", **PAPER_PROCESSES) if version == "paper" else TwinModel()  # type: ignore[arg-type]


def observed_density(version: str = "today") -> float:
    """Omega_DM h^2 of the default data set, or of the paper's time."""
    dataset = "paper" if version == "paper" else "default"
    return RelicDensity.from_settings({"dataset": dataset, "prediction": "omega_dm_h2"}).observed


def theta_for_observed_density(
    m_nu: FloatArray, r: float, delta: float, e_hat: float, points: int = 33, **options: Any
) -> FloatArray:
    """Largest theta_1 (n,) with the observed density at masses m_nu (n,); nan if there is none in 1e-6 to 0.3.

    The density falls with theta_1 until it depends on C_S alone; interpolated logarithmically on ``points`` nodes.
    ``options`` are those of the model; epsilon is 1e-4.
    """
    nodes = np.geomspace(1e-6, 0.3, points)
    masses, thetas = np.meshgrid(m_nu, nodes, indexing="ij")
    point = benchmark(m_nu=masses.ravel(), theta_1=thetas.ravel(), r=r, delta=delta, e_hat=e_hat, epsilon=1e-4)
    predictions = predicted(TwinModel(**options), point, "density:")
    density = np.where(predictions.valid, predictions.values["omega_dm_h2"], np.nan).reshape(masses.shape)
    found = np.full(len(m_nu), np.nan)
    excess, x = np.log(density / observed_density()), np.log(nodes)
    for i, row in enumerate(excess):
        crossing = np.flatnonzero((row[:-1] > 0.0) & (row[1:] <= 0.0))
        if crossing.size:
            j = int(crossing[-1])
            found[i] = np.exp(x[j] + row[j] / (row[j] - row[j + 1]) * (x[j + 1] - x[j]))
    return found
