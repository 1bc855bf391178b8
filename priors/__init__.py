"""Prior distributions and the joint prior of a model's parameters."""

from .build import ParameterLike, build_prior
from .compound import FromScipy, Truncated
from .dependent import Fixed, Scaled, Sheared, Tied
from .distributions import Distribution, LogNormal, LogUniform, Normal, Uniform
from .domain import check_domain
from .parse import parse_distribution
from .prior import Prior

__all__ = [
    "Distribution",
    "Fixed",
    "FromScipy",
    "LogNormal",
    "LogUniform",
    "Normal",
    "ParameterLike",
    "Prior",
    "Scaled",
    "Sheared",
    "Tied",
    "Truncated",
    "Uniform",
    "build_prior",
    "check_domain",
    "parse_distribution",
]
