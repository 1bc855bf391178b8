"""Squared amplitudes, summed over all spins, of f0 gamma -> f1 gamma and everything crossed from it.

With X_i = a_i P_L + v_i P_R the amplitude is

    M = e^2 ubar_1 Xbar_1 [ eps'* G(P) eps + eps G(Q) eps'* ] X_0 u_0,
    G(q) = sum_a X_a (qslash + m_a) Xbar_a/(q^2 - m_a^2),

so one trace with ``Chiral`` lines serves every process: S (nu gamma -> tau gamma), C_A, C_S and A (crossed), with nu
and tau exchanged. ``a``, ``b`` and ``g`` are the squared masses of f0, f1 and the twin photon; s = P^2, u = Q^2.
Tested against explicit Dirac matrices to 1e-12 (tests/physics/twin/test_amplitudes.py).
"""

from __future__ import annotations

from .mixing import Chiral, Twin, exchange
from .vector_math import vector_inline


@vector_inline
def _one_channel(s: float, u: float, a: float, b: float, g: float, f0: Chiral, f1: Chiral, line: Chiral) -> float:
    """|s channel|^2: Tr[K1 G K0 G], where the photon sum dresses p0 to V0 = p0 + (2 p0.k/g) k and a mass to -3 m."""
    c0 = (s - a - g) / g
    c1 = (s - b - g) / g
    t = a + b + 2.0 * g - s - u
    v0_p = 0.5 * ((s + a - g) + c0 * (s + g - a))
    v1_p = 0.5 * ((s + b - g) + c1 * (s + g - b))
    v0_v1 = 0.5 * ((a + b - t) + c1 * (a + g - u) + c0 * (b + g - u) + c0 * c1 * (2.0 * g - t))
    left, right, scalar = line.left, line.right, line.scalar
    chiral = f1.left * f0.left * left * left + f1.right * f0.right * right * right
    total = chiral * 2.0 * (2.0 * v0_p * v1_p - s * v0_v1)
    total += (f1.left * f0.right + f1.right * f0.left) * scalar * scalar * 2.0 * v0_v1
    total -= 12.0 * scalar * f0.scalar * (f1.left * left + f1.right * right) * v1_p
    total -= 12.0 * scalar * f1.scalar * (f0.left * left + f0.right * right) * v0_p
    return total + 36.0 * f0.scalar * f1.scalar * (s * left * right + scalar * scalar)


@vector_inline
def _one_mass_flip(s: float, u: float, a: float, b: float, g: float) -> float:
    """Interference with one external mass (of f0), P-slash in the channel of ``s`` and a mass in that of ``u``."""
    flat = 4.0 * (s + b - g)
    once = 2.0 * (b * b - g * g + a * g + a * b - 2.0 * b * g + u * (g - a) + s * (u + s - 2.0 * g - 3.0 * b))
    twice = b * (g * g + a * g - a * b - a * a) + u * b * (a - g) + s * (g * g - a * g + a * b)
    twice += s * u * (g + a + b - u - s)
    return flat + (once + twice / g) / g


@vector_inline
def _interference(
    s: float, u: float, a: float, b: float, g: float, f0: Chiral, f1: Chiral, p: Chiral, q: Chiral
) -> float:
    """Twice the real part of (s channel)(u channel)*; ``p`` and ``q`` are the exchanged lines."""
    m, ab, w, su, h = a + b, a * b, s + u, s * u, 1.0 / g
    slashes = 4.0 * (2.0 * g * (m + w) - m * w) - 16.0 * g * g
    slashes += h * (8.0 * ab * g - 4.0 * ab * m + w * (4.0 * ab - 2.0 * m * g) + 4.0 * su * (2.0 * g + m - w))
    slashes += h * h * (ab * ab - ab * g * g - su * (g * g + 2.0 * ab) + su * su)
    masses = 4.0 * w - 8.0 * g + h * (4.0 * (g * g + m * g + ab + su) - 2.0 * w * (2.0 * g + m))
    masses += h * h * (ab * m - 2.0 * ab * g - m * g * g + w * (m * g - ab) + su * (w - 2.0 * g - m))
    mixed = 4.0 * m - 8.0 * g + h * (4.0 * (g * g - m * g + ab + su) + 2.0 * w * (2.0 * g - m))
    mixed += h * h * (ab * m - 2.0 * ab * g - w * (g * g - m * g + ab) + su * (w - 2.0 * g - m))
    four_masses = -20.0 + 2.0 * h * h * (m - w) * (m - w)

    total = (f1.left * f0.left * p.left * q.left + f1.right * f0.right * p.right * q.right) * slashes
    total += (f1.left * f0.right + f1.right * f0.left) * p.scalar * q.scalar * masses
    total += f0.scalar * (f1.left * p.left + f1.right * p.right) * q.scalar * _one_mass_flip(s, u, a, b, g)
    total += f0.scalar * (f1.left * q.left + f1.right * q.right) * p.scalar * _one_mass_flip(u, s, a, b, g)
    total += f1.scalar * (f0.left * p.left + f0.right * p.right) * q.scalar * _one_mass_flip(s, u, b, a, g)
    total += f1.scalar * (f0.left * q.left + f0.right * q.right) * p.scalar * _one_mass_flip(u, s, b, a, g)
    total += f0.scalar * f1.scalar * ((p.left * q.right + p.right * q.left) * mixed + p.scalar * q.scalar * four_masses)
    return 2.0 * total


@vector_inline
def compton(s: float, u: float, a: float, b: float, g: float, f0: Chiral, f1: Chiral, twin: Twin) -> float:
    """Sum over spins of |M|^2/e_hat^4 for f0(p0) gamma(k) -> f1 gamma(k') (arXiv:1805.12139 appendix A).

    ``s`` = (p0+k)^2, ``u`` = (p0-k')^2. The crossed f1 f0bar -> gamma gamma is minus this at s = (p1-k1)^2,
    u = (p1-k2)^2. Dimensionless.
    """
    p = exchange(s, twin)
    q = exchange(u, twin)
    total = _one_channel(s, u, a, b, g, f0, f1, p) + _one_channel(u, s, a, b, g, f0, f1, q)
    return total + _interference(s, u, a, b, g, f0, f1, p, q)


@vector_inline
def decay_square(s: float, twin: Twin) -> float:
    """Sum over spins of |M|^2/(e_hat m_nu)^2 for tau -> nu + vector of mass squared ``s`` coupled like the photon."""
    left, right = twin.left_01, twin.right_01
    even = twin.tau2 + 1.0 - 2.0 * s + (twin.tau2 - 1.0) ** 2 / s
    return (left * left + right * right) * even - 12.0 * left * right * twin.m_tau


@vector_inline
def decay(twin: Twin) -> float:
    """``decay_square`` of the twin photon on shell (r < delta; not checked here)."""
    return decay_square(twin.photon2, twin)
