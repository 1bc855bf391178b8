"""Two versions of the project measured in turns: the working tree beside a commit, checked out by git for the while."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).parents[1]
_WORKER: Final = """
import sys, time
import numpy as np
from twinsector.physics.twin import TwinModel

parts = dict(np.load(sys.argv[1]))
points = {name: parts[name] for name in parts}
lone = [{name: value[i] for name, value in points.items()} for i in range(50)]
models = {"default": TwinModel(), "plain": TwinModel(g_star="saikawa_shirai", dark_photon_energy=False)}
for line in sys.stdin:
    task, _, target = line.strip().partition(" ")
    if target:
        found = models[task].predict(dict(np.load(target + ".points.npz")))
        np.save(target, np.where(found.valid, found.values["omega_dm_h2"], np.nan))
        print("done", flush=True)
        continue
    start = time.process_time()
    if task == "batch":
        models["default"].predict(points)
    else:
        for point in lone:
            models["default"].predict(point)
    print((time.process_time() - start) / (len(points["m_nu"]) if task == "batch" else len(lone)), flush=True)
"""


class Version:
    """A process that predicts with the package in one folder."""

    def __init__(self, package: Path, scratch: Path, points: Mapping[str, np.ndarray]) -> None:
        self._scratch = scratch
        np.savez(scratch / "prior.npz", **points)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(scratch / "prior.npz")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=package.parent,
        )  # fmt: skip
        self._ask("batch")  # compiles

    def _ask(self, request: str) -> str:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the measuring process has no pipes")
        print(request, file=process.stdin, flush=True)
        answer = process.stdout.readline().strip()
        if not answer:
            raise RuntimeError("the measuring process ended; its message is above")
        return answer

    def seconds(self, task: str) -> float:
        """CPU seconds per point of the prior's points: ``batch`` or ``lone`` calls."""
        return float(self._ask(task))

    def densities(self, points: Mapping[str, np.ndarray]) -> np.ndarray:
        """Omega h^2 at ``points``, without the twin photon's energy; nan where invalid."""
        target = self._scratch / "density.npy"
        np.savez(f"{target}.points.npz", **points)
        self._ask(f"plain {target}")
        return np.load(target)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


@contextmanager
def versions(commit: str, points: Mapping[str, np.ndarray]) -> Iterator[tuple[Version, Version]]:
    """(working tree, ``commit``); raises CalledProcessError where git does not know the commit."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        tree = Path(folder) / "twinsector"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", str(tree), commit], cwd=ROOT, check=True)
        stack.callback(subprocess.run, ["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=False)
        here = Path(folder) / "here" / "twinsector"
        here.parent.mkdir()
        here.symlink_to(ROOT)
        found = []
        for name, package in (("new", here), ("old", tree)):
            scratch = Path(folder) / f"{name}-scratch"
            scratch.mkdir()
            found.append(Version(package, scratch, points))
            stack.callback(found[-1].close)
        yield found[0], found[1]
