"""Run files with derived quantities, generic likelihoods and names of their own, from reading to the chain."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from twinsector.chains import read_chain
from twinsector.common.expressions import FUNCTIONS
from twinsector.inference.configuration.build import build_posterior, resolve
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError
from twinsector.inference.points.explain import explain
from twinsector.inference.posterior import NOT_A_NUMBER
from twinsector.inference.provenance.data_used import data_used
from twinsector.inference.provenance.fingerprint import changes, fingerprint
from twinsector.inference.verification.audit import audit

MASS = {"type": "gaussian", "of": "log_ratio", "mean": -2.3, "sigma": 0.1}
RUN: dict[str, Any] = {
    "name": "generic",
    "model": "mirror",
    "derived": {
        "mass_ratio": "m_dm/v_dark",
        "log_ratio": {"expression": "log10(mass_ratio)", "latex": r"\\lg(m/v)", "description": "of the masses"},
        "sum": {"expression": "m_dm + m_R", "unit": "GeV"},
    },
    "likelihoods": {"planck_neff": {}, "first": MASS, "second": {**MASS, "of": "log10(m_dm/v_dark)", "mean": -2.2}},
}


def changed(**changes: Any) -> dict[str, Any]:
    return {**RUN, **changes}


def test_derived_quantities_are_predictions() -> None:
    posterior = build_posterior(load_config(RUN))
    assert posterior.prediction_names[-3:] == ("mass_ratio", "log_ratio", "sum")
    assert [one.unit for one in posterior.observables[-3:]] == ["", "", "GeV"]
    assert (
        posterior.observables[-1].latex == r"\mathrm{sum}" and posterior.observables[-2].description == "of the masses"
    )
    found = posterior.evaluate_at({"v_dark": [800.0, 1600.0]})
    value = dict(zip(posterior.prediction_names, found.predictions.T, strict=True))
    np.testing.assert_array_equal(value["mass_ratio"], value["m_dm"] / np.array([800.0, 1600.0]))
    log_l = dict(zip(posterior.likelihood_names, found.log_likelihoods.T, strict=True))
    np.testing.assert_allclose(log_l["first"], -0.5 * ((value["log_ratio"] + 2.3) / 0.1) ** 2)
    np.testing.assert_allclose(log_l["second"], -0.5 * ((value["log_ratio"] + 2.2) / 0.1) ** 2, rtol=1e-9)


def test_a_derived_quantity_without_a_value_makes_the_point_invalid() -> None:
    posterior = build_posterior(load_config(changed(derived={"odd": "log(m_dm - 5)"}, likelihoods={"planck_neff": {}})))
    found = posterior.evaluate_at({"v_dark": [300.0, 5000.0]})
    assert found.status.tolist() == [NOT_A_NUMBER, "ok"] and found.log_likelihood[0] == -np.inf


def test_explain_shows_the_unit_of_the_expression() -> None:
    bound = {"type": "upper_limit", "of": "2*m_dm + m_R", "limit": 400.0, "level": 95}
    found = explain(changed(derived={}, likelihoods={"heavy": bound}))
    (one,) = found.tensions[0].observations
    assert (one.quantity, one.observed, one.unit) == ("2*m_dm + m_R", "< 400 (95%)", "GeV")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"derived": {"m_dm": "2*m_R"}}, "'m_dm' is a parameter or prediction already"),
        ({"derived": {"log": "2*m_R"}}, "'log' cannot name a derived quantity"),
        ({"derived": {"a b": "2*m_R"}}, "'a b' cannot name a derived quantity"),
        ({"derived": {"x": "2*m_r"}}, "derived 'x', column 3: unknown name 'm_r'; did you mean 'm_R'"),
        ({"derived": {"x": "y", "y": "m_R"}}, "derived 'x', column 1: unknown name 'y'"),
        ({"derived": {"x": "m_R + tau_dark_proton_s"}}, "derived 'x', column 7: cannot add GeV and s"),
        ({"derived": {"x": {"expression": "m_R", "unit": "MeV"}}}, "the expression is in GeV, not in MeV"),
        ({"derived": {"x": {"expresion": "m_R"}}}, "'derived.x.expression' is wrong: Field required"),
        ({"derived": {"x": 3}}, "derived.x"),
        ({"likelihoods": {"mine": {"type": "gausian"}}}, "unknown type 'gausian'; did you mean 'gaussian'"),
        ({"likelihoods": {"mine": {}}}, r"unknown likelihood 'mine'.*needs `type:`"),
        ({"likelihoods": {"bbn": MASS}}, "'bbn' cannot name a 'gaussian'"),
        ({"likelihoods": {"a-b": MASS}}, "'a-b' cannot name a 'gaussian'"),
        ({"likelihoods": {"mine": {**MASS, "of": "lgo_ratio"}}}, "'mine', 'of', column 1: unknown name 'lgo_r"),
        ({"likelihoods": {"mine": {**MASS, "of": "m_R", "unit": "MeV"}}}, "in GeV, not in MeV"),
        ({"likelihoods": {"planck_neff": {}, "again": {"type": "planck_neff", "dataset": "planck18"}}},
         "'planck_neff' and 'again' both use N_eff from Planck spectra, which would count twice"),
        ({"likelihoods": {"one": {"type": "planck_neff"}, "helium": {"type": "planck_helium"}}},
         "'helium' already includes the data of 'one'"),
        ({"likelihoods": {"xenonnt_events": {}, "mine": {**MASS, "events": ["XENONnT SR0-SR2"]}}},
         "'xenonnt_events' and 'mine' both use XENONnT SR0-SR2"),
    ],
)  # fmt: skip
def test_what_is_refused_names_the_line_and_the_reason(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(changed(**change), sort_keys=False))
    with pytest.raises(InputError, match=message) as caught:
        build_posterior(load_config(tmp_path / "run.yaml"))
    assert str(caught.value).startswith(f"{tmp_path}/run.yaml:") and "\n" not in str(caught.value)


TWIN = {"name": "t", "model": "twin"}


def test_the_same_events_are_not_read_as_two_kinds_of_recoil() -> None:
    likelihoods = {"xenonnt_events": {}, "electrons": {"type": "electron_recoil", "dataset": "xenonnt_s2only_2026"}}
    with pytest.raises(InputError, match=r"'xenonnt_events' and 'electrons' both use XENONnT SR0-SR2 at 3-10 GeV"):
        build_posterior(load_config({**TWIN, "likelihoods": likelihoods}))
    both = {"direct_detection": {"dataset": "xenonnt_s2only_2026"}, "xenonnt_events": {}}
    with pytest.raises(InputError, match=r"both use XENONnT SR0-SR2 at 3-12 GeV"):
        build_posterior(load_config({**TWIN, "likelihoods": both}))
    build_posterior(load_config({**TWIN, "likelihoods": {"xenonnt_events": {}, "electron_recoil": {}}}))


def test_a_correction_finds_its_partner_under_any_name() -> None:
    settings = {"yp": "lbt_2026"}
    named = {"light": {"type": "bbn", **settings}, "decays": {"type": "tau_decay_bbn", **settings}}
    posterior = build_posterior(load_config({**TWIN, "likelihoods": named}))
    point = {**posterior.benchmark()}
    drawn = posterior.simulate(point, np.random.default_rng(1))
    usual = build_posterior(load_config({**TWIN, "likelihoods": {"bbn": settings, "tau_decay_bbn": settings}}))
    again = usual.simulate(point, np.random.default_rng(1))
    assert drawn.likelihood_names == ("light", "decays")
    values = [one.evaluate_at(point).log_likelihoods for one in (drawn, again)]
    np.testing.assert_array_equal(*values)
    named["light"]["yp"] = "pdg_2024"
    with pytest.raises(InputError, match="'decays' must have the same settings as 'light'"):
        build_posterior(load_config({**TWIN, "likelihoods": named}))


def test_what_is_stored_names_expressions_and_types() -> None:
    config = load_config(RUN)
    posterior = build_posterior(config)
    taken = fingerprint(config, posterior)
    assert (
        taken.settings["derived.mass_ratio"] == "m_dm/v_dark" and taken.settings["likelihoods.first.type"] == "gaussian"
    )
    used = data_used(config, posterior)
    assert used["first"]["settings"]["of"] == "log_ratio" and used["first"]["settings"]["type"] == "gaussian"
    resolved = load_config(resolve(config, posterior).to_dict())
    assert build_posterior(resolved).likelihoods == posterior.likelihoods
    other = load_config(changed(derived={**RUN["derived"], "mass_ratio": "2*m_dm/v_dark"}))
    found = changes(taken, fingerprint(other, build_posterior(other), taken.points))
    assert [one.what for one in found] == ["derived.mass_ratio"]


@pytest.mark.slow
def test_one_expression_under_two_names_from_the_run_file_to_the_chain(tmp_path: Path) -> None:
    """The posterior of the expression is the product of both Gaussians, and the chain stores all of it."""
    first, second = ({**RUN["likelihoods"][name], "mean": mean} for name, mean in (("first", -2.55), ("second", -2.45)))
    run = changed(
        parameters={**FIXED, "v_dark": {"log_uniform": [300.0, 1000.0]}},
        likelihoods={"first": first, "second": second},
        sampler={"name": "emcee", "walkers": 16, "max_steps": 200, "check_every": 50},
    )
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(run, sort_keys=False))
    command = [sys.executable, "-m", "twinsector", "run", "run.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    folder = tmp_path / "results" / "generic"
    assert "log_ratio" in (folder / "summary.txt").read_text()
    chain = read_chain(folder)
    found = audit(chain)
    assert found.passed, str(found)
    ratio = chain.predictions["log_ratio"]
    np.testing.assert_allclose(ratio, np.log10(chain.predictions["m_dm"] / chain.parameters["v_dark"]), rtol=1e-12)
    np.testing.assert_allclose(chain.log_likelihoods["first"], -0.5 * ((ratio + 2.55) / 0.1) ** 2)
    np.testing.assert_allclose(chain.log_likelihoods["second"], -0.5 * ((ratio + 2.45) / 0.1) ** 2, rtol=1e-9)
    assert ratio.mean() == pytest.approx(-2.5, abs=0.03) and ratio.std() == pytest.approx(0.1 / np.sqrt(2), rel=0.2)
    assert chain.info.units["sum"] == "GeV" and chain.info.likelihoods == ["first", "second"]


FIXED = {
    "m_R": 350.0, "beta_R_ev": 2.0, "g_ratio": 1.0, "yb_ratio": 1.0, "delta_alpha_s": 0.02, "yu_dark": 2e-5,
    "yd_dark": 2e-5, "sigma_v_chi": 1e-15, "lambda_HH": 0.01, "omega_b_h2": 0.0224, "g_reheaton": 106.75,
    "dineutron_threshold": 0.2,
}  # fmt: skip


def test_the_page_shows_what_works() -> None:
    page = (Path(__file__).parents[2] / "docs" / "generic.md").read_text(encoding="utf-8")
    first, second = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    posterior = build_posterior(load_config({"name": "page", "model": "mirror", **yaml.safe_load(first)}))
    assert np.isfinite(posterior.evaluate_at({}).log_likelihood)
    assert len(posterior.likelihoods) == 6
    build_posterior(load_config({"name": "page", "model": "mirror", **yaml.safe_load(second)}))
    (listed,) = re.findall(r"the functions\s+`([a-z0-9 ]+)`", page)
    assert listed.split() == list(FUNCTIONS)
