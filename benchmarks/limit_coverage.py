"""Frequentist coverage of 95% credible limits: how often the limit from pseudo-data lies above the truth.

python benchmarks/limit_coverage.py [--toys 2000]

For the six likelihoods that constrain the two models most: pseudo-data at 0.5, 1 and 2 times the median credible limit
without a signal, a flat prior on the non-negative quantity, and everything else fixed. Exact coverage of a limit would
be 95% at every strength; with the prior's edge at zero a credible limit covers more often for weak signals.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood

STRENGTHS = (0.5, 1.0, 2.0)
CREDIBLE = 0.95
GRID = 121


@dataclass(frozen=True)
class Case:
    """A likelihood and its quantity: the prediction is offset + sign times the non-negative quantity, up to `most`."""

    label: str
    name: str
    prediction: str
    most: float
    settings: Mapping[str, object] = field(default_factory=dict)
    held: Mapping[str, float] = field(default_factory=dict)
    offset: float = 0.0
    sign: float = 1.0

    def points(self, quantity: FloatArray) -> dict[str, FloatArray]:
        """Predictions (n,) for quantities (n,)."""
        held = {name: np.full(quantity.size, value) for name, value in self.held.items()}
        return {**held, self.prediction: self.offset + self.sign * quantity}


CASES = (
    Case("direct_detection, 6 GeV", "direct_detection", "sigma_si_cm2", 8e-45, held={"m_dm": 6.0}),
    Case("xenonnt_events, 6 GeV", "xenonnt_events", "sigma_si_cm2", 2.5e-44, held={"m_dm": 6.0}),
    Case("planck_neff", "planck_neff", "delta_neff", 1.5, {"joint_omega_b": False}),
    Case("bbn, Delta N_eff", "bbn", "delta_neff", 2.0, held={"omega_b_h2": 0.0224}),
    Case("higgs_couplings, 1 - c^2", "higgs_couplings", "higgs_coupling_squared", 0.6, offset=1.0, sign=-1.0),
    Case("cmb_annihilation", "cmb_annihilation", "p_ann", 2e-27),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--toys", type=int, default=2000, help="pseudo-experiments per strength")
    toys = parser.parse_args().toys
    print(f"coverage of {CREDIBLE:.0%} credible limits, {toys} pseudo-experiments each (+- {error(toys):.1%})")
    print(f"{'likelihood':28s}{'median limit':>14s}" + "".join(f"{f'at {s:g} of it':>14s}" for s in STRENGTHS))
    for case in CASES:
        rng = np.random.default_rng(20261129)
        median = float(np.median(limits(case, 0.0, max(toys // 4, 5), rng)))
        shares = [np.mean(limits(case, s * median, toys, rng) >= s * median) for s in STRENGTHS]
        print(f"{case.label:28s}{median:14.3g}" + "".join(f"{share:14.1%}" for share in shares))


def limits(case: Case, truth: float, toys: int, rng: np.random.Generator) -> FloatArray:
    """Credible limits (toys,) from pseudo-data of a true quantity."""
    likelihood = build_likelihood(case.name, case.settings)
    grid = np.linspace(0.0, case.most, GRID)
    at_grid, at_truth = case.points(grid), case.points(np.array([truth]))
    found = []
    for _ in range(toys):
        log_l = likelihood.simulate(at_truth, rng).log_likelihood(at_grid)
        density = np.exp(log_l - log_l.max())
        below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
        found.append(np.interp(CREDIBLE, below / below[-1], grid))
    return np.array(found)


def error(toys: int) -> float:
    """Statistical error of a coverage of 95%."""
    return float(np.sqrt(CREDIBLE * (1.0 - CREDIBLE) / toys))


if __name__ == "__main__":
    main()
