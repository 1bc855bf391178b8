"""Two runs are compared by what their likelihoods loaded and do, not by what stands in the run file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from toys import GaussianLikelihood, toy_posterior

from twinsector import build_posterior, likelihoods
from twinsector.chains import Comparison, compare, format_comparison, read_chain
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.provenance.data_used import data_used
from twinsector.inference.runs.run import run
from twinsector.likelihoods.base import DataFile

RUNS = Path(__file__).parents[2] / "runs"
DATA = Path(likelihoods.__file__).parent / "data"


def used(name: str, settings: dict[str, object]) -> dict[str, object]:
    config = load_config({"name": "x", "model": "twin", "likelihoods": {name: settings}})
    return data_used(config, build_posterior(config))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("planck_neff", {"dataset": "default"}),
        ("planck_neff", {"dataset": "p_act_lb", "joint_omega_b": True}),
        ("bbn", {"yp": "lbt_2026", "d_over_h": "pettini_cooke_2025"}),
        ("fermi_dwarfs", {"dataset": "2015_ee", "weakening": 1.0}),
        ("cmb_annihilation", {"dataset": "planck18_gambit"}),
        ("dark_photon", {"dataset": "default", "doubtful": False}),
    ],
)
def test_spelling_out_the_default_changes_nothing(name: str, settings: dict[str, object]) -> None:
    assert used(name, settings) == used(name, {})


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("planck_neff", {"dataset": "planck18"}),
        ("planck_neff", {"joint_omega_b": False}),
        ("bbn", {"yp": "off"}),
        ("bbn", {"prediction": "primat_2024"}),
        ("fermi_dwarfs", {"weakening": 2.0}),
        ("dark_photon", {"dataset": "paper"}),
        ("dark_photon", {"dataset": "E137"}),
        ("tau_decay_bbn", {"he3_over_d": "off"}),
    ],
)
def test_other_data_or_settings_are_distinguished(name: str, settings: dict[str, object]) -> None:
    assert used(name, settings) != used(name, {})


def test_a_copy_of_a_table_is_the_same_data_and_an_edited_one_is_not(tmp_path: Path) -> None:
    copy = tmp_path / "fermi_2015_ee.csv"
    shutil.copy(DATA / "fermi_2015_ee.csv", copy)
    assert used("fermi_dwarfs", {"path": str(copy)}) == used("fermi_dwarfs", {})
    copy.write_text(copy.read_text().replace("9.595e-27", "9.595e-26"))
    assert used("fermi_dwarfs", {"path": str(copy)}) != used("fermi_dwarfs", {})


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, {"joint_omega_b": True}),
        ({"dataset": "planck18", "joint_omega_b": False}, {"joint_omega_b": False}),
        ({"path": "mine.csv"}, {"joint_omega_b": True}),
        ({"path": "mine.csv", "dataset": "mine"}, {"joint_omega_b": True, "dataset": "mine"}),
    ],
)
def test_settings_that_select_data_count_by_what_they_select(
    settings: dict[str, object], kept: dict[str, object]
) -> None:
    files = (DataFile("one.csv", "0123456789abcdef", ("x", "y")), DataFile("two.csv", "fedcba9876543210"))
    posterior = toy_posterior(GaussianLikelihood("planck_neff", data_files=files), GaussianLikelihood("elsewhere"))
    others = {"late_reheating": False, "level": None, "sided": None}
    likelihoods = {"planck_neff": settings, "elsewhere": {"width": 2}}
    found = data_used(load_config({"name": "x", "model": "line", "likelihoods": likelihoods}), posterior)
    assert found == {
        "planck_neff": {"settings": others | kept, "data": ["one.csv (x, y) 0123456789ab", "two.csv fedcba987654"]},
        "elsewhere": {"settings": {"width": 2}, "data": []},
    }


@pytest.fixture(scope="module")
def mirror_and_twin(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Tiny runs of both models with their own sets of likelihoods."""
    folder = tmp_path_factory.mktemp("both")
    chains = []
    for model, changes in (("mirror", {}), ("twin", {"relic": "coannihilation"})):
        config = load_config(RUNS / f"{model}.yaml").to_dict()
        config |= {"sampler": {"name": "dynesty", "nlive": 40, "walks": 10, "dlogz": 20.0}, "workers": 1}
        config |= {"output": str(folder / model), "options": {**config["options"], **changes}}
        chains.append(read_chain(run(config)))
    return compare(chains)


@pytest.mark.slow
def test_a_mirror_and_a_twin_run_share_what_they_share(mirror_and_twin: Comparison) -> None:
    assert set(mirror_and_twin.shared) == {"higgs_couplings", "higgs_invisible"}
    assert set(mirror_and_twin.same_data) == {"relic_density"}
    text = format_comparison(mirror_and_twin)
    assert "relic_density: mirror: prediction=rho_dm_over_rho_b; twin: prediction=omega_dm_h2" in text
    assert "other data: direct_detection: " in text  # the density that scales the rate is data of the twin run
    assert "in mirror, not in all: baryon_asymmetry, " in text and "in twin, not in all: tau_decay_bbn, " in text
    assert "not comparable for those parts" in text
