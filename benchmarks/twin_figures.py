"""The twin model's figures under docs/images/: arXiv:1805.12139 figures 3-9 in the paper's version and in ours.

Run: python benchmarks/twin_figures.py [NAME ...] [-o FOLDER] [--option NAME=VALUE ...]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from twinsector.figures import draw
from twinsector.figures.twin import FIGURES
from twinsector.figures.twin_model import VERSIONS

FOLDER = Path(__file__).parents[1] / "docs" / "images"


def main() -> None:
    """Draw the named figures, by default all, each in all its versions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to draw (default: all)")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, metavar="FOLDER", help="where to put them")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="option of the figures")
    given = parser.parse_args()
    options = dict(pair.split("=", 1) for pair in given.option)
    for name in given.names or FIGURES:
        versions = VERSIONS if "version" in FIGURES[name].options else (None,)
        for version in versions:
            begun = time.process_time()
            path = given.output / (f"{name}-{version}.png" if version else f"{name}.png")
            draw(name, options | ({"version": version} if version else {}), path)
            print(f"written: {path} ({time.process_time() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
