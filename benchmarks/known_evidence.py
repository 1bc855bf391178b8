"""Evidence and means of samplers on problems with known answers: pulls, (found - exact) / quoted error, over seeds.

python benchmarks/known_evidence.py [--seeds 24] [--problem shells-5] [--sampler nautilus] [--file FILE]
python benchmarks/known_evidence.py --table [--page docs/samplers.md]

Runs what FILE lacks, one seed of all after the other, and prints the table; it can be stopped at any time and
started again. ``--table`` only prints. The samplers are those of the package with the settings of the run files.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from known_problems import Problem, problems
from pages import fill, table
from records import Record, read_records, rounded, write_records

from twinsector.chains import RunInfo, summarize
from twinsector.common.words import format_rows
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.runs.record import make_chain
from twinsector.inference.samplers.registry import find_sampler

FILE = Path(__file__).parents[1] / "docs" / "data" / "known_evidence.json"

LARGEST_MEAN, NARROWEST, WIDEST = 0.5, 0.8, 1.25
"""Bounds on mean and scatter of the pulls of a sampler that may be a default."""


LOST = 100.0
"""A pull beyond this is no fluctuation: a part of the posterior was lost."""


def settings_of(sampler: str, n_dim: int) -> dict[str, Any]:
    """Settings of a sampler as the run files have them; slices three times the number of parameters, 24 for 8."""
    return {
        "nautilus": {"name": "nautilus"},
        "slices": {"name": "dynesty", "nlive": 400, "dlogz": 0.1, "sample": "rslice", "slices": 3 * n_dim},
        "walks": {"name": "dynesty", "nlive": 500, "dlogz": 0.1},
        "emcee": {"name": "emcee"},
        # Not in a run file: what more or less effort would give.
        "nautilus-500": {"name": "nautilus", "n_live": 500},
        "nautilus-1000": {"name": "nautilus", "n_live": 1000},
        "nautilus-one-batch": {"name": "nautilus", "n_shell": 1},
    }[sampler]


SHIPPED = ("nautilus", "slices", "walks", "emcee")
ALL_SAMPLERS = (*SHIPPED, "nautilus-500", "nautilus-1000", "nautilus-one-batch")


def sample(problem: Problem, sampler: str, seed: int) -> Record:
    """One run: ln Z and the known means, each with the error that ``twinsector summary`` gives it."""
    posterior = problem.posterior()
    given = settings_of(sampler, problem.n_dim)
    kind = find_sampler(given["name"])
    settings = kind.settings(**given)
    kind.check(problem.n_dim, settings)
    started, executor = time.process_time(), SerialExecutor(posterior)
    samples = kind.run(posterior, settings, seed, executor, lambda fraction, text: None)
    seconds = time.process_time() - started
    info = RunInfo(
        name=problem.name,
        sampler=given["name"],
        log_evidence=samples.log_evidence,
        log_evidence_error=samples.log_evidence_error,
        converged=samples.converged,
        convergence=samples.convergence,
    )
    summary = summarize(make_chain(posterior, samples, executor, lambda: info))
    record: Record = {"problem": problem.name, "sampler": sampler, "seed": seed, "calls": samples.n_evaluations}
    record |= {"seconds": rounded(seconds, 3), "converged": samples.converged}
    if samples.log_evidence is not None and samples.log_evidence_error is not None:
        record["ln_z"] = [rounded(samples.log_evidence, 8), rounded(samples.log_evidence_error, 4)]
    if summary.insertion is not None:
        record["insertion_p"] = rounded(min(summary.insertion.p_value, summary.insertion.p_worst), 3)
    record["means"] = {row.name: [rounded(row.mean), rounded(row.mean_error, 4)] for row in summary.predictions}
    return record


def pull(found: tuple[float, float], exact: float) -> float:
    """(found - exact) / error; 0 where both are zero, as for a constant likelihood."""
    value, error = found
    if abs(value - exact) <= 1e-9 * max(1.0, abs(exact)):
        return 0.0
    return (value - exact) / error if error > 0.0 else math.copysign(math.inf, value - exact)


def pulls_of(records: Iterable[Record], problem: Problem) -> dict[str, list[float]]:
    """Pulls over seeds of ln Z (where the sampler gives it) and of each known mean."""
    found: dict[str, list[float]] = {}
    for record in records:
        if "ln_z" in record:
            found.setdefault("ln Z", []).append(pull(record["ln_z"], problem.log_evidence))
        for name, (_, exact) in problem.means.items():
            found.setdefault(name, []).append(pull(record["means"][name], exact))
    return found


def verdict(pulls: list[float]) -> str:
    """'' within the bounds, '!' outside by more than two of the errors that so few pulls leave, '?' by less."""
    mean, scatter, n = float(np.mean(pulls)), float(np.std(pulls, ddof=1)), len(pulls)
    if not math.isfinite(scatter):
        return "!"
    excess = max(abs(mean) - LARGEST_MEAN, 0.0) / (scatter / math.sqrt(n) + 1e-12)
    beyond = max(scatter - WIDEST, NARROWEST - scatter, 0.0) / (scatter / math.sqrt(2.0 * (n - 1)) + 1e-12)
    worst = max(excess, beyond)
    return "!" if worst > 2.0 else "?" if worst > 0.0 else ""


def moments(pulls: list[float]) -> str:
    """Mean and scatter as text, with the verdict on them."""
    if not pulls:
        return ""
    if not np.any(pulls):
        return "exact"
    if max(map(abs, pulls)) > LOST:
        return f"lost in {sum(abs(pull) > LOST for pull in pulls)} of {len(pulls)}!"
    if len(pulls) < 2:
        return f"{pulls[0]:+.2f}"
    return f"{np.mean(pulls):+.2f} {np.std(pulls, ddof=1):.2f}{verdict(pulls)}"


def worst_mean(pulls: dict[str, list[float]]) -> tuple[str, str]:
    """The function of the parameters with the largest root mean square pull, and its mean and scatter."""
    named = {name: values for name, values in pulls.items() if name != "ln Z"}
    name = max(named, key=lambda one: float(np.mean(np.square(named[one]))))
    return name, moments(named[name])


HEAD = ("problem", "sampler", "seeds", "calls", "CPU s", "ln Z: mean, scatter", "means: worst", "mean, scatter")


def rows_of(records: list[Record]) -> list[list[str]]:
    """One row for each problem and sampler, and for each sampler one of all problems together."""
    rows = []
    for sampler in ALL_SAMPLERS:
        together: list[float] = []
        of_means: list[float] = []
        for problem in problems().values():
            mine = [one for one in records if one["sampler"] == sampler and one["problem"] == problem.name]
            if not mine:
                continue
            pulls = pulls_of(mine, problem)
            calls, seconds = (float(np.mean([one[key] for one in mine])) for key in ("calls", "seconds"))
            evidence, worst = moments(pulls.get("ln Z", [])), worst_mean(pulls)
            rows.append([problem.name, sampler, str(len(mine)), f"{calls:,.0f}", f"{seconds:.1f}", evidence, *worst])
            for name, values in pulls.items():
                (together if name == "ln Z" else of_means).extend(values if np.any(values) else [])
        if together or of_means:
            rows.append(["all", sampler, "", "", "", moments(together), "all", moments(of_means)])
    return rows


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=24, help="seeds 1 to this")
    parser.add_argument("--problem", nargs="+", choices=sorted(problems()), default=list(problems()))
    parser.add_argument("--sampler", nargs="+", choices=ALL_SAMPLERS, default=list(SHIPPED))
    parser.add_argument("--file", type=Path, default=FILE, help="where the results are kept")
    parser.add_argument("--table", action="store_true", help="run nothing")
    parser.add_argument("--page", type=Path, help="page that gets the table, docs/samplers.md")
    arguments = parser.parse_args()
    about = {"command": "python benchmarks/known_evidence.py", "pull": "(found - exact) / quoted error"}
    records = read_records(arguments.file)
    done = {(one["problem"], one["sampler"], one["seed"]) for one in records}
    for seed in () if arguments.table else range(1, arguments.seeds + 1):
        for name in arguments.problem:
            for sampler in arguments.sampler:
                problem = problems()[name]
                if (name, sampler, seed) in done or (sampler == "emcee" and not problem.unimodal):
                    continue
                records.append(sample(problem, sampler, seed))
                write_records(arguments.file, about, records)
    rows = rows_of(records)
    print(format_rows([HEAD, *(tuple(row) for row in rows)]))
    if arguments.page is not None:
        fill(arguments.page, "known evidence", table(HEAD, rows))


if __name__ == "__main__":
    main()
