"""Time and predictions of mirror points for whichever twinsector Python finds first (used by `mirror.py --former`).

Run: python benchmarks/mirror_point.py RUN_FILE OUT.npz

Prints medians in microseconds of processor time as JSON: `batch`, model and parameters alone for 1000 prior draws;
`valid`, those of them inside the model's domain; `lone`, one point; `posterior`, log L of one point. Writes the
predictions of all draws.
"""

from __future__ import annotations

import json
import sys
from time import process_time

import numpy as np
from timing import median_time

from twinsector import build_posterior, load_config


def main(run_file: str, output: str) -> None:
    """Measure and write."""
    posterior = build_posterior(load_config(run_file))
    x = posterior.prior.transform(np.random.default_rng(1).random((1000, posterior.prior.n_dim)))
    values = posterior.prior.expand(x)
    model = posterior.model
    own = {parameter.name: values[parameter.name] for parameter in model.parameters}
    found = model.predict(own)
    good = found.status == "ok"
    sampling = getattr(model, "predict_valid", model.predict)
    valid = {name: column[good] for name, column in own.items()}
    lone = {name: column[:1] for name, column in valid.items()}
    point = x[good][0]
    posterior.log_likelihood(point)
    times = {
        "batch": median_time(lambda: sampling(own), clock=process_time) / 1000,
        "valid": median_time(lambda: sampling(valid), clock=process_time) / good.sum(),
        "lone": median_time(lambda: sampling(lone), 100, clock=process_time),
        "posterior": median_time(lambda: posterior.log_likelihood(point), 100, clock=process_time),
    }
    np.savez(output, status=found.status, **found.values)
    print(json.dumps({name: 1e6 * seconds for name, seconds in times.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
