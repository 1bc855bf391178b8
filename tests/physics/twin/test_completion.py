"""M, D3, T and the Sommerfeld factor: reference values, explicit spinors, detailed balance, limits."""

from __future__ import annotations

import csv
import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import kv

from twinsector.physics.twin import PARAMETERS, TwinModel, momenta
from twinsector.physics.twin import plasma_scattering as ps
from twinsector.physics.twin.background import plasma
from twinsector.physics.twin.collisions import annihilation_rate
from twinsector.physics.twin.cross_sections import TAU_TAU
from twinsector.physics.twin.mixing import Twin, twin_couplings
from twinsector.physics.twin.numerics import Numerics, Rules, rules
from twinsector.physics.twin.processes import FIRST_PAPER
from twinsector.physics.twin.rates import fill_sections, section
from twinsector.physics.twin.relic import make_point, workspace
from twinsector.physics.twin.sommerfeld import sommerfeld_factor
from twinsector.physics.twin.tables import twin_tables
from twinsector.physics.twin.tau_conversion import tau_conversion_rates, w_tau_conversion
from twinsector.physics.twin.three_body import SPECTRUM_ROWS, add_inverse_decay, fill_spectrum, three_body_width

_spec = importlib.util.spec_from_file_location("dirac", Path(__file__).with_name("dirac.py"))
dirac = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(dirac)

DATA = Path(__file__).parent / "data"
FINE = rules(Numerics(n_k=96, n_pair=24, exponent=60.0))
CHARGE2 = 4.0 * math.pi * 7.2973525643e-3


def read(name: str) -> Any:
    return list(csv.DictReader(line for line in (DATA / name).read_text().splitlines() if not line.startswith("#")))


def rest_momentum(s: Any, mass: Any) -> Any:
    return 0.5 * math.sqrt((s - 1.0 - mass**2) ** 2 - 4.0 * mass**2)


def spectrum_of(m_nu: Any, twin: Twin, grid: Rules = FINE) -> Any:
    spectrum = np.zeros((SPECTRUM_ROWS, 200))
    return fill_spectrum(m_nu, twin, twin_tables(), grid, spectrum), spectrum


def collision(x: Any, p: Any, twin: Twin, fill: Any) -> Any:
    """C(p) of what ``fill`` adds to the scratch array."""
    scratch, grid = np.zeros((momenta.SCRATCH_ROWS, 1)), FINE._replace(q=np.array([p * x]))
    ps.set_momenta(x, 1.0, grid.q, twin, scratch)
    fill(grid, scratch)
    return scratch[momenta.SUM, 0] * math.exp(-x * scratch[momenta.REFERENCE, 0])


def value_of(row: Any) -> Any:
    """Our value of one row of the reference's spot values, None where another test holds it."""
    name = row["quantity"]
    m_nu, r, delta, theta, e_hat = (float(row[k]) for k in ("m_nu", "r", "delta", "theta_1", "e_hat"))
    twin, e2, pion = twin_couplings(delta, r, theta), e_hat**2, "pion" in name
    mass = float(row["mass_f_gev"] or 0.0) / m_nu
    if name.startswith("m2_M"):
        t = float(row["t"])
        top = (ps.scalar_numerator if pion else ps.fermion_numerator)(float(row["s"]), mass**2, twin)
        return e2 * (top.c0 + top.c1 * t + top.c2 * t * t) / (t - r * r) ** 2
    if name.startswith(("w_M", "sigma_M")):
        s = float(row["s"])
        k = rest_momentum(s, mass)
        w = e2 * ps.w_plasma(s, k, s - (twin.m_tau + mass) ** 2, mass, pion, twin)
        return w / (4.0 * k) if name.startswith("sigma") else w
    if name == "w_T":
        s = float(row["s"])
        return e2**2 * w_tau_conversion(s, rest_momentum(s, twin.m_tau), s - 4.0 * twin.tau2, twin)
    if name.startswith("c_"):
        x, p = float(row["x"]), float(row["p"])
        if name.startswith("c_M"):
            add = lambda g, a: ps.add_species(mass, 1.0, pion, x, 1, twin, g, a)  # noqa: E731
            return CHARGE2 * e2 * collision(x, p, twin, add)
        if name == "c_T":
            return e2**2 * collision(x, p, twin, lambda g, a: tau_conversion_rates(x, 1, twin, g, a))
        counts, spectrum = spectrum_of(m_nu, twin)
        count = counts[0 if "leptons" in name else 1]
        return e2 * collision(x, p, twin, lambda g, a: add_inverse_decay(count, x, 1, spectrum, a))
    if name.startswith("width"):
        counts, spectrum = spectrum_of(m_nu, twin)
        return e2 * three_body_width(counts[0 if "leptons" in name else 1], twin, spectrum)
    if name == "sommerfeld":
        return sommerfeld_factor(float(row["x"].removeprefix("v=")), e2 / (4.0 * math.pi), r / twin.m_tau)
    if name == "sommerfeld_average":
        return sommerfeld_average(float(row["x"]), e2 / (4.0 * math.pi), r, delta, theta)
    return None


def sommerfeld_average(x: Any, alpha: Any, r: Any, delta: Any, theta: Any) -> Any:
    """<S sigma v>/<sigma v> of C_S."""
    grid, bath = rules(Numerics(n_k=64, n_s=300, exponent=60.0)), plasma("saikawa_shirai")
    work, point = workspace(grid), make_point(1.0, r, delta, theta, 0.3, False, bath, FIRST_PAPER)
    fill_sections(2.0, grid.n_s, point, bath, grid, work)
    args = (point.twin, section.py_func(TAU_TAU, grid.n_s, work), grid)
    return annihilation_rate(TAU_TAU, x, alpha, *args) / annihilation_rate(TAU_TAU, x, 0.0, *args)


def test_spot_values_of_the_reference() -> None:
    """sum|M|^2, w, sigma, C, widths and S(v) at four points."""
    rows = [row for row in read("twin_completion_values.csv") if not row["quantity"].startswith("m2_T")]
    found = [(row, value_of(row)) for row in rows]
    assert sum(value is not None for _, value in found) == len(rows)
    for row, value in found:
        if value is not None:
            assert value == pytest.approx(float(row["value"]), rel=1e-6), row


COLUMNS = [
    ("omega_h2", ("off", False, False), 3e-4),
    ("omega_h2_md_leptons", ("leptons", False, False), 3e-4),
    ("omega_h2_md_all", ("all", False, False), 5e-4),
    ("omega_h2_t", ("off", True, False), 3e-4),
    ("omega_h2_x", ("off", False, True), 3e-4),
    ("omega_h2_everything", ("all", True, True), 5e-4),
]


@pytest.mark.parametrize("column, options, tolerance", COLUMNS, ids=[c[0] for c in COLUMNS])
def test_every_column_of_the_reference(column: str, options: Any, tolerance: Any) -> None:
    rows = read("twin_completion.csv")
    points = {
        k: np.array([float(row[k]) for row in rows]) for k in ("m_nu", "r", "delta", "theta_1", "e_hat", "epsilon")
    }
    conversion, tau_conversion, sommerfeld = options
    model = TwinModel(
        g_star="saikawa_shirai", dark_photon_energy=False, late_annihilation=False, sm_conversion=conversion,
        tau_conversion=tau_conversion, sommerfeld=sommerfeld,
    )  # fmt: skip
    found = model.predict(points | {"f_over_v": 5.0, "omega_b_h2": 0.0224})
    expected = np.array([float(row[column]) for row in rows])
    assert np.all(np.abs(found.values["omega_dm_h2"] / expected - 1.0) < tolerance)


KINEMATICS = st.tuples(
    st.floats(0.01, 1.0), st.floats(0.06, 0.99), st.floats(1e-3, 0.3), st.floats(0.0, 3.0), st.floats(1.05, 20.0),
    st.floats(-0.99, 0.99),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(KINEMATICS, st.booleans())
def test_scattering_on_the_plasma_by_explicit_spinors(point: Any, scalar: Any) -> None:
    delta, r, theta, mass, above, cosine = point
    left, right = dirac.couplings(delta, theta)
    m_tau, twin = 1.0 + delta, twin_couplings(delta, r, theta)
    s = (m_tau + mass) ** 2 * above
    p_nu, p_f = dirac.two_body(s, 1.0, mass, 1.0)
    p_tau, k_f = dirac.two_body(s, m_tau, mass, cosine)
    expected = dirac.exchange_sum(p_nu, p_tau, p_f, k_f, delta, mass, left, right, scalar) / (
        dirac.dot(p_f - k_f, p_f - k_f) - r * r
    ) ** 2  # fmt: skip
    t = dirac.dot(p_nu - p_tau, p_nu - p_tau)
    top = (ps.scalar_numerator if scalar else ps.fermion_numerator)(s, mass**2, twin)
    found = (top.c0 + top.c1 * t + top.c2 * t * t) / (t - r * r) ** 2
    assert found == pytest.approx(expected, rel=1e-8)


def test_three_body_width_by_crossing_the_scattering() -> None:
    """Gamma of tau -> nu e+ e- by Dalitz integration of |M|^2 of nu e -> tau e, crossed (e massless)."""
    delta, r, theta, m_nu = 0.3, 0.5, 0.05, 0.05
    twin = twin_couplings(delta, r, theta)
    m_e = 0.51099895e-3 / m_nu
    nodes, weights = np.polynomial.legendre.leggauss(400)
    total, m_tau = 0.0, 1.0 + delta
    low, high = 2.0 * m_e, delta
    angle = 0.25 * math.pi * (nodes + 1.0)
    q = low + (high - low) * np.sin(angle) ** 2
    jacobian = 0.25 * math.pi * weights * (high - low) * np.sin(2.0 * angle)
    for mass, dq in zip(q, jacobian, strict=True):
        t = mass * mass  # mass of the pair: the momentum transfer of the crossed process
        k = math.sqrt((m_tau**2 - (1.0 + mass) ** 2) * (m_tau**2 - (1.0 - mass) ** 2)) / (2.0 * mass)
        beta = math.sqrt(1.0 - 4.0 * m_e**2 / t)
        centre = 0.5 * (1.0 + m_tau**2 + 2.0 * m_e**2 - t)
        span = 2.0 * k * 0.5 * mass * beta
        c, cw = np.polynomial.legendre.leggauss(8)
        for s, ws in zip(centre + span * c, span * cw, strict=True):
            top = ps.fermion_numerator(s, m_e**2, twin)
            square = (top.c0 + top.c1 * t + top.c2 * t * t) / (t - r * r) ** 2
            total += 2.0 * mass * dq * ws * square
    width = -CHARGE2 * total / (2.0 * 256.0 * math.pi**3 * m_tau**3)  # one fermion crossed; tau's two spins averaged
    (leptons, _), spectrum = spectrum_of(m_nu, twin)
    assert three_body_width(leptons, twin, spectrum) == pytest.approx(width, rel=1e-4)


@pytest.mark.parametrize("r, delta", [(0.8, 0.1), (0.1001, 0.1), (0.9, 0.6)])
def test_three_body_decays_balance_their_inverse(r: Any, delta: Any) -> None:
    """int f_eq C_D3 = n_tau^eq Gamma_D3 K_1/K_2."""
    twin, x = twin_couplings(delta, r, 0.01), 15.0
    (_, count), spectrum = spectrum_of(2.0, twin)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    p = 2.5 * (nodes + 1.0)
    grid = FINE._replace(q=p * x)
    scratch = np.zeros((momenta.SCRATCH_ROWS, p.size))
    ps.set_momenta(x, 1.0, grid.q, twin, scratch)
    add_inverse_decay(count, x, p.size, spectrum, scratch)
    rate = scratch[momenta.SUM] * np.exp(-x * scratch[momenta.REFERENCE])
    made = np.sum(2.5 * weights * p**2 * np.exp(-x * np.sqrt(1.0 + p**2)) * rate)
    decayed = twin.tau2 / x * kv(1, twin.m_tau * x) * three_body_width(count, twin, spectrum)
    assert made == pytest.approx(decayed, rel=1e-8)


@pytest.mark.parametrize("s_over, cosine", [(1.2, 0.3), (3.0, -0.7)])
def test_tau_conversion_by_explicit_spinors(s_over: Any, cosine: Any) -> None:
    """w_T from all couplings and the massive propagator: 1e-4 at theta_1 = 0.03, where tau-tau is nearly a vector."""
    delta, r, theta = 0.2, 0.6, 0.03
    left, right = dirac.couplings(delta, theta)
    twin, m_tau = twin_couplings(delta, r, theta), 1.0 + delta
    s = 4.0 * m_tau**2 * s_over
    p_nu, p_in = dirac.two_body(s, 1.0, m_tau, 1.0)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    total = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        p1, p2 = dirac.two_body(s, m_tau, m_tau, node)
        same = dirac.four_fermion_sum(p_nu, p_in, p1, p2, delta, r, left, right)
        opposite = dirac.four_fermion_sum(p_nu, -p2, p1, -p_in, delta, r, left, right)
        total += weight * (0.5 * same + opposite)
    p_f = math.sqrt(0.25 * s - m_tau**2)
    expected = 0.25 * total * p_f / (8.0 * math.pi * math.sqrt(s))
    found = w_tau_conversion(s, rest_momentum(s, m_tau), s - 4.0 * m_tau**2, twin)
    assert found == pytest.approx(expected, rel=3e-4)


def test_sommerfeld_limits() -> None:
    assert sommerfeld_factor(0.9, 1e-6, 0.5) == pytest.approx(1.0, abs=1e-5)
    alpha, v = 0.08, 0.02  # r -> 0: Coulomb
    coulomb = math.pi * alpha / v / (1.0 - math.exp(-math.pi * alpha / v))
    assert sommerfeld_factor(v, alpha, 1e-5) == pytest.approx(coulomb, rel=1e-3)
    speeds = np.array([sommerfeld_factor(v, alpha, 0.1) for v in np.geomspace(1e-12, 0.99, 200)])
    assert np.all(np.isfinite(speeds)) and np.all(np.diff(speeds) < 1e-9)


BENCHMARK = {p.name: p.benchmark for p in PARAMETERS}


def test_density_falls_with_epsilon_without_steps() -> None:
    """The processes are left out where they change nothing: no step larger than 5e-5 beside the smooth curve."""
    epsilon = np.geomspace(1e-8, 1e-3, 201)
    points = BENCHMARK | {"m_nu": 1.0, "r": 0.9, "delta": 0.1, "theta_1": 0.041, "epsilon": epsilon}
    log_omega = np.log(TwinModel().predict(points).values["omega_dm_h2"])
    off = np.log(TwinModel(sm_conversion="off").predict(points).values["omega_dm_h2"])
    assert log_omega[0] == pytest.approx(off[0], abs=1e-6)
    assert log_omega[-1] < off[0] - 2.0
    assert np.max(np.abs(np.diff(log_omega, 2))) < 0.05
    assert np.max(np.diff(log_omega)) < 5e-5


def test_the_density_knows_epsilon() -> None:
    """(1, .9, .1, .041, .3): .118 for any epsilon without the plasma, .013 at 3e-4 with it."""
    point = BENCHMARK | {"m_nu": 1.0, "r": 0.9, "delta": 0.1, "theta_1": 0.041, "e_hat": 0.3, "epsilon": 3e-4}
    assert TwinModel(sm_conversion="off").predict(point).values["omega_dm_h2"][0] == pytest.approx(0.117, rel=0.02)
    model = TwinModel(tau_conversion=False, sommerfeld=False)
    assert model.predict(point).values["omega_dm_h2"][0] == pytest.approx(0.013, rel=0.04)
