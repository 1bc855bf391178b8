"""Closed-form squared amplitudes against explicit Dirac matrices, crossing, Ward and Goldstone identities."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinsector.physics.twin.amplitudes import compton, decay
from twinsector.physics.twin.cross_sections import TAU_TAU, phase_space, w_over_momentum
from twinsector.physics.twin.mixing import Chiral, Twin, twin_couplings
from twinsector.physics.twin.numerics import Numerics, rules

_spec = importlib.util.spec_from_file_location("dirac", Path(__file__).with_name("dirac.py"))
dirac = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(dirac)

POINTS = st.tuples(
    st.floats(0.01, 1.0), st.floats(0.1, 0.99), st.floats(1e-3, 0.3), st.floats(1.01, 20.0), st.floats(-0.99, 0.99)
)


@settings(max_examples=25, deadline=None)
@given(POINTS)
def test_scattering_amplitude(point: tuple[float, float, float, float, float]) -> None:
    delta, r, theta, above, cosine = point
    left, right = dirac.couplings(delta, theta)
    m_tau, twin = 1.0 + delta, twin_couplings(delta, r, theta)
    s = (m_tau + r) ** 2 * above
    p_nu, k = dirac.two_body(s, 1.0, r, 1.0)
    p_tau, k_out = dirac.two_body(s, m_tau, r, cosine)
    expected = dirac.two_photon_sum(p_nu, 1.0, p_tau, m_tau, 0, 1, k, k_out, (1.0, m_tau), left, right)
    u = dirac.dot(p_nu - k_out, p_nu - k_out)
    value = compton(s, u, 1.0, m_tau**2, r * r, twin.nu, twin.tau, twin)
    assert value == pytest.approx(expected, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(POINTS, st.sampled_from([(0, 1), (1, 1), (0, 0)]))
def test_annihilation_amplitudes_by_crossing(
    point: tuple[float, float, float, float, float], pair: tuple[int, int]
) -> None:
    """C_A, C_S and A: f1(p) f0bar(pbar) -> photon photon with explicit v spinors is minus the crossed closed form."""
    delta, r, theta, above, cosine = point
    left, right = dirac.couplings(delta, theta)
    masses, twin = (1.0, 1.0 + delta), twin_couplings(delta, r, theta)
    i0, i1 = pair
    lines = (twin.nu, twin.tau)
    s = (masses[i0] + masses[i1]) ** 2 * above
    p, pbar = dirac.two_body(s, masses[i1], masses[i0], 1.0)
    k1, k2 = dirac.two_body(s, r, r, cosine)
    # incoming f1, "outgoing" f0 of momentum -pbar: spin sum of v is (pbarslash - m) = -((-pbar)slash + m)
    value = dirac.two_photon_sum(p, masses[i1], -pbar, masses[i0], i1, i0, -k1, k2, masses, left, right)
    t1, t2 = dirac.dot(p - k1, p - k1), dirac.dot(p - k2, p - k2)
    closed = compton(t1, t2, masses[i0] ** 2, masses[i1] ** 2, r * r, lines[i0], lines[i1], twin)
    assert -closed == pytest.approx(-value, rel=1e-9)
    assert -closed > 0.0


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 1.0), st.floats(0.05, 0.9), st.floats(1e-3, 0.3))
def test_decay_amplitude_and_goldstone_limit(delta: float, share: float, theta: float) -> None:
    r = share * delta
    left, right = dirac.couplings(delta, theta)
    m_tau, twin = 1.0 + delta, twin_couplings(delta, r, theta)
    p_nu, k = dirac.two_body(m_tau**2, 1.0, r, 0.3)
    expected = dirac.decay_sum(p_nu + k, p_nu, k, delta, left, right)
    assert decay(twin) == pytest.approx(expected, rel=1e-9)
    # mu_2 = 0: tan(theta_2) = tan(theta_1)/m_tau, hence (v_tau/a_tau)^2 m_tau gL_01 = gR_01
    assert m_tau * twin.left_01 * twin.tau.left == pytest.approx(twin.right_01 * twin.tau.right, rel=1e-12)


def test_longitudinal_photons_are_goldstone_bosons() -> None:
    """r -> 0: tau -> nu gamma is the decay into a scalar of couplings y_L,R = (m_tau gL,R - m_nu gR,L)/m_gamma."""
    twin = twin_couplings(0.5, 1e-5, 0.1)
    y_left = (twin.m_tau * twin.left_01 - twin.right_01) / twin.m_photon
    y_right = (twin.m_tau * twin.right_01 - twin.left_01) / twin.m_photon
    expected = (y_left**2 + y_right**2) * (twin.tau2 + 1.0) + 4.0 * y_left * y_right * twin.m_tau
    assert decay(twin) == pytest.approx(expected, rel=1e-6)


def test_vector_coupling_gives_klein_nishina() -> None:
    """One flavour, vector coupling, r -> 0: longitudinal photons drop out (Ward) and Compton scattering is left."""
    m2, g = 2.25, 1e-4
    line = Chiral(1.0, 1.0, math.sqrt(m2))
    twin = Twin(math.sqrt(m2), math.sqrt(g), g, m2, Chiral(0.0, 0.0, 0.0), line, 0.0, 0.0)
    s, u = 5.0, 0.3
    a, b = 0.5 * (s - m2), 0.5 * (m2 - u)
    rest = m2 * (1.0 / a - 1.0 / b)
    expected = 8.0 * (b / a + a / b + 2.0 * rest + rest**2)
    assert compton(s, u, m2, m2, g, line, line, twin) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("r", [0.05, 0.5, 0.95])
def test_vector_annihilation_at_threshold(r: float) -> None:
    """chi chibar -> A'A': sigma v = g^4/(16 pi m^2) (1-r^2)^(3/2)/(1-r^2/2)^2 with r = m_A'/m_chi."""
    delta = 0.2
    twin = twin_couplings(delta, r * 1.2, 0.0)
    s = 4.0 * twin.tau2 * (1.0 + 1e-10)
    w = w_over_momentum(TAU_TAU, s, twin, rules(Numerics())) * phase_space(TAU_TAU, s, 0.0, twin)
    expected = (1.0 - r * r) ** 1.5 / (1.0 - 0.5 * r * r) ** 2 / (16.0 * np.pi * twin.tau2)
    assert w / (4.0 * twin.tau2) == pytest.approx(expected, rel=1e-6)
