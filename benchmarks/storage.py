"""Cost of storing a run: time spent in checkpoints at 1 ms per likelihood call, and disk space relative to the samples.

Run: python benchmarks/storage.py
     python benchmarks/storage.py --seconds 300

A likelihood that takes 1 ms per point is sampled by dynesty and by emcee for the given time, with the checkpoints of a
real run (one per minute; also one every 5 s). The time spent in commits to the journal (arrays, checksums, fsync) is
compared with the total. The payload is 8 bytes for every number of every sample.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from twinsector import load_config, read_chain, run
from twinsector.chains import Chain, RunInfo, equal_log_weights, write_chain
from twinsector.chains.journal.journal import read_journal
from twinsector.chains.journal.sealed import JOURNAL
from twinsector.inference.errors import Interrupted
from twinsector.inference.posterior import Posterior
from twinsector.inference.samplers import dynesty as nested
from twinsector.inference.samplers import emcee as mcmc
from twinsector.likelihoods.base import LikelihoodDefaults
from twinsector.physics.model import ModelDefaults, Observable, Parameter, Predictions
from twinsector.priors import build_prior

N_DIM = 11
POINT_S = 1e-3
NAMES = tuple(f"x{i}" for i in range(N_DIM))
SAMPLERS = {
    "dynesty": {"name": "dynesty", "nlive": 500, "dlogz": 0.01},
    "emcee": {"name": "emcee", "max_steps": 100_000, "autocorr_times": 1e6},
}


@dataclass(frozen=True)
class SlowGaussian(ModelDefaults, LikelihoodDefaults):
    """Model and likelihood in one: a Gaussian of width 0.03 in ``N_DIM`` parameters taking ``POINT_S`` per point."""

    name: str = "slow"
    parameters: tuple[Parameter, ...] = tuple(Parameter(name, "", name, 0.0, 1.0, 0.5, "") for name in NAMES)
    observables: tuple[Observable, ...] = (Observable("chi2", "", r"\chi^2", "distance from the centre"),)
    requires: tuple[str, ...] = ("chi2",)
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    def predict(self, parameters: dict[str, np.ndarray]) -> Predictions:
        """chi^2 of the points, returned no earlier than ``POINT_S`` per point."""
        begin = time.perf_counter()
        x = np.column_stack([parameters[name] for name in NAMES])
        chi2 = np.sum(((x - 0.5) / 0.03) ** 2, axis=1)
        while time.perf_counter() - begin < POINT_S * len(x):
            time.sleep(max(0.0, POINT_S * len(x) - (time.perf_counter() - begin)))
        return Predictions({"chi2": chi2}, np.full(len(x), "ok"))

    def log_likelihood(self, predictions: dict[str, np.ndarray]) -> np.ndarray:
        """-chi^2/2."""
        return -0.5 * predictions["chi2"]


@contextmanager
def stopwatch(place: ModuleType, name: str, spent: list[float]) -> Iterator[None]:
    """Record the duration of every call of a function."""
    function: Callable[..., None] = getattr(place, name)

    def timed(*arguments: object) -> None:
        begin = time.perf_counter()
        function(*arguments)
        spent.append(time.perf_counter() - begin)

    setattr(place, name, timed)
    try:
        yield
    finally:
        setattr(place, name, function)


def measure(sampler: str, seconds: float, every: float) -> None:
    """Run for the given time and print the cost of storage."""
    model = SlowGaussian()
    prior = build_prior({name: {"uniform": [0.0, 1.0]} for name in NAMES}, {}, model.parameters)
    posterior = Posterior(model, prior, (model,))
    content = {"name": "slow", "model": "slow", "likelihoods": {"slow": {}}, "sampler": SAMPLERS[sampler]}
    place, name = {"dynesty": (nested, "save_sampler"), "emcee": (mcmc, "_save")}[sampler]
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as there, stopwatch(place, name, spent):
        folder = Path(there) / "run"
        begin = time.perf_counter()
        try:
            run(
                load_config({**content, "output": str(folder)}),
                posterior=posterior,
                time_limit=seconds,
                checkpoint_every=every,
            )
            print(f"{sampler}: the run ended by itself; give fewer --seconds", file=sys.stderr)
        except Interrupted:
            report(sampler, every, time.perf_counter() - begin, spent, folder)


def report(sampler: str, every: float, wall: float, spent: list[float], folder: Path) -> None:
    """Format the results in one line."""
    saved = read_journal(folder / JOURNAL)
    assert saved is not None and saved.rows is not None, "no sample is stored yet: give more --seconds"
    payload = saved.rows.nbytes
    segments = sum(path.stat().st_size for path in (folder / JOURNAL).glob("segment-*"))
    everything = sum(path.stat().st_size for path in (folder / JOURNAL).iterdir())
    samples = read_chain(folder).n_samples
    print(
        f"{sampler:8s} a checkpoint every {every:2.0f} s: {len(spent):3d} in {wall:.0f} s, "
        f"{1e3 * float(np.median(spent)):5.1f} ms each (median), {100 * sum(spent) / wall:.2f}% of the time; "
        f"segments {segments / payload:.3f} x payload of {payload / 1e6:.2f} MB, journal {everything / payload:.2f} x, "
        f"{samples} samples",
        flush=True,
    )


def chain_file(n: int = 20_000) -> None:
    """Size of a chain file of ``n`` samples with noise in all columns, relative to 8 bytes per number."""
    random = np.random.default_rng(1)
    numbers = random.normal(size=(40, n))
    chain = Chain(
        parameters={f"x{i}": numbers[i] for i in range(N_DIM)},
        sampled=NAMES,
        log_weight=equal_log_weights(n),
        log_prior=numbers[11],
        log_likelihood=numbers[12],
        log_likelihoods={f"l{i}": numbers[i] for i in range(13, 20)},
        predictions={f"p{i}": numbers[i] for i in range(20, 40)},
        chain_index=np.zeros(n, dtype=np.int64),
        walker_index=np.zeros(n, dtype=np.int64),
        step_index=np.arange(n),
        info=RunInfo("noise"),
    )
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        size = write_chain(chain, Path(folder) / "chain.h5").stat().st_size
        seconds = time.perf_counter() - begin
    payload = 8 * n * 44
    print(
        f"chain.h5 of {n} samples: {size / payload:.3f} x payload of {payload / 1e6:.1f} MB, written in {seconds:.2f} s"
    )


def main() -> None:
    """Print a line for each sampler and cadence."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=130.0, help="length of each run")
    arguments = parser.parse_args()
    chain_file()
    for sampler in SAMPLERS:
        for every in (60.0, 5.0):
            measure(sampler, arguments.seconds, every)


if __name__ == "__main__":
    main()
