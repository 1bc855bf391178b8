"""The mirror model's figures under docs/images/: arXiv:2401.12286 figures 2-5, and the windows of m_R.

Run: python benchmarks/mirror_figures.py [NAME ...] [-o FOLDER]

Prints the table of the windows too: the open share of ln m_R by case and v'.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from twinsector.figures import draw
from twinsector.figures.mirror import FIGURES
from twinsector.figures.mirror_windows import windows_table

FOLDER = Path(__file__).parents[1] / "docs" / "images"


def main() -> None:
    """Draw the named figures, by default all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to draw (default: all)")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, metavar="FOLDER", help="where to put them")
    given = parser.parse_args()
    for name in given.names or FIGURES:
        draw(name, path=given.output / f"{name}.png")
        print(f"written: {given.output / name}.png")
    for row in windows_table():
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
