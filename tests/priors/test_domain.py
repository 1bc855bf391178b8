"""Ranges of dependent priors, and what is cut or refused at a physical domain."""

from __future__ import annotations

import math

import pytest

from twinsector.priors import Distribution, parse_distribution
from twinsector.priors.compound import Truncated
from twinsector.priors.dependent import Scaled, Sheared, Tied
from twinsector.priors.distributions import LogNormal, Normal, Uniform
from twinsector.priors.domain import asked_edges, inside_domain

INF = math.inf


@pytest.mark.parametrize(
    ("reached", "factor", "power", "image"),
    [
        ((1.0, 3.0), 2.0, 1.0, (2.0, 6.0)),
        ((1.0, 3.0), -2.0, 2.0, (-18.0, -2.0)),
        ((2.0, 4.0), 1.0, -1.0, (0.25, 0.5)),
        ((-3.0, 2.0), 1.0, 2.0, (0.0, 9.0)),  # an even power folds a range that crosses zero
        ((-3.0, 2.0), -1.0, 4.0, (-81.0, 0.0)),
        ((-3.0, 2.0), 1.0, 3.0, (-27.0, 8.0)),
        ((-3.0, -1.0), 1.0, 2.0, (1.0, 9.0)),
        ((-3.0, 2.0), 5.0, 0.0, (5.0, 5.0)),
        ((0.5, 2.0), 1.0, 0.5, (math.sqrt(0.5), math.sqrt(2.0))),
        ((0.0, 4.0), 1.0, 0.5, (0.0, 2.0)),
        ((0.0, INF), 0.0, 1.0, (0.0, 0.0)),
        ((-4.0, -0.5), 1.0, -1.0, (-2.0, -0.25)),
        ((1.0, 1e200), 1.0, 2.0, (1.0, INF)),
    ],
)
def test_the_range_of_a_tied_parameter(
    reached: tuple[float, float], factor: float, power: float, image: tuple[float, float]
) -> None:
    tied = Tied("y", factor, power)
    assert inside_domain("x", tied, None, {"y": reached}) == (tied, pytest.approx(image))


def test_the_range_of_a_scaled_parameter_is_zero_where_a_factor_is() -> None:
    scaled = Scaled("y", Uniform(0.0, 2.0))
    assert inside_domain("x", scaled, None, {"y": (3.0, INF)})[1] == (0.0, INF)
    assert inside_domain("x", scaled, None, {"y": (0.0, INF)})[1] == (0.0, INF)
    assert inside_domain("x", scaled, None, {"y": (0.5, 3.0)})[1] == (0.0, 6.0)
    assert inside_domain("x", scaled, None, {"y": (-INF, 3.0)})[1] == (-INF, 6.0)
    squared = Scaled("y", Uniform(-1.0, 2.0), 0.5, 2.0)
    assert inside_domain("x", squared, None, {"y": (-1.0, 3.0)})[1] == (-4.5, 9.0)


@pytest.mark.parametrize(
    ("reached", "power", "ending"),
    [
        ((-1.0, 2.0), -1.0, "[-1, 2]"),
        ((0.0, 2.0), -2.0, "[0, 2]"),
        ((-2.0, 0.0), -1.0, "[-2, 0]"),
        ((-1.0, 2.0), 0.5, "[-1, 2]"),
        ((-0.5, -0.5), 1.5, "the value -0.5"),
    ],
)
def test_undefined_powers_are_refused(reached: tuple[float, float], power: float, ending: str) -> None:
    with pytest.raises(ValueError) as caught:
        inside_domain("x", Tied("y", 1.0, power), None, {"y": reached})
    assert str(caught.value) == (f"prior of 'x': power {power:g} of 'y' is undefined on {ending}; bound 'y' above zero")


@pytest.mark.parametrize(
    ("distribution", "edges"),
    [
        (Uniform(0.0, 1.0), (0.0, 1.0)),
        (Normal(0.0, 1.0), (-INF, INF)),
        (LogNormal(2.0, 0.1), (-INF, INF)),
        (parse_distribution({"scipy": {"name": "pareto", "args": [2.0], "kwds": {"scale": 3.0}}}), (3.0, INF)),
        (Truncated(Normal(0.0, 1.0), -0.5, 2.0), (-0.5, 2.0)),
        (Truncated(Uniform(0.0, 1.0), 0.25, INF), (0.25, 1.0)),
        (Truncated(Uniform(0.0, 1.0), -INF, 0.5), (0.0, 0.5)),
    ],
)
def test_the_edges_that_were_asked_for(distribution: Distribution, edges: tuple[float, float]) -> None:
    assert asked_edges(distribution) == edges


@pytest.mark.parametrize(
    ("distribution", "domain", "cut"),
    [
        (Normal(0.0, 1.0), (-1.0, INF), Truncated(Normal(0.0, 1.0), -1.0, INF)),
        (Normal(0.0, 1.0), (-INF, 2.0), Truncated(Normal(0.0, 1.0), -INF, 2.0)),
        (Normal(0.0, 1.0), None, Normal(0.0, 1.0)),
        (LogNormal(1.0, 0.1), (0.0, INF), LogNormal(1.0, 0.1)),
        (LogNormal(1.0, 0.1), (0.0, 4.0), Truncated(LogNormal(1.0, 0.1), -INF, 4.0)),
        (Uniform(1.0, 2.0), (1.0, 2.0), Uniform(1.0, 2.0)),
        (Truncated(Normal(0.0, 1.0), -1.0, INF), (-3.0, 2.0), Truncated(Normal(0.0, 1.0), -1.0, 2.0)),
        (Truncated(Normal(0.0, 1.0), -INF, 1.0), (-3.0, 2.0), Truncated(Normal(0.0, 1.0), -3.0, 1.0)),
    ],
)
def test_tails_are_cut_and_truncations_narrowed(
    distribution: Distribution, domain: tuple[float, float] | None, cut: Distribution
) -> None:
    assert inside_domain("x", distribution, domain, {}) == (cut, cut.support)
    sheared = Sheared("twin_relic_density", distribution)
    assert inside_domain("x", sheared, domain, {}) == (Sheared("twin_relic_density", cut), cut.support)


@pytest.mark.parametrize(
    ("distribution", "domain", "what"),
    [
        (Uniform(0.5, 2.0), (1.0, 3.0), "[0.5, 2] reaches outside the physical domain [1, 3]"),
        (Uniform(1.5, 4.0), (1.0, 3.0), "[1.5, 4] reaches outside the physical domain [1, 3]"),
        (Uniform(-2.0 - 2.5e-12, 0.0), (-2.0, 3.0), "[-2, 0] reaches outside the physical domain [-2, 3]"),
        (Uniform(1.0, 3.0 + 3.6e-12), (-2.0, 3.0), "[1, 3] reaches outside the physical domain [-2, 3]"),
        (Tied("y"), (1.0, 3.0), "the value 7 reaches outside the physical domain [1, 3]"),
        (Uniform(-1e-30, 1.0), (0.0, 3.0), "[-1e-30, 1] reaches outside the physical domain [0, 3]"),
    ],
)
def test_edges_outside_are_refused(distribution: Distribution, domain: tuple[float, float], what: str) -> None:
    with pytest.raises(ValueError) as caught:
        inside_domain("x", distribution, domain, {"y": (7.0, 7.0)})
    assert str(caught.value) == f"prior of 'x': {what}; narrow it"


def test_rounding_of_an_edge_is_not_outside() -> None:
    for low, high in ((-2.0 - 1.9e-12, 0.0), (1.0, 3.0 + 2.9e-12)):
        inside_domain("x", Tied("y"), (-2.0, 3.0), {"y": (low, high)})


def test_a_tail_without_a_part_in_the_domain_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^prior of 'x': no part of it lies in the physical domain; ") as caught:
        inside_domain("x", Normal(-1e9, 1.0), (0.0, 1.0), {})
    assert isinstance(caught.value.__cause__, ValueError)
