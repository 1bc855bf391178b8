"""Sample the mirror model with emcee through the Python API and print the summary table.

python examples/mcmc_run.py                      # takes a few minutes
python examples/mcmc_run.py --max-steps 200      # quick, not converged
"""

from __future__ import annotations

import argparse

import twinsector

LIKELIHOODS = {
    "planck_neff": {},
    "relic_density": {"prediction": "rho_dm_over_rho_b"},
    "baryon_asymmetry": {},
    "reheating_temperature": {},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-steps", type=int, default=8000)
    parser.add_argument("--output", default="results/example-mcmc")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()

    config = twinsector.load_config(
        {
            "name": "example-mcmc",
            "model": "mirror",
            "parameters": {"m_R": {"log_uniform": [200, 450]}, "g_ratio": 1.0, "lambda_HH": 0.005},  # one mode
            "likelihoods": LIKELIHOODS,
            "sampler": {"name": "emcee", "max_steps": arguments.max_steps},
            "workers": arguments.workers,
            "output": arguments.output,
        }
    )
    chain = twinsector.read_chain(twinsector.run(config, force=True))
    print(twinsector.format_summary(twinsector.summarize(chain)))


if __name__ == "__main__":
    main()
