"""Plot the posterior of a finished run for two parameters and one prediction, together with the prior.

twinsector run runs/mirror.yaml
python examples/posterior_plot.py results/mirror
"""

from __future__ import annotations

import argparse
from pathlib import Path

import twinsector


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chains", nargs="+", help="chain files or output folders; several are overlaid")
    parser.add_argument("--names", nargs="+", default=["v_dark", "m_R", "delta_neff"])
    parser.add_argument("--output", type=Path, default=Path("posterior.png"))
    arguments = parser.parse_args()

    chains = [twinsector.read_chain(path) for path in arguments.chains]
    twinsector.corner_plot(chains, arguments.names, path=arguments.output)
    print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()
