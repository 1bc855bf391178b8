"""The mirror model: dark-neutron dark matter and asymmetric reheating (arXiv:2401.12286)."""

from .model import MirrorModel
from .parameters import OBSERVABLES, PARAMETERS, REASONS

__all__ = ["OBSERVABLES", "PARAMETERS", "REASONS", "MirrorModel"]
