"""Time per point of every likelihood, in batches (target: 100 microseconds) and one by one.

python benchmarks/likelihoods.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from timing import median_time

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from constraints import BUILT, VARIANTS, scattered

BATCH = 1000
TARGET_US = 100.0


def main() -> None:
    points = scattered(BATCH)
    single = {name: value[:1] for name, value in points.items()}
    worst: dict[str, tuple[float, float, str]] = {}
    for (name, settings), likelihood in zip(VARIANTS, BUILT, strict=True):
        likelihood.log_likelihood(points)  # create tables that are computed at the first call
        batch = 1e6 * median_time(lambda one=likelihood: one.log_likelihood(points), 1, 5) / BATCH
        alone = 1e6 * median_time(lambda one=likelihood: one.log_likelihood(single), 5, 5)
        text = " ".join(f"{key}={value}" for key, value in settings.items())[:60] or "default"
        worst[name] = max(worst.get(name, (0.0, 0.0, "")), (batch, alone, text))
    print(f"microseconds per point, slowest variant of each ({BATCH} points at once; one by one)")
    for name, (batch, alone, text) in sorted(worst.items(), key=lambda item: -item[1][0]):
        print(f"{name:24s}{batch:9.3f}{alone:9.1f}   {text}{'   ABOVE TARGET' if batch > TARGET_US else ''}")
    print(f"largest in a batch: {max(batch for batch, _, _ in worst.values()):.2f}, target {TARGET_US:g}")


if __name__ == "__main__":
    main()
