"""Conversion of the predictions of a model to the cross section to which a limit on recoils applies.

By default this is the prediction itself. Otherwise the signal is recast (`recast`): for a halo with nuisance
parameters, for a light mediator, and for coupling to charge instead of mass number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...common.arrays import FloatArray
from ...physics.recoil import CHARGE, NUCLEONS, REFERENCE_HALO, Couplings, Halo
from ..base import LikelihoodError, Nuisance, Observation
from ..forms import bounded
from ..nuisance import HALO, RHO_0, V_0, V_ESC
from ..settings import Chosen, Number, OneOfOrPair, PredictionName, Setting
from .neutrino_fog import fog_ratio
from .recast import Recast

COUPLINGS: Mapping[str, Couplings] = {"nucleons": NUCLEONS, "charge": CHARGE}
"""Setting ``couplings``: what the cross section refers to, a nucleon (coupling to A: Higgs, B-L) or a proton (to Z);
or a pair [f_p, f_n], with the cross section on a nucleon of coupling 1."""
HALOS = ("fixed", "marginalised")

COUPLINGS_SETTING = Setting(
    "couplings",
    OneOfOrPair(tuple(COUPLINGS), Number(minimum=-1e6)),
    "nucleons",
    "reference of the cross section: nucleon (coupling to A), proton (coupling to Z), or a pair [f_p, f_n]",
)
MEDIATOR_SETTING = Setting(
    "mediator", PredictionName(("heavy",)), "heavy", "mass of the mediator: heavy, or a prediction in GeV"
)


def exchange_settings(observable: str) -> tuple[Setting, ...]:
    """The settings of each of the ``exchanges`` of the cross section `observable`."""
    return (
        Setting("cross_section", PredictionName(), observable, "the contribution's cross section in cm^2"),
        COUPLINGS_SETTING,
        MEDIATOR_SETTING,
    )


LIGHT_MEDIATOR_GEV = 1e-5
"""Below, limits on electrons for a heavy mediator do not apply: typical momenta are alpha m_e = 3.7 keV and more."""


class Signal(Protocol):
    """Quantity to which the limits apply, computed from predictions."""

    @property
    def requires(self) -> tuple[str, ...]:
        """Required predictions and nuisance parameters besides m_dm."""

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """Nuisance parameters that it declares."""

    @property
    def as_published(self) -> bool:
        """Whether all assumptions are those of the limits, so that the cross section is the prediction."""

    def cross_section(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Cross section (n,) in cm^2 that would give this signal under the published assumptions."""

    def flags(self, cross_section: float, m_dm: float) -> tuple[Observation, ...]:
        """Additional information on such a cross section (cm^2) and mass (GeV) that does not enter log L."""


@dataclass(frozen=True)
class Exchange:
    """One contribution to the scattering: its cross section at zero momentum transfer, couplings, and mediator."""

    cross_section: str  # a prediction, on a nucleon or proton as the couplings say
    couplings: Couplings = NUCLEONS
    mediator: str | None = None  # the prediction of its mass in GeV; None: heavy

    @property
    def as_published(self) -> bool:
        """Whether it is as assumed by the limits: a contact interaction with all nucleons."""
        return self.couplings == NUCLEONS and self.mediator is None

    def mass(self, predictions: Mapping[str, FloatArray]) -> FloatArray | float:
        """Mediator mass (n,) in GeV, clipped to 1 eV to 1e9 GeV; inf if it is heavy."""
        return np.inf if self.mediator is None else np.minimum(np.maximum(predictions[self.mediator], 1e-9), 1e9)

    @classmethod
    def from_chosen(cls, cross_section: str, chosen: Chosen) -> "Exchange":
        """Of a cross section, with the settings ``couplings`` and ``mediator``."""
        return cls(cross_section, _couplings(chosen["couplings"]), mediator_from(chosen))


@dataclass(frozen=True, eq=False)
class NuclearSignal:
    """Incoherent sum of exchanges on nuclei; `recast` is None if all assumptions are as published."""

    exchanges: tuple[Exchange, ...]
    recast: Recast | None = None
    marginalised: bool = False

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """The three halo parameters, if marginalised."""
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
        """Sum over exchanges of the cross section (n,) times its recast factor."""
        sigma = [predictions[exchange.cross_section] for exchange in self.exchanges]
        if self.as_published:
            return sigma[0]
        if self.recast is None:
            summed: FloatArray = np.sum(bounded(np.array(sigma)), axis=0)
            return summed
        halo = halo_at(predictions) if self.marginalised else None
        mediated = [(exchange.couplings, exchange.mass(predictions)) for exchange in self.exchanges]
        factors = self.recast.factors(predictions["m_dm"], halo, mediated)
        recast: FloatArray = (bounded(np.array(sigma)) * factors).sum(axis=0)
        return recast

    def flags(self, cross_section: float, m_dm: float) -> tuple[Observation, ...]:
        """Ratio of the cross section to the edge of the neutrino fog in xenon."""
        ratio = float(fog_ratio(np.array(cross_section), np.array(m_dm)))
        seen = Observation("sigma_si/neutrino fog", ratio, "flag, no log L: in the fog below 1", "", "none")
        return (seen,) if np.isfinite(ratio) else ()


@dataclass(frozen=True)
class ElectronSignal:
    """Scattering on electrons: proportional to the local density, without constraint for a light mediator."""

    cross_section_name: str
    mediator: str | None = None
    marginalised: bool = False

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """Local density, if marginalised."""
        return (RHO_0,) if self.marginalised else ()

    @property
    def requires(self) -> tuple[str, ...]:
        """Cross section, mediator mass, local density."""
        mediator = () if self.mediator is None else (self.mediator,)
        return (self.cross_section_name, *mediator, *(nuisance.name for nuisance in self.nuisances))

    @property
    def as_published(self) -> bool:
        """Local density assumed by the limits."""
        return not self.marginalised

    def cross_section(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Cross section (n,) times the density over 0.3 GeV/cm^3; 0 if the mediator is light."""
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


def exchanges_from(name: str, chosen: Chosen, observable: str) -> tuple[Exchange, ...]:
    """From the setting ``exchanges`` (a list), or ``couplings`` and ``mediator`` for the one of `observable`."""
    given = chosen["exchanges"]
    if not isinstance(given, tuple):
        return (Exchange.from_chosen(observable, chosen),)
    if any(chosen[setting.name] != setting.default for setting in (COUPLINGS_SETTING, MEDIATOR_SETTING)):
        raise LikelihoodError(f"likelihood {name!r}: couplings and mediator go inside each of the exchanges")
    found = tuple(Exchange.from_chosen(each.word("cross_section"), each) for each in given)
    if len({exchange.cross_section for exchange in found}) < len(found):
        raise LikelihoodError(f"likelihood {name!r}: two exchanges have the same cross_section")
    return found


def mediator_from(chosen: Chosen) -> str | None:
    """The setting ``mediator``: None for ``heavy``, else the name of the prediction of its mass."""
    word = chosen.word("mediator")
    return None if word == "heavy" else word


def marginalised_from(chosen: Chosen) -> bool:
    """The setting ``halo``: whether its parameters are nuisance parameters."""
    return chosen.word("halo") == "marginalised"


def halo_at(predictions: Mapping[str, FloatArray]) -> Halo:
    """Halo (n,) of the nuisance parameters."""
    return Halo(_inside(predictions, RHO_0), _inside(predictions, V_0), _inside(predictions, V_ESC))


def _inside(predictions: Mapping[str, FloatArray], nuisance: Nuisance) -> FloatArray:
    """Nuisance parameter (n,), clipped to its domain."""
    return np.minimum(np.maximum(predictions[nuisance.name], nuisance.parameter.lower), nuisance.parameter.upper)


def _couplings(value: object) -> Couplings:
    return Couplings(*value) if isinstance(value, tuple) else COUPLINGS[str(value)]
