"""Likelihoods: one module per constraint, built by name.

>>> from twinsector.likelihoods import build_likelihood
>>> build_likelihood("planck_neff", {"dataset": "paper", "joint_omega_b": False}).requires
('delta_neff',)

Another package adds a likelihood through the entry-point group ``twinsector.likelihoods``; the object it names is a
`settings.LikelihoodFactory`, often the likelihood's own class, derived from `base.LikelihoodDefaults`.
"""

import inspect
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from ..common.plugins import PluginError, load_plugin, usable
from ..common.words import did_you_mean
from .base import Likelihood, LikelihoodError, Nuisance
from .settings import DataSet, LikelihoodFactory, Setting, TableFile, default_values

ENTRY_POINT_GROUP = "twinsector.likelihoods"

# Name of a likelihood: module and factory in this package.
BUILTIN: Mapping[str, str] = {
    "baryon_asymmetry": "cosmology.baryon_asymmetry:BaryonAsymmetry",
    "bbn": "cosmology.bbn:Bbn",
    "chi_lifetime": "consistency:chi_lifetime",
    "chi_washout": "consistency:chi_washout",
    "cmb_annihilation": "cosmology.cmb_annihilation:CmbAnnihilation",
    "cmb_decay": "cosmology.cmb_decay:CmbDecay",
    "correlated_gaussian": "generic:CorrelatedGaussian",
    "counting": "counting:Counting",
    "dark_dineutron": "consistency:dark_dineutron",
    "dark_nuclei": "consistency:dark_nuclei",
    "dark_photon": "searches.dark_photon:DarkPhoton",
    "dark_photon_criteria": "searches.dark_photon_criteria:DarkPhotonCriteria",
    "dark_proton_decay": "consistency:dark_proton_decay",
    "dilepton_resonance": "collider.dilepton_resonance:DileptonResonance",
    "direct_detection": "searches.direct_detection:direct_detection",
    "electron_recoil": "searches.electron_recoil:electron_recoil",
    "fermi_dwarfs": "searches.fermi_dwarfs:FermiDwarfs",
    "gaussian": "generic:Gaussian",
    "higgs_couplings": "collider.higgs_couplings:HiggsCouplings",
    "higgs_displaced": "collider.higgs_displaced:HiggsDisplaced",
    "higgs_invisible": "collider.higgs_invisible:HiggsInvisible",
    "interval": "generic:Interval",
    "lognormal": "generic:LogNormal",
    "lower_limit": "generic:LowerLimit",
    "photon_mixing": "searches.photon_mixing:PhotonMixing",
    "planck_helium": "cosmology.planck_helium:PlanckHelium",
    "planck_neff": "cosmology.planck_neff:PlanckNeff",
    "portal_decoupling": "consistency:portal_decoupling",
    "reheating_temperature": "cosmology.reheating_temperature:ReheatingTemperature",
    "reheaton_domination": "consistency:reheaton_domination",
    "reheaton_lifetime": "consistency:reheaton_lifetime",
    "relic_density": "cosmology.relic_density:RelicDensity",
    "self_interaction": "searches.self_interaction:SelfInteraction",
    "spectral_distortions": "cosmology.spectral_distortions:SpectralDistortions",
    "tau_decay_bbn": "cosmology.tau_decay_bbn:TauDecayBbn",
    "upper_limit": "generic:UpperLimit",
    "xenonnt_events": "searches.xenonnt_events:XenonntEvents",
}

__all__ = [
    "Likelihood",
    "LikelihoodError",
    "build_likelihood",
    "declared_settings",
    "likelihood_datasets",
    "likelihood_names",
    "likelihood_nuisances",
    "likelihood_settings",
    "needs_settings",
    "table_settings",
    "usable_likelihoods",
]


def likelihood_names() -> tuple[str, ...]:
    """Sorted names of all likelihoods, built-in and from other packages."""
    return tuple(sorted({*BUILTIN, *_entry_points()}))


def usable_likelihoods() -> tuple[str, ...]:
    """Names of the likelihoods that can be loaded: one of another package that is broken does not hide the others."""
    return usable(likelihood_names(), BUILTIN, _factory)


def likelihood_datasets(name: str) -> tuple[str, ...]:
    """Values of the setting ``dataset`` of a likelihood, ``default`` first; empty when it has no such setting."""
    kinds = [setting.kind for setting in declared_settings(name) if setting.name == "dataset"]
    return kinds[0].known() if kinds and isinstance(kinds[0], DataSet) else ()


def declared_settings(name: str) -> tuple[Setting, ...]:
    """The settings of a likelihood: kind, default and meaning of each."""
    return _factory(name).SETTINGS


def likelihood_settings(name: str) -> Mapping[str, object]:
    """Settings of a likelihood with their default values (None: chosen by the likelihood)."""
    return default_values(declared_settings(name))


def needs_settings(name: str) -> bool:
    """Whether a likelihood holds no data until settings give them: a user's table or numbers."""
    return any(setting.required for setting in declared_settings(name))


def table_settings(name: str) -> frozenset[str]:
    """Settings of a likelihood that name a user's table; none for one that is not installed."""
    declared = declared_settings(name) if name in BUILTIN or name in _entry_points() else ()
    return frozenset(setting.name for setting in declared if isinstance(setting.kind, TableFile))


def likelihood_nuisances(name: str) -> tuple[Nuisance, ...]:
    """Parameters that a likelihood brings with some of its settings (``NUISANCES`` of its factory); often none."""
    return _factory(name).NUISANCES


def build_likelihood(name: str, settings: Mapping[str, object] | None = None) -> Likelihood:
    """The likelihood of a name with the settings of a run file.

    Raises `base.LikelihoodError` (a ValueError, one line) for an unknown name, setting, data set or value, and
    `tables.TableError` for a user's table that cannot be used.
    """
    built = _factory(name).from_settings(settings or {})
    if not isinstance(built, Likelihood):
        raise LikelihoodError(f"likelihood {name!r} has no {_lacking(built, Likelihood)}")
    return built


def _factory(name: str) -> LikelihoodFactory:
    if name in BUILTIN:
        module, _, attribute = BUILTIN[name].partition(":")
        built_in: LikelihoodFactory = getattr(import_module(f".{module}", __name__), attribute)
        return built_in
    others = _entry_points()
    if name in others:
        try:
            return _from_elsewhere(name, load_plugin(others[name], f"likelihood {name!r}"))
        except PluginError as error:
            raise LikelihoodError(str(error)) from error
    raise LikelihoodError(f"unknown likelihood {name!r}{did_you_mean(str(name), likelihood_names())}")


def _from_elsewhere(name: str, factory: object) -> LikelihoodFactory:
    """The factory of another package, held against the protocol: what is missing is better said than met later."""
    if not isinstance(factory, LikelihoodFactory):
        raise LikelihoodError(f"likelihood {name!r}: its entry point has no {_lacking(factory, LikelihoodFactory)}")
    if isinstance(factory.SETTINGS, Mapping) or not all(isinstance(one, Setting) for one in factory.SETTINGS):
        raise LikelihoodError(f"likelihood {name!r}: SETTINGS must be a tuple of likelihoods.settings.Setting")
    return factory


def _lacking(found: object, protocol: type) -> str:
    members = {*vars(protocol), *inspect.get_annotations(protocol)}
    missing = [member for member in sorted(members) if not member.startswith("_") and not hasattr(found, member)]
    return f"{', '.join(missing)} (what may stay empty comes with likelihoods.base.LikelihoodDefaults)"


def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}
