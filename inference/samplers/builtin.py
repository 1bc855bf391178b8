"""What the built-in samplers share: the adapter ``<name>.py`` beside their declarations is imported when needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic

from .base import S

if TYPE_CHECKING:
    from ..executors import Executor
    from ..persistence.checkpoints import Checkpoints
    from ..persistence.interrupts import StopFlag
    from ..posterior import Posterior
    from ..progress import Progress
    from .base import Samples


class BuiltinSampler(Generic[S]):
    """Base of the samplers of this package; a subclass declares the rest of :class:`~.base.Sampler`."""

    name: str
    bibtex = ""

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
        """``run_<name>`` of the adapter; see :meth:`Sampler.run`."""
        run = getattr(self._adapter(), f"run_{self.name}")
        samples: Samples = run(posterior, settings, seed, executor, progress, stop, checkpoints)
        return samples

    def check_state(self, state: Any) -> None:
        """Raise :class:`StateError` where ``state`` is none from which a run of this sampler continues."""
        self._adapter().unpack_state(state)

    def _adapter(self) -> Any:
        return import_module(f".{self.name}", __package__)
