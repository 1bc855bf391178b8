"""Dark-photon searches: what log L is inside the published regions and on their edges, per experiment.

python benchmarks/dark_photon_regions.py            # 1500 x 1500 points per experiment (a minute)
python benchmarks/dark_photon_regions.py --points 300

Columns: points of the grid inside the published polygons; share of them with log L > -0.82; and, at 20 points of every
edge of a displaced search and of the lower edge of a prompt one, log L over minus the published level (smallest,
largest). Edges between two vertices of the same mass are the ends of the mass range and left out.
"""

from __future__ import annotations

import argparse

import numpy as np
from matplotlib.path import Path as Outline

from twinsector.common.arrays import BoolArray, FloatArray
from twinsector.likelihoods import build_likelihood, likelihood_datasets
from twinsector.likelihoods.levels import Level, row_level
from twinsector.likelihoods.searches.dark_photon_regions import COLUMNS, Region, experiment_table, read_regions
from twinsector.likelihoods.tables import Row, read_packaged

TOP = -1.0  # log10 epsilon at which prompt regions are closed
ALLOWED = -0.82
FORMAT = "{:22s}{:>9s}{:>12s}{:>12s}{:>12s}{:>10s}"


def inside(region: Region, x: FloatArray, y: FloatArray) -> BoolArray:
    """Point in polygon by matplotlib, independent of the likelihood."""
    vertices = region[3]
    outline = Outline(np.vstack([vertices, vertices[:1]]), closed=True)
    return outline.contains_points(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(x.shape)


def along_edges(region: Region, per_edge: int = 20) -> tuple[FloatArray, FloatArray]:
    """Points on the edges of a region that separate allowed from excluded mixings at one mass."""
    start = region[3]
    end = np.roll(start, -1, axis=0)
    real = np.abs(end[:, 0] - start[:, 0]) > 1e-9
    if region[2] == "prompt":
        real &= (start[:, 1] < TOP - 1e-9) & (end[:, 1] < TOP - 1e-9)
    t = (np.arange(per_edge) + 0.5)[:, None] / per_edge
    x, y = (start[real, k] + t * (end[real, k] - start[real, k]) for k in (0, 1))
    return x.ravel(), y.ravel()


def measure(name: str, points: int) -> tuple[int, float, float, float, Level]:
    """Points inside, share of them that is not excluded, and range of log L over minus the level at the edges."""
    regions = [one for one in read_regions(read_packaged("dark_photon_polygons.csv", COLUMNS)) if one[0] == name]
    regions = [one for one in regions if "doubtful" not in one[1]]
    table = experiment_table()
    level = row_level(Row(table, table.text("experiment").index(name)), Level())
    likelihood = build_likelihood("dark_photon", {"dataset": name})

    def log_l(x: FloatArray, y: FloatArray) -> FloatArray:
        return likelihood.log_likelihood({"m_dark_photon": 10.0**x, "epsilon": 10.0**y})

    vertices = np.concatenate([one[3] for one in regions])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    x, y = np.meshgrid(*(np.linspace(a, b, points + 2)[1:-1] for a, b in zip(low, high, strict=True)))
    found = np.any([inside(one, x, y) for one in regions], axis=0)
    allowed = log_l(x[found], y[found]) > ALLOWED
    edges = np.concatenate([np.stack(along_edges(one)) for one in regions], axis=1)
    ratio = -log_l(*edges) / level.drop
    return int(found.sum()), float(allowed.mean()), float(ratio.min()), float(ratio.max()), level


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=1500, help="of the grid, per direction")
    points = parser.parse_args().points
    print(FORMAT.format("experiment", "inside", "not excl.", "edge from", "to", "level"))
    for name in likelihood_datasets("dark_photon")[2:]:
        n, share, least, most, level = measure(name, points)
        drop = f"{-level.drop:.3f}"
        print(FORMAT.format(name, str(n), f"{share:.3%}", f"{least:.3f}", f"{most:.3f}", drop), flush=True)


if __name__ == "__main__":
    main()
