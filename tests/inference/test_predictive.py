"""p-values of likelihoods and expected evidence of forecasts against closed forms of Gaussian measurements."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from twinsector.chains import Chain, read_chain
from twinsector.inference.configuration.run_config import load_config, with_changes
from twinsector.inference.errors import InputError
from twinsector.inference.runs.run import run
from twinsector.inference.verification import forecasts
from twinsector.inference.verification.forecasts import expected_evidence, forecast_table
from twinsector.inference.verification.parts import part_configs
from twinsector.inference.verification.predictive import predictive_checks, predictive_table
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.groups import natural_groups

MEAN, WIDTH, SIGMA = 0.0224, 0.0004, 0.0003
FIXED = {
    "m_R": 350.0, "beta_R_ev": 2.0, "g_ratio": 1.0, "yb_ratio": 1.0, "yu_dark": 2e-5, "yd_dark": 2e-5,
    "sigma_v_chi": 1e-15, "lambda_HH": 0.01, "g_reheaton": 106.75, "dineutron_threshold": 0.2, "v_dark": 600.0,
    "delta_alpha_s": 0.02,
}  # fmt: skip


def config(**likelihoods: Any) -> Any:
    return load_config(
        {
            "name": "drawn",
            "model": "mirror",
            "parameters": {**FIXED, "omega_b_h2": {"normal": [MEAN, WIDTH]}},
            "likelihoods": likelihoods,
            "sampler": {"name": "prior", "n": 4000},
        }
    )


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Draws from the prior, with one measurement two of its errors away, N_eff, and a condition."""
    measured = {"type": "gaussian", "of": "omega_b_h2", "mean": MEAN + 2.0 * SIGMA, "sigma": SIGMA}
    given = config(measured=measured, planck_neff={"joint_omega_b": False}, portal_decoupling={})
    folder = tmp_path_factory.mktemp("drawn")
    return read_chain(run(with_changes(given, output=str(folder / "out"))))


def test_the_p_value_of_a_gaussian_measurement(chain: Chain) -> None:
    """p = <P(chi^2 >= T(y, theta))>, T = ((y - theta)/sigma)^2, over the draws of theta."""
    found = {one.name: one for one in predictive_checks(chain, "drawn", n=2000)}
    theta = MEAN + WIDTH * np.random.default_rng(1).standard_normal(200_000)
    square = ((MEAN + 2.0 * SIGMA - theta) / SIGMA) ** 2
    one = found["measured"]
    assert one.probability is not None and one.error is not None
    assert one.probability == pytest.approx(float(np.mean(chi2.sf(square, 1))), abs=4.0 * one.error)
    assert one.discrepancy == pytest.approx(float(np.mean(square)), rel=0.1)
    assert one.expected == pytest.approx(1.0, abs=0.15)
    assert found["portal_decoupling"].probability is None and found["portal_decoupling"].reason == "no data"
    together = found["all data"]
    assert together.expected == pytest.approx((one.expected or 0.0) + (found["planck_neff"].expected or 0.0))
    text = predictive_table(tuple(found.values())).to_text()
    assert "no data" in text and text.splitlines()[-1].startswith("all data")


def test_other_data_than_the_chains_are_noticed(chain: Chain) -> None:
    shifted = chain.log_likelihoods | {"measured": chain.log_likelihoods["measured"] - 0.5}
    with pytest.raises(InputError, match="log L of 'measured' is not what it is with today's data"):
        predictive_checks(replace(chain, log_likelihoods=shifted), "drawn", n=50)


def gaussian_neff(chain: Chain, name: str, mean: float, width: float) -> Chain:
    values = mean + width * np.random.default_rng(len(name)).standard_normal(chain.n_samples)
    predictions = chain.predictions | {"delta_neff": values}
    return replace(chain, predictions=predictions, info=replace(chain.info, name=name))


def test_the_expected_evidence_of_two_gaussians_is_their_divergence(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pseudo-data of a Gaussian measurement: the mean of ln B is KL of the two predictive distributions."""
    monkeypatch.setattr(forecasts, "FORECASTS", {"CMB": {"planck_neff": "forecast_simons"}})
    likelihood = build_likelihood("planck_neff", {"dataset": "forecast_simons", "joint_omega_b": False})
    shift = np.array([0.0, 1.0])
    slope = likelihood.log_likelihood({"delta_neff": shift}) - likelihood.log_likelihood({"delta_neff": -shift})
    curve = likelihood.log_likelihood({"delta_neff": shift}) + likelihood.log_likelihood({"delta_neff": -shift})
    sigma = float(1.0 / np.sqrt(curve[0] - curve[1]))
    assert abs(slope[0]) < 1e-12 and 0.02 < sigma < 0.1
    means, widths = (0.0, 0.1), (0.02, 0.05)
    chains = [gaussian_neff(chain, name, means[i], widths[i]) for i, name in enumerate(("a", "ab"))]
    found = expected_evidence(chains, ["a", "b"], n=800)
    variances = [width**2 + sigma**2 for width in widths]
    for one, (i, k) in zip(found, ((0, 1), (1, 0)), strict=True):
        ratio = variances[i] / variances[k]
        divergence = 0.5 * (ratio - 1.0 - np.log(ratio) + (means[0] - means[1]) ** 2 / variances[k])
        assert one.mean is not None and one.error is not None and one.interval is not None and one.median is not None
        assert (one.truth, one.other) == (("a", "b"), ("b", "a"))[i]
        assert one.mean == pytest.approx(divergence, abs=4.0 * one.error + 0.02)
        assert one.interval[0] < one.median < one.interval[1]
    assert "CMB" in forecast_table(found).to_text()


def test_a_forecast_far_from_the_samples_is_called_rough(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "FORECASTS", {"CMB": {"planck_neff": "forecast_simons"}})
    chains = [gaussian_neff(chain, "a", 0.0, 0.01), gaussian_neff(chain, "ab", 0.8, 0.01)]
    for one in expected_evidence(chains, ["a", "b"], n=50):
        assert one.thin is not None and one.thin > 0.5 and one.reason.startswith("rough")


def test_what_a_run_does_not_predict_is_said(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "FORECASTS", {"CMB": {"planck_neff": "forecast_simons"}})
    without = replace(chain, predictions={k: v for k, v in chain.predictions.items() if k != "delta_neff"})
    for one in expected_evidence([chain, without], ["a", "b"], n=20):
        assert one.mean is None and one.reason == "'planck_neff' needs 'delta_neff', which run 'b' does not predict"


def test_every_forecast_names_data_that_exist() -> None:
    for datasets in forecasts.FORECASTS.values():
        for name, dataset in datasets.items():
            assert build_likelihood(name, {"dataset": dataset}).requires


def test_the_parts_of_a_run_cover_its_groups() -> None:
    given = config(planck_neff={}, bbn={}, higgs_couplings={}, portal_decoupling={})
    parts = {one.name: list(one.likelihoods) for one in part_configs(given)}
    assert parts == {
        "drawn-cosmology-alone": ["planck_neff", "bbn", "portal_decoupling"],
        "drawn-cosmology-without": ["higgs_couplings", "portal_decoupling"],
        "drawn-collider-alone": ["higgs_couplings", "portal_decoupling"],
        "drawn-collider-without": ["planck_neff", "bbn", "portal_decoupling"],
        "drawn-conditions-alone": ["portal_decoupling"],
        "drawn-conditions-without": ["planck_neff", "bbn", "higgs_couplings"],
    }
    with pytest.raises(InputError, match="a single group of likelihoods"):
        part_configs(config(planck_neff={}, bbn={}))


def test_natural_groups() -> None:
    names = ["bbn", "higgs_invisible", "dark_photon", "dark_nuclei", "gaussian", "mine"]
    assert list(natural_groups(names).values()) == ["cosmology", "collider", "searches", "conditions", "other", "other"]


def test_run_files_of_parts_are_written(tmp_path: Path) -> None:
    from twinsector.inference.verification.parts import write_parts

    files = write_parts(config(planck_neff={}, higgs_couplings={}), tmp_path / "parts")
    assert len(files) == 4
    again = load_config(files[0])
    assert again.name == "drawn-cosmology-alone" and again.folder == tmp_path / "parts" / "drawn-cosmology-alone"
