"""Kill a run at random times, resume it each time, and compare the result with that of an uninterrupted run.

Run: python benchmarks/kills.py                                   # 50 kills of each sampler
     python benchmarks/kills.py --kills 5 --sampler emcee --workers 2

dynesty runs static and, as `dynamic`, in batches. SIGKILL is sent to the whole process group of `twinsector run
--resume` at a random time between its start and well after its expected end, until the requested number of kills hit
a running process. Every completed run must have the same columns, weights, evidence and number of evaluations, bit
for bit; otherwise the exit status is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import yaml

from twinsector import read_chain
from twinsector.chains import Chain

RUN = {
    "name": "kills",
    "model": "mirror",
    "parameters": {
        "v_dark": {"log_uniform": [900.0, 1600.0]},
        "m_R": {"log_uniform": [150.0, 380.0]},
        "beta_R_ev": {"log_uniform": [0.4, 8.0]},
        **{"g_ratio": 1.0, "yb_ratio": 1.0, "delta_alpha_s": 0.0, "yu_dark": 1.5e-4, "yd_dark": 5.0e-5},
        **{"sigma_v_chi": 3.0e-15, "lambda_HH": 1.0e-3, "omega_b_h2": 0.0224, "dineutron_threshold": 0.2},
    },
    "likelihoods": {"planck_neff": {}, "relic_density": {"prediction": "rho_dm_over_rho_b"}, "bbn": {}},
}
SAMPLERS = {
    "dynesty": {"name": "dynesty", "nlive": 120, "walks": 25, "dlogz": 0.1},
    "dynamic": {"name": "dynesty", "nlive": 60, "walks": 20, "dlogz": 0.5, "dynamic": True, "n_effective": 400},
    "emcee": {"name": "emcee", "ensembles": 2, "walkers": 20, "check_every": 100, "max_steps": 300},
    "nautilus": {"name": "nautilus", "n_live": 200, "n_eff": 1000, "n_batch": 64, "n_shell": 1},
}
CHECKPOINT_EVERY_S = 0.05


def command(run_file: Path, *more: str) -> list[str]:
    """Command line of one part of a run."""
    return [sys.executable, "-m", "twinsector", "run", str(run_file), "--resume", *more]


def write_run_file(folder: Path, name: str, sampler: str, workers: int) -> Path:
    """Write a separate run file for each run, since runs must not share a folder."""
    path = folder / f"{name}.yaml"
    content = {**RUN, "sampler": SAMPLERS[sampler], "workers": workers, "output": str(folder / name)}
    path.write_text(yaml.safe_dump(content))
    return path


def differences(whole: Chain, cut: Chain) -> list[str]:
    """Names of the quantities that are not bit-identical."""
    found = [
        name
        for (name, a), (other, b) in zip(
            [*whole._columns(), ("log_weight", whole.log_weight)],
            [*cut._columns(), ("log_weight", cut.log_weight)],
            strict=True,
        )
        if name != other or a.tobytes() != b.tobytes()
    ]
    for name in ("log_evidence", "log_evidence_error", "n_evaluations", "converged", "convergence", "invalid"):
        if getattr(whole.info, name) != getattr(cut.info, name):
            found.append(name)
    return found


def stage(folder: Path) -> str:
    """Stage that the killed run had reached."""
    if (folder / "chain.h5").exists():
        return "finishing"
    if (folder / "journal" / "manifest.json").exists():
        return "sampling"
    return "before the first checkpoint"


def wait_for_commit(process: subprocess.Popen[str], folder: Path) -> None:
    """Wait until this part of the run has written a checkpoint or ended."""
    manifest = folder / "journal" / "manifest.json"
    before = manifest.stat().st_mtime_ns if manifest.exists() else None
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if manifest.stat().st_mtime_ns != before:
                return
        time.sleep(0.01)


def cut_run(run_file: Path, whole_s: float, sampling_s: float, dice: random.Random, most: int) -> Counter[str]:
    """Kill and resume one run until it is complete; returns the number of kills (at most ``most``) by stage.

    Most kills come after the first checkpoint of the part that they end, the others at any time after its start.
    """
    folder = run_file.with_suffix("")
    met: Counter[str] = Counter()
    while True:
        process = subprocess.Popen(
            command(run_file, "--checkpoint-every", str(CHECKPOINT_EVERY_S)),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        wait = None
        if met.total() < most:
            wait = dice.uniform(0.0, 1.1 * whole_s)
            if dice.random() < 0.7:
                wait_for_commit(process, folder)
                wait = dice.uniform(0.0, 0.4 * sampling_s)
        try:
            _, errors = process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            met[stage(folder)] += 1
            continue
        if process.returncode == 2 and "the run is finished" in errors:  # killed after writing the last file
            return met
        if process.returncode:
            raise SystemExit(f"a resumed run failed: {errors}")
        return met


def kill_test(sampler: str, kills: int, workers: int, seed: int) -> bool:
    """Print a report and return whether all results were identical."""
    dice = random.Random(seed)
    met: Counter[str] = Counter()
    wrong: list[str] = []
    runs = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin = time.monotonic()
        whole_file = write_run_file(folder, "whole", sampler, workers)
        subprocess.run(command(whole_file), check=True, capture_output=True)
        seconds = time.monotonic() - begin
        whole = read_chain(folder / "whole")
        while met.total() < kills:
            runs += 1
            run_file = write_run_file(folder, f"cut{runs}", sampler, workers)
            met += cut_run(run_file, seconds, whole.info.wall_time_s, dice, kills - met.total())
            wrong += differences(whole, read_chain(run_file.with_suffix("")))
    stages = ", ".join(f"{n} {name}" for name, n in met.most_common())
    print(f"{sampler}, {workers} worker(s): {met.total()} kills in {runs} runs of {seconds:.1f} s: {stages}")
    print(
        f"{sampler}: {'DIFFERENT: ' + ', '.join(wrong) if wrong else 'identical to the uninterrupted run'}", flush=True
    )
    return not wrong


def main() -> None:
    """Print a line for each sampler."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--sampler", choices=list(SAMPLERS), action="append", help="(repeat; default all)")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="seed for the times of the kills")
    arguments = parser.parse_args()
    samplers = arguments.sampler or list(SAMPLERS)
    if not all([kill_test(one, arguments.kills, arguments.workers, arguments.seed) for one in samplers]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
