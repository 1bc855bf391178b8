"""The twin model: twin-neutrino dark matter in the fraternal twin Higgs (arXiv:1805.12139)."""

from .model import TwinModel
from .parameters import OBSERVABLES, PARAMETERS, REASONS

__all__ = ["OBSERVABLES", "PARAMETERS", "REASONS", "TwinModel"]
