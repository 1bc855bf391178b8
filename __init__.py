"""Bayesian inference for two Z2-related dark sectors: mirror dark neutrons and twin neutrinos.

>>> import twinsector
>>> twinsector.predict("twin", m_nu=1.0, r=0.5)["omega_dm_h2"]     # doctest: +SKIP
>>> chain = twinsector.read_chain(twinsector.run("runs/mirror.yaml"))    # doctest: +SKIP
>>> print(twinsector.format_summary(twinsector.summarize(chain)))    # doctest: +SKIP

Everything public is listed here (``docs/api.md`` says what each name is for) and loaded when first used, so that
``import twinsector`` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .chains import (
        Chain,
        ChainFileError,
        Comparison,
        Summary,
        compare,
        corner_plot,
        export_csv,
        export_getdist,
        format_comparison,
        format_summary,
        posterior_plot,
        read_chain,
        summarize,
        write_chain,
    )
    from .chains.arviz_tree import to_arviz
    from .chains.hand_over import to_anesthetic, to_dataframe, to_getdist
    from .chains.range_plot import range_plot
    from .figures import draw as figure
    from .inference.configuration.build import build_posterior
    from .inference.configuration.models import build_model
    from .inference.configuration.run_config import RunConfig, load_config
    from .inference.errors import InputError, Interrupted, RunError
    from .inference.points.explain import explain
    from .inference.points.from_run_files import maximize, profile
    from .inference.points.predict import predict
    from .inference.posterior import Evaluation, Posterior
    from .inference.runs.run import dry_run, run
    from .inference.verification.audit import audit
    from .inference.verification.merge import merge
    from .inference.verification.predictive import predictive_checks
    from .inference.verification.rerun import rerun
    from .inference.verification.reweight import reweight
    from .likelihoods import build_likelihood
    from .likelihoods.base import Likelihood
    from .physics.model import Model, ModelDefaults, Observable, Parameter, Predictions
    from .priors import Prior
    from .reports import write_explorer, write_report

__version__ = "0.2.0"

__all__ = [
    "Chain",
    "ChainFileError",
    "Comparison",
    "Evaluation",
    "InputError",
    "Interrupted",
    "Likelihood",
    "Model",
    "ModelDefaults",
    "Observable",
    "Parameter",
    "Posterior",
    "Predictions",
    "Prior",
    "RunConfig",
    "RunError",
    "Summary",
    "__version__",
    "audit",
    "build_likelihood",
    "build_model",
    "build_posterior",
    "compare",
    "corner_plot",
    "dry_run",
    "explain",
    "export_csv",
    "export_getdist",
    "figure",
    "format_comparison",
    "format_summary",
    "load_config",
    "maximize",
    "merge",
    "posterior_plot",
    "predict",
    "predictive_checks",
    "profile",
    "range_plot",
    "read_chain",
    "rerun",
    "reweight",
    "run",
    "summarize",
    "to_anesthetic",
    "to_arviz",
    "to_dataframe",
    "to_getdist",
    "write_chain",
    "write_explorer",
    "write_report",
]

# Where each public name is defined; "module:name" where it is called otherwise there.
_HOMES = {
    **dict.fromkeys(
        (
            *("Chain", "ChainFileError", "Comparison", "Summary", "compare", "corner_plot", "export_csv"),
            *("export_getdist", "format_comparison", "format_summary", "posterior_plot", "read_chain", "summarize"),
            "write_chain",
        ),
        ".chains",
    ),
    **dict.fromkeys(("to_anesthetic", "to_dataframe", "to_getdist"), ".chains.hand_over"),
    **dict.fromkeys(("InputError", "Interrupted", "RunError"), ".inference.errors"),
    **dict.fromkeys(("Evaluation", "Posterior"), ".inference.posterior"),
    **dict.fromkeys(("Model", "ModelDefaults", "Observable", "Parameter", "Predictions"), ".physics.model"),
    **dict.fromkeys(("RunConfig", "load_config"), ".inference.configuration.run_config"),
    **dict.fromkeys(("dry_run", "run"), ".inference.runs.run"),
    **dict.fromkeys(("maximize", "profile"), ".inference.points.from_run_files"),
    **dict.fromkeys(("write_explorer", "write_report"), ".reports"),
    "Likelihood": ".likelihoods.base",
    "Prior": ".priors",
    "audit": ".inference.verification.audit",
    "build_likelihood": ".likelihoods",
    "build_model": ".inference.configuration.models",
    "range_plot": ".chains.range_plot",
    "build_posterior": ".inference.configuration.build",
    "explain": ".inference.points.explain",
    "figure": ".figures:draw",
    "merge": ".inference.verification.merge",
    "predict": ".inference.points.predict",
    "predictive_checks": ".inference.verification.predictive",
    "rerun": ".inference.verification.rerun",
    "reweight": ".inference.verification.reweight",
    "to_arviz": ".chains.arviz_tree",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, _, original = _HOMES[name].partition(":")
    value = getattr(import_module(home, __name__), original or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
