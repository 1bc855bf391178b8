"""The B-L boson at the LHC and at LEP: published couplings, rescaling, silence, and who is excluded."""

import numpy as np
import pytest
from numpy.typing import ArrayLike

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.standard_model.constants import M_TOP

PUBLISHED = {600.0: 0.00663, 1000.0: 0.008051, 2000.0: 0.0148, 3000.0: 0.0324, 4000.0: 0.1118, 5000.0: 0.255}


def log_l(
    g: ArrayLike, mass: ArrayLike, units: ArrayLike = 8.0, width: ArrayLike = 0.01, **settings: object
) -> FloatArray:
    point = {"g_BL": g, "m_Zhat": mass, "zhat_width_units": units, "zhat_width_over_mass": width}
    point = {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in point.items()}
    n = max(value.size for value in point.values())
    full = {name: np.broadcast_to(value, n) for name, value in point.items()}
    return build_likelihood("dilepton_resonance", settings).log_likelihood(full)


@pytest.mark.parametrize(("mass", "limit"), PUBLISHED.items())
def test_the_published_couplings_for_eight_units_and_a_mirror_copy(mass: float, limit: float) -> None:
    units = 7.984 if mass == 600.0 else 7.998 if mass == 1000.0 else 8.0
    assert log_l(limit, mass, units, lep=False)[0] == pytest.approx(-0.5 * 2.706)
    assert log_l(limit * np.sqrt(16.0 / units), mass, 16.0, lep=False)[0] == pytest.approx(-0.5 * 2.706)
    assert log_l(0.0, mass)[0] == 0.0


def test_silent_outside_masses_and_for_wide_resonances() -> None:
    assert np.all(log_l(0.5, np.array([249.0, 5501.0]), lep=False) == 0.0)
    widths = np.array([0.05, 0.1, np.sqrt(0.1 * 0.15), 0.15, 0.5])
    value = log_l(0.5, 2000.0, width=widths, lep=False)
    np.testing.assert_allclose(value / value[0], [1.0, 1.0, 0.5, 0.0, 0.0], atol=1e-12)
    likelihood = build_likelihood("dilepton_resonance")
    point = {"g_BL": 0.5, "m_Zhat": 100.0, "zhat_width_units": 16.0, "zhat_width_over_mass": 0.01}
    texts = [likelihood.observe(point | changes)[0].observed for changes in
             ({}, {"m_Zhat": 2000.0, "zhat_width_over_mass": 0.3}, {"m_Zhat": 2000.0})]  # fmt: skip
    assert texts == ["silent: no limit at this mass", "silent: Gamma/M = 30%, limits hold below 10%", "< 0.0209 (95%)"]


def test_lep_stands_alone_where_the_lhc_is_silent() -> None:
    assert log_l(1e5 / 6900.0, 1e5, width=1.0)[0] == pytest.approx(-0.5 * 2.706)
    below = log_l(np.array([0.03, 0.03]), np.array([50.0, 209.0]))
    assert below[0] == below[1] == pytest.approx(-0.5 * 2.706 * (0.03 / 209.0 * 6900.0) ** 4)


@pytest.mark.parametrize(
    ("g", "mass", "excluded"), [(0.03, 600.0, True), (0.03, 300.0, True), (None, None, False)],
    ids=["old benchmark", "paper's benchmark", "benchmark"],
)  # fmt: skip
def test_the_benchmarks(g: float | None, mass: float, excluded: bool) -> None:
    """(.03, 600) and (.03, 300) are excluded, today's benchmark is not: within 0.1 of no signal."""
    changes = {} if g is None else {"g_BL": g, "m_Zhat": mass}
    point = {p.name: p.benchmark for p in MirrorModel.parameters} | changes
    values = MirrorModel().predict(point).values
    needed = {name: np.atleast_1d(values.get(name, point.get(name))) for name in
              ("g_BL", "m_Zhat", "zhat_width_units", "zhat_width_over_mass")}  # fmt: skip
    value = build_likelihood("dilepton_resonance").log_likelihood(needed)[0]
    assert value < -20.0 if excluded else value > -0.1
    assert needed["zhat_width_units"][0] > 12.0 - (needed["m_Zhat"][0] < 2 * M_TOP)
