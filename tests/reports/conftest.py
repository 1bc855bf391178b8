"""Finished and unfinished runs for reports, and a chain whose every text is hostile."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from parsed_page import EVIL, EVIL_NAME

from twinsector.chains import Chain, RunInfo, equal_log_weights, read_chain
from twinsector.cli import main

RUN = """
name: NAME
model: mirror
options: {reheating: instantaneous, freeze_out: analytic}
parameters: {m_R: {log_uniform: [150.0, 380.0]}, v_dark: {log_uniform: [900.0, 1600.0]},
             beta_R_ev: {log_uniform: [0.5, 4.0]}, g_reheaton: 150.0, yu_dark: 6.0e-5, yd_dark: 3.0e-5, g_ratio: 1.0,
             yb_ratio: 1.0, delta_alpha_s: 0.08, sigma_v_chi: 1.0e-15, lambda_HH: 0.01, omega_b_h2: 0.0224,
             dineutron_threshold: 0.2}
likelihoods: {planck_neff: {}, relic_density: {prediction: rho_dm_over_rho_b}, direct_detection: {}}
sampler: {SAMPLER}
output: OUTPUT
"""
SAMPLERS = {
    "nested": "name: dynesty, nlive: 60, dlogz: 0.5, walks: 5, queue_size: 4",
    "walkers": "name: emcee, ensembles: 2, walkers: 12, max_steps: 60, check_every: 20",
    "stopped": "name: dynesty, nlive: 60, dlogz: 0.01, walks: 5, queue_size: 4",
}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished nested run, a finished run of walkers, and a nested run that was stopped."""
    place = tmp_path_factory.mktemp("runs")
    for name, sampler in SAMPLERS.items():
        text = RUN.replace("NAME", name).replace("SAMPLER", sampler).replace("OUTPUT", str(place / name))
        (place / f"{name}.yaml").write_text(text)
        with pytest.raises(SystemExit) as end:
            main(["run", str(place / f"{name}.yaml"), *(["--time-limit", "0.001"] if name == "stopped" else [])])
        assert end.value.code == (130 if name == "stopped" else 0)
    return place


@pytest.fixture(scope="session")
def nested(runs: Path) -> Chain:
    """The nested run's chain."""
    return read_chain(runs / "nested")


@pytest.fixture(scope="session")
def walkers(runs: Path) -> Chain:
    """The chain of walkers."""
    return read_chain(runs / "walkers")


@pytest.fixture(scope="session")
def hostile() -> Chain:
    """A chain of which every name, label, unit, setting and file text tries to become markup or a script."""
    n = 400
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, n))
    zeros = np.zeros(n, dtype=np.int64)
    info = RunInfo(
        name=EVIL,
        model=EVIL,
        options={EVIL: EVIL},
        sampler=EVIL,
        sampler_settings={EVIL: [EVIL]},
        run_file=EVIL,
        versions={EVIL: EVIL},
        fingerprint={"digest": EVIL},
        data_checksums={EVIL: EVIL},
        citations=[EVIL],
        convergence={EVIL: EVIL, "plateau": EVIL},
        invalid={EVIL: 7},
        n_prior_tested=9,
        labels={EVIL_NAME: EVIL, "b": r"\undefined{"},
        units={EVIL_NAME: EVIL, "b": "<b>^2"},
        codes={EVIL_NAME + "phase": [EVIL, EVIL_NAME]},
        priors={EVIL_NAME: {"uniform": [-9.0, 9.0]}, "b": {"normal": [0.0, 5.0]}},
        created=EVIL,
        executor=EVIL,
    )
    return Chain(
        parameters={EVIL_NAME: a, "b": b},
        sampled=(EVIL_NAME, "b"),
        log_weight=equal_log_weights(n),
        log_prior=np.zeros(n),
        log_likelihood=-0.5 * (a**2 + b**2),
        log_likelihoods={EVIL_NAME + "like": -0.5 * a**2, "other": -0.5 * b**2},
        predictions={EVIL_NAME + "phase": rng.integers(0, 2, n).astype(float), "sum": a + b},
        chain_index=zeros,
        walker_index=zeros,
        step_index=np.arange(n),
        info=info,
    )


@pytest.fixture(scope="session")
def without_run_file(nested: Chain) -> Chain:
    """A chain that cannot be explained, because it has no run file."""
    return dataclasses.replace(nested, info=dataclasses.replace(nested.info, run_file=""))
