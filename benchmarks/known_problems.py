"""Problems with known evidence and known means, as models and likelihoods that any sampler of the package takes.

Each is a likelihood on the unit cube; ``means`` are functions of a point whose posterior means are known too. All
exact values are closed forms or one- and two-dimensional integrals, computed here by quadrature.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import loggamma, norm

from twinsector.common.arrays import FloatArray
from twinsector.inference.posterior import Posterior
from twinsector.likelihoods.base import LikelihoodDefaults
from twinsector.physics.model import ModelDefaults, Observable, Parameter, Predictions, stack_parameters
from twinsector.priors import build_prior

Function = Callable[[FloatArray], FloatArray]
"""From points (n, n_dim) of the unit cube to numbers (n,)."""


@dataclass(frozen=True)
class Problem:
    """A likelihood on the unit cube, its ln Z, and functions with their exact posterior means."""

    name: str
    n_dim: int
    log_likelihood: Function
    log_evidence: float
    means: Mapping[str, tuple[Function, float]] = field(default_factory=dict)
    unimodal: bool = False
    """Whether walkers can reach all of the posterior, so that ensembles of them are a sampler for it."""

    def posterior(self) -> Posterior:
        """The problem as users pose theirs: a model with a flat prior, and a likelihood."""
        model = CubeModel(self)
        return Posterior(
            model, build_prior({p.name: {"uniform": [0.0, 1.0]} for p in model.parameters}, {}, model.parameters),
            (CubeLikelihood(self),),
        )  # fmt: skip


@dataclass(frozen=True)
class CubeModel(ModelDefaults):
    """Parameters u0, u1, ... of a problem, and the functions whose means are known as predictions."""

    problem: Problem
    name: str = "cube"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """One for each dimension."""
        names = [f"u{i}" for i in range(self.problem.n_dim)]
        return tuple(Parameter(name, "", name, 0.0, 1.0, 0.5, "a coordinate of the unit cube") for name in names)

    @property
    def observables(self) -> tuple[Observable, ...]:
        """The functions with known means."""
        return tuple(Observable(name, "", name, "a function with a known mean") for name in self.problem.means)

    def predict(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        """Every point is valid."""
        u = stack_parameters(parameters, tuple(p.name for p in self.parameters))
        values = {name: function(u) for name, (function, _) in self.problem.means.items()}
        return Predictions(values, np.full(len(u), "ok"))


@dataclass(frozen=True)
class CubeLikelihood(LikelihoodDefaults):
    """log L of a problem."""

    problem: Problem
    name: str = "problem"
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    @property
    def requires(self) -> tuple[str, ...]:
        """All coordinates."""
        return tuple(f"u{i}" for i in range(self.problem.n_dim))

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L (n,)."""
        return self.problem.log_likelihood(stack_parameters(predictions, self.requires))


def coordinate(i: int) -> Function:
    """The i-th coordinate."""
    return lambda u: u[:, i]


def below(i: int, edge: float) -> Function:
    """1 where the i-th coordinate is below an edge: its mean is the weight of that part."""
    return lambda u: (u[:, i] < edge).astype(float)


def shells(n_dim: int) -> Problem:
    """Two Gaussian shells in [-6, 6]^n: radius 2, width 0.1, centres at -3.5 and 3.5 (arXiv:0809.3437, eq. 32)."""
    radius, width, centre, side = 2.0, 0.1, 3.5, 12.0

    def radii(u: FloatArray) -> FloatArray:
        """Distances (2, n) from the two centres."""
        x = side * (u - 0.5)
        rest = np.sum(x[:, 1:] ** 2, axis=1)
        return np.sqrt(np.stack([(x[:, 0] + centre) ** 2 + rest, (x[:, 0] - centre) ** 2 + rest]))

    def log_l(u: FloatArray) -> FloatArray:
        found: FloatArray = np.logaddexp.reduce(norm_log_density(radii(u), radius, width), axis=0)
        return found

    def moment(power: int) -> float:
        """int r^(n-1+power) N(r; radius, width) dr."""
        r = np.linspace(max(0.0, radius - 12 * width), radius + 20 * width, 200_001)
        return float(np.trapezoid(r ** (n_dim - 1 + power) * np.exp(norm_log_density(r, radius, width)), r))

    surface = math.log(2.0) + 0.5 * n_dim * math.log(math.pi) - math.lgamma(0.5 * n_dim)
    log_z = math.log(2.0) + surface + math.log(moment(0)) - n_dim * math.log(side)
    means = {
        "left": (below(0, 0.5), 0.5),
        "u1": (coordinate(1), 0.5),
        "distance": (lambda u: radii(u).min(axis=0), moment(1) / moment(0)),
    }
    return Problem(f"shells-{n_dim}", n_dim, log_l, log_z, means)


def norm_log_density(x: FloatArray, mean: float, sigma: float) -> FloatArray:
    """ln of the normal density; scipy's own takes ten times longer."""
    density: FloatArray = -0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma * math.sqrt(2.0 * math.pi))
    return density


def eggbox() -> Problem:
    """(2 + cos(x/2) cos(y/2))^5 on [0, 10 pi]^2, ln Z = 235.856 (arXiv:0809.3437, section 6.1)."""
    side = 10.0 * math.pi

    def log_l(u: FloatArray) -> FloatArray:
        x = 0.5 * side * u
        found: FloatArray = (2.0 + np.cos(x[:, 0]) * np.cos(x[:, 1])) ** 5
        return found

    n = 2000
    centres = (np.arange(n) + 0.5) / n
    grid = np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1).reshape(-1, 2)
    values = log_l(grid)
    weight = np.exp(values - values.max())
    means = {"u0": (coordinate(0), 0.5), "u1": (coordinate(1), 0.5)}
    corner = below(0, 0.3)
    means["left"] = (corner, float(np.average(corner(grid), weights=weight)))
    return Problem("eggbox", 2, log_l, float(values.max() + math.log(weight.mean())), means)


def rosenbrock(n_dim: int) -> Problem:
    """-log L = sum of 100 (x_(i+1) - x_i^2)^2 + (1 - x_i)^2 on [-5, 5]^n; integrated along the chain of parameters."""
    side = 10.0

    def log_l(u: FloatArray) -> FloatArray:
        x = side * (u - 0.5)
        found: FloatArray = -np.sum(100.0 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1.0 - x[:, :-1]) ** 2, axis=1)
        return found

    # A quarter of the narrowest width, 1/sqrt(200): the trapezoidal rule of a Gaussian is then exact to rounding.
    x = np.linspace(-0.5 * side, 0.5 * side, 801)
    step = np.full(len(x), x[1] - x[0])
    step[[0, -1]] *= 0.5
    link = np.exp(-100.0 * (x[None, :] - x[:, None] ** 2) ** 2 - (1.0 - x[:, None]) ** 2) * step[None, :]
    ends = [np.ones(len(x)), x]  # of the last parameter: 1, and itself
    for _ in range(n_dim - 1):
        ends = [link @ end for end in ends]
    starts = [float(step @ (value * ends[0])) for value in (np.ones(len(x)), x)]
    z, first, last = starts[0], starts[1] / starts[0], float(step @ ends[1]) / starts[0]
    means = {
        "first": (coordinate(0), 0.5 + first / side),
        "last": (coordinate(n_dim - 1), 0.5 + last / side),
    }
    return Problem(f"rosenbrock-{n_dim}", n_dim, log_l, math.log(z) - n_dim * math.log(side), means, unimodal=True)


def log_gamma(n_dim: int) -> Problem:
    """Four modes with heavy tails: log-gamma and normal factors of width 1/30 (arXiv:1304.7808; arXiv:1306.2144)."""
    width = 1.0 / 30.0

    def gamma(x: FloatArray, place: float) -> FloatArray:
        t = (x - place) / width
        density: FloatArray = t - np.exp(t) - math.log(width)
        return density

    n_gamma = (n_dim + 2) // 2 - 2

    def log_l(u: FloatArray) -> FloatArray:
        first = np.logaddexp(gamma(u[:, 0], 1.0 / 3.0), gamma(u[:, 0], 2.0 / 3.0)) - math.log(2.0)
        second = np.logaddexp(
            norm_log_density(u[:, 1], 1.0 / 3.0, width), norm_log_density(u[:, 1], 2.0 / 3.0, width)
        ) - math.log(2.0)
        rest = gamma(u[:, 2 : 2 + n_gamma], 2.0 / 3.0).sum(axis=1)
        found: FloatArray = first + second + rest + norm_log_density(u[:, 2 + n_gamma :], 2.0 / 3.0, width).sum(axis=1)
        return found

    low, high = (loggamma(1.0, loc=place, scale=width) for place in (1.0 / 3.0, 2.0 / 3.0))
    first = 0.5 * sum(one.cdf(1.0) - one.cdf(0.0) for one in (low, high))
    gamma_mass = float(high.cdf(1.0) - high.cdf(0.0))
    normal_mass = float(norm.cdf(1.0, 2.0 / 3.0, width) - norm.cdf(0.0, 2.0 / 3.0, width))
    log_z = math.log(first) + n_gamma * math.log(gamma_mass) + (n_dim - 1 - n_gamma) * math.log(normal_mass)
    left = 0.5 * sum(one.cdf(0.5) - one.cdf(0.0) for one in (low, high)) / first
    means = {
        "left": (below(0, 0.5), float(left)),
        "lower": (below(1, 0.5), 0.5),
    }
    if n_gamma:
        means["last"] = (coordinate(n_dim - 1), 2.0 / 3.0)
        mean = quad(lambda x: x * high.pdf(x), 0.0, 1.0, points=[2.0 / 3.0])[0] / gamma_mass
        means["u2"] = (coordinate(2), float(mean))
    return Problem(f"loggamma-{n_dim}", n_dim, log_l, log_z, means)


def constant() -> Problem:
    """log L = 0 everywhere in 3 dimensions: nothing is learnt, ln Z = 0."""
    return Problem("constant", 3, lambda u: np.zeros(len(u)), 0.0, {"u0": (coordinate(0), 0.5)}, unimodal=True)


def plateau() -> Problem:
    """A normal peak of width 0.1 in 3 dimensions that stands on a plateau with 30% of Z (arXiv:2010.13884)."""
    sigma, reach, share = 0.1, 0.4, 0.3
    ball = 4.0 / 3.0 * math.pi * reach**3
    inside, _ = quad(lambda r: 4.0 * math.pi * r * r * math.exp(-0.5 * (r / sigma) ** 2), 0.0, reach)
    floor = share / (1.0 - share) * inside / (1.0 - ball)

    def squared(u: FloatArray) -> FloatArray:
        found: FloatArray = np.sum((u - 0.5) ** 2, axis=1)
        return found

    def log_l(u: FloatArray) -> FloatArray:
        r2 = squared(u)
        return np.where(r2 < reach**2, -0.5 * r2 / sigma**2, math.log(floor))

    means = {"u0": (coordinate(0), 0.5), "peak": (lambda u: (squared(u) < reach**2).astype(float), 1.0 - share)}
    return Problem("plateau", 3, log_l, math.log(inside / (1.0 - share)), means, unimodal=True)


def windows(name: str, sigmas: tuple[float, float]) -> Problem:
    """Two normal windows in 4 dimensions with 90% and 10% of Z, the lighter one narrower and higher.

    In the `needle`, 6 of 1000 points drawn from a contour that holds both lie in the lighter window, in `windows` 70.
    """
    centres, shares = (0.25, 0.75), (0.9, 0.1)

    def log_l(u: FloatArray) -> FloatArray:
        parts = [
            math.log(share) + norm_log_density(u, centre, sigma).sum(axis=1)
            for centre, sigma, share in zip(centres, sigmas, shares, strict=True)
        ]
        found: FloatArray = np.logaddexp(parts[0], parts[1])
        return found

    means = {"heavier": (below(0, 0.5), shares[0]), "u1": (coordinate(1), shares[0] * 0.25 + shares[1] * 0.75)}
    return Problem(name, 4, log_l, 0.0, means)


def correlated(n_dim: int) -> Problem:
    """A normal peak of width 0.05 with correlation 0.9 of neighbouring coordinates (an autoregressive chain)."""
    sigma, rho = 0.05, 0.9
    inner = math.sqrt(1.0 - rho * rho)

    def log_l(u: FloatArray) -> FloatArray:
        x = (u - 0.5) / sigma
        steps = (x[:, 1:] - rho * x[:, :-1]) / inner
        found: FloatArray = -0.5 * (x[:, 0] ** 2 + np.sum(steps**2, axis=1))
        return found - n_dim * math.log(sigma * math.sqrt(2.0 * math.pi)) - (n_dim - 1) * math.log(inner)

    means = {
        "u0": (coordinate(0), 0.5),
        "last": (coordinate(n_dim - 1), 0.5),
        "square": (lambda u: (u[:, 0] - 0.5) ** 2 / sigma**2, 1.0),
    }
    outside = 2.0 * n_dim * (1.0 - ndtr(0.5 / sigma))
    assert outside < 1e-12
    return Problem(f"correlated-{n_dim}", n_dim, log_l, 0.0, means, unimodal=True)


@cache
def problems() -> dict[str, Problem]:
    """All problems by name."""
    found = (
        *(shells(n) for n in (2, 5, 10, 30)),
        eggbox(),
        *(rosenbrock(n) for n in (2, 5)),
        *(log_gamma(n) for n in (2, 10)),
        constant(),
        plateau(),
        windows("windows", (0.04, 0.02)),
        windows("needle", (0.04, 0.01)),
        correlated(8),
    )
    return {problem.name: problem for problem in found}
