"""Dry run (``run --test``): exercise everything that a run would use, without sampling or writing."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ...common.words import format_rows, spec_text
from ...likelihoods import likelihood_names, likelihood_settings
from ...physics.model import OK
from ..configuration.run_config import RunConfig
from ..errors import InputError
from ..executors import Executor
from ..posterior import Posterior
from .cost_estimate import Budget, estimate_budget
from .prior_draws import PriorCheck, check_prior
from .unused_parameters import refuse_unused_parameters, unused_parameters

TIMED_SECONDS = 0.2
"""Time spent on measuring each component."""

GROUP = 16
"""Points that are timed together: about as many as a sampler evaluates in one go."""


@dataclass(frozen=True)
class DryRun:
    """Result of a dry run; ``seconds`` is the time per point of each component, in order.

    ``taken`` says what the folder holds already for which the run would be refused; empty where it is free.
    """

    config: RunConfig
    posterior: Posterior
    check: PriorCheck
    executor: str
    workers: int
    seconds: dict[str, float]
    unused: dict[str, str]
    budget: Budget
    taken: str = ""

    def __str__(self) -> str:
        prior, n = self.posterior.prior, len(self.posterior.likelihoods)
        lines = [
            f"{self.config.name}: {prior.n_dim} sampled parameter{'s' if prior.n_dim > 1 else ''}, "
            f"{n} likelihood{'s' if n > 1 else ''}, ok",
            f"sampled: {', '.join(prior.sampled)}",
            *(
                f"derived: {one.name} = {one.expression.text} [{one.observable.unit or 'a number'}]"
                for one in self.posterior.derived
            ),
            f"output: {self.taken or f'{self.config.folder}, writable'}",
            f"executor: {self.executor}, {self.workers} worker{'s' if self.workers > 1 else ''}",
            "",
            format_rows(self._likelihoods(), widest=100),
            "",
            format_rows(self._times()),
            "",
            str(self.check),
        ]
        for reader in ("nothing", "no likelihood"):
            names = [name for name, found in self.unused.items() if found == reader]
            if names:
                lines.append(f"note: {reader} depends on {', '.join(names)}: their posterior is their prior")
        return "\n".join([*lines, "", str(self.budget)])

    def _likelihoods(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("likelihood", "settings", "data")]
        for one in self.posterior.likelihoods:
            kind = self.config.kind_of(one.name)
            known = likelihood_settings(kind) if kind in likelihood_names() else {}
            settings = {**known, **self.config.settings_of(one.name)}
            shown = ", ".join(f"{key}={spec_text(value)}" for key, value in settings.items() if value is not None)
            files = dict.fromkeys(f"{file.name} ({file.sha256[:8]})" for file in one.data_files)
            rows.append((one.name if kind == one.name else f"{one.name} ({kind})", shown, ", ".join(files)))
        return rows

    def _times(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("component", "us per point")]
        rows += [(name, f"{1e6 * seconds:10.1f}") for name, seconds in self.seconds.items()]
        return [*rows, ("together", f"{1e6 * sum(self.seconds.values()):10.1f}")]


def perform_dry_run(
    config: RunConfig, posterior: Posterior, make_executor: Callable[[], Executor], taken: str = ""
) -> DryRun:
    """Do everything that a run does before sampling, and time its components. Writes nothing.

    Raises :class:`InputError` if the run could not start: no prior draw is allowed, the folder is not writable,
    a parameter is set that has no effect, or the executor is not available.
    """
    _probe_folder(config.folder)
    refuse_unused_parameters(config, posterior)
    with make_executor() as executor:
        check = check_prior(posterior, config.seed, executor)
        name, workers = executor.name, executor.workers
    seconds = component_times(posterior)
    return DryRun(
        config,
        posterior,
        check,
        name,
        workers,
        seconds,
        unused_parameters(posterior, posterior.prior.sampled),
        estimate_budget(config.sampler, posterior.prior.n_dim, check.log_likelihood, sum(seconds.values()), workers),
        taken,
    )


def component_times(posterior: Posterior) -> dict[str, float]:
    """Seconds per valid point of prior, model and each likelihood, in batches of the size used by the samplers."""
    random = np.random.default_rng(1)
    u = random.random((64 * GROUP, posterior.prior.n_dim))
    valid = posterior.evaluate(posterior.prior.transform(u)).status == OK
    u = np.resize(u[valid], (GROUP, u.shape[1])) if valid.any() else u[:GROUP]
    x = posterior.prior.transform(u)
    parameters = posterior.prior.expand(x)
    own = {parameter.name: parameters[parameter.name] for parameter in posterior.model.parameters}
    values = posterior.with_derived({**parameters, **posterior.model.predict(own).values})
    found = {
        "prior": _seconds(lambda: posterior.prior.expand(posterior.prior.transform(u))),
        f"model {posterior.model.name}": _seconds(lambda: posterior.model.predict(own)),
    }
    if posterior.derived:
        found["derived quantities"] = _seconds(lambda: posterior.with_derived(values))
    for one in posterior.likelihoods:
        found[one.name] = _seconds(partial(one.log_likelihood, values))
    return {name: seconds / GROUP for name, seconds in found.items()}


def _seconds(work: Callable[[], object]) -> float:
    """Shortest of repeated timings."""
    best, end = math.inf, time.perf_counter() + TIMED_SECONDS
    while time.perf_counter() < end or best == math.inf:
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best


def _probe_folder(folder: Path) -> None:
    """Check that the output folder, or its nearest existing parent, is writable, without leaving files behind."""
    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), Path("."))
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write to the output folder {folder}: {error.strerror}; give another output:"
        ) from None
