"""The mirror model's figures under docs/images/: arXiv:2401.12286 figures 2-5, and the windows of m_R.

Run: python benchmarks/mirror_figures.py [NAME ...]

Prints the table of the windows too: the open share of ln m_R by case and v'.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twinsector.figures import draw
from twinsector.figures.mirror import FIGURES
from twinsector.figures.mirror_windows import windows_table

FOLDER = Path(__file__).parents[1] / "docs" / "images"


def main() -> None:
    """Draw the named figures, by default all."""
    for name in sys.argv[1:] or FIGURES:
        draw(name, path=FOLDER / f"{name}.png")
        print(f"written: docs/images/{name}.png")
    for row in windows_table(200):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
