"""From a model's predictions to the cross section that a limit on recoils speaks of.

The default takes the prediction as it stands. Otherwise the signal is recast (`recast`): for a halo with nuisance
parameters, for a light mediator, and for coupling to charge instead of mass number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...common.arrays import FloatArray
from ...physics.recoil import CHARGE, NUCLEONS, REFERENCE_HALO, Couplings, Halo
from ..base import LikelihoodError, Observation, choice, number, resolve_settings
from ..forms import bounded
from ..nuisance import HALO, RHO_0, V_0, V_ESC, Nuisance
from .neutrino_fog import fog_ratio
from .recast import Recast

COUPLINGS: Mapping[str, Couplings] = {"nucleons": NUCLEONS, "charge": CHARGE}
"""Setting ``couplings``: what the cross section refers to, a nucleon (coupling to A: Higgs, B-L) or a proton (to Z);
or a pair [f_p, f_n], with the cross section on a nucleon of coupling 1."""
HALOS = ("fixed", "marginalised")

LIGHT_MEDIATOR_GEV = 1e-5
"""Below, limits on electrons for a heavy mediator say nothing: typical momenta are alpha m_e = 3.7 keV and more."""


class Signal(Protocol):
    """What the limits are on, from predictions."""

    @property
    def requires(self) -> tuple[str, ...]:
        """Predictions and nuisance parameters that it needs besides m_dm."""

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """Parameters that it brings."""

    @property
    def as_published(self) -> bool:
        """Whether all is as the limits assume: then the cross section is the prediction."""

    def cross_section(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The cross section (n,) in cm^2 with which the published assumptions would give this signal."""

    def flags(self, cross_section: float, m_dm: float) -> tuple[Observation, ...]:
        """What else is to be told of such a cross section (cm^2) and mass (GeV), without any log L."""


@dataclass(frozen=True)
class Exchange:
    """One contribution to the scattering: its cross section at zero momentum transfer, couplings, and mediator."""

    cross_section: str  # a prediction, on a nucleon or proton as the couplings say
    couplings: Couplings = NUCLEONS
    mediator: str | None = None  # the prediction of its mass in GeV; None: heavy

    @property
    def as_published(self) -> bool:
        """As the limits assume: contact interaction with all nucleons."""
        return self.couplings == NUCLEONS and self.mediator is None

    def mass(self, predictions: Mapping[str, FloatArray]) -> FloatArray | float:
        """The mediator's mass (n,) in GeV, held between 1 eV and 1e9 GeV; inf where it is heavy."""
        return np.inf if self.mediator is None else np.clip(predictions[self.mediator], 1e-9, 1e9)

    @classmethod
    def from_settings(cls, name: str, chosen: Mapping[str, object]) -> "Exchange":
        """From ``cross_section``, ``couplings`` and ``mediator``; `name` is the likelihood's."""
        couplings = _couplings(name, chosen["couplings"])
        mediator = _word(name, "mediator", chosen["mediator"])
        return cls(
            _word(name, "cross_section", chosen["cross_section"]), couplings, None if mediator == "heavy" else mediator
        )


@dataclass(frozen=True, eq=False)
class NuclearSignal:
    """Incoherent sum of exchanges on nuclei; `recast` is None where all is as published."""

    exchanges: tuple[Exchange, ...]
    recast: Recast | None = None
    marginalised: bool = False

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """The halo's three numbers, where marginalised."""
        return HALO if self.marginalised else ()

    @property
    def requires(self) -> tuple[str, ...]:
        """Cross sections, masses of mediators, nuisance parameters."""
        names = [e.cross_section for e in self.exchanges] + [e.mediator for e in self.exchanges if e.mediator]
        return (*dict.fromkeys(names), *(nuisance.name for nuisance in self.nuisances))

    @property
    def as_published(self) -> bool:
        """One exchange, nothing recast."""
        return self.recast is None and len(self.exchanges) == 1

    def cross_section(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Sum over exchanges of the cross section (n,) times the factor of its recast."""
        sigma = [predictions[exchange.cross_section] for exchange in self.exchanges]
        if self.as_published:
            return sigma[0]
        if self.recast is None:
            summed: FloatArray = np.sum(bounded(np.array(sigma)), axis=0)
            return summed
        halo = _halo(predictions) if self.marginalised else None
        mediated = [(exchange.couplings, exchange.mass(predictions)) for exchange in self.exchanges]
        factors = self.recast.factors(predictions["m_dm"], halo, mediated)
        recast: FloatArray = np.sum(bounded(np.array(sigma)) * factors, axis=0)
        return recast

    def flags(self, cross_section: float, m_dm: float) -> tuple[Observation, ...]:
        """The cross section over the edge of xenon's neutrino fog."""
        ratio = float(fog_ratio(np.array(cross_section), np.array(m_dm)))
        seen = Observation("sigma_si/neutrino fog", ratio, "flag, no log L: in the fog below 1", "", "none")
        return (seen,) if np.isfinite(ratio) else ()


@dataclass(frozen=True)
class ElectronSignal:
    """Scattering on electrons: proportional to the local density, and no statement for a light mediator."""

    cross_section_name: str
    mediator: str | None = None
    marginalised: bool = False

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """The local density, where marginalised."""
        return (RHO_0,) if self.marginalised else ()

    @property
    def requires(self) -> tuple[str, ...]:
        """Cross section, the mediator's mass, local density."""
        mediator = () if self.mediator is None else (self.mediator,)
        return (self.cross_section_name, *mediator, *(nuisance.name for nuisance in self.nuisances))

    @property
    def as_published(self) -> bool:
        """The density of the limits."""
        return not self.marginalised

    def cross_section(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The cross section (n,) times the density over 0.3 GeV/cm^3; 0 where the mediator is light."""
        sigma = predictions[self.cross_section_name]
        if self.marginalised:
            sigma = bounded(sigma) * (_inside(predictions, RHO_0) / REFERENCE_HALO.rho_0_gev_cm3)
        if self.mediator is not None:
            mass = predictions[self.mediator]
            sigma = np.where(mass < LIGHT_MEDIATOR_GEV, 0.0, np.where(np.isnan(mass), np.nan, sigma))
        return sigma

    def flags(self, cross_section: float, m_dm: float) -> tuple[Observation, ...]:
        """Nothing."""
        return ()


def exchanges_from(name: str, chosen: Mapping[str, object], observable: str) -> tuple[Exchange, ...]:
    """From the settings ``exchanges`` (a list), or ``couplings`` and ``mediator`` for the one of `observable`."""
    one = {"cross_section": observable, "couplings": "nucleons", "mediator": "heavy"}
    given = chosen["exchanges"]
    if given is None:
        return (Exchange.from_settings(name, {**one, **{key: chosen[key] for key in ("couplings", "mediator")}}),)
    if any(chosen[key] != one[key] for key in ("couplings", "mediator")):
        raise LikelihoodError(f"likelihood {name!r}: couplings and mediator go inside each of the exchanges")
    if not isinstance(given, list | tuple) or not given or not all(isinstance(each, Mapping) for each in given):
        raise LikelihoodError(
            f"likelihood {name!r}: exchanges must be a list such as [{{cross_section: {observable}}}], not {given!r}"
        )
    found = tuple(Exchange.from_settings(name, resolve_settings(name, each, one)) for each in given)
    if len({exchange.cross_section for exchange in found}) < len(found):
        raise LikelihoodError(f"likelihood {name!r}: two exchanges have the same cross_section")
    return found


def mediator_from(name: str, chosen: Mapping[str, object]) -> str | None:
    """The setting ``mediator``: None for ``heavy``, else the name of the prediction of its mass."""
    word = _word(name, "mediator", chosen["mediator"])
    return None if word == "heavy" else word


def marginalised_from(name: str, chosen: Mapping[str, object]) -> bool:
    """The setting ``halo``: whether its parameters are nuisance parameters."""
    return choice(name, "halo", chosen["halo"], HALOS) == "marginalised"


def _halo(predictions: Mapping[str, FloatArray]) -> Halo:
    return Halo(_inside(predictions, RHO_0), _inside(predictions, V_0), _inside(predictions, V_ESC))


def _inside(predictions: Mapping[str, FloatArray], nuisance: Nuisance) -> FloatArray:
    """The nuisance parameter (n,), held in its domain."""
    return np.clip(predictions[nuisance.name], nuisance.parameter.lower, nuisance.parameter.upper)


def _couplings(name: str, value: object) -> Couplings:
    if isinstance(value, list | tuple) and len(value) == 2:
        return Couplings(*(number(name, "couplings", each, lower=-1e6) for each in value))
    return COUPLINGS[choice(name, "couplings", value, COUPLINGS)]


def _word(name: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise LikelihoodError(f"likelihood {name!r}: {key} must be a name, not {value!r}")
    return value
