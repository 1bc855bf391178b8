"""Likelihoods: one module per constraint, found by name.

>>> from twinsector.likelihoods import build_likelihood
>>> build_likelihood("planck_neff", {"dataset": "paper", "joint_omega_b": False}).requires
('delta_neff',)

Another package adds a likelihood through the entry-point group ``twinsector.likelihoods``; the object it names must
have ``from_settings(settings)``, ``datasets()`` and ``SETTINGS`` (see `base.LikelihoodFactory`).
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from ..common.words import did_you_mean
from .base import Likelihood, LikelihoodError, LikelihoodFactory
from .nuisance import Nuisance

ENTRY_POINT_GROUP = "twinsector.likelihoods"

# Name of a likelihood: module and factory in this package.
BUILTIN: Mapping[str, str] = {
    "baryon_asymmetry": "cosmology.baryon_asymmetry:BaryonAsymmetry",
    "bbn": "cosmology.bbn:Bbn",
    "chi_lifetime": "consistency:chi_lifetime",
    "chi_washout": "consistency:chi_washout",
    "cmb_annihilation": "cosmology.cmb_annihilation:CmbAnnihilation",
    "counting": "counting:Counting",
    "dark_dineutron": "consistency:dark_dineutron",
    "dark_nuclei": "consistency:dark_nuclei",
    "dark_photon": "searches.dark_photon:DarkPhoton",
    "dark_photon_criteria": "searches.dark_photon:DarkPhotonCriteria",
    "dark_proton_decay": "consistency:dark_proton_decay",
    "dilepton_resonance": "collider.dilepton_resonance:DileptonResonance",
    "direct_detection": "searches.direct_detection:direct_detection",
    "electron_recoil": "searches.electron_recoil:electron_recoil",
    "fermi_dwarfs": "searches.fermi_dwarfs:FermiDwarfs",
    "higgs_couplings": "collider.higgs_couplings:HiggsCouplings",
    "higgs_invisible": "collider.higgs_invisible:HiggsInvisible",
    "photon_mixing": "searches.photon_mixing:PhotonMixing",
    "planck_helium": "cosmology.planck_helium:PlanckHelium",
    "planck_neff": "cosmology.planck_neff:PlanckNeff",
    "portal_decoupling": "consistency:portal_decoupling",
    "reheating_temperature": "cosmology.reheating_temperature:ReheatingTemperature",
    "reheaton_domination": "consistency:reheaton_domination",
    "reheaton_lifetime": "consistency:reheaton_lifetime",
    "relic_density": "cosmology.relic_density:RelicDensity",
    "self_interaction": "searches.self_interaction:SelfInteraction",
    "tau_decay_bbn": "cosmology.tau_decay_bbn:TauDecayBbn",
}

__all__ = [
    "Likelihood",
    "LikelihoodError",
    "build_likelihood",
    "likelihood_datasets",
    "likelihood_names",
    "likelihood_nuisances",
    "likelihood_settings",
]


def likelihood_names() -> tuple[str, ...]:
    """Names of all likelihoods, built in and from other packages, sorted."""
    return tuple(sorted({*BUILTIN, *_entry_points()}))


def likelihood_datasets(name: str) -> tuple[str, ...]:
    """Values of the setting ``dataset`` of a likelihood, ``default`` first; empty when it has no such setting."""
    return _factory(name).datasets()


def likelihood_settings(name: str) -> Mapping[str, object]:
    """Settings of a likelihood with their default values (None: chosen by the likelihood)."""
    return _factory(name).SETTINGS


def likelihood_nuisances(name: str) -> tuple[Nuisance, ...]:
    """Parameters that a likelihood brings with some of its settings (``NUISANCES`` of its factory); often none."""
    return getattr(_factory(name), "NUISANCES", ())


def build_likelihood(name: str, settings: Mapping[str, object] | None = None) -> Likelihood:
    """The likelihood of a name with the settings of a run file.

    Raises `base.LikelihoodError` (a ValueError, one line) for an unknown name, setting, data set or value, and
    `tables.TableError` for a user's table that cannot be used.
    """
    return _factory(name).from_settings(settings or {})


def _factory(name: str) -> LikelihoodFactory:
    if name in BUILTIN:
        module, _, attribute = BUILTIN[name].partition(":")
        built_in: LikelihoodFactory = getattr(import_module(f".{module}", __name__), attribute)
        return built_in
    others = _entry_points()
    if name in others:
        other: LikelihoodFactory = others[name].load()
        return other
    raise LikelihoodError(f"unknown likelihood {name!r}{did_you_mean(str(name), likelihood_names())}")


def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}
