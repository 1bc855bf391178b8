"""Published closed forms of the other observables, and Goldstone bosons in scattering."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.physics.standard_model.constants import M_ELECTRON
from twinsector.physics.twin.amplitudes import compton
from twinsector.physics.twin.constants import GEV_M2_TO_CM3_S
from twinsector.physics.twin.mixing import Twin, twin_couplings
from twinsector.physics.twin.numerics import Numerics, rules
from twinsector.physics.twin.signals import annihilation_today, photon_cross_section
from twinsector.physics.twin.tables import twin_tables
from twinsector.physics.twin.tau_decay import tau_width
from twinsector.physics.twin.three_body import SPECTRUM_ROWS, fill_spectrum

_spec = importlib.util.spec_from_file_location("dirac", Path(__file__).with_name("dirac.py"))
dirac = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(dirac)

HBAR_C_CM = 1.973269804e-14
"""GeV cm."""


@pytest.mark.parametrize("delta", [0.005, 0.1, 0.26, 1.0])
@pytest.mark.parametrize("r", [0.05, 0.3, 0.7, 0.99])
def test_annihilation_today_has_the_shape_of_footnote_2(delta: float, r: float) -> None:
    """nu nubar -> gamma gamma at rest by tau exchange, from the spinors at threshold (units of m_nu, k^2 = 1 - r^2):

    M = 2/(r^2 - 1 - m_tau^2) eps^{sigma mu kappa rho} eps1_mu k_kappa eps2_rho
        vbar gamma_sigma gamma_5 (A + B gamma_5) u
    with A, B = (gR^2 +/- gL^2)/2: transverse photons from the spin singlet, one longitudinal from the triplet, so

    sigma v = e^4 theta^4 k^3/(4 pi m^2 (1 + m_tau^2 - r^2)^2) [A^2 + 2 B^2 k^2/r^2], gL = gR/m_tau,

    and half of it for the Dirac neutrino (the <sigma v> of footnote 2).
    """
    m_nu, e_hat, theta = 2.0, 0.3, 1e-4
    k2, tau2 = 1.0 - r * r, (1.0 + delta) ** 2
    singlet, triplet = (0.5 * (1.0 + sign / tau2) for sign in (1.0, -1.0))
    shape = k2**1.5 / (1.0 + tau2 - r * r) ** 2 * (singlet**2 + 2.0 * triplet**2 * k2 / (r * r))
    expected = 0.5 * e_hat**4 * theta**4 * shape / (4.0 * math.pi * m_nu**2) * GEV_M2_TO_CM3_S
    value = annihilation_today(m_nu, e_hat, twin_couplings(delta, r, theta), rules(Numerics()))
    assert value == pytest.approx(expected, rel=1e-5)


def test_electron_cross_section_of_eq_61() -> None:
    """4.3e-38 cm^2 at m_nu = 0.1 GeV, r = 0.5, e_hat = 0.3, epsilon theta_1^2 = 1e-3, reduced mass taken as m_e.

    The paper's bracket reads m_gamma where m_nu must stand; the size is ours, its powers are the next test's.
    """
    m_nu, theta = 0.1, 1e-3
    sigma = photon_cross_section(M_ELECTRON, m_nu, 0.3, 1e-3 / theta**2, twin_couplings(1e-6, 0.5, theta))
    assert sigma * (1.0 + M_ELECTRON / m_nu) ** 2 == pytest.approx(4.3e-38, rel=3e-3)


@pytest.mark.parametrize(
    "change, power", [({"m_nu": 2.0}, -4.0), ({"r": 2.0}, -4.0), ({"e_hat": 2.0}, 2.0), ({"epsilon": 2.0}, 2.0)]
)
def test_powers_of_eq_61(change: dict[str, Any], power: float) -> None:
    point = {"m_nu": 50.0, "r": 0.2, "e_hat": 0.2, "epsilon": 1e-4}

    def sigma(m_nu: float, r: float, e_hat: float, epsilon: float) -> float:
        return photon_cross_section(M_ELECTRON, m_nu, e_hat, epsilon, twin_couplings(0.1, r, 1e-3))

    changed = sigma(**{name: value * change.get(name, 1.0) for name, value in point.items()})
    assert changed / sigma(**point) == pytest.approx(2.0**power, rel=1e-4)


def width_of(m_nu: Any, e_hat: Any, epsilon: Any, twin: Twin) -> Any:
    spectrum = np.zeros((SPECTRUM_ROWS, 100))
    _, pairs = fill_spectrum(m_nu, twin, twin_tables(), rules(Numerics()), spectrum)
    return tau_width(m_nu, e_hat, epsilon, pairs, twin, spectrum)


def test_tau_width_of_eq_62_and_length_of_eq_63() -> None:
    """Gamma = e_hat^2 epsilon^2 e^2 theta_1^2 m Delta^5/(60 pi^3 r^4) for massless electrons and Delta << r.

    At m_nu = 1 GeV, Delta = 0.2, r = 0.5, epsilon = theta_1 = 1e-3 that is c tau = 8.69e5 cm; eq. 6.3 prints 8.8e6.
    """
    e2 = 4.0 * math.pi / 137.036

    def limit(m_nu: float, delta: float, r: float, theta: float) -> float:
        return 0.3**2 * 1e-6 * e2 * theta**2 * m_nu * delta**5 / (60.0 * math.pi**3 * r**4)

    assert HBAR_C_CM / limit(1.0, 0.2, 0.5, 1e-3) == pytest.approx(8.69e5, rel=2e-3)
    m_nu, delta = 20.0, 0.005  # 0.1 GeV of energy: electrons are massless, muons out of reach
    exact = width_of(m_nu, 0.3, 1e-3, twin_couplings(delta, 0.5, 1e-3))
    assert exact / limit(m_nu, delta, 0.5, 1e-3) == pytest.approx(1.0 - 2.25 * delta, rel=3e-3)
    # the exact width over the limit at Delta = 0.2, electrons alone: 0.735
    exact = width_of(0.5, 0.3, 1e-3, twin_couplings(0.2, 0.5, 1e-3))
    assert exact / limit(0.5, 0.2, 0.5, 1e-3) == pytest.approx(0.735, rel=3e-3)


def goldstone_amplitude_squared(
    p_nu: FloatArray,
    p_tau: FloatArray,
    k: FloatArray,
    k_out: FloatArray,
    delta: float,
    left: FloatArray,
    right: FloatArray,
    mass: float,
) -> float:
    """Spin sum of nu phi -> tau phi with y = (m_j gL,R - m_i gR,L)/m_gamma and the contact term.

    The mass term psibar_R exp(-i gR phi) M exp(i gL phi) psi_L, phi in units of m_gamma, holds both.
    """
    m = np.diag([1.0, 1.0 + delta])
    one = np.eye(4)

    def vertex(i: int, j: int) -> Any:
        y_left, y_right = m @ left - right @ m, m @ right - left @ m
        return (y_left[i, j] * dirac.LEFT + y_right[i, j] * dirac.RIGHT) / mass

    amplitude = np.zeros((4, 4), complex)
    for a in range(2):
        for q in (p_nu + k, p_nu - k_out):
            propagator = (dirac.slash(q) + m[a, a] * one) / (dirac.dot(q, q) - m[a, a] ** 2)
            amplitude += vertex(1, a) @ propagator @ vertex(a, 0)
    contact_left = right @ right @ m + m @ left @ left - 2.0 * right @ m @ left
    contact_right = left @ left @ m + m @ right @ right - 2.0 * left @ m @ right
    contact = (contact_left[1, 0] * dirac.LEFT + contact_right[1, 0] * dirac.RIGHT) / mass**2
    total = amplitude + contact
    bar = dirac.GAMMA[0] @ total.conj().T @ dirac.GAMMA[0]
    spin_sum = (dirac.slash(p_tau) + m[1, 1] * one) @ total @ (dirac.slash(p_nu) + one) @ bar
    return np.trace(spin_sum).real


@pytest.mark.parametrize("s_over, cosine", [(1.5, 0.3), (4.0, -0.6)])
def test_scattering_at_small_r_is_that_of_goldstone_bosons(s_over: float, cosine: float) -> None:
    """r -> 0 with delta fixed: |M_S|^2 becomes that of longitudinal photons, the Goldstone bosons (equivalence)."""
    delta, r, theta = 0.6, 1e-3, 0.2
    left, right = dirac.couplings(delta, theta)
    s = (1.0 + delta + r) ** 2 * s_over
    p_nu, k = dirac.two_body(s, 1.0, r, 1.0)
    p_tau, k_out = dirac.two_body(s, 1.0 + delta, r, cosine)
    twin = twin_couplings(delta, r, theta)
    u = dirac.dot(p_nu - k_out, p_nu - k_out)
    value = compton(s, u, 1.0, (1.0 + delta) ** 2, r * r, twin.nu, twin.tau, twin)
    found = goldstone_amplitude_squared(p_nu, p_tau, k, k_out, delta, left, right, r)
    assert value == pytest.approx(found, rel=1e-4)
