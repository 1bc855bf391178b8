"""What every likelihood keeps: protocol, batch = scalar, finite log L, errors with suggestions, data with citations."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from constraints import BUILT, COUNTS, POINT, Variants, each_likelihood, scattered
from hypothesis import given, settings
from hypothesis import strategies as st

from twinsector import likelihoods
from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import (
    build_likelihood,
    likelihood_datasets,
    likelihood_names,
    likelihood_settings,
    needs_settings,
)
from twinsector.likelihoods.base import (
    Explained,
    Likelihood,
    LikelihoodDefaults,
    LikelihoodError,
    Observation,
    with_error,
)
from twinsector.likelihoods.settings import Number, Setting, resolve_settings
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.twin import TwinModel

DATA = Path(likelihoods.__file__).parent / "data"
BIB_KEYS = set(re.findall(r"^@\w+\{([^,]+),", (DATA / "CITATIONS.bib").read_text(), flags=re.MULTILINE))


@each_likelihood
def test_follows_the_protocol_and_pickles(variants: Variants) -> None:
    for label, likelihood in variants:
        assert isinstance(likelihood, Likelihood), label
        assert likelihood.name in likelihood_names()
        assert likelihood.requires and set(likelihood.requires) <= set(POINT), label
        again = pickle.loads(pickle.dumps(likelihood))
        points = scattered(5)
        np.testing.assert_array_equal(again.log_likelihood(points), likelihood.log_likelihood(points))


@each_likelihood
def test_needs_only_what_it_requires(variants: Variants) -> None:
    for label, likelihood in variants:
        points = scattered(4)
        needed = {name: points[name] for name in likelihood.requires}
        np.testing.assert_array_equal(likelihood.log_likelihood(needed), likelihood.log_likelihood(points), label)


@each_likelihood
def test_scalar_equals_batch(variants: Variants) -> None:
    for label, likelihood in variants:
        points = scattered(200)
        batch = likelihood.log_likelihood(points)
        assert batch.shape == (200,) and batch.dtype == np.float64
        single = [likelihood.log_likelihood({k: v[i : i + 1] for k, v in points.items()})[0] for i in range(200)]
        np.testing.assert_allclose(single, batch, rtol=1e-12, atol=1e-12, err_msg=label)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_finite_or_minus_infinity_for_any_finite_input(data: st.DataObject) -> None:
    number = st.one_of(
        st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.0, -0.0, 5e-324, 1e308, -1e308])
    )
    values = {name: np.array([data.draw(number, label=name)]) for name in POINT}
    for likelihood in BUILT:
        value = likelihood.log_likelihood(values)
        assert not np.isnan(value[0]) and value[0] < np.inf, likelihood


@each_likelihood
def test_explains_a_point_given_as_numbers_or_as_arrays(variants: Variants) -> None:
    for label, likelihood in variants:
        assert isinstance(likelihood, Explained), label
        seen = likelihood.observe({name: POINT[name] for name in likelihood.requires})
        assert seen == likelihood.observe({name: np.array([POINT[name]]) for name in likelihood.requires})
        assert all(isinstance(one, Observation) and np.isfinite(one.predicted) and one.observed for one in seen)
        assert seen or getattr(likelihood, "mode", "") == "off", label


@each_likelihood
def test_no_point_is_better_than_the_best(variants: Variants) -> None:
    for label, likelihood in variants:
        if likelihood.name != "tau_decay_bbn":  # beside bbn its log L is a difference, see the class
            assert np.max(likelihood.log_likelihood(scattered(3000))) <= likelihood.best + 1e-12, label


def test_the_best_is_reached_where_measurements_disagree_or_see_an_excess() -> None:
    mu = np.linspace(0.9, 1.1, 20_001)
    couplings = build_likelihood("higgs_couplings")
    assert couplings.log_likelihood({"higgs_coupling_squared": mu}).max() == pytest.approx(couplings.best, abs=1e-8)
    assert couplings.best == pytest.approx(-0.11, abs=0.01)
    invisible = build_likelihood("higgs_invisible")
    points = {"higgs_coupling_squared": np.ones(mu.size), "br_h_invisible": np.linspace(0.0, 0.2, mu.size)}
    assert invisible.log_likelihood(points).max() == pytest.approx(invisible.best, abs=1e-8)
    assert invisible.best > 2.0
    # A two-sided limit above the expected one is no excess.
    assert build_likelihood("direct_detection", {"dataset": "xenonnt_cevns_2026"}).best == 0.0


def test_texts_of_values_with_errors() -> None:
    assert with_error(2.86, 0.13) == "2.86 +- 0.13"
    assert with_error(1.041, 0.0549, 0.0567) == "1.041 +0.057 -0.055"
    assert with_error(2.51e-5, 1.04e-6) == "(2.51 +- 0.10)e-05"
    assert with_error(3.044, 0.027) == "3.044 +- 0.027" and with_error(12.0, 34.0) == "12 +- 34"


MASSES = ("m_dm", "m_dark_photon", "m_e_dark", "m_Zhat")  # where ranges end there may be steps


def line(n: int, seed: int) -> dict[str, FloatArray]:
    """n points on the straight line between two scattered points, in the logarithm of each prediction but masses."""
    ends = {name: values[seed : seed + 2] for name, values in scattered(40).items()}
    steps = np.linspace(0.0, 1.0, n)
    return {name: np.full(n, a) if name in MASSES else a * (b / a) ** steps for name, (a, b) in ends.items()}


def steps_shrink(log_likelihood: Callable[[dict[str, FloatArray]], FloatArray], seed: int, least: float) -> bool:
    """Whether log L changes less from point to point on a finer line: a step would stay as large."""
    values = log_likelihood(line(8001, seed))
    coarse, fine = (np.abs(np.diff(values[::every])).max() for every in (8, 1))
    return fine < 0.3 * coarse or coarse < least


@pytest.mark.parametrize("first", [0, pytest.param(2, marks=pytest.mark.slow)])
@each_likelihood
def test_no_steps_where_physics_has_none(variants: Variants, first: int) -> None:
    for label, likelihood in variants:
        if getattr(likelihood, "mode", "smooth") != "hard" and likelihood.name != "dark_photon_criteria":
            for seed in range(first, 20, 4):
                assert steps_shrink(likelihood.log_likelihood, seed, 1e-9 * max(1.0, abs(likelihood.best))), (
                    label,
                    seed,
                )


def test_a_step_is_noticed() -> None:
    def with_step(points: dict[str, FloatArray]) -> FloatArray:
        return -0.5 * points["delta_neff"] ** 2 - 1e-3 * (points["omega_dm_h2"] > 0.12)

    crossing = [s for s in range(0, 20, 2) if (above := line(9, s)["omega_dm_h2"] > 0.12).any() and not above.all()]
    assert crossing and not any(steps_shrink(with_step, seed, 1e-9) for seed in crossing)


LOWER_BOUNDS = {
    "t_reheating", "portal_scale_ratio", "higgs_portal_ratio", "chi_lifetime_ratio", "dineutron_ratio",
}  # fmt: skip
# More width of the B-L boson, or of it in other channels, means fewer leptons: no more signal.
NO_SIGNALS = {*MASSES, "v_0_km_s", "v_esc_km_s", "m_Zhat", "zhat_width_units", "zhat_width_over_mass"}
# Decays are held against standard abundances that are right: decays can correct wrong ones, and beside `bbn` log L is
# a difference, which says nothing about the abundances without decays.
HELD = {
    "tau_decay_bbn": {"omega_b_h2": 0.0224, "delta_neff": 0.0, "tau_lifetime_s": 1e6, "m_dm": 100.0, "delta": 0.1},
    "spectral_distortions": {"tau_lifetime_s": 1e8, "delta": 0.1},
    "cmb_decay": {"tau_lifetime_s": 1e14, "delta": 0.1},
    "higgs_displaced": {"tau_lifetime_s": 5e-11},
}
# Where log L has several tops, and why.
SEVERAL_TOPS = {
    ("dark_photon", "epsilon"),  # beam dumps exclude closed regions
    ("dark_photon_criteria", "epsilon"),  # so does SN1987A
    ("planck_helium", "omega_b_h2"),  # Y_p is held below the table's smallest density
    ("tau_decay_bbn", "omega_tau_h2"),  # deuterium is first destroyed by decays, then made from helium
    ("tau_decay_bbn", "decay_energy_gev"),
    ("tau_decay_bbn", "decay_em_fraction"),
    ("bbn", "t_reheating"),  # less radiation and fewer weak reactions change Y_p in opposite directions
    ("planck_helium", "t_reheating"),
    ("tau_decay_bbn", "t_reheating"),  # the change by decays, where standard abundances have tops of their own
    ("bbn", "delta_neff"),  # Y_p and D/H disagree where omega_b h^2 is far off
}
RETURNS = {
    ("dark_photon", "epsilon"),
    ("dark_photon_criteria", "epsilon"),
}  # beyond a closed region log L is that of no signal


# Largest factor, where signals need more than 1e6 times the natural scale: 1e-29 cm^2 below a GeV, light mediators.
REACH = {"direct_detection": 1e16, "xenonnt_events": 1e16}


CLIPPED = {("xenonnt_events", "rho_0_gev_cm3")}
"""A density of dark matter beyond its range counts as the largest: a small excess of events may remain the best."""


def scanned(likelihood: Any, prediction: Any) -> Any:
    """log L (40, n) of 40 scattered points with one prediction multiplied by factors from 0 to 1e6 (`REACH`)."""
    factors = np.array([0.0, *np.geomspace(1e-3, REACH.get(likelihood.name, 1e6), 301)])
    points = {name: np.repeat(values, factors.size) for name, values in scattered(40).items()}
    held = HELD.get(likelihood.name, {})
    points |= {name: np.full(40 * factors.size, value) for name, value in held.items()}
    points[prediction] = np.outer(scattered(40)[prediction], factors).ravel()
    return likelihood.log_likelihood(points).reshape(40, factors.size)


def one_top(value: Any) -> Any:
    """Whether log L (n,) rises to its largest value and then falls."""
    top, slack = int(np.argmax(value)), 1e-12 * np.maximum(np.abs(np.where(np.isfinite(value), value, 0.0)), 1.0)
    rising = np.all(value[1 : top + 1] >= value[:top] - slack[:top])
    return rising and np.all(value[top + 1 :] <= value[top:-1] + slack[top:-1])


def falls_at_the_end(value: Any, prediction: Any) -> Any:
    """Whether log L is worse than its best for far too much of a prediction (too little, for a lower bound)."""
    return value[0 if prediction in LOWER_BOUNDS else -1] < value.max() - 1e-3


@each_likelihood
def test_more_signal_is_never_better_beyond_the_best(variants: Variants) -> None:
    for label, likelihood in variants:
        for prediction in set(likelihood.requires) - NO_SIGNALS - set(HELD.get(likelihood.name, ())):
            values, which = scanned(likelihood, prediction), (likelihood.name, prediction)
            moved = [value for value in values if value.min() < value.max() - 1e-3]
            if getattr(likelihood, "mode", "") == "off":
                assert not values.any(), label
                continue
            assert moved, (label, prediction)
            if which in RETURNS:
                assert all(value.max() == value[0] for value in values), (label, prediction)
            else:
                enough = any if which in CLIPPED else all
                assert enough(falls_at_the_end(value, prediction) for value in moved), (label, prediction)
            assert which in SEVERAL_TOPS or all(map(one_top, values)), (label, prediction)


def test_more_epsilon_is_never_better_where_regions_are_open_above() -> None:
    searches = build_likelihood("dark_photon")
    prompt = replace(searches, displaced=None)
    for likelihood in (prompt, build_likelihood("dark_photon_criteria", {"supernova": "off"})):
        values = scanned(likelihood, "epsilon")
        assert values.min() < 0.0 and all(map(one_top, values))
        assert all(falls_at_the_end(value, "epsilon") for value in values if value.min() < -1e-3)


def test_an_excess_of_signal_that_is_better_is_noticed() -> None:
    wrong = np.array([[0.0, -1.0, -2.0, -1.9], [0.0, 1.0, 2.0, 3.0], [-3.0, -3.1, 0.0, -1.0]])
    assert [one_top(value) and falls_at_the_end(value, "p_ann") for value in wrong] == [False] * 3
    assert one_top(np.array([-3.0, 0.0, 0.0, -1.0])) and not falls_at_the_end(np.array([0.0, -1.0]), "t_reheating")


def test_nan_is_not_turned_into_a_good_point() -> None:
    nan = {name: np.array([np.nan]) for name in POINT}
    for likelihood in BUILT:
        if getattr(likelihood, "mode", "") != "off":
            value = likelihood.log_likelihood(nan)[0]
            assert np.isnan(value) or value == -np.inf, likelihood


@each_likelihood
def test_data_files_carry_the_checksum_and_citations_are_in_the_bibliography(variants: Variants) -> None:
    for label, likelihood in variants:
        for file in likelihood.data_files:
            path = Path(COUNTS) if likelihood.name == "counting" else DATA / file.name
            assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert likelihood.citations or needs_settings(likelihood.name), label
        assert set(likelihood.citations) <= BIB_KEYS, label


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.name)
def test_every_packaged_table_documents_itself(path: Path) -> None:
    lines = path.read_text().splitlines()
    header = dict(line[2:].split(": ", 1) for line in lines if line.startswith("#"))
    assert {"title", "source", "confidence_level", "kind", "units", "range", "citation"} <= set(header)
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    keys = (
        set(header["citation"].split(", "))
        if header["citation"] != "one per row"
        else {row[rows[0].index("citation")] for row in rows[1:] if '"' not in "".join(row)}
    )
    assert keys and keys <= BIB_KEYS


def test_names_of_the_constraints() -> None:
    assert {"planck_neff", "relic_density", "bbn", "higgs_couplings", "direct_detection", "photon_mixing"} <= set(
        likelihood_names()
    )


def test_default_comes_first_among_the_datasets() -> None:
    for name in likelihood_names():
        assert likelihood_datasets(name)[:1] == (("default",) if "dataset" in likelihood_settings(name) else ()), name


LIKELIHOOD_SETS = {**MirrorModel.likelihood_sets, **TwinModel.likelihood_sets}


@pytest.mark.parametrize("likelihoods", LIKELIHOOD_SETS.values(), ids=list(LIKELIHOOD_SETS))
def test_sets_of_the_models_build_and_never_hold_abundances_twice(likelihoods: Any) -> None:
    built = {name: build_likelihood(name, options) for name, options in likelihoods.items()}
    assert not ("bbn" in built and getattr(built["planck_neff"], "includes_bbn", False))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("plank_neff", {}, "unknown likelihood 'plank_neff'; did you mean 'planck_neff'"),
        ("planck_neff", {"datset": "paper"}, "unknown setting 'datset'; did you mean 'dataset'"),
        ("planck_neff", {"dataset": "planck_18"}, "unknown dataset 'planck_18'; did you mean 'planck18'"),
        ("planck_neff", {"joint_omega_b": "yes"}, "joint_omega_b must be true or false, not 'yes'"),
        ("planck_neff", {"path": 3}, "path must be a file name, not 3"),
        ("relic_density", {"theory_error": -0.1}, "theory_error = -0.1 must be >= 0"),
        ("relic_density", {"theory_error": "10%"}, "theory_error must be a number, not '10%'"),
        ("relic_density", {"prediction": "omega_h2"}, "did you mean 'omega_dm_h2'"),
        ("baryon_asymmetry", {"theory_error": 0.0}, "theory_error = 0.0 must be > 0"),
        ("baryon_asymmetry", {"theory_error": float("nan")}, "theory_error = nan must be > 0"),
        ("direct_detection", {"dataset": "lz2024"}, "did you mean 'lz_2024'"),
        ("counting", {}, "give path, a table with the columns dataset, prediction"),
        ("counting", {"path": None}, "give path, a table with the columns dataset, prediction"),
        ("bbn", {"prediction_path": 3}, "prediction_path must be a file name, not 3"),
        ("planck_neff", {"dataset": None}, "unknown dataset None; known: default, paper"),
        ("direct_detection", {"couplings": [1.0, "x"]}, "couplings must be a number, not 'x'"),
        ("direct_detection", {"exchanges": [{"couplings": "charges"}]}, "did you mean 'charge'"),
        ("direct_detection", {"coefficient": 1.642}, "coefficient goes with path"),
        ("direct_detection", {"path": "a.csv", "dataset": "lz_2024"}, "give dataset or path, not both"),
        ("bbn", {"yp": "off", "d_over_h": "off"}, "yp and d_over_h are both off"),
        ("bbn", {"yp": "cooke_2018"}, "unknown yp 'cooke_2018'"),
        ("higgs_invisible", {"dataset": "atlas_2022"}, "did you mean 'atlas_2023'"),
        ("direct_detection", {"fraction_from": "omega_h2"}, "did you mean 'omega_dm_h2'"),
        ("electron_recoil", {"dataset": "damic_2025"}, "did you mean 'damicm_2025'"),
        ("direct_detection", {"halo": "free"}, "unknown halo 'free'; known: fixed, marginalised"),
        ("direct_detection", {"couplings": "charges"}, "did you mean 'charge'"),
        ("direct_detection", {"mediator": 0.1}, "mediator must be heavy or name a prediction, not 0.1"),
        ("direct_detection", {"exchanges": "higgs"}, "exchanges must be a list such as"),
        (
            "direct_detection",
            {"exchanges": [{"sigma": "x"}]},
            "unknown setting 'sigma'; known: cross_section, couplings, mediator",
        ),
        ("direct_detection", {"exchanges": [{}], "couplings": "charge"}, "go inside each of the exchanges"),
        ("direct_detection", {"exchanges": [{}, {}]}, "two exchanges have the same cross_section"),
        ("electron_recoil", {"couplings": "charge"}, "unknown setting 'couplings'"),
        ("fermi_dwarfs", {"weakening": 0}, "weakening = 0 must be > 0"),
        ("cmb_annihilation", {"dirac": "yes"}, "dirac must be true or false, not 'yes'"),
        ("dark_photon", {"dataset": "BaBar"}, "did you mean 'BaBar_2014'"),
        ("dark_photon", {"width_dex": 0.1}, "unknown setting 'width_dex'"),
        ("self_interaction", {"width_dex": -1}, "width_dex = -1 must be >"),
        ("dark_photon_criteria", {"supernova": "sharp"}, "unknown supernova 'sharp'"),
        ("tau_decay_bbn", {"yp": "off", "d_over_h": "off"}, "'tau_decay_bbn': yp and d_over_h are both off"),
        ("tau_decay_bbn", {"he3_over_d": "pdg_2020"}, "did you mean 'pdg_2024'"),
        ("tau_decay_bbn", {"em_fraction": "all"}, "em_fraction must be a number"),
        ("dark_dineutron", {"mode": "smoth"}, "unknown mode 'smoth'; did you mean 'smooth'"),
        ("dark_dineutron", {"width_scale": True}, "width_scale must be a number"),
    ],
)
def test_wrong_settings_are_one_clear_line(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(LikelihoodError) as error:
        build_likelihood(name, options)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_yaml_off_is_understood() -> None:
    assert build_likelihood("dark_dineutron", {"mode": False}).mode == "off"


class Entry:
    name = "outside"

    def __init__(self, factory: Any) -> None:
        self.load = lambda: factory


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let another package bring a likelihood 'outside' with this factory."""

    def bring(factory: Any) -> Any:
        found = [Entry(factory)]
        monkeypatch.setattr(likelihoods, "entry_points", lambda group: found * (group == "twinsector.likelihoods"))

    return bring


def test_an_entry_point_adds_a_likelihood(outside: Any) -> None:
    class Outside(LikelihoodDefaults):
        SETTINGS = (Setting("minimum", Number(above=0.0), 2.0, "the least"),)

        def from_settings(self, settings: Mapping[str, object]) -> Likelihood:
            return BUILT[0]

    outside(Outside())
    assert "outside" in likelihood_names() and likelihood_settings("outside") == {"minimum": 2.0}
    assert build_likelihood("outside", {}) is BUILT[0]


def test_what_a_likelihood_of_another_package_lacks_is_named(outside: Any) -> None:
    class Empty:
        SETTINGS = ()
        NUISANCES = ()

        def from_settings(self, settings: Any) -> Any:
            return object()

    outside(Empty())
    with pytest.raises(LikelihoodError, match=r"'outside' has no beside, bibtex, .*requires \(.*Defaults\)"):
        build_likelihood("outside")
    outside(object())
    with pytest.raises(LikelihoodError, match="its entry point has no NUISANCES, SETTINGS, from_settings"):
        build_likelihood("outside")
    Empty.SETTINGS = {"minimum": 2.0}
    outside(Empty())
    with pytest.raises(LikelihoodError, match="SETTINGS must be a tuple"):
        build_likelihood("outside")


def test_a_getter_of_the_wrong_type_is_a_programmers_error() -> None:
    chosen = resolve_settings("a", {}, (Setting("width", Number(), 1.0, "a width"),))
    assert dict(chosen) == {"width": 1.0} and len(chosen) == 1
    with pytest.raises(TypeError, match="'width' is declared as something else than str"):
        chosen.word("width")
