"""N_eff and abundances with the reheating temperature: limits, published bounds, guards against counting data twice."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.cosmology.decays import example
from twinsector.likelihoods.cosmology.late_reheating import LateReheating
from twinsector.likelihoods.tables import read_packaged
from twinsector.physics.cosmology.late_reheating import late_reheating
from twinsector.physics.mirror import MirrorModel

HISTORY = LateReheating.packaged()


def point(t_rh_mev: ArrayLike, delta_neff: float = 0.0) -> dict[str, FloatArray]:
    t = np.atleast_1d(np.asarray(t_rh_mev, dtype=float))
    held = {"delta_neff": delta_neff, "omega_b_h2": 0.0224}
    return {"t_reheating": np.sqrt(3.0) * 1e-3 * t, **{name: np.full(t.size, value) for name, value in held.items()}}


def log_l(name: str, t_rh_mev: ArrayLike, delta_neff: float = 0.0, **settings: object) -> FloatArray:
    likelihood = build_likelihood(name, {"late_reheating": True, **settings})
    return likelihood.log_likelihood(point(t_rh_mev, delta_neff))


def test_the_table_is_that_of_the_solver() -> None:
    for t_rh in (4.0, 6.0):
        shift = HISTORY.delta_neff(point(t_rh))[0]
        assert shift == pytest.approx(late_reheating(t_rh, 0.0).n_eff - 3.0443, abs=3e-4)


def test_knots_come_back_and_the_ends_hold() -> None:
    table = read_packaged("late_reheating.csv", ())
    t, delta, shift, factor = (table.numbers(c) for c in ("t_rh_mev", "delta_neff", "n_eff_shift", "yp_factor"))
    at = {"t_reheating": np.sqrt(3.0) * 1e-3 * t, "delta_neff": delta}
    np.testing.assert_allclose(HISTORY.delta_neff(at), delta + shift, atol=1e-9)
    np.testing.assert_allclose(HISTORY.nucleosynthesis(at), [delta + shift, factor], atol=1e-9)
    ends = HISTORY.nucleosynthesis(point([1e-9, 0.5, 30.0, 1e9]))
    np.testing.assert_allclose([x[0] for x in ends], [x[1] for x in ends])
    np.testing.assert_allclose([x[2:] for x in ends], [[0.0, 0.0], [1.0, 1.0]], atol=1e-9)
    assert np.all(np.diff(HISTORY.delta_neff(point(np.geomspace(1e-6, 30.0, 300)))) > -1e-12)


@pytest.mark.parametrize("name", ["planck_neff", "planck_helium", "bbn"])
def test_without_late_reheating_nothing_changes(name: str) -> None:
    plain = build_likelihood(name).log_likelihood(point(100.0, 0.1))
    assert log_l(name, [100.0], 0.1) == pytest.approx(plain, abs=1e-9)
    assert "t_reheating" not in build_likelihood(name).requires


def test_negative_delta_neff_has_the_effect_of_none() -> None:
    assert HISTORY.delta_neff(point(4.0, -0.3)) == pytest.approx(-0.3 + HISTORY.delta_neff(point(4.0)))


def test_published_bounds_are_disfavoured() -> None:
    """log L at the published bounds is below that at high T_RH: 4.1 MeV (nucleosynthesis), 4.3-4.7 MeV (Planck).

    arXiv:1511.00672, with the data of its time; a wall would leave log L at 0 there.
    """
    high, nucleosynthesis = log_l("bbn", [30.0, 4.1], dataset="paper")
    assert -3.0 < nucleosynthesis - high < -1.0
    high, today = log_l("bbn", [30.0, 5.96])
    assert today < high - 0.5


def test_published_bounds_follow() -> None:
    """95% lower limits on T_RH of posteriors flat up to 10 MeV; arXiv:1511.00672, 2501.01369 have 4.7 and 5.96 MeV."""
    t = np.linspace(0.5, 10.0, 2000)

    def limit(log_density: FloatArray) -> float:
        density = np.exp(log_density - log_density.max())
        return float(t[np.searchsorted(np.cumsum(density) / density.sum(), 0.05)])

    assert limit(log_l("planck_neff", t, dataset="planck15", joint_omega_b=False)) == pytest.approx(4.7, rel=0.06)
    both = log_l("planck_neff", t, dataset="planck18", joint_omega_b=False) + log_l("bbn", t)
    assert limit(both) == pytest.approx(5.96, rel=0.06)


def test_half_the_published_temperature_is_excluded_whatever_the_dark_radiation() -> None:
    """At 3 MeV and below, no dark radiation that leaves N_eff right leaves helium and deuterium right."""
    delta = np.linspace(0.0, 4.0, 200)
    best = []
    for t_rh in (30.0, 3.0, 2.0):
        total = [log_l("planck_neff", t_rh, d)[0] + log_l("bbn", t_rh, d)[0] for d in delta]
        best.append(max(total))
    assert best[1] < best[0] - 20.0 and best[2] < best[1] - 50.0


def test_dark_radiation_may_fill_what_neutrinos_leave() -> None:
    few = log_l("planck_neff", 3.5, joint_omega_b=False, dataset="planck18")[0]
    assert log_l("planck_neff", 3.5, 0.4, joint_omega_b=False, dataset="planck18")[0] > few + 1.0


def test_the_wall_is_refused_beside_it_and_the_default_set_has_no_wall() -> None:
    for name in ("planck_neff", "planck_helium", "bbn"):
        assert "reheating_temperature" in build_likelihood(name, {"late_reheating": True}).instead_of
    today = MirrorModel.likelihood_sets["mirror"]
    assert "reheating_temperature" not in today and today["planck_neff"] == today["bbn"] == {"late_reheating": True}


def test_late_reheating_and_late_decays_multiply() -> None:
    """Without decays `tau_decay_bbn` adds nothing to `bbn`; with them its factors act on what late reheating left."""
    late = {"late_reheating": True}
    bbn, joint = build_likelihood("bbn", late), build_likelihood("tau_decay_bbn", {**late, "beside_bbn": False})
    beside = build_likelihood("tau_decay_bbn", late)
    point = {"omega_b_h2": np.full(2, 0.0224), "delta_neff": np.zeros(2), "t_reheating": np.array([4e-3, 1.0])}
    none = {**point, **example(1e6, np.zeros(2))}
    np.testing.assert_array_equal(beside.log_likelihood(none), 0.0)
    np.testing.assert_allclose(joint.log_likelihood(none), bbn.log_likelihood(point))
    some = {**point, **example(1e6, np.full(2, 1e-8))}
    changed, standard = joint.abundances(some), bbn.abundances(point)
    factors = np.exp(build_likelihood("tau_decay_bbn").log_factors(some))
    np.testing.assert_allclose(changed[0], standard[0] * factors[1])
    np.testing.assert_allclose(changed[1], standard[1] * factors[0])
    assert factors[0][0] < 0.999 and standard[0][0] > standard[0][1]
    assert "reheating_temperature" in beside.instead_of and set(joint.instead_of) == {"reheating_temperature", "bbn"}
