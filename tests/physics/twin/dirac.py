"""Explicit Dirac matrices: the oracle for the closed-form amplitudes. Shares no code with the package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinsector.common.arrays import FloatArray

_S = [np.array(m, complex) for m in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])]
_I, _O = np.eye(2), np.zeros((2, 2))
GAMMA = np.array([np.block([[_O, _I], [_I, _O]])] + [np.block([[_O, s], [-s, _O]]) for s in _S]).astype(complex)
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
LEFT, RIGHT = np.diag([1, 1, 0, 0]).astype(complex), np.diag([0, 0, 1, 1]).astype(complex)


def slash(p: FloatArray) -> NDArray[np.complex128]:
    matrix: NDArray[np.complex128] = np.einsum("m,mn,nab->ab", p, METRIC, GAMMA)
    return matrix


def dot(a: FloatArray, b: FloatArray) -> float:
    return float(a @ METRIC @ b)


def couplings(delta: float, theta_1: float) -> tuple[FloatArray, FloatArray]:
    """gL_ij, gR_ij over e for (nu, tau), tan(theta_2) = tan(theta_1)/(1 + delta)."""
    theta_2 = np.arctan(np.tan(theta_1) / (1.0 + delta))
    left = np.array([-np.sin(theta_2), np.cos(theta_2)])
    right = np.array([-np.sin(theta_1), np.cos(theta_1)])
    return np.outer(left, left), np.outer(right, right)


def polarisation_sum(k: FloatArray, mass2: float) -> FloatArray:
    """Sum over the three polarisations, lower indices."""
    low = METRIC @ k
    return -METRIC + np.outer(low, low) / mass2


def two_photon_sum(
    p0: FloatArray,
    m0: float,
    p1: FloatArray,
    m1: float,
    i0: int,
    i1: int,
    k_in: FloatArray,
    k_out: FloatArray,
    masses: Sequence[float],
    left: FloatArray,
    right: FloatArray,
) -> float:
    """Sum over spins of |M|^2 for f0(p0) + photon(k_in) -> f1(p1) + photon(k_out); antiparticles and outgoing photons
    as negative momenta, ``m0``/``m1`` with the sign that makes (pslash + m) the spin sum."""
    vertex = lambda i, j: np.einsum("mab,bc->mac", GAMMA, left[i, j] * LEFT + right[i, j] * RIGHT)  # noqa: E731
    amplitude = np.zeros((4, 4, 4, 4), complex)
    for a, mass in enumerate(masses):
        for q, first, second in ((p0 + k_in, "m", "n"), (p0 - k_out, "n", "m")):
            propagator = (slash(q) + mass * np.eye(4)) / (dot(q, q) - mass**2)
            amplitude += np.einsum(f"{second}ab,bc,{first}cd->mnad", vertex(i1, a), propagator, vertex(a, i0))
    bar = np.einsum("ab,mnbc,cd->mnad", GAMMA[0], amplitude.conj().transpose(0, 1, 3, 2), GAMMA[0])
    mass2 = dot(k_in, k_in)
    total = np.einsum(
        "ab,mnbc,cd,rsda,mr,ns->", slash(p1) + m1 * np.eye(4), amplitude, slash(p0) + m0 * np.eye(4), bar,
        polarisation_sum(k_in, mass2), polarisation_sum(k_out, mass2),
    )  # fmt: skip
    return float(total.real)


def decay_sum(
    p_tau: FloatArray, p_nu: FloatArray, k: FloatArray, delta: float, left: FloatArray, right: FloatArray
) -> float:
    """Sum over spins of |M|^2 for tau -> nu photon."""
    vertex = np.einsum("mab,bc->mac", GAMMA, left[0, 1] * LEFT + right[0, 1] * RIGHT)
    bar = np.einsum("ab,mbc,cd->mad", GAMMA[0], vertex.conj().transpose(0, 2, 1), GAMMA[0])
    total = np.einsum(
        "ab,mbc,cd,nda,mn->", slash(p_nu) + np.eye(4), vertex, slash(p_tau) + (1.0 + delta) * np.eye(4), bar,
        polarisation_sum(k, dot(k, k)),
    )  # fmt: skip
    return float(total.real)


def on_shell(momentum: ArrayLike, mass: float) -> FloatArray:
    return np.array([np.sqrt(mass**2 + np.dot(momentum, momentum)), *momentum])


def two_body(s: float, m_a: float, m_b: float, cosine: float) -> tuple[FloatArray, FloatArray]:
    """Centre-of-mass momenta of a pair of masses (m_a, m_b) at ``cosine`` to the z axis."""
    energy = (s + m_a**2 - m_b**2) / (2.0 * np.sqrt(s))
    p = np.sqrt(energy**2 - m_a**2) * np.array([np.sqrt(1.0 - cosine**2), 0.0, cosine])
    return on_shell(p, m_a), on_shell(-p, m_b)


def current(left: Any, right: Any, i: Any, j: Any) -> Any:
    """gamma^mu (gL P_L + gR P_R), upper index first."""
    return np.einsum("mab,bc->mac", GAMMA, left[i, j] * LEFT + right[i, j] * RIGHT)


def barred(vertex: Any) -> Any:
    return np.einsum("ab,mbc,cd->mad", GAMMA[0], vertex.conj().transpose(0, 2, 1), GAMMA[0])


def exchange_sum(
    p_nu: Any, p_tau: Any, p_f: Any, k_f: Any, delta: Any, mass: Any, left: Any, right: Any, scalar: Any
) -> Any:
    """Sum over spins of |M|^2 (T-r^2)^2 for nu f -> tau f by vector exchange, f of unit charge (Dirac or scalar)."""
    vertex = current(left, right, 1, 0)
    line = np.einsum(
        "ab,mbc,cd,nda->mn", slash(p_tau) + (1.0 + delta) * np.eye(4), vertex, slash(p_nu) + np.eye(4), barred(vertex)
    )  # fmt: skip
    if scalar:
        low = METRIC @ (p_f + k_f)
        return np.einsum("mn,m,n->", line, low, low).real
    lowered = np.einsum("mn,nab->mab", METRIC, GAMMA)
    target = np.einsum(
        "ab,mbc,cd,nda->mn", slash(k_f) + mass * np.eye(4), lowered, slash(p_f) + mass * np.eye(4), barred(lowered)
    )  # fmt: skip
    return np.einsum("mn,mn->", line, target).real


def four_fermion_sum(p_nu: Any, p_in: Any, p1: Any, p2: Any, delta: Any, r: Any, left: Any, right: Any) -> Any:
    """Sum over spins of |M|^2 for nu(p_nu) tau(p_in) -> tau(p1) tau(p2), all couplings, massive propagators.

    Antiparticles as negative momenta: an incoming taubar of momentum k is an outgoing tau of -k. The sign of each
    crossed fermion's spin sum cancels in pairs.
    """
    m = 1.0 + delta
    mixed, same = current(left, right, 1, 0), current(left, right, 1, 1)
    spin = [slash(p1) + m * np.eye(4), slash(p2) + m * np.eye(4)]
    start = [slash(p_nu) + np.eye(4), slash(p_in) + m * np.eye(4)]

    def propagator(q: Any) -> Any:
        low = METRIC @ q
        return (METRIC - np.outer(low, low) / (r * r)) / (dot(q, q) - r * r)

    direct, crossed = propagator(p_nu - p1), propagator(p_nu - p2)

    def square(prop: Any, first: Any, second: Any) -> Any:
        one = np.einsum("ab,mbc,cd,nda->mn", first, mixed, start[0], barred(mixed))
        two = np.einsum("ab,mbc,cd,nda->mn", second, same, start[1], barred(same))
        return np.einsum("mn,rs,mr,ns->", one, two, prop, prop)

    interference = np.einsum(
        "ab,mbc,cd,nde,ef,rfg,gh,sha,mr,ns->",
        spin[0], mixed, start[0], barred(mixed), spin[1], same, start[1], barred(same), direct, crossed,
        optimize=True,
    )  # fmt: skip
    return (square(direct, *spin) + square(crossed, *spin[::-1]) - 2.0 * interference).real
