"""What a sampler hands back, and the chain made of it: everything predicted at every sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray


@dataclass(frozen=True)
class Samples:
    """``n`` weighted samples in the unit cube, ``u`` (n, n_dim), and what the sampler says about them.

    ``log_weight`` (n,) is normalised. ``chain_index``, ``walker_index`` and ``step_index`` (n,) as in ``Chain``.
    ``convergence`` holds the figures on which ``converged`` rests.
    """

    u: FloatArray
    log_weight: FloatArray
    chain_index: NDArray[np.int64]
    walker_index: NDArray[np.int64]
    step_index: NDArray[np.int64]
    n_evaluations: int
    converged: bool
    convergence: dict[str, Any] = field(default_factory=dict)
    log_evidence: float | None = None
    log_evidence_error: float | None = None
