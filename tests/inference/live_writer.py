"""A run to be read while it is written: python live_writer.py FOLDER SAMPLER-SETTINGS (JSON)."""

from __future__ import annotations

import json
import sys

from toys import toy_posterior

from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.runs.run import run

if __name__ == "__main__":
    content = {"name": "toy", "model": "line", "likelihoods": {"gauss": {}}}
    run(
        load_config({**content, "sampler": json.loads(sys.argv[2]), "output": sys.argv[1]}),
        posterior=toy_posterior(),
        checkpoint_every=0.02,
    )
