"""Parameters that likelihoods bring: in the prior, the posterior, the chain and the commands, like the model's own."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import ArrayLike
from toys import GaussianLikelihood, LineModel, toy_posterior

from twinsector import build_posterior
from twinsector.chains import read_chain
from twinsector.inference.catalogue import catalogue
from twinsector.inference.configuration.build import resolve
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError
from twinsector.inference.posterior import Posterior
from twinsector.inference.provenance.citations import bibliography
from twinsector.inference.runs import run as runs
from twinsector.likelihoods.base import LikelihoodDefaults, Nuisance
from twinsector.physics.model import Parameter, Predictions
from twinsector.priors import build_prior

OFFSET = Nuisance(Parameter("offset", "", "o", -1.0, 1.0, 0.0, "calibration offset"), {"normal": [0.0, 0.1]})
UNIT = {"uniform": [0.0, 1.0]}
HALO = ("rho_0_gev_cm3", "v_0_km_s", "v_esc_km_s")


@dataclass(frozen=True)
class Calibrated(LikelihoodDefaults):
    """The sum of the parameters is 1.5 +- 0.1 after an unknown offset."""

    name: str = "calibrated"
    nuisances: tuple[Nuisance, ...] = (OFFSET,)
    requires: tuple[str, ...] = ("total", "offset")
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        return -0.5 * ((predictions["total"] + predictions["offset"] - 1.5) / 0.1) ** 2


def posterior(*likelihoods: object, **specs: object) -> Posterior:
    prior = build_prior({"a": UNIT, "b": UNIT, "offset": dict(OFFSET.prior), **specs}, {}, PARAMETERS)
    return Posterior(LineModel(), prior, likelihoods)


PARAMETERS = (*LineModel().parameters, OFFSET.parameter)


def test_they_follow_the_models_parameters_and_reach_the_likelihood() -> None:
    target = posterior(Calibrated(), GaussianLikelihood())
    assert [p.name for p in target.parameters] == ["a", "b", "c", "offset"]
    assert target.prior.sampled == ("a", "b", "offset")
    assert target.benchmark() == {"a": 0.5, "b": 0.5, "c": 0.5, "offset": 0.0}
    x = np.array([[0.4, 0.6, 0.0], [0.4, 0.6, 0.2]])
    found = pickle.loads(pickle.dumps(target)).evaluate(x)
    np.testing.assert_allclose(found.log_likelihoods[:, 0], [0.0, -2.0], atol=1e-12)


def test_the_model_never_sees_them() -> None:
    class Strict(LineModel):
        def predict(self, parameters: Mapping[str, ArrayLike]) -> Predictions:  # type: ignore[no-untyped-def]
            assert set(parameters) == {"a", "b", "c"}
            return super().predict(parameters)

    prior = build_prior({"a": UNIT, "offset": {"normal": [0.0, 0.1]}}, {}, PARAMETERS)
    assert np.isfinite(Posterior(Strict(), prior, (Calibrated(),)).log_likelihood(np.array([0.5, 0.1])))


def test_two_likelihoods_share_one_and_must_agree() -> None:
    assert len(posterior(Calibrated(), Calibrated(name="again")).parameters) == 4
    wide = Nuisance(OFFSET.parameter, {"normal": [0.0, 0.5]})
    with pytest.raises(InputError, match="'again' and another declare parameter 'offset' differently"):
        posterior(Calibrated(), Calibrated(name="again", nuisances=(wide,)))


def test_an_unused_nuisance_parameter_is_refused() -> None:
    with pytest.raises(InputError, match="'calibrated' declares a parameter 'offset' but does not require it"):
        posterior(Calibrated(requires=("total",)))


def test_pseudo_data_are_drawn_with_their_values() -> None:
    target = from_run(likelihoods={"direct_detection": {"halo": "marginalised", "dataset": "darkside50_2022"}})
    truth = {**target.benchmark(), "g_BL": 1.0, "m_Zhat": 300.0}
    dense = [target.simulate({**truth, "rho_0_gev_cm3": rho}, np.random.default_rng(1)) for rho in (0.1, 1.9)]
    at_truth = [one.likelihoods[0].best for one in dense]
    assert at_truth[0] < at_truth[1]


def test_names_of_the_model_are_taken() -> None:
    for name in ("a", "total"):
        taken = Nuisance(Parameter(name, "", "a", 0.0, 1.0, 0.5, ""), {"uniform": [0.0, 1.0]})
        with pytest.raises(InputError, match=f"brings a parameter '{name}', a name that model 'line' has already"):
            toy_posterior(Calibrated(nuisances=(taken,)))


def test_a_prior_without_them_is_refused() -> None:
    with pytest.raises(InputError, match="the prior leaves out parameter 'offset'"):
        toy_posterior(Calibrated())


RUN = {
    "name": "halo",
    "model": "mirror",
    "likelihoods": {"direct_detection": {"halo": "marginalised"}},
    "parameters": {"v_dark": 1e4, "m_R": {"log_uniform": [300.0, 400.0]}},
}


def from_run(**changes: object) -> Posterior:
    return build_posterior(load_config({**RUN, **changes}))


def test_a_run_samples_the_halo_with_its_own_priors_unless_it_says_otherwise() -> None:
    target = from_run()
    assert target.prior.sampled[-3:] == HALO
    described = target.prior.describe()
    assert described["v_esc_km_s"] == {"truncated": {"normal": [528.0, 25.0], "lower": 350.0, "upper": 800.0}}
    fixed = from_run(parameters={"v_0_km_s": 238.0, "rho_0_gev_cm3": {"uniform": [0.2, 0.6]}})
    assert set(HALO) - set(fixed.prior.sampled) == {"v_0_km_s"}
    assert fixed.prior.describe()["v_0_km_s"] == 238.0
    assert fixed.prior.describe()["rho_0_gev_cm3"] == {"uniform": [0.2, 0.6]}


def test_both_searches_share_the_local_density() -> None:
    target = build_posterior(
        load_config(
            {
                "name": "two",
                "model": "twin",
                "likelihoods": {name: {"halo": "marginalised"} for name in ("direct_detection", "electron_recoil")},
            }
        )
    )
    assert target.prior.sampled[-3:] == HALO


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parameters": {"v_0_kms": 238.0}}, "has no parameter 'v_0_kms'; did you mean 'v_0_km_s'"),
        ({"parameters": {"v_0_km_s": 500.0}}, "reaches outside the physical domain [120, 350]"),
        (
            {"parameters": {"v_0_km_s": 238.0}, "likelihoods": {"direct_detection": {}}},
            "has no parameter 'v_0_km_s'; likelihood 'direct_detection' declares it with `halo: marginalised`",
        ),
        ({"likelihoods": {"direct_detection": {"mediator": "m_photon"}}}, "needs 'm_photon', which model 'mirror'"),
    ],
)
def test_mistakes_are_one_clear_line(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as error:
        from_run(**changes)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_nuisance_parameters_are_in_the_chain(tmp_path: Path) -> None:
    sampler = {"name": "dynesty", "nlive": 30, "dlogz": 5.0, "walks": 5}
    run = {"name": "toy", "model": "line", "likelihoods": {"calibrated": {}}}
    config = load_config({**run, "sampler": sampler, "output": str(tmp_path / "out")})
    chain = read_chain(runs.run(config, posterior=posterior(Calibrated())))
    assert chain.sampled == ("a", "b", "offset") and np.ptp(chain.parameters["offset"]) > 0.0
    assert chain.info.labels["offset"] == "o"


def test_a_resolved_run_file_names_them_and_reads_back() -> None:
    config = load_config(RUN)
    target = build_posterior(config)
    resolved = resolve(config, target)
    assert set(HALO) < set(resolved.parameters)
    assert build_posterior(resolved).prior.describe() == target.prior.describe()


def test_nuisance_parameters_are_in_the_lists_and_the_bibliography() -> None:
    rows = [row for row in catalogue("parameters", "mirror") if row[1] == "v_esc_km_s"]
    assert {row[0] for row in rows} == {"direct_detection", "xenonnt_events"}
    assert all("halo: marginalised" in row[-1] for row in rows)
    config = load_config(RUN)
    assert "Deason_1901.02016" in bibliography(config, build_posterior(config))


def test_the_example_of_the_documentation_is_a_run() -> None:
    text = (Path(__file__).parents[2] / "docs" / "likelihoods" / "recoils.md").read_text()
    (block,) = re.findall(r"^```yaml\n(likelihoods:\n  direct_detection:.*?)^```", text, re.MULTILINE | re.DOTALL)
    target = build_posterior(load_config({"name": "doc", "model": "twin", **yaml.safe_load(block)}))
    assert set(target.prior.sampled) & set(HALO) == {"rho_0_gev_cm3", "v_0_km_s"}
    assert np.isfinite(target.log_likelihood(np.array([target.benchmark()[name] for name in target.prior.sampled])))
