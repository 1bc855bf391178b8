"""What a run leaves and what is done with it: store, diagnostics, summary, comparison, plots, export."""

from .chain import Chain, RunInfo, equal_log_weights, log_sum
from .store import ChainFileError, read_chain, write_chain

__all__ = ["Chain", "ChainFileError", "RunInfo", "equal_log_weights", "log_sum", "read_chain", "write_chain"]
