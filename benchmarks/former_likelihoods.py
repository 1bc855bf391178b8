"""What changes of the likelihoods do to a posterior: its samples reweighted, one by one, to those of a former commit.

Run: python benchmarks/former_likelihoods.py CHAIN --against COMMIT [--points N]

Draws points from a chain of a run file of the repository, evaluates every likelihood there with the code, data and run
file of COMMIT, and exchanges one at a time for the former one. Prints a Markdown row for each that differs: the change
of ln Z (new minus former), the parameter whose mean moves most, in posterior standard deviations, and 95% limits,
former -> new. A row is empty where fewer than 100 effective samples are left: the two hardly overlap.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from versions import checked_out

from twinsector import Chain, read_chain
from twinsector.chains.statistics import mean_and_std, quantiles

FEWEST = 100.0
TOGETHER = (("planck_neff", "bbn", "reheating_temperature"),)
"""Exchanged at once: the reheating temperature acts through the first two, or as a wall of its own."""
LIMITS = {
    "mirror": (("m_R", 0.5), ("delta_neff", 0.95), ("sin2_theta_higgs", 0.95), ("sigma_si_cm2", 0.95)),
    "twin": (("m_nu", 0.5), ("epsilon", 0.95), ("f_over_v", 0.05), ("sigma_si_cm2", 0.95)),
}
"""Quantiles in the table."""


def drawn(chain: Chain, n: int) -> np.ndarray:
    """Indices (n,) of equally weighted draws."""
    return np.random.default_rng(0).choice(chain.n_samples, size=n, p=chain.weight)


def former(chain: Chain, rows: np.ndarray, run_file: str, commit: str) -> dict[str, np.ndarray]:
    """log L of every likelihood (n,) of the run file of ``commit`` at the chosen samples."""
    with tempfile.TemporaryDirectory() as folder, checked_out(commit) as tree:
        points, found = Path(folder) / "points.csv", Path(folder) / "found.csv"
        with points.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(chain.parameters)
            writer.writerows(zip(*(values[rows].tolist() for values in chain.parameters.values()), strict=True))
        command = [sys.executable, "-m", "twinsector", "loglike", str(tree / "runs" / run_file), str(points)]
        subprocess.run([*command, "-o", str(found)], cwd=tree.parent, check=True)
        with found.open(newline="", encoding="utf-8") as file:
            table = list(csv.DictReader(file))
    prefix = "log_likelihood_"
    return {
        name.removeprefix(prefix): np.array([float(row[name] or "nan") for row in table])
        for name in table[0]
        if name.startswith(prefix)
    }


def row(chain: Chain, rows: np.ndarray, name: str, change: np.ndarray) -> str:
    """A row of the table for log L (new minus former) (n,) of one likelihood."""
    ratio = np.exp(-np.where(np.isnan(change), np.inf, change))
    if ratio.sum() ** 2 < FEWEST * np.sum(ratio**2):
        empty = " |" * (1 + len(LIMITS[chain.info.model]))
        return f"| {name} | fewer than {FEWEST:.0f} effective samples in common |{empty}"
    weight = ratio / ratio.sum()
    even = np.full(len(rows), 1.0 / len(rows))
    shifts = {}
    for parameter in chain.sampled:
        values = chain.parameters[parameter][rows]
        (mean, std), (before, _) = mean_and_std(values, even), mean_and_std(values, weight)
        shifts[parameter] = (mean - before) / std
    most = max(shifts, key=lambda parameter: abs(shifts[parameter]))
    cells = [name, f"{-np.log(ratio.mean()):+.2f}", f"{most} {shifts[most]:+.2f}"]
    for quantity, level in LIMITS[chain.info.model]:
        values = chain.column(quantity)[rows]
        then, now = (quantiles(values, [level], each)[0] for each in (weight, even))
        cells.append(f"{then:.3g} -> {now:.3g}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table of one chain."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chain", type=Path, help="chain of runs/mirror.yaml or runs/twin.yaml, by any sampler")
    parser.add_argument("--against", required=True, metavar="COMMIT", help="commit with the former likelihoods")
    parser.add_argument("--points", type=int, default=4000, metavar="N", help="points drawn from the chain")
    given = parser.parse_args()
    chain = read_chain(given.chain)
    rows = drawn(chain, given.points)
    old = former(chain, rows, f"{chain.info.model}.yaml", given.against)
    new = {name: values[rows] for name, values in chain.log_likelihoods.items()}
    nothing = np.zeros(given.points)
    groups = [group for group in TOGETHER if set(group) & set(new)]
    groups += [(name,) for name in dict.fromkeys((*new, *old)) if not any(name in group for group in groups)]
    heads = [f"{quantity} ({100 * level:.0f}%)" for quantity, level in LIMITS[chain.info.model]]
    print("| " + " | ".join(("likelihood", "ln Z", "largest shift of a mean", *heads)) + " |")
    total = nothing.copy()
    for group in groups:
        change = sum((new.get(name, nothing) - old.get(name, nothing) for name in group), nothing)
        total += change
        if np.nanmax(np.abs(change)) > 1e-3:
            print(row(chain, rows, ", ".join(name for name in group if name in {*new, *old}), change), flush=True)
    print(row(chain, rows, "all", total))


if __name__ == "__main__":
    main()
