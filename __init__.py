"""Bayesian inference for two Z2-related dark sectors.

The names below are loaded when first used, so that `import twinsector` and `twinsector --help` stay quick:

>>> import twinsector
>>> config = twinsector.load_config("runs/mirror.yaml")      # doctest: +SKIP
>>> chain = twinsector.read_chain(twinsector.run(config))    # doctest: +SKIP
>>> print(twinsector.format_summary(twinsector.summarize(chain)))    # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .chains import compare, corner_plot, format_comparison, format_summary, read_chain, summarize
    from .inference.configuration.build import build_posterior
    from .inference.configuration.models import build_model
    from .inference.configuration.run_config import load_config
    from .inference.posterior import Posterior
    from .inference.runs.run import run

__version__ = "0.1.0"

__all__ = [
    "Posterior",
    "__version__",
    "build_model",
    "build_posterior",
    "compare",
    "corner_plot",
    "format_comparison",
    "format_summary",
    "load_config",
    "read_chain",
    "run",
    "summarize",
]

_HOMES = {
    "Posterior": ".inference.posterior",
    "build_posterior": ".inference.configuration.build",
    "build_model": ".inference.configuration.models",
    "compare": ".chains",
    "corner_plot": ".chains",
    "format_comparison": ".chains",
    "format_summary": ".chains",
    "load_config": ".inference.configuration.run_config",
    "read_chain": ".chains",
    "run": ".inference.runs.run",
    "summarize": ".chains",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
