"""Both models with the same data: one block of likelihoods, and constants where a model makes no signal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from twinsector import build_posterior
from twinsector.inference.catalogue import catalogue
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError
from twinsector.inference.points.explain import explain_point, format_explanation
from twinsector.inference.posterior import Posterior
from twinsector.inference.provenance.data_used import data_used
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.model import null_predictions
from twinsector.physics.twin import TwinModel

RUNS = Path(__file__).parents[2] / "runs"
MODELS = ("mirror", "twin")
NO_SIGNAL = {
    "mirror": (
        "tau_decay_bbn", "spectral_distortions", "cmb_decay", "electron_recoil", "dark_photon", "dark_photon_criteria",
        "cmb_annihilation", "fermi_dwarfs",
    ),
    "twin": (
        "dilepton_resonance", "photon_mixing", "portal_decoupling", "reheaton_domination", "chi_lifetime",
        "chi_washout", "dark_nuclei", "dark_dineutron", "reheating_temperature", "reheaton_lifetime",
        "dark_proton_decay",
    ),
}  # fmt: skip
"""Likelihoods of signals (and conditions) that the model does not have."""
UNUSED = ("reheating_temperature", "reheaton_lifetime", "dark_proton_decay")
"""Of those, the ones that are not in the common block."""


def common(model: str) -> Posterior:
    return build_posterior(load_config(RUNS / f"common-{model}.yaml"))


@pytest.fixture(scope="module")
def posteriors() -> dict[str, Posterior]:
    return {model: common(model) for model in MODELS}


def test_the_blocks_are_the_same_word_for_word() -> None:
    texts = [(RUNS / f"common-{model}.yaml").read_text() for model in MODELS]
    one, other = (text[text.index("likelihoods:") : text.index("sampler:")] for text in texts)
    assert one == other
    first, second = (yaml.safe_load(text)["likelihoods"] for text in texts)
    assert first == second and list(first) == list(second)


def test_the_run_with_the_baryon_asymmetry_adds_only_that() -> None:
    plain, more = (yaml.safe_load((RUNS / f"common-mirror{end}.yaml").read_text()) for end in ("", "-eta"))
    assert more == {
        **plain,
        "name": "common-mirror-eta",
        "likelihoods": {**plain["likelihoods"], "baryon_asymmetry": {}},
    }


def test_the_runs_use_the_same_data(posteriors: dict[str, Posterior]) -> None:
    """What `compare` calls the same: settings, and rows and checksums of every table."""
    mirror, twin = (data_used(load_config(RUNS / f"common-{model}.yaml"), posteriors[model]) for model in MODELS)
    assert mirror == twin and len(mirror) == 24


@pytest.mark.parametrize("model", MODELS)
def test_a_signal_that_is_not_made_is_a_constant(model: str, posteriors: dict[str, Posterior]) -> None:
    """log L is finite at the benchmark, and 0 at every point where it needs what the model does not make."""
    points = {"omega_b_h2": np.array([0.0222, 0.0224, 0.0226])}
    found = posteriors[model].evaluate_at(points)
    assert np.isfinite(found.log_likelihoods).all() and list(found.status) == ["ok"] * 3
    columns = dict(zip(posteriors[model].likelihood_names, found.log_likelihoods.T, strict=True))
    if model == "twin":
        walls = {"name": "x", "model": "twin", "likelihoods": {name: {} for name in UNUSED}}
        other = build_posterior(load_config(walls))
        columns |= dict(zip(other.likelihood_names, other.evaluate_at(points).log_likelihoods.T, strict=True))
    for name in NO_SIGNAL[model]:
        np.testing.assert_array_equal(columns[name], 0.0, name)


def test_the_twin_reheats_early(posteriors: dict[str, Posterior]) -> None:
    """log L of N_eff and abundances is the one without late reheating."""
    twin = {"name": "x", "model": "twin", "likelihoods": {"planck_neff": {}, "bbn": {}}}
    plain = build_posterior(load_config(twin)).evaluate_at({}).log_likelihoods[0]
    found = dict(
        zip(posteriors["twin"].likelihood_names, posteriors["twin"].evaluate_at({}).log_likelihoods[0], strict=True)
    )
    assert [found["planck_neff"], found["bbn"]] == pytest.approx(list(plain), abs=1e-3)


@pytest.mark.parametrize("model", [MirrorModel(), TwinModel()], ids=MODELS)
def test_nothing_is_both_predicted_and_declared_absent(model: MirrorModel | TwinModel) -> None:
    nulls = [null.name for null in null_predictions(model)]
    own = {one.name for one in (*model.parameters, *model.observables)}
    assert len(set(nulls)) == len(nulls) and not own & set(nulls)
    other = TwinModel() if isinstance(model, MirrorModel) else MirrorModel()
    units = {one.name: one.unit for one in (*other.parameters, *other.observables)}
    assert {null.name: null.unit for null in null_predictions(model)}.items() <= units.items()


def test_a_derived_quantity_cannot_make_a_signal_that_is_declared_absent() -> None:
    text = {"name": "x", "model": "mirror", "likelihoods": {"planck_neff": {}}, "derived": {"epsilon": "g_BL/2"}}
    with pytest.raises(InputError, match="'epsilon' is declared a signal that model 'mirror' does not make"):
        build_posterior(load_config(text))


def test_list_and_explain_say_so(posteriors: dict[str, Posterior]) -> None:
    rows = {row[1]: row[3] for row in catalogue("predictions", "twin")}
    assert rows["t_reheating"].startswith("makes no such signal (inf): no late reheating")
    point = explain_point(posteriors["mirror"], posteriors["mirror"].benchmark())
    text = format_explanation(point)
    assert "no signal (m_dark_photon, epsilon): the dark photon is massless" in text
    assert "t_reheating" not in {null.name for null in point.nulls}
    assert {null["name"] for null in point.to_dict()["nulls"]} == {null.name for null in point.nulls}
    assert format_explanation(replace(point, nulls=())) in text  # nothing else is printed


def test_pseudo_data_can_be_drawn(posteriors: dict[str, Posterior]) -> None:
    for posterior in posteriors.values():
        drawn = posterior.simulate(posterior.benchmark(), np.random.default_rng(1))
        assert np.isfinite(drawn.evaluate_at({}).log_likelihood).all()
