"""What changes of the likelihoods do to a posterior: samples of a former version reweighted to today's, one by one.

Run: python benchmarks/former_likelihoods.py CHAIN [--points N]

CHAIN is a run of runs/mirror.yaml or runs/twin.yaml (by any sampler) made with a former version of this repository.
Points drawn from it are evaluated with today's run file, and one likelihood at a time is exchanged for today's. Prints
a Markdown row for each that differs: the change of ln Z, the parameter whose mean moves most, in posterior standard
deviations, and quantiles, former -> today. A row is empty where fewer than 100 effective samples are left.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from twinsector import Chain, build_posterior, load_config, read_chain
from twinsector.chains.statistics import mean_and_std, quantiles

RUNS = Path(__file__).parents[1] / "runs"
FEWEST = 100.0
TOGETHER = (("planck_neff", "bbn", "reheating_temperature"), ("direct_detection", "xenonnt_events"))
"""Exchanged at once: the reheating temperature acts through the first two, or as a wall of its own; XENONnT's events
replace its limits."""
QUANTILES = {
    "mirror": (("m_R", 0.5), ("delta_neff", 0.95), ("sin2_theta_higgs", 0.95), ("v_dark", 0.5)),
    "twin": (("m_nu", 0.5), ("epsilon", 0.95), ("f_over_v", 0.05), ("tau_lifetime_s", 0.95)),
}
"""Medians and 95% limits in the table."""


def today(chain: Chain, rows: np.ndarray) -> dict[str, np.ndarray]:
    """log L of every likelihood (n,) of today's run file at the chosen samples; -inf where the model is not valid."""
    posterior = build_posterior(load_config(RUNS / f"{chain.info.model}.yaml"))
    known = {parameter.name for parameter in posterior.parameters}
    at = {name: values[rows] for name, values in chain.parameters.items() if name in known}
    found = posterior.evaluate_at(posterior.benchmark() | at)
    return dict(zip(posterior.likelihood_names, np.nan_to_num(found.log_likelihoods.T, nan=-np.inf), strict=True))


def row(chain: Chain, rows: np.ndarray, name: str, change: np.ndarray) -> str:
    """A row of the table for log L (today's minus the former) (n,)."""
    ratio = np.exp(change)
    if ratio.sum() ** 2 < FEWEST * np.sum(ratio**2):
        empty = " |" * (1 + len(QUANTILES[chain.info.model]))
        return f"| {name} | fewer than {FEWEST:.0f} effective samples in common |{empty}"
    weight = ratio / ratio.sum()
    even = np.full(len(rows), 1.0 / len(rows))
    shifts = {}
    for parameter in chain.sampled:
        values = chain.parameters[parameter][rows]
        (before, std), (mean, _) = mean_and_std(values, even), mean_and_std(values, weight)
        shifts[parameter] = (mean - before) / std
    most = max(shifts, key=lambda parameter: abs(shifts[parameter]))
    error = np.std(ratio) / ratio.mean() / np.sqrt(len(ratio))
    cells = [name, f"{np.log(ratio.mean()):+.2f} +- {error:.2f}", f"{most} {shifts[most]:+.2f}"]
    for quantity, level in QUANTILES[chain.info.model]:
        values = chain.column(quantity)[rows]
        then, now = (quantiles(values, [level], each)[0] for each in (even, weight))
        cells.append(f"{then:.3g} -> {now:.3g}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table of one chain."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chain", type=Path, help="chain made with a former version")
    parser.add_argument("--points", type=int, default=5000, metavar="N", help="points drawn from the chain")
    given = parser.parse_args()
    chain = read_chain(given.chain)
    rows = np.random.default_rng(0).choice(chain.n_samples, size=given.points, p=chain.weight)
    new, old = today(chain, rows), {name: values[rows] for name, values in chain.log_likelihoods.items()}
    groups = [group for group in TOGETHER if set(group) & {*new, *old}]
    groups += [(name,) for name in dict.fromkeys((*new, *old)) if not any(name in group for group in groups)]
    heads = [f"{quantity} ({100 * level:.0f}%)" for quantity, level in QUANTILES[chain.info.model]]
    print("| " + " | ".join(("likelihood", "ln Z", "largest shift of a mean", *heads)) + " |")
    nothing = np.zeros(given.points)
    total = nothing
    for group in groups:
        change = sum((new.get(name, nothing) - old.get(name, nothing) for name in group), nothing)
        total = total + change
        if np.max(np.abs(change)) > 1e-3:
            print(row(chain, rows, ", ".join(name for name in group if name in {*new, *old}), change), flush=True)
    print(row(chain, rows, "all", total))


if __name__ == "__main__":
    main()
