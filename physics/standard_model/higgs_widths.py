"""Partial widths of a Standard-Model-like scalar, with off-shell vector bosons.

All functions take the mass of the scalar and the masses of the sector into which it decays, so that the mirror sector
(masses times v'/v) uses the same code. Widths are for unit mixing: multiply by theta^2.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ..kernels import jit
from .constants import GAMMA_W, GAMMA_Z, M_W, M_Z

RATIO_MIN, RATIO_MAX, RATIO_POINTS = 0.25, 40.0, 900
"""Grid of m/m_V on which the off-shell factor is tabulated, uniform in ln(m/m_V)."""
RELATIVE_WIDTH_FACTOR = 1.25
"""Tables are for Gamma_V/m_V divided and multiplied by this, interpolated in ln (Gamma_V'/m_V' scales as g'^2)."""
QUADRATURE_NODES = 40
"""Gauss-Legendre nodes per panel of each Breit-Wigner (measured error: docs/approximations.md)."""
STORED_TABLES = "data/off_shell_vectors.csv"
"""The tables, computed once: `off_shell_tables`."""


class OffShellTables(NamedTuple):
    """ln of the off-shell factor F for W and Z: arrays (3, n) over the relative widths and ln(m/m_V)."""

    log_ratio_min: float
    log_ratio_step: float
    w: FloatArray
    z: FloatArray


def off_shell_factor(ratio: FloatArray, relative_width: float, nodes: int = QUADRATURE_NODES) -> FloatArray:
    """Factor F of Gamma(H -> V*V*) = delta_V m^3/(32 pi v^2) F, double Breit-Wigner.

    F = (1/pi^2) int dq1 dq2 BW(q1) BW(q2) sqrt(l) (l + 12 q1 q2/m^4), l = (1-q1/m^2-q2/m^2)^2 - 4 q1 q2/m^4
    (Djouadi, hep-ph/0503172 eqs. 2.18-2.19).
    On shell F -> sqrt(1-4x)(1-4x+12x^2), x = m_V^2/m^2.

    ``ratio`` = m/m_V, shape (n,); ``relative_width`` = Gamma_V/m_V. The Breit-Wigners are mapped by an arctangent.
    """
    x, w = np.polynomial.legendre.leggauss(nodes)
    u, du = 0.5 * (x + 1.0), 0.5 * w
    u, du = u * u * (3.0 - 2.0 * u), 6.0 * u * (1.0 - u) * du  # smooths the square roots at the phase-space edges
    m = np.asarray(ratio, dtype=float)
    low = math.atan(-1.0 / relative_width)

    def angle(s: FloatArray) -> FloatArray:
        """Map the virtuality s (in m_V^2) to the variable in which the Breit-Wigner is the integration measure."""
        return np.arctan((s - 1.0) / relative_width)

    def panel(start: FloatArray, stop: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Virtualities and weights between two angles (shape of ``start`` plus nodes)."""
        span = (stop - start)[..., None]
        return 1.0 + relative_width * np.tan(span * u + start[..., None]), span * du

    # the inner integral changes rapidly at the second resonance, q1 = (m - m_V)^2: one panel on either side
    top = angle(m**2)
    middle = np.where(m > 1.0, np.minimum(angle((m - 1.0) ** 2), top), low)
    total = np.zeros_like(m)
    for start, stop in ((np.full_like(m, low), middle), (middle, top)):
        q1, w1 = panel(start, stop)
        edge = angle((m[:, None] - np.sqrt(np.clip(q1, 0.0, None))) ** 2)
        q2, w2 = panel(np.full_like(edge, low), edge)
        a, b = q1[..., None] / m[:, None, None] ** 2, q2 / m[:, None, None] ** 2
        kaellen = np.clip((1.0 - a - b) ** 2 - 4.0 * a * b, 0.0, None)
        integrand = np.sqrt(kaellen) * (kaellen + 12.0 * a * b)
        total += ((integrand * w2).sum(axis=-1) * w1).sum(axis=-1)
    return np.asarray(total / math.pi**2)


@cache
def off_shell_tables() -> OffShellTables:
    """Tables of ln F for W and Z, as stored for these constants; for others they are computed (.3 s)."""
    log_ratio = np.linspace(math.log(RATIO_MIN), math.log(RATIO_MAX), RATIO_POINTS)
    first, *rows = files(__package__).joinpath(STORED_TABLES).read_text().splitlines()
    if first == stored_for():
        columns = np.array([float(number) for row in rows for number in row.split(",")]).reshape(RATIO_POINTS, 6).T
        w, z = np.ascontiguousarray(columns[:3]), np.ascontiguousarray(columns[3:])
    else:
        w, z = computed_tables()
    return OffShellTables(float(log_ratio[0]), float(log_ratio[1] - log_ratio[0]), w, z)


def stored_for() -> str:
    """First line of the stored tables: what they depend on."""
    numbers = (M_W, GAMMA_W, M_Z, GAMMA_Z, RATIO_MIN, RATIO_MAX, RATIO_POINTS, RELATIVE_WIDTH_FACTOR, QUADRATURE_NODES)
    return "# ln F of W (3 columns) and Z (3) at M_W, Gamma_W, M_Z, Gamma_Z, grid = " + ", ".join(map(repr, numbers))


def computed_tables() -> tuple[FloatArray, FloatArray]:
    """ln F of W and of Z, (3, n) each, by quadrature."""
    ratio = np.exp(np.linspace(math.log(RATIO_MIN), math.log(RATIO_MAX), RATIO_POINTS))

    def table(relative_width: float) -> FloatArray:
        factors = (1.0 / RELATIVE_WIDTH_FACTOR, 1.0, RELATIVE_WIDTH_FACTOR)
        return np.log(np.stack([off_shell_factor(ratio, relative_width * factor) for factor in factors]))

    return table(GAMMA_W / M_W), table(GAMMA_Z / M_Z)


def store_tables(path: Path) -> None:
    """Write the tables to ``STORED_TABLES`` in this folder, after a change of what they depend on (a test compares)."""
    rows = np.concatenate(computed_tables()).T
    path.write_text("\n".join([stored_for(), *(",".join(map(repr, row)) for row in rows.tolist())]) + "\n")


@jit
def _log_factor(tables: FloatArray, log_ratio_min: float, step: float, log_ratio: float, width_scale: float) -> float:
    """ln F interpolated: cubic in ln(m/m_V), quadratic in ln(Gamma_V/m_V)."""
    n = tables.shape[1]
    u = (log_ratio - log_ratio_min) / step
    i = min(max(int(u), 1), n - 3)
    t = min(u - i, float(n))
    if u < 0.0:  # power law below the table, where F is below 1e-10
        i, t = 1, u - 1.0
    c0 = -t * (t - 1.0) * (t - 2.0) / 6.0
    c1 = (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0
    c2 = -(t + 1.0) * t * (t - 2.0) / 2.0
    c3 = (t + 1.0) * t * (t - 1.0) / 6.0
    d = math.log(width_scale) / math.log(RELATIVE_WIDTH_FACTOR)
    total = 0.0
    for k in range(3):
        row = tables[k]
        if u < 0.0:
            value = row[0] + u * (row[1] - row[0])
        elif u > n - 1:
            value = row[n - 1]
        else:
            value = c0 * row[i - 1] + c1 * row[i] + c2 * row[i + 1] + c3 * row[i + 2]
        if k == 0:
            total += 0.5 * d * (d - 1.0) * value
        elif k == 1:
            total += (1.0 - d * d) * value
        else:
            total += 0.5 * d * (d + 1.0) * value
    return total


@jit
def width_to_vectors(m: float, vev: float, scale: float, coupling_ratio: float, tables: OffShellTables) -> float:
    """Gamma(H -> W*W*) + Gamma(H -> Z*Z*) (GeV) of a scalar of mass m (GeV) in a sector with vev = v x scale.

    Vector masses are m_V x scale x coupling_ratio (g'/g), relative widths Gamma_V/m_V x coupling_ratio^2.
    delta_W = 2, delta_Z = 1 (hep-ph/0503172 eq. 2.17). Table error < 8e-4 (docs/approximations.md).
    """
    prefactor = m**3 / (32.0 * math.pi * vev * vev)
    width_scale = coupling_ratio * coupling_ratio
    log_w = math.log(m / (M_W * scale * coupling_ratio))
    log_z = math.log(m / (M_Z * scale * coupling_ratio))
    low, step = tables.log_ratio_min, tables.log_ratio_step
    factor = 2.0 * math.exp(_log_factor(tables.w, low, step, log_w, width_scale))
    return prefactor * (factor + math.exp(_log_factor(tables.z, low, step, log_z, width_scale)))


@jit
def width_to_fermions(m: float, yukawa_mass: float, kinematic_mass: float, colours: int, vev: float) -> float:
    """Gamma(H -> f fbar) = N_c m m_f^2/(8 pi v^2) (1-4 m_f^2/m^2)^(3/2) (GeV); zero below threshold.

    ``yukawa_mass`` is the (running) mass in the coupling, ``kinematic_mass`` the one in the phase space (GeV).
    """
    x = 4.0 * kinematic_mass * kinematic_mass / (m * m)
    if x >= 1.0:
        return 0.0
    width: float = colours * m * yukawa_mass * yukawa_mass / (8.0 * math.pi * vev * vev) * (1.0 - x) ** 1.5
    return width


@jit
def quark_k_factor(alpha: float) -> float:
    """QCD factor of H -> q qbar with the running mass: 1 + 5.67 a + 29.1 a^2, a = alpha_s/pi (n_f = 5)."""
    a = alpha / math.pi
    return 1.0 + 5.67 * a + 29.1 * a * a


@jit
def gluon_k_factor(alpha: float) -> float:
    """QCD factor of H -> gg at next-to-leading order, heavy-top limit: 1 + (95/4 - 7 n_f/6) a, n_f = 5."""
    return 1.0 + (95.0 / 4.0 - 7.0 * 5.0 / 6.0) * alpha / math.pi


@jit
def _fermion_loop(tau: float) -> complex:
    """A_1/2(tau) = 2 [tau + (tau-1) f(tau)]/tau^2, tau = m^2/(4 m_f^2) (hep-ph/0503172 eq. 2.46-2.47)."""
    if tau <= 1.0:
        f = complex(math.asin(math.sqrt(tau)) ** 2, 0.0)
    else:
        beta = math.sqrt(1.0 - 1.0 / tau)
        f = -0.25 * (complex(math.log((1.0 + beta) / (1.0 - beta)), -math.pi)) ** 2
    return 2.0 * (tau + (tau - 1.0) * f) / (tau * tau)


@jit
def width_to_gluons(m: float, m_top: float, m_bottom: float, vev: float, alpha: float) -> float:
    """Gamma(H -> gg) (GeV) at leading order (top and bottom loops) times :func:`gluon_k_factor`."""
    amplitude = _fermion_loop(m * m / (4.0 * m_top * m_top)) + _fermion_loop(m * m / (4.0 * m_bottom * m_bottom))
    squared = 0.5625 * (amplitude.real**2 + amplitude.imag**2)
    return alpha * alpha * m**3 / (72.0 * math.pi**3 * vev * vev) * squared * gluon_k_factor(alpha)
