"""What a sampler is: settings, a few declarations, and a method that turns a posterior into weighted samples.

A sampler of another package is one class with the members of :class:`Sampler` (``docs/plugins.md`` has a whole one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ...common.strict_model import StrictModel

if TYPE_CHECKING:  # a run file is read without them
    from ..executors import Executor
    from ..persistence.checkpoints import Checkpoints
    from ..persistence.interrupts import StopFlag
    from ..posterior import Posterior
    from ..progress import Progress


@dataclass(frozen=True)
class Samples:
    """``n`` weighted samples in the unit cube, ``u`` (n, n_dim), and what the sampler says about them.

    ``log_weight`` (n,) is normalised. ``chain_index``, ``walker_index`` and ``step_index`` (n,) as in ``Chain``.
    ``convergence`` holds the figures on which ``converged`` rests. ``birth`` (n,), of nested sampling, is log L of the
    contour above which each sample was drawn: weights and evidence are then those of `evidence_from_births`
    (``chains/nested.py``), by which other packages compute them anew and runs are merged.
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
    birth: FloatArray | None = None

    @classmethod
    def of_one_chain(cls, u: FloatArray, log_weight: FloatArray, **about: Any) -> Samples:
        """Samples in their order, without walkers; ``about`` gives the other fields."""
        zeros, steps = np.zeros(len(u), dtype=np.int64), np.arange(len(u))
        return cls(u, log_weight, chain_index=zeros, walker_index=zeros, step_index=steps, **about)


class SamplerSettings(StrictModel):
    """Base of a sampler's settings in the run file.

    A subclass gives ``name: Literal["..."] = "..."`` and each setting as a pydantic ``Field`` with default, range
    and description: the run file's messages, ``twinsector list samplers`` and the JSON schema are made of them.
    ``further`` names those that may change when a finished run is extended (``run --extend``), and in which direction
    they ask for more: 1 for a larger value, -1 for a smaller one. None: no run of the sampler can be extended.
    """

    further: ClassVar[Mapping[str, int]] = {}

    name: str

    def unused(self) -> Sequence[tuple[str, str]]:
        """Settings that were given and that nothing would look at: (setting, why); a run file with one is refused."""
        return ()


S = TypeVar("S", bound=SamplerSettings)


class Sampler(Protocol[S]):
    """A sampler: a class without state, made without arguments.

    The library that does the work is imported in :meth:`run` (and tried in :meth:`check`), not with the module:
    the settings are read, listed and checked without it.
    """

    @property
    def name(self) -> str:
        """The run file's word for it; the entry point has the same."""
        ...

    @property
    def settings(self) -> type[S]:
        """The class of its settings."""
        ...

    @property
    def kind(self) -> str:
        """Kind of its chains: ``NESTED``, ``WEIGHTED`` or ``ENSEMBLES`` (``common/chain_kinds.py``)."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """Installed distributions that can change a number: their versions are kept, and must agree on resume."""
        ...

    @property
    def bibtex(self) -> str:
        """BibTeX entries of :meth:`citations` that twinsector does not have (``""``: it has all)."""
        ...

    def citations(self, settings: S) -> tuple[str, ...]:
        """BibTeX keys of what the sampler rests on with these settings."""
        ...

    def check(self, n_dim: int, settings: S) -> None:
        """Refuse, before anything is written, what cannot run with ``n_dim`` sampled parameters, or is not installed.

        Raises :class:`InputError`: ``"sampler.SETTING: what is wrong; how to fix it"``.
        """
        ...

    def expected_calls(self, n_dim: int, settings: S, information: float, climb: float) -> float:
        """A guess of the likelihood calls of a run, for ``run --test``.

        ``information`` (nats) is gained from prior to posterior; ``climb`` is ln of the peak likelihood over its
        posterior mean, about half the number of constrained parameters.
        """
        ...

    def run(
        self,
        posterior: Posterior,
        settings: S,
        seed: int,
        executor: Executor,
        progress: Progress,
        stop: StopFlag | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> Samples:
        """Sample ``posterior``, whose ``log_likelihood_of_cube(u)`` gives log L (n,) at points u (n, n_dim).

        Work goes through ``executor.map(function, items)``, a module-level ``function(posterior, item)``, in items
        whose size does not depend on the number of workers, or follows ``in_groups``; everything random follows from
        ``seed``. ``progress`` receives a fraction (or None) and a line of text. With ``checkpoints`` the state is saved
        there whenever ``checkpoints.due`` and when stopped; where ``checkpoints.saved`` is not None, the run continues
        from it, to the same samples bit for bit. Raises :class:`Interrupted` when ``stop.is_set``, after saving, and
        :class:`RunError` where the run cannot end.
        """
        ...
