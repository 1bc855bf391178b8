"""The paper's own way to the density (arXiv:1805.12139 eq. 4.13 and appendix C), on the rates of ``rate_history``.

With y = Y_tau/Y_tau^eq given, every momentum of nu obeys dn/dlnx = -C (n - y n_eq), solved from x_1 on by eq. 4.13:

    n(x) = n(x_1) exp(-int_1^x C) + int_1^x dlnx' C y n_eq exp(-int_x'^x C),

what survives from x_1 and what was made since. Appendix C iterates: n_nu by eq. 4.13, then n_tau by eq. C.1 in that
n_nu, where S enters thermally averaged. For figures 3 and 9; the solver of the model does neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...common.arrays import FloatArray
from .rate_history import RateHistory


@dataclass(frozen=True)
class Terms:
    """Eq. 4.13 at the last x: densities (n_q,) of the momentum bins."""

    survived: FloatArray
    """First term: what was there at x_1 and has not scattered since."""
    made: FloatArray
    """Second term."""


def coannihilation_ratio(history: RateHistory) -> FloatArray:
    """y (n_x,) by eq. 4.2, nu and tau in chemical equilibrium with each other."""
    together = history.equilibrium.sum(axis=1) + history.tau_equilibrium
    loss = history.coannihilation / together
    return _riccati(history.x, loss, loss * together**2, np.zeros_like(loss), together)


def neutrinos(history: RateHistory, y: FloatArray) -> FloatArray:
    """Densities (n_x, n_q) of nu by eq. 4.13 for the given y (n_x,), with C_A as in eq. B.2 corrected: f_eq - y f."""
    found = np.empty_like(history.equilibrium)
    found[0] = history.equilibrium[0]
    depth, target = _depth_and_target(history, y)
    for i, (optical, growth) in enumerate(_steps(depth, target)):
        found[i + 1] = found[i] * np.exp(-optical) + target[i] * growth
    return found


def terms(history: RateHistory, y: FloatArray, x_1: float) -> Terms:
    """Both terms of eq. 4.13 at the end, divided at ``x_1``."""
    depth, target = _depth_and_target(history, y)
    survived, made = history.equilibrium[0].copy(), np.zeros(history.q.size)
    for i, (optical, growth) in enumerate(_steps(depth, target)):
        kept, new = np.exp(-optical), target[i] * growth
        survived, made = survived * kept, made * kept
        if history.x[i] < x_1:
            survived = survived + new
        else:
            made = made + new
    return Terms(survived, made)


def tau_ratio(history: RateHistory, nu: FloatArray) -> FloatArray:
    """y (n_x,) by eq. C.1 for the densities ``nu`` (n_x, n_q): C_S, C_A, and S averaged over a thermal distribution."""
    equilibrium, tau = history.equilibrium, history.tau_equilibrium
    thermal = equilibrium.sum(axis=1)
    average = np.sum(history.scatter * equilibrium, axis=1) / thermal
    by_ca = np.sum(history.convert * nu, axis=1) / tau
    made = average * nu.sum(axis=1) + np.sum(history.convert * equilibrium, axis=1)
    return _riccati(
        history.x, history.tau_tau / tau, history.tau_tau * tau + made, average * thermal / tau + by_ca, tau,
    )  # fmt: skip


def iterate(history: RateHistory, times: int) -> list[tuple[FloatArray, FloatArray]]:
    """(y, densities of nu) of each round: eq. 4.2 with eq. 4.13 first, then ``times`` rounds of eqs. C.1 and 4.13."""
    y = coannihilation_ratio(history)
    rounds = [(y, neutrinos(history, y))]
    for _ in range(times):
        y = tau_ratio(history, rounds[-1][1])
        rounds.append((y, neutrinos(history, y)))
    return rounds


def _depth_and_target(history: RateHistory, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rate C (n_x, n_q) at which nu relaxes, and the density it relaxes to."""
    scatter = history.scatter + history.helped * y[:, None]
    loss = scatter + history.convert * y[:, None]
    source = (scatter * y[:, None] + history.convert) * history.equilibrium
    with np.errstate(invalid="ignore", divide="ignore"):
        target = np.where(loss > 0.0, source / np.maximum(loss, 1e-300), history.equilibrium)
    step = np.diff(np.log(history.x))[:, None]
    return 0.5 * (loss[1:] + loss[:-1]) * step, np.maximum(target, 1e-300)


def _steps(depth: FloatArray, target: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Per step: optical depth, and what is made of a target that grows exponentially, over the target at its start."""
    slope = np.log(target[1:] / target[:-1])
    for optical, rise in zip(depth, slope, strict=True):
        total = optical + rise
        near = np.abs(total) < 1e-8
        ratio = np.where(near, np.exp(-optical), (np.exp(rise) - np.exp(-optical)) / np.where(near, 1.0, total))
        yield optical, optical * ratio


def _riccati(
    x: FloatArray, square: FloatArray, source: FloatArray, linear: FloatArray, scale: FloatArray
) -> FloatArray:
    """n/scale (n_x,) of dn/dlnx = source - linear n - square n^2 by implicit Euler steps, from n = scale."""
    step = np.diff(np.log(x))
    found, n = np.empty_like(x), scale[0]
    found[0] = 1.0
    for i, h in enumerate(step):
        a, b, c = h * square[i + 1], 1.0 + h * linear[i + 1], n + h * source[i + 1]
        n = 2.0 * c / (b + np.sqrt(b * b + 4.0 * a * c))
        found[i + 1] = n / scale[i + 1]
    return found
