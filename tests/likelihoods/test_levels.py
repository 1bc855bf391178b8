"""Level and sidedness of limits: what tables and settings say, and what log L makes of it."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.base import LikelihoodError
from twinsector.likelihoods.levels import Level
from twinsector.likelihoods.tables import DATA_FOLDER, TableError

LIMIT = "mass_gev,sigma_si_cm2\n1,1e-40\n10,1e-44\n"


def log_l(options: dict[str, Any], sigma: FloatArray | float, m_dm: float) -> FloatArray:
    sigma = np.atleast_1d(np.asarray(sigma, dtype=float))
    built = build_likelihood("direct_detection", options)
    return built.log_likelihood({"sigma_si_cm2": sigma, "m_dm": np.full(sigma.shape, m_dm)})


@pytest.mark.parametrize("confidence", [0.68, 0.9, 0.95])
def test_coefficients_are_squared_normal_quantiles_or_counts(confidence: float) -> None:
    z = NormalDist().inv_cdf
    assert Level(confidence).coefficient == pytest.approx(z(confidence) ** 2, abs=6e-4)
    assert Level(confidence, "two").coefficient == pytest.approx(z(0.5 + 0.5 * confidence) ** 2, abs=6e-4)
    assert (Level(0.90).coefficient, Level(0.95).coefficient) == (1.642, 2.706)  # rounded, as tables of limits use them
    # No events: the probability of none is 1 - level at the limit.
    assert np.exp(-Level(confidence, background_free=True).drop) == pytest.approx(1.0 - confidence, rel=1e-12)


@pytest.mark.parametrize(
    ("head", "settings", "text", "drop"),
    [
        ("", {}, "(90%)", 0.821),
        ("", {"level": 95}, "(95%)", 1.353),
        ("", {"level": 0.95, "sided": "two"}, "(95%, two-sided)", 1.9205),
        ("# confidence_level: 95%\n", {}, "(95%)", 1.353),
        ("# confidence_level: 95\n# sided: two\n", {"level": 90}, "(90%, two-sided)", 1.353),
        ("# sided: two, by convention\n", {"sided": "one"}, "(90%)", 0.821),
        ("# confidence_level: none stated\n", {}, "(90%)", 0.821),
        ("", {"level": 95, "coefficient": 4.0}, "(95%)", 2.0),
    ],
)
def test_a_users_table_costs_its_level(tmp_path: Path, head: str, settings: Any, text: str, drop: float) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(head + LIMIT)
    options = {"path": str(path), **settings}
    assert log_l(options, 1e-42, np.sqrt(10.0)) == pytest.approx(-drop, rel=1e-9)
    seen = build_likelihood("direct_detection", options).observe({"sigma_si_cm2": 1e-42, "m_dm": np.sqrt(10.0)})
    assert seen[0].observed == f"< 1e-42 {text}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"level": 40}, "level = 40 must be per cent between 50 and 100, such as 95"),
        ({"level": "high"}, "level must be a number"),
        ({"sided": "both"}, "unknown sided 'both'; known: one, two"),
    ],
)
def test_levels_that_are_none_are_refused(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    (tmp_path / "mine.csv").write_text(LIMIT)
    with pytest.raises(LikelihoodError, match=message):
        build_likelihood("direct_detection", {"path": str(tmp_path / "mine.csv"), **settings})


def test_packaged_tables_have_their_own_level() -> None:
    names = ("direct_detection", "fermi_dwarfs", "dilepton_resonance", "dark_photon", "planck_neff", "cmb_annihilation")
    for name in (*names, "higgs_invisible"):
        with pytest.raises(LikelihoodError, match="level goes with path"):
            build_likelihood(name, {"level": 95})


@pytest.mark.parametrize("key", ["sided", "power_constrained", "background_free"])
def test_words_that_mean_nothing_are_one_clear_line(tmp_path: Path, key: str) -> None:
    (tmp_path / "mine.csv").write_text(f"# {key}: maybe\n{LIMIT}")
    with pytest.raises(TableError, match=rf"mine.csv: {key}: 'maybe': unknown; known: \w+, \w+"):
        build_likelihood("direct_detection", {"path": str(tmp_path / "mine.csv")})


def test_a_limit_without_background_is_no_half_gaussian(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(f"# background_free: yes\n{LIMIT}")
    with pytest.raises(TableError, match="goes into the likelihood 'counting'"):
        build_likelihood("direct_detection", {"path": str(tmp_path / "mine.csv")})


def test_every_table_of_a_search_states_sidedness_and_power_constraint() -> None:
    tables = [path for prefix in ("si_", "er_", "fermi_", "dilepton_") for path in DATA_FOLDER.glob(f"{prefix}*.csv")]
    assert len(tables) >= 27
    for path in tables:
        text = path.read_text()
        for key in ("confidence_level", "sided", "sided_source", "power_constrained"):
            assert f"\n# {key}: " in text, (path.name, key)
        if ("XENON" in text.split("\n")[0] and "er_xenon1" not in path.name) or "lz_" in path.name:
            assert "\n# sided: two" in text, path.name


def test_lz_and_xenon_share_the_form_of_xenon1ts_own_likelihood() -> None:
    # XENON1T's released binwise likelihood at 50 GeV: -0.41, -1.40, -4.4 at 0.5, 1, 2 of the published limit.
    for name in ("xenon1t_2018", "paper"):
        limit = build_likelihood("direct_detection", {"dataset": name}).limit(np.array([50.0]))
        half, one, two = log_l({"dataset": name}, limit * np.array([0.5, 1.0, 2.0]), 50.0)
        assert one == pytest.approx(-1.40, rel=0.10)
        assert [half, two] == pytest.approx([-0.41, -4.4], rel=0.25)


@pytest.mark.parametrize(("mass", "median"), [(3.0, 1.363e-42), (4.0, 5.943e-44), (5.0, 1.402e-44)])
def test_a_power_constrained_limit_is_no_deficit(mass: float, median: float) -> None:
    value = log_l({"dataset": "xenonnt_s2only_2026"}, median * np.array([0.5, 1.0]), mass)
    assert value == pytest.approx([-1.353 / 4.0, -1.353], rel=1e-9)
    seen = build_likelihood("direct_detection", {"dataset": "xenonnt_s2only_2026"}).observe(
        {"m_dm": mass, "sigma_si_cm2": median}
    )
    assert f"power constrained, log L from {median:.3g}" in seen[0].observed


def test_two_sided_limits_beside_the_expected_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    head = "# sided: two\nmass_gev,sigma_si_cm2,expected_median_cm2"
    path.write_text(head + "\n1,2e-40,1e-40\n10,0.5e-40,1e-40\n")
    options = {"path": str(path)}
    # An excess widens, a deficit counts: with x = 0.5 z of the width, b = (x^2 - z^2)/(2 x), log L(x) = -z^2/2.
    np.testing.assert_allclose(log_l(options, [1e-40, 2e-40, 4e-40], 1.0), [-0.33825, -1.353, -5.412], rtol=1e-9)
    z2 = 2.706
    b = 0.5 * (0.25 * z2 - z2) / (0.5 * np.sqrt(z2))
    at_median = np.sqrt(z2) * b - 0.5 * z2
    np.testing.assert_allclose(log_l(options, [0.5e-40, 1e-40], 10.0), [-1.353, at_median], rtol=1e-9)
    # Power constrained, the limit before the constraint known: that one, and 0.5e-40 is only what was published.
    path.write_text(
        "# power_constrained: yes\n" + head + ",sigma_unconstrained_cm2\n1,7e-41,1e-40,5e-41\n10,7e-41,1e-40,5e-41\n"
    )
    np.testing.assert_allclose(log_l(options, [5e-41, 1e-40], 3.0), [-1.353, at_median], rtol=1e-9)
    found = build_likelihood("direct_detection", options).reproduce()
    assert [one.recovered for one in found] == pytest.approx([5e-41, 5e-41], rel=1e-6)


def test_rows_state_their_level_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("dataset,kind,value,sigma,confidence_level,sided\nmine,upper_limit,3e-28,,90%,one\n")
    built = build_likelihood("cmb_annihilation", {"path": str(path)})
    assert built.log_likelihood({"p_ann": np.array([3e-28])})[0] == pytest.approx(-0.821)
    assert built.observe({"p_ann": 1e-28})[0].observed == "< 3e-28 (90%)" and built.reproduce()[0].deviation < 1e-6
    built = build_likelihood("cmb_annihilation", {"path": str(path), "level": 95, "sided": "two"})
    assert built.log_likelihood({"p_ann": np.array([3e-28])})[0] == pytest.approx(-1.9205)
    path.write_text("dataset,kind,quantity,observed,expected,sigma,confidence_level\na,limits,rate,0.1,0.08,,90%\n")
    found = build_likelihood("higgs_invisible", {"path": str(path)}).reproduce()
    assert [one.rule for one in found] == ["CLs 90%", "CLs 90%, expected"] and abs(found[0].deviation) < 1e-6
