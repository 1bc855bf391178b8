"""Do current data prefer a reheaton below or above 450 GeV? Two nested-sampling runs and their Bayes factor.

python examples/evidence_comparison.py
python examples/evidence_comparison.py --nlive 50    # quick, with large errors
"""

from __future__ import annotations

import argparse
from pathlib import Path

import twinsector

LIKELIHOODS = {
    "planck_neff": {},
    "relic_density": {"prediction": "rho_dm_over_rho_b"},
    "baryon_asymmetry": {},
    "reheating_temperature": {},
}
RANGES = {"light-reheaton": [130.0, 450.0], "heavy-reheaton": [450.0, 1500.0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nlive", type=int, default=400)
    parser.add_argument("--output", type=Path, default=Path("results/example-evidence"))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()

    chains = []
    for name, edges in RANGES.items():
        config = {
            "name": name,
            "model": "mirror",
            "parameters": {"m_R": {"log_uniform": edges}},
            "likelihoods": LIKELIHOODS,
            "sampler": {"name": "dynesty", "nlive": arguments.nlive},
            "workers": arguments.workers,
            "output": str(arguments.output / name),
        }
        chains.append(twinsector.read_chain(twinsector.run(config, force=True)))
    print(twinsector.format_comparison(twinsector.compare(chains)))


if __name__ == "__main__":
    main()
