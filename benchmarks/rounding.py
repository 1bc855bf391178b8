"""What another processor's rounding does to the twin model: densities and log L compiled for other instruction sets.

Run: python benchmarks/rounding.py
     python benchmarks/rounding.py --processors haswell --points 300
Every processor (a name of LLVM's: haswell has AVX2 and FMA, nehalem neither) is compiled for in a process of its own,
which takes 40 s of processor time and leaves the code in the cache. NumPy's own loops stay those of this processor.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from twinsector import build_posterior, load_config

RUN_FILE = Path(__file__).parents[1] / "runs" / "twin.yaml"
NEGLIGIBLE = 1e-7
LAST_DIGIT = "parameters moved by one in the last digit"


def compute(points: int, moved: bool, to: Path) -> None:
    """Store densities and log L of points of the prior."""
    posterior = build_posterior(load_config(RUN_FILE))
    x = posterior.prior.transform(np.random.default_rng(1).random((points, posterior.prior.n_dim)))
    found = posterior.evaluate(np.nextafter(x, np.inf) if moved else x)
    density = found.predictions[:, posterior.prediction_names.index("omega_dm_h2")]
    np.save(to, np.where(found.status == "ok", [density, found.log_likelihood], np.nan))


def computed(arguments: argparse.Namespace, processor: str | None, moved: bool = False) -> np.ndarray:
    """The same (2, n) by a process that compiles for ``processor``; None: for this one."""
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / "found.npy"
        command = [sys.executable, __file__, "--points", str(arguments.points), "--to", str(to)]
        # Without features of its own, numba would add all of this processor's to any name.
        other = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "+sse2"} if processor else {}
        env = {**os.environ, **other}
        subprocess.run([*command, *(["--moved"] if moved else [])], env=env, check=True)
        return np.load(to)


def main() -> None:
    """Print shares and sizes of the differences to this processor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processors", nargs="*", default=["haswell", "nehalem"], help="names of LLVM's")
    parser.add_argument("--points", type=int, default=1000, help="of the prior of runs/twin.yaml")
    parser.add_argument("--moved", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.to:
        compute(arguments.points, arguments.moved, arguments.to)
        return
    here = computed(arguments, None)
    others = {name: computed(arguments, name) for name in arguments.processors}
    others[LAST_DIGIT] = computed(arguments, None, moved=True)
    print(
        f"| differs | densities above {NEGLIGIBLE:g} | above 1e-5 | largest | largest of log L |\n|---|---|---|---|---|"
    )
    for name, there in others.items():
        with np.errstate(invalid="ignore"):
            density = np.abs(there[0] / here[0] - 1.0)
            log_l = np.abs(there[1] - here[1]) / np.maximum(1.0, np.abs(here[1]))
        density, log_l = density[np.isfinite(density)], log_l[np.isfinite(log_l)]
        shares = " | ".join(f"{np.mean(density > size):.1%}" for size in (NEGLIGIBLE, 1e-5))
        print(f"| {name} | {shares} | {density.max():.0e} | {log_l.max():.0e} |")


if __name__ == "__main__":
    main()
