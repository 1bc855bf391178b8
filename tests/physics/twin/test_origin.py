"""What fixes the relic density: limits in which one process must, and the paper's iteration against the solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twinsector.physics.model import Origin, OriginModel
from twinsector.physics.twin import PARAMETERS, TwinModel
from twinsector.physics.twin.iteration import coannihilation_ratio, iterate, neutrinos, terms
from twinsector.physics.twin.origin import BY_CONTRIBUTION, BY_TEMPERATURES, PROCESSES

BENCHMARK: dict[str, Any] = {p.name: p.benchmark for p in PARAMETERS}
PAPER = {"sm_conversion": "off", "tau_conversion": False, "sommerfeld": False, "late_annihilation": False}


def test_shares_add_up_and_name_the_largest() -> None:
    origin = Origin("omega_dm_h2", 0.12, {"S": -0.9, "C_S": 0.3, "A": 0.0}, {})
    assert origin.shares == pytest.approx({"S": 0.75, "C_S": 0.25, "A": 0.0})
    assert origin.fixed_by == "S"
    nothing = Origin("omega_dm_h2", 1e4, {"S": 0.0}, {})
    assert nothing.fixed_by == "" and nothing.shares == {"S": 0.0}


@pytest.mark.parametrize(
    ("changes", "process", "share", "phase"),
    [
        ({"theta_1": 3e-5}, "scattering", 0.99, "coscattering"),
        ({"theta_1": 2e-2}, "tau_tau", 0.95, "coannihilation"),
        ({"r": 0.95, "theta_1": 5e-3, "epsilon": 5e-4}, "plasma", 0.6, "coscattering"),
        ({"theta_1": 0.25, "r": 0.9, "delta": 0.4}, "nu_nu", 0.5, "coscattering"),
    ],
)  # fmt: skip
def test_the_process_that_must_fix_the_density_does(changes: Any, process: str, share: float, phase: str) -> None:
    assert isinstance(TwinModel(), OriginModel)
    (origin,) = TwinModel().origins({**BENCHMARK, **changes})
    assert set(origin.responses) == set(PROCESSES.values())
    assert sum(origin.shares.values()) == pytest.approx(1.0)
    assert origin.fixed_by == PROCESSES[process] and origin.shares[origin.fixed_by] > share
    if process != "nu_nu":
        assert origin.labels[BY_CONTRIBUTION] == phase
    assert set(origin.labels) == {BY_CONTRIBUTION, BY_TEMPERATURES}


@pytest.mark.parametrize("theta", [1e-5, 1e-3, 1e-2])
def test_eq_4_13_by_exponential_steps_is_that_of_the_solver(theta: float) -> None:
    """To the 1% of implicit Euler steps in Y_tau; round 0 of the iteration is eq. 4.13."""
    point = {**BENCHMARK, "theta_1": theta}
    history = TwinModel(**PAPER).rate_history(point, 2500)
    y = coannihilation_ratio(history)
    nu = neutrinos(history, y)
    paper, together = (
        TwinModel(relic=relic, **PAPER).predict(point).values["omega_dm_h2"][0]
        for relic in ("paper_corrected", "coannihilation")
    )
    assert history.omega_per_density * nu[-1].sum() == pytest.approx(paper, rel=0.012)
    total = history.equilibrium.sum(axis=1) + history.tau_equilibrium
    assert history.omega_per_density * y[-1] * total[-1] == pytest.approx(together, rel=0.02)
    for x_1 in (10.0, 25.0, 100.0):
        both = terms(history, y, x_1)
        assert both.survived + both.made == pytest.approx(nu[-1], rel=1e-9)


def test_the_first_term_is_coscattering_and_the_second_coannihilation() -> None:
    shares = []
    for theta in (1e-5, 1e-3, 1e-2):
        history = TwinModel(**PAPER).rate_history({**BENCHMARK, "theta_1": theta}, 1500)
        y = coannihilation_ratio(history)
        both = terms(history, y, float(history.x[np.argmax(y > 2.0)]))
        shares.append(both.survived.sum() / (both.survived + both.made).sum())
    assert shares[0] > 0.999 > 0.8 > shares[1] > 0.2 > 1e-3 > shares[2]


def test_the_iteration_settles_but_not_on_the_solution() -> None:
    """Eq. C.1 averages S thermally: deep in coscattering harmless, in the mixed phase some 20% too high."""
    for theta, low, high in ((1e-5, 0.99, 1.01), (1e-3, 1.1, 1.3)):
        point = {**BENCHMARK, "theta_1": theta}
        history = TwinModel(**PAPER).rate_history(point, 2000)
        rounds = [history.omega_per_density * nu[-1].sum() for _, nu in iterate(history, 6)]
        full = TwinModel(**PAPER).predict(point).values["omega_dm_h2"][0]
        assert abs(rounds[-1] / rounds[-2] - 1.0) < 2e-3
        assert low < rounds[-1] / full < high


def test_scaled_rates_reach_the_limits_of_the_options() -> None:
    point = {**BENCHMARK, "r": 0.8, "theta_1": 0.014, "epsilon": 3e-4}
    without = TwinModel(sm_conversion="off").predict(point).values["omega_dm_h2"][0]
    scaled = TwinModel().predict_scaled(point, plasma=-400.0, three_body=-400.0).values["omega_dm_h2"][0]
    assert scaled == pytest.approx(without, rel=2e-4)
    assert TwinModel().predict(point).values["omega_dm_h2"][0] < 0.5 * without
