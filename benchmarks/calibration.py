"""Simulation-based calibration: are truths, drawn where the model is believed, uniform in the posteriors of their data?

python benchmarks/calibration.py results/mirror [--replicates 100] [--file FILE] [--set n_eff=2000]
python benchmarks/calibration.py benchmarks/narrow.yaml --replicates 100 [--set name=emcee --file FILE]
python benchmarks/calibration.py --table FILE ... [--plot ranks.png] [--page docs/samplers.md]

Of the folder of a finished run (posterior calibration, arXiv:2502.03279): a truth is drawn from the run's posterior,
pseudo-data of it are added to the real data, the joint posterior is sampled with the run's sampler, and the rank of
the truth among its draws is kept, for each parameter and for log L. Only likelihoods whose log L is exactly the
density of their data (normal or log-normal with a fixed width) get pseudo-data; the others stay as they are and
belong, with the prior, to what is known before. Of a run file: the truth comes from the prior, and every likelihood
gets pseudo-data in place of its own.

Ranks are uniform if sampler, likelihoods and pseudo-data fit together. FILE keeps all: the script goes on from there.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pages import fill, table
from records import Record, read_about, read_records, rounded, write_records
from uniformity import band, counts_below, grid, p_value, place_of

from twinsector import Posterior, build_posterior, load_config, read_chain
from twinsector.common.arrays import FloatArray
from twinsector.inference.configuration.run_config import RunConfig, with_changes
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.samplers.base import Samples
from twinsector.inference.samplers.registry import find_sampler
from twinsector.likelihoods.base import renamed

DATA = Path(__file__).parents[1] / "docs" / "data"

EXACT = ("planck_neff", "bbn", "relic_density", "baryon_asymmetry", "higgs_invisible")
"""Likelihoods whose log L is, as a function of the data, the normalised density from which pseudo-data are drawn."""

DRAWS = 1000
"""Draws of equal weight of each posterior, among which the truth has its rank."""

SEED = 20261129

Truths = Callable[[np.random.Generator], FloatArray]


def joint_posterior(posterior: Posterior, truth: FloatArray, rng: np.random.Generator) -> Posterior:
    """Real data and, for the likelihoods that allow it, pseudo-data of the truth (n_dim,)."""
    drawn = posterior.simulate(dict(zip(posterior.prior.sampled, truth.tolist(), strict=True)), rng)
    corrected = {one.beside.name for one in posterior.likelihoods if one.beside is not None}
    again = tuple(
        renamed(one, f"{one.name}_again")
        for one in drawn.likelihoods
        if one.name in EXACT and one.name not in corrected
    )
    return replace(posterior, likelihoods=(*posterior.likelihoods, *again))


def prior_posterior(posterior: Posterior, truth: FloatArray, rng: np.random.Generator) -> Posterior:
    """Pseudo-data in place of all real data."""
    return posterior.simulate(dict(zip(posterior.prior.sampled, truth.tolist(), strict=True)), rng)


def truths_of_chain(path: Path) -> Truths:
    """Draws from the posterior of a finished run."""
    chain = read_chain(path)
    columns = np.stack([chain.parameters[name] for name in chain.sampled], axis=1)

    def draw(rng: np.random.Generator) -> FloatArray:
        row: FloatArray = columns[rng.choice(chain.n_samples, p=chain.weight)]
        return row

    return draw


def truths_of_prior(posterior: Posterior) -> Truths:
    """Draws from the prior where the model is valid."""

    def draw(rng: np.random.Generator) -> FloatArray:
        while True:
            x: FloatArray = posterior.prior.transform(rng.random((1, posterior.prior.n_dim)))[0]
            if np.isfinite(posterior.log_likelihood(x)):
                return x

    return draw


def equal_draws(samples: Samples, rng: np.random.Generator) -> FloatArray:
    """Points (DRAWS, n_dim) of the unit cube with equal weights."""
    weight = np.exp(samples.log_weight - samples.log_weight.max())
    chosen: FloatArray = samples.u[rng.choice(len(weight), size=DRAWS, p=weight / weight.sum())]
    return chosen


def replicate(number: int, config: RunConfig, posterior: Posterior, truths: Truths, is_joint: bool) -> Record:
    """One truth, its data, their posterior, and the ranks of the truth; everything follows from the number."""
    rng = np.random.default_rng([SEED, number])
    truth = truths(rng)
    target = (joint_posterior if is_joint else prior_posterior)(posterior, truth, rng)
    started = time.process_time()
    samples = find_sampler(config.sampler.name).run(
        target, config.sampler, number, SerialExecutor(target), lambda fraction, text: None
    )
    seconds = time.process_time() - started
    u = equal_draws(samples, rng)
    x = target.prior.transform(u)
    ranks = dict(zip(target.prior.sampled, np.sum(x < truth, axis=0).tolist(), strict=True))
    ranks["log L"] = int(np.sum(target.log_likelihood_of_cube(u) < target.log_likelihood(truth)))
    evidence = None if samples.log_evidence is None else rounded(samples.log_evidence)
    return {
        "replicate": number,
        "ranks": ranks,
        "ln_z": evidence,
        "calls": samples.n_evaluations,
        "seconds": rounded(seconds, 3),
        "converged": samples.converged,
    }


def places(records: list[Record]) -> dict[str, FloatArray]:
    """Places (n,) in (0, 1) of the truths, by quantity; a rank stands for an interval, in which a seed chooses."""
    rng = np.random.default_rng(SEED)
    names = records[0]["ranks"]
    return {name: np.array([place_of(one["ranks"][name], DRAWS, rng) for one in records]) for name in names}


def p_values(records: list[Record]) -> dict[str, float]:
    """p-values of uniformity for each quantity."""
    return {name: p_value(column) for name, column in places(records).items()}


def of_the_least(found: dict[str, float]) -> float:
    """The least of p-values, corrected for their number."""
    return 1.0 - (1.0 - min(found.values())) ** len(found)


def print_table(title: str, records: list[Record]) -> None:
    """p-values of every quantity, and that of the least of them."""
    found = p_values(records)
    seconds = float(np.mean([one["seconds"] for one in records]))
    print(f"{title}: {len(records)} replicates, {seconds:.0f} s of CPU each")
    for name, p in found.items():
        print(f"  {name:24s}p = {p:.3f}")
    print(f"  {'all':24s}p = {of_the_least(found):.3f}, that of the least of {len(found)}")


HEAD = ("run", "sampler", "truths from", "replicates", "calls", "CPU s", "p of the least uniform", "p of all")


def row_of(file: Path) -> list[str]:
    """The row of the page's table for a file of ranks."""
    about, records = read_about(file), read_records(file)
    found = p_values(records)
    least = min(found, key=lambda name: found[name])
    calls, seconds = (float(np.mean([one[key] for one in records])) for key in ("calls", "seconds"))
    return [
        about["name"],
        about["sampler"]["name"],
        about["kind"],
        str(len(records)),
        f"{calls:,.0f}",
        f"{seconds:.0f}",
        f"{least}: {found[least]:.3f}",
        f"{of_the_least(found):.3f}",
    ]


def plot(groups: dict[str, list[Record]], path: Path) -> None:
    """F(z) - z of every quantity with the band that holds 95% of uniform curves, one panel for each group."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(groups), figsize=(5.2 * len(groups), 4.8), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, (title, records) in zip(axes[0], groups.items(), strict=True):
        low, high = band(len(records))
        axis.fill_between(grid(), low, high, color="0.88", label="95% of uniform curves")
        for index, (name, column) in enumerate(places(records).items()):
            style = {"color": f"C{index % 10}", "lw": 1.0, "ls": "-" if index < 10 else "--"}
            if name == "log L":
                style = {"color": "black", "lw": 2.0}
            axis.plot(grid(), counts_below(column) / len(column) - grid(), label=name, **style)
        axis.set(title=f"{title}, {len(records)} replicates", xlabel="rank of the truth", xlim=(0.0, 1.0))
        axis.legend(fontsize=7, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.14), frameon=False)
    axes[0][0].set_ylabel("share of truths below, minus expectation")
    figure.savefig(path, dpi=110)


def settings(words: list[str]) -> dict[str, Any]:
    """Sampler settings from words NAME=VALUE, values as in YAML."""
    return {name: yaml.safe_load(value) for name, value in (word.split("=", 1) for word in words)}


def run_missing(source: Path, replicates: int, file: Path, changes: dict[str, Any]) -> list[Record]:
    """Run the replicates that the file lacks; all records."""
    is_joint = source.is_dir()
    config = load_config(source / "run.yaml" if is_joint else source)
    same = changes.get("name", config.sampler.name) == config.sampler.name
    config = with_changes(config, sampler={**(config.sampler.model_dump() if same else {}), **changes})
    posterior = build_posterior(config)
    truths = truths_of_chain(source / "chain.h5") if is_joint else truths_of_prior(posterior)
    about = {
        "name": config.name,
        "kind": "posterior" if is_joint else "prior",
        "command": f"python benchmarks/calibration.py {'results/' if is_joint else 'benchmarks/'}{source.name}",
        "sampler": config.sampler.model_dump(),
        "seed": SEED,
        "draws": DRAWS,
    }
    records = read_records(file)
    done = {one["replicate"] for one in records}
    for number in range(1, replicates + 1):
        if number not in done:
            records.append(replicate(number, config, posterior, truths, is_joint))
            write_records(file, about, records)
    return records


def main() -> None:
    """Run what is missing, print the table, draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, nargs="?", help="folder of a finished run, or a run file")
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--file", type=Path, help="where the ranks are kept (default docs/data/calibration-NAME.json)")
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="SETTING=VALUE",
        help="changes to the sampler; with another name, its settings",
    )
    parser.add_argument("--table", type=Path, nargs="+", default=[], help="files to print and draw, nothing is run")
    parser.add_argument("--plot", type=Path, help="picture of the curves")
    parser.add_argument("--page", type=Path, help="page that gets the table, docs/samplers.md")
    arguments = parser.parse_args()
    files = arguments.table
    if arguments.source is not None:
        file = arguments.file or DATA / f"calibration-{arguments.source.resolve().stem}.json"
        run_missing(arguments.source, arguments.replicates, file, settings(arguments.set))
        files = [file, *files]
    groups = {one.stem.removeprefix("calibration-"): read_records(one) for one in files}
    for title, records in groups.items():
        print_table(title, records)
    if arguments.plot is not None:
        plot(groups, arguments.plot)
    if arguments.page is not None:
        fill(arguments.page, "calibration", table(HEAD, [row_of(one) for one in files]))


if __name__ == "__main__":
    main()
