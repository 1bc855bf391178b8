"""Resident memory of a run while it samples: what grows with the stored samples, and what would be a leak.

Run: python benchmarks/memory.py                                # emcee, half an hour
     python benchmarks/memory.py --sampler dynesty --minutes 5 --workers 2

A run that cannot converge is sampled for the given time; the resident memory of its processes (the sum over the run
and its workers) is read every few seconds, and compared after the first tenth (at least a minute) of the time. emcee
keeps a bounded number of steps, so its memory must stay flat. dynesty and nautilus keep every sample: there the run
is stopped at the end and resumed by a fresh process, which holds the same samples and nothing else. What the old
process held beyond that is the leak. Exit status 1 if that is more than 2%.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import yaml

from twinsector.chains.journal.status import read_status

ALLOWED = 0.02
READ_EVERY_S = 5.0
PAGE = os.sysconf("SC_PAGE_SIZE")

RUN = {
    "name": "memory",
    "model": "mirror",
    "options": {"reheating": "instantaneous", "freeze_out": "analytic"},
    "parameters": {
        "v_dark": {"log_uniform": [900.0, 1600.0]},
        "m_R": {"log_uniform": [150.0, 380.0]},
        "beta_R_ev": {"log_uniform": [0.4, 8.0]},
        **{"g_ratio": 1.0, "yb_ratio": 1.0, "delta_alpha_s": 0.0, "yu_dark": 6.0e-5, "yd_dark": 3.0e-5},
        **{"sigma_v_chi": 3.0e-15, "lambda_HH": 1.0e-3, "omega_b_h2": 0.0224},
        **{"g_reheaton": 150.0, "dineutron_threshold": 0.2},
    },
    "likelihoods": {"planck_neff": {}, "reheating_temperature": {}},
    "output": "run",
}
SAMPLERS = {
    "emcee": {"name": "emcee", "ensembles": 2, "walkers": 8, "max_steps": 10**9, "autocorr_times": 1e9},
    "dynesty": {"name": "dynesty", "nlive": 10_000, "dlogz": 1e-12, "walks": 2000},
    "nautilus": {"name": "nautilus", "n_live": 500, "n_eff": 10**9},
}


def family(pid: int) -> list[int]:
    """Process ``pid`` and its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and its descendants."""
    total = 0
    for one in family(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE
        except (OSError, IndexError):
            continue
    return total


def n_samples() -> int:
    """Samples in the journal of the run."""
    return read_status(Path("run")).n_samples or 0


def last_commit() -> int:
    """When the journal was written, in ns; 0 before."""
    manifest = Path("run/journal/manifest.json")
    return manifest.stat().st_mtime_ns if manifest.exists() else 0


def sample_for(seconds: float, workers: int) -> list[tuple[float, int]]:
    """Start or resume the run; (time, resident bytes) for ``seconds`` of sampling, then stop it as Ctrl-C does."""
    command = [sys.executable, "-m", "twinsector", "run", "run.yaml", "--resume", "--workers", str(workers)]
    before = last_commit()
    process = subprocess.Popen([*command, "--checkpoint-every", "10"], stderr=subprocess.DEVNULL)
    while last_commit() == before and process.poll() is None:
        time.sleep(0.1)
    begin, found = time.monotonic(), []
    while process.poll() is None and (passed := time.monotonic() - begin) < seconds:
        found.append((passed, resident_bytes(process.pid)))
        time.sleep(READ_EVERY_S)
    if process.poll() is not None:
        raise SystemExit(f"the run ended by itself after {len(found) * READ_EVERY_S:.0f} s: give it less time")
    process.send_signal(signal.SIGINT)
    process.wait()
    return found


def megabytes(n: float) -> str:
    """``123.4 MB``."""
    return f"{n / 1e6:.1f} MB"


def main() -> None:
    """Print the course of the resident memory, and what of it is no stored sample."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sampler", choices=list(SAMPLERS), default="emcee")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("run.yaml").write_text(yaml.safe_dump({**RUN, "sampler": SAMPLERS[given.sampler]}))
        course = sample_for(60.0 * given.minutes, given.workers)
        kept = n_samples()
        start = max(60.0, 6.0 * given.minutes)
        settled = [size for passed, size in course if passed >= start] or [course[-1][1]]
        few = max(1, len(settled) // 10)
        tenths = [median(settled[len(settled) * i // 10 :][:few]) for i in range(10)]
        growth = median(settled[-few:]) / median(settled[:few]) - 1.0
        spread = max(settled) / min(settled) - 1.0
        print(f"{given.sampler}, {given.workers} worker(s), {given.minutes:g} minutes, {kept} samples stored")
        print("resident memory by tenths of the time: " + ", ".join(megabytes(size) for size in tenths))
        print(f"last tenth against first (medians): {growth:+.2%}, largest against smallest: {spread:.2%}")
        leak = growth
        if given.sampler != "emcee":
            fresh = [size for passed, size in sample_for(60.0, given.workers) if passed > 30.0][-1]
            leak = median(settled[-few:]) / fresh - 1.0
            print(f"a fresh process with the same samples: {megabytes(fresh)}; the old one had {leak:+.2%}")
        print(f"{given.sampler}: {'flat within 2%' if leak <= ALLOWED else 'GROWS'} (apart from stored samples)")
        os.chdir("/")
    sys.exit(0 if leak <= ALLOWED else 1)


if __name__ == "__main__":
    main()
