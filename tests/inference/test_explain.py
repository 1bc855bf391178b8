"""One point explained: the same log L as everywhere, sorted by tension, and what excludes the point."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from toys import GaussianLikelihood, LineModel, toy_posterior

from twinsector import build_posterior
from twinsector.chains import Chain, write_chain
from twinsector.cli import main
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError
from twinsector.inference.points.explain import PointExplained, Tension, explain, explain_point, format_explanation
from twinsector.inference.posterior import Posterior
from twinsector.likelihoods.base import Observation
from twinsector.physics.model import Origin, OriginModel

RUNS = Path(__file__).parents[2] / "runs"
BENCHMARK = {"a": 0.5, "b": 0.5, "c": 0.5}


def explained(likelihoods: dict[str, object], **point: float) -> tuple[Posterior, PointExplained]:
    config = load_config({"name": "x", "model": "mirror", "likelihoods": likelihoods})
    posterior = build_posterior(config)
    return posterior, explain_point(posterior, {**posterior.benchmark(), **point})


@pytest.mark.parametrize("name", ["mirror", "mirror-paper", "twin", "twin-paper"])
def test_log_likelihoods_are_those_of_the_posterior_and_sorted_by_tension(name: str) -> None:
    posterior = build_posterior(load_config(RUNS / f"{name}.yaml"))
    point = posterior.benchmark()
    expected = dict(
        zip(posterior.likelihood_names, posterior.evaluate_at(point).log_likelihoods[0].tolist(), strict=True)
    )
    found = explain_point(posterior, point)
    assert {tension.likelihood: tension.log_likelihood for tension in found.tensions} == expected
    assert found.log_likelihood == pytest.approx(sum(expected.values()), rel=1e-12)
    sigmas = [tension.sigma for tension in found.tensions if not math.isnan(tension.sigma)]
    silent = found.tensions[len(sigmas) :]
    assert all(one.is_silent for tension in silent for one in tension.observations)
    assert sigmas == sorted(sigmas, reverse=True)
    text = format_explanation(found)
    assert all(tension.observations for tension in found.tensions) and "-0.000" not in text
    for tension in found.tensions[: len(sigmas)]:
        best = next(one.best for one in posterior.likelihoods if one.name == tension.likelihood)
        assert tension.sigma == pytest.approx(math.sqrt(2 * max(best - tension.log_likelihood, 0)), abs=1e-12)
        assert (tension.verdict == "excludes") == (tension in found.excluded_by)


def test_data_that_are_silent_at_the_point_have_no_tension_and_come_last() -> None:
    """The events of XENONnT prefer a signal, but say nothing about so light a dark matter."""
    run = {"name": "x", "model": "twin", "likelihoods": {"xenonnt_events": {}, "self_interaction": {}}}
    found = explain(run, {"m_nu": 0.05})
    assert [one.likelihood for one in found.tensions] == ["self_interaction", "xenonnt_events"]
    assert math.isnan(found.tensions[1].sigma) and found.tensions[1].verdict == ""
    assert found.to_dict()["tensions"][1]["sigma"] is None
    heavy = next(one for one in explain(run, {"m_nu": 30.0}).tensions if one.likelihood == "xenonnt_events")
    assert heavy.sigma >= 0.0


def test_a_measurement_far_off_excludes_and_says_so() -> None:
    forecast = {"dataset": "forecast_cmb_hd", "joint_omega_b": False}  # 3.044 +- 0.014
    _, found = explained({"self_interaction": {}, "planck_neff": forecast})
    first = found.tensions[0]
    assert (first.likelihood, first.verdict) == ("planck_neff", "excludes")
    predicted = first.observations[0].predicted
    assert first.sigma == pytest.approx(abs(predicted - 3.044) / 0.014, rel=1e-9) and first.sigma > 3.0
    assert format_explanation(found).splitlines()[-1].startswith("excluded by planck_neff (")


def test_a_point_in_the_middle_of_a_published_island_is_excluded_and_silences_are_told() -> None:
    posterior = build_posterior(load_config(RUNS / "twin.yaml"))
    point = {**posterior.benchmark(), "m_nu": 0.602, "r": 0.5, "epsilon": 2.8e-5}  # a photon of 301 MeV: LHCb's island
    (found,) = [one for one in explain_point(posterior, point).tensions if one.likelihood == "dark_photon"]
    assert found.sigma > 2.0 and found.observations[1].dataset == "LHCb_2019_displaced"
    gap = {**point, "m_nu": 2.043, "epsilon": 1e-3}  # of 1.0215 GeV: the window of the phi
    (found,) = [one for one in explain_point(posterior, gap).tensions if one.likelihood == "dark_photon"]
    assert "silent: no prompt search at this mass (a gap" in found.observations[0].observed


def test_no_signal_is_not_excluded_by_an_excess() -> None:
    config = load_config(RUNS / "twin.yaml")
    posterior = build_posterior(config)
    found = explain_point(posterior, posterior.benchmark())
    invisible = next(tension for tension in found.tensions if tension.likelihood == "higgs_invisible")
    assert invisible.sigma > 2.0 and invisible.verdict == "excess"


def test_a_hard_criterion_is_infinitely_far_and_json_has_no_infinity() -> None:
    _, found = explained({"dark_dineutron": {"mode": "hard"}, "planck_neff": {}}, yu_dark=1.2e-4, yd_dark=4e-5)
    first = found.tensions[0]
    assert first.sigma == math.inf and first.verdict == "excludes"
    assert "excluded by dark_dineutron (inf sigma)" in format_explanation(found)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert json.loads(text)["log_likelihood"] is None


def test_a_likelihood_without_explanation_keeps_its_log_likelihood() -> None:
    found = explain_point(toy_posterior(GaussianLikelihood()), BENCHMARK)
    (only,) = found.tensions
    assert math.isnan(only.sigma) and only.verdict == "" and only.observations == ()
    assert math.isfinite(only.log_likelihood) and " - " in format_explanation(found)


def test_an_invalid_point_has_its_reason() -> None:
    found = explain_point(toy_posterior(model=LineModel(invalid_below=0.6)), BENCHMARK)
    assert (found.status, found.log_likelihood, found.tensions) == ("a_too_small", -math.inf, ())


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["explain", str(RUNS / "mirror.yaml"), *map(str, arguments)])
        return end.value.code, *capsys.readouterr()

    status, out, err = call("--set", "m_R=350")
    assert (status, err) == (0, "") and out.splitlines()[0].split()[:4] == ["constraint", "log", "L", "sigma"]
    status, out, _ = call("--set", "m_R=350", "--json")
    assert json.loads(out)["parameters"]["m_R"] == 350.0 and json.loads(out)["status"] == "ok"
    status, out, err = call("--set", "yu_dark=1e-5", "--set", "yd_dark=2e-4")
    assert (status, out, err) == (2, "", "error: the point is not valid: dark_proton_lighter\n")
    status, out, err = call("--set", "v_dark=-1", "--json")
    assert status == 2 and json.loads(out)["status"] == "outside_domain: v_dark"
    status, _, err = call("--set", "m_r=1")
    assert status == 2 and "did you mean 'm_R'?" in err
    status, _, err = call("--best", tmp_path)
    assert status == 2 and "no chain file" in err
    assert call("-o", tmp_path / "point.txt")[:2] == (0, "") and (tmp_path / "point.txt").stat().st_size > 500


def test_the_best_point_of_another_model_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], best_chain: Chain
) -> None:
    write_chain(best_chain, tmp_path / "chain.h5")
    with pytest.raises(SystemExit) as end:
        main(["explain", str(RUNS / "twin.yaml"), "--best", str(tmp_path)])
    assert end.value.code == 2
    assert "is one of the model 'mirror', the run file has 'twin'" in capsys.readouterr().err


def test_at_the_best_point_of_a_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str], best_chain: Chain) -> None:
    write_chain(best_chain, tmp_path / "chain.h5")
    with pytest.raises(SystemExit):
        main(["explain", str(RUNS / "mirror.yaml"), "--best", str(tmp_path), "--set", "v_dark=800", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"]["m_R"] == 300.0 and found["parameters"]["v_dark"] == 800.0


@pytest.fixture
def best_chain() -> Chain:
    """A chain of two points of the mirror model, the second the better one."""
    from twinsector.chains import Chain, RunInfo, equal_log_weights

    index = np.zeros(2, dtype=np.int64)
    log_likelihood = np.array([-5.0, -1.0])
    return Chain(
        parameters={"m_R": np.array([200.0, 300.0])},
        sampled=("m_R",),
        log_weight=equal_log_weights(2),
        log_prior=np.zeros(2),
        log_likelihood=log_likelihood,
        log_likelihoods={"all": log_likelihood},
        predictions={},
        chain_index=index,
        walker_index=index,
        step_index=np.arange(2),
        info=RunInfo(name="two", model="mirror"),
    )


@dataclass(frozen=True)
class Off(GaussianLikelihood):
    """Off from its best by a given number of sigma at every point."""

    sigma: float = 0.0
    best: float = 0.0

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.full(len(predictions["a"]), -0.5 * self.sigma**2)

    def observe(self, predictions: Mapping[str, np.ndarray]) -> tuple[Observation, ...]:
        return ()


@pytest.mark.parametrize(
    ("sigma", "verdict"), [(0.99, ""), (1.0, "strains"), (1.99, "strains"), (2.0, "excludes"), (2.49, "excludes")]
)
def test_a_point_is_strained_from_1_sigma_and_excluded_from_2(sigma: float, verdict: str) -> None:
    posterior = toy_posterior(Off(sigma=sigma))
    (tension,) = explain_point(posterior, posterior.benchmark()).tensions
    assert tension.verdict == verdict and tension.sigma == pytest.approx(sigma)


@pytest.mark.parametrize(
    ("sigma", "best", "verdict"),
    [
        (0.0, 0.6, "excess"),
        (0.0, 0.5, "excess"),
        (0.0, 0.4, ""),
        (1.5, 0.6, "strains"),
        (0.9, -1.0, ""),
        (2.0, -1.0, "strains"),
    ],
)
def test_an_excess_is_preferred_by_1_sigma_and_only_then(sigma: float, best: float, verdict: str) -> None:
    posterior = toy_posterior(Off(sigma=sigma, best=best))
    (tension,) = explain_point(posterior, posterior.benchmark()).tensions
    assert tension.verdict == verdict
    assert tension.sigma == pytest.approx(math.sqrt(max(2.0 * best + sigma**2, 0.0)))


@dataclass(frozen=True)
class Forbids(GaussianLikelihood):
    """A criterion that forbids every point and explains nothing."""

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.full(len(predictions["a"]), -np.inf)


def test_tensions_are_in_order_and_an_unexplained_exclusion_comes_first() -> None:
    likelihoods = (GaussianLikelihood("plain"), Off("calm", sigma=0.5), Off("far", sigma=3.0), Forbids("never"))
    found = explain_point(toy_posterior(*likelihoods), BENCHMARK)
    assert [(one.likelihood, one.verdict) for one in found.tensions] == [
        ("never", "excludes"),
        ("far", "excludes"),
        ("calm", ""),
        ("plain", ""),
    ]
    assert found.tensions[0].sigma == math.inf and found.log_likelihood == -math.inf
    assert [one.likelihood for one in found.excluded_by] == ["never", "far"]
    assert found.to_dict()["excluded_by"] == ["never", "far"] and found.to_dict()["tensions"][0]["sigma"] is None
    assert str(found).splitlines()[-1] == "excluded by never (inf sigma), far (3.0 sigma)"


def test_the_table_of_a_point() -> None:
    seen = Observation("N_eff", 3.04456, "2.86 +- 0.13", "", "planck18"), Observation("x", math.nan, "< 1", "GeV", "y")
    tensions = (
        Tension("two_numbers", -12.3456, 4.96912, "excludes", seen),
        Tension("far", -1e9, 1.2e4, "excludes", ()),
        Tension("just", -0.0001, 9999.96, "", ()),
        Tension("plain", -1.0, math.nan, "", ()),
    )
    point = PointExplained({"a": 0.5}, "ok", -0.0001, tensions)
    assert str(point) == format_explanation(point)
    assert format_explanation(point).splitlines() == [
        "constraint     log L    sigma            quantity  predicted  observed      unit  data",
        "two_numbers  -12.346      5.0  excludes  N_eff     3.045      2.86 +- 0.13  -     planck18",
        "                                         x         -          < 1           GeV   y",
        "far           -1e+09  1.2e+04  excludes  -         -          -             -     -",
        "just           0.000  10000.0            -         -          -             -     -",
        "plain         -1.000        -            -         -          -             -     -",
        "",
        "log L = 0.000",
        "excluded by two_numbers (5.0 sigma), far (1.2e+04 sigma)",
    ]
    calm = PointExplained({}, "ok", -1.0, tensions[2:])
    assert str(calm).splitlines()[-1] == "no constraint excludes the point (by 2 sigma or more)"
    assert str(PointExplained({}, "a_too_small", -math.inf, ())) == "the point is not valid: a_too_small"


@dataclass(frozen=True)
class KnowsOrigins(LineModel):
    """A model that knows what fixes its prediction."""

    def origins(self, parameters: Mapping[str, float]) -> tuple[Origin, ...]:
        return (Origin("omega_dm_h2", 0.12, {"S": -0.96, "C_S": -0.04, "A": -1e-6}, {"by share": "coscattering"}),)


def test_a_point_says_which_it_is_and_where_the_prior_of_the_run_has_none() -> None:
    run = {
        "name": "x", "model": "twin", "likelihoods": {"planck_neff": {}},
        "parameters": {"m_nu": {"uniform": [1, 2]}, "r": 0.4, "e_hat": {"tied": "r"},
                       "delta": {"scaled": {"to": "r", "uniform": [0.5, 1]}}},
    }  # fmt: skip
    lines = str(explain(run, {"m_nu": 1.0, "delta": 0.3, "e_hat": 0.4})).splitlines()
    assert "at m_nu = 1, r = 0.4, delta = 0.3, e_hat = 0.4 (others at their benchmark)" in lines
    assert not any("outside the prior" in line for line in lines)
    found = explain(run, {"m_nu": 3.0, "r": 0.5, "delta": 0.1})
    assert found.outside_prior == ("m_nu", "r", "delta", "e_hat") == tuple(found.to_dict()["outside_prior"])
    assert "outside the prior of the run: m_nu, r, delta, e_hat" in str(found).splitlines()
    assert explain({**run, "parameters": {}}, {"m_nu": 1.0}).shown == ("m_nu",)


def test_a_model_says_what_fixes_its_predictions() -> None:
    assert not isinstance(LineModel(), OriginModel) and isinstance(KnowsOrigins(), OriginModel)
    found = explain_point(toy_posterior(model=KnowsOrigins()), BENCHMARK)
    assert str(found).splitlines()[-5:] == [
        "omega_dm_h2 = 0.12 is fixed by S",
        "process  share  d ln omega_dm_h2/d ln rate",
        "S        96.0%                      -0.960",
        "C_S       4.0%                      -0.040",
        "coscattering by share",
    ]
    (origin,) = found.to_dict()["origins"]
    assert origin["fixed_by"] == "S" and origin["shares"]["C_S"] == pytest.approx(0.04, rel=1e-4)
    assert origin["labels"] == {"by share": "coscattering"} and json.dumps(origin)
    assert explain_point(toy_posterior(model=KnowsOrigins(invalid_below=0.6)), BENCHMARK).origins == ()
    assert explain_point(toy_posterior(), BENCHMARK).to_dict()["origins"] == []


def test_the_twin_model_names_the_process_that_fixes_its_density() -> None:
    text = str(explain(RUNS / "twin.yaml", {"theta_1": 4.4e-4}))
    assert "is fixed by S: nu gamma' <-> tau gamma'" in text
    assert "coscattering by contribution" in text and "by the paper's order of freeze-out temperatures" in text


def test_a_run_is_explained_where_it_is_not_told_otherwise() -> None:
    run = {"name": "x", "model": "mirror", "likelihoods": {"planck_neff": {}}, "parameters": {"m_R": 350.0}}
    found = explain(run, {"v_dark": 900.0})
    assert (found.parameters["m_R"], found.parameters["v_dark"]) == (350.0, 900.0)
    assert explain(load_config(run), {"v_dark": 900.0}) == found
    assert explain(run).parameters == build_posterior(load_config(run)).benchmark()
    with pytest.raises(InputError, match=r"^model 'mirror' has no parameter 'v_drak'; did you mean 'v_dark'\?$"):
        explain(run, {"v_drak": 900.0})
