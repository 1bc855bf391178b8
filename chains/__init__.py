"""Results of runs: storage, diagnostics, summary, comparison, plots, export.

Plots are imported on first use (``corner_plot`` loads matplotlib).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chain import Chain, RunInfo, equal_log_weights, log_sum
from .comparison_table import format_comparison
from .diagnostics import (
    Convergence,
    autocorrelation_time,
    chain_ess,
    convergence,
    effective_sample_size,
    r_hat,
    split_r_hat,
    stuck_parameters,
    walker_r_hat,
)
from .errors import ChainFileError
from .evidence import Comparison, EvidenceRow, compare
from .export import export_csv, to_columns
from .getdist_files import export_getdist
from .leave_one_out import Contribution, leave_one_out
from .split import split_by
from .store import read_chain, write_chain
from .summary import Summary, format_summary, summarize
from .summary_rows import Row

if TYPE_CHECKING:
    from .plots import corner_plot, posterior_plot

__all__ = [
    "Chain",
    "ChainFileError",
    "Comparison",
    "Contribution",
    "Convergence",
    "EvidenceRow",
    "Row",
    "RunInfo",
    "Summary",
    "autocorrelation_time",
    "chain_ess",
    "compare",
    "convergence",
    "corner_plot",
    "effective_sample_size",
    "equal_log_weights",
    "export_csv",
    "export_getdist",
    "format_comparison",
    "format_summary",
    "leave_one_out",
    "log_sum",
    "posterior_plot",
    "r_hat",
    "read_chain",
    "split_by",
    "split_r_hat",
    "stuck_parameters",
    "summarize",
    "to_columns",
    "walker_r_hat",
    "write_chain",
]


def __getattr__(name: str) -> Any:
    if name in ("corner_plot", "posterior_plot"):
        from . import plots

        return getattr(plots, name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
