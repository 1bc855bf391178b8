"""Generic likelihoods: values by hand, ends of their domains, messages; and what data two likelihoods share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood, likelihood_datasets
from twinsector.likelihoods.base import Explained, Likelihood, LikelihoodError, LimitLike, renamed
from twinsector.likelihoods.forms import cls_limit
from twinsector.likelihoods.generic import UpperLimit
from twinsector.likelihoods.shared_data import data_of, named_data, shared_data
from twinsector.likelihoods.tables import Row, read_packaged


def log_l(name: str, settings: dict[str, Any], *a: float, b: float = 0.0) -> list[float]:
    values = {"a": np.array(a), "b": np.full(len(a), b)}
    found: FloatArray = build_likelihood(name, settings).log_likelihood(values)
    return found.tolist()


def test_gaussian() -> None:
    assert log_l("gaussian", {"of": "a + b", "mean": 3.0, "sigma": 2.0}, 1.0, 5.0, b=2.0) == [0.0, -2.0]


def test_lognormal() -> None:
    found = log_l("lognormal", {"of": "a", "median": 2.0, "sigma": 0.5}, 2.0, 2.0 * np.exp(0.5), 0.0, -1.0)
    assert found == pytest.approx([0.0, -0.5, -np.inf, -np.inf], abs=1e-12)


@pytest.mark.parametrize(
    ("level", "sided", "drop"), [(90, "one", 0.821), (95, "one", 1.353), (90, "two", 1.353), (95, "two", 1.9205)]
)
def test_limits_cost_their_level(level: int, sided: str, drop: float) -> None:
    settings = {"of": "a", "limit": 4.0, "level": level, "sided": sided}
    above = log_l("upper_limit", settings, 4.0, 8.0, 0.0, -5.0)
    assert above == pytest.approx([-drop, -4.0 * drop, 0.0, 0.0])
    below = log_l("lower_limit", settings, 4.0, 2.0, 1e300, 0.0, -1.0)
    assert below == pytest.approx([-drop, -4.0 * drop, 0.0, -np.inf, -np.inf])
    for name in ("upper_limit", "lower_limit"):
        likelihood = build_likelihood(name, settings)
        assert isinstance(likelihood, LimitLike)
        (found,) = likelihood.reproduce()
        assert found.recovered == pytest.approx(4.0, rel=1e-9) and found.rule == f"ln L falls by {drop:.3g}"


def test_an_expected_limit_makes_the_gaussian_of_both() -> None:
    likelihood = build_likelihood("upper_limit", {"of": "a", "limit": 0.107, "expected": 0.077, "level": 95})
    assert isinstance(likelihood, UpperLimit) and likelihood.best > 0.0
    (found,) = likelihood.reproduce()
    assert found.recovered == pytest.approx(0.107, rel=1e-6) and found.rule == "CLs 95%"
    assert cls_limit(likelihood.estimate.mean, likelihood.estimate.sigma, 0.95) == pytest.approx(0.107, rel=1e-9)


def test_intervals() -> None:
    soft = {"of": "a", "lower": 1.0, "upper": 3.0, "sigma": 0.5}
    assert log_l("interval", soft, 1.0, 2.0, 3.0, 4.0, 0.5) == [0.0, 0.0, 0.0, -2.0, -0.5]
    assert log_l("interval", {"of": "a", "upper": 3.0}, -9.0, 3.0, 3.1) == [0.0, 0.0, -np.inf]
    assert log_l("interval", {"of": "a", "lower": 3.0, "sigma": 1.0}, 3.0, 1.0) == [0.0, -2.0]


def test_correlated_gaussian_is_the_product_of_conditionals() -> None:
    sigma_a, sigma_b, rho = 0.5, 2.0, 0.6
    covariance = [[sigma_a**2, rho * sigma_a * sigma_b], [rho * sigma_a * sigma_b, sigma_b**2]]
    settings = {"of": ["a", "2*b"], "mean": [1.0, 3.0], "covariance": covariance}
    a, b = 1.7, 2.9
    given_a = 3.0 + rho * sigma_b / sigma_a * (a - 1.0)
    by_hand = -0.5 * ((a - 1.0) / sigma_a) ** 2 - 0.5 * (2.0 * b - given_a) ** 2 / (sigma_b**2 * (1.0 - rho**2))
    assert log_l("correlated_gaussian", settings, a, b=b) == pytest.approx([by_hand])


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("gaussian", {"mean": 0.0, "sigma": 1.0}),
        ("upper_limit", {"limit": 1.0}),
        ("interval", {"lower": 0.0, "sigma": 1.0}),
        ("interval", {"lower": 0.0}),
    ],
)
def test_an_expression_without_a_value_excludes_the_point(name: str, settings: dict[str, Any]) -> None:
    found = log_l(name, {"of": "log10(a)", **settings}, -1.0, 1.0)
    assert found[0] == -np.inf and found[1] > -1e9


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("gaussian", {"mean": 1, "sigma": 1}, "give of, the quantity"),
        ("gaussian", {"of": "lgo(a)", "mean": 1, "sigma": 1}, "'of', column 1: no function 'lgo'; did you mean 'log'"),
        ("gaussian", {"of": "a", "mean": 1, "sigma": 0}, "sigma = 0 must be > 0"),
        ("gaussian", {"of": "a", "mean": float("inf"), "sigma": 1}, "mean = inf must be between"),
        ("gaussian", {"of": "a", "mean": "1", "sigma": 1}, "mean must be a number"),
        ("gaussian", {"of": "a", "mean": 1, "sigma": 1, "unit": "furlongs?"}, "unit 'furlongs\\?' is not like 'GeV'"),
        ("gaussian", {"of": "a", "mean": 1, "sigma": 1, "sgima": 2}, "unknown setting 'sgima'; did you mean 'sigma'"),
        ("upper_limit", {"of": "a", "limit": 1, "level": 40}, "level = 40 must be per cent between 50 and 100"),
        ("upper_limit", {"of": "a", "limit": 1, "sided": "three"}, "unknown sided 'three'"),
        ("upper_limit", {"of": "a", "limit": 1, "expected": 1, "sided": "two"}, "'expected' goes with one-sided"),
        ("lower_limit", {"of": "a", "limit": -1}, "limit = -1 must be > 0"),
        ("interval", {"of": "a"}, "give lower, upper or both"),
        ("interval", {"of": "a", "lower": 2, "upper": 1}, "lower = 2 must be below upper = 1"),
        ("correlated_gaussian", {"of": ["a", "b"], "mean": [1], "covariance": [[1, 0], [0, 1]]}, "mean must be"),
        ("correlated_gaussian", {"of": ["a", "b", "a*b"], "mean": [1, 2], "covariance": [[1, 0], [0, 1]]},
         "the lists differ in length: of has 3, mean has 2, covariance has 2"),
        ("correlated_gaussian", {"of": ["a", "b"], "mean": [1, 2], "covariance": [[1, 2], [2, 1]]}, "positive d"),
        ("correlated_gaussian", {"of": ["a", "b"], "mean": [1, 2], "covariance": [[1, 0], [1, 1]]}, "symmetric"),
        ("correlated_gaussian", {"of": ["a", "b"], "mean": [1, 2], "covariance": [[1, 0, 0]] * 2}, "rows as columns"),
    ],
)  # fmt: skip
def test_wrong_settings_are_told_in_one_line(name: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LikelihoodError, match=message) as caught:
        build_likelihood(name, settings)
    assert "\n" not in str(caught.value)


def test_no_pseudo_data_without_a_value() -> None:
    rng = np.random.default_rng(1)
    for name, settings in (("gaussian", {"mean": 1.0, "sigma": 1.0}), ("lower_limit", {"limit": 1.0})):
        likelihood: Any = build_likelihood(name, {"of": "a", **settings})
        with pytest.raises(LikelihoodError, match="no pseudo-data"):
            likelihood.simulate({"a": np.array([np.inf if name == "gaussian" else -1.0])}, rng)


def test_source_citation_and_name() -> None:
    settings = {"of": "a", "mean": 1.0, "sigma": 1.0, "source": "arXiv:0000.00000", "citation": "Me_2026"}
    likelihood = renamed(build_likelihood("gaussian", settings), "mine")
    assert likelihood.name == "mine" and likelihood.citations == ("Me_2026",) and isinstance(likelihood, Explained)
    assert likelihood.observe({"a": np.array([1.0])})[0].dataset == "arXiv:0000.00000"


# Which data two likelihoods share.


def of(name: str, **settings: object) -> Likelihood:
    return build_likelihood(name, settings)


def test_every_entry_names_a_row_of_a_packaged_table() -> None:
    for file, row in named_data():
        table = read_packaged(file, ())
        if row:
            assert row in {Row(table, i).name for i in range(len(table.lines))}, (file, row)


NT_ELECTRONS = ("electron_recoil", {"dataset": "xenonnt_s2only_2026"})


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (("xenonnt_events", {}), NT_ELECTRONS, "XENONnT SR0-SR2 at 3-10 GeV"),
        (("xenonnt_events", {}), ("electron_recoil", {}), ""),
        (("xenonnt_events", {"dataset": "s2only_2026"}), ("direct_detection", {"dataset": "xenonnt_cevns_2026"}),
         "XENONnT SR0-SR2 at 3-12 GeV"),
        (("xenonnt_events", {}), ("direct_detection", {}), ""),
        (("direct_detection", {}), NT_ELECTRONS, ""),
        (("direct_detection", {"dataset": "migdal"}), ("electron_recoil", {}), ""),
        (("direct_detection", {"dataset": "xenonnt_cevns_2026"}), NT_ELECTRONS, "XENONnT SR0-SR2 at 3-10 GeV"),
        (("direct_detection", {}), ("electron_recoil", {}), ""),
        (("direct_detection", {"dataset": "lz_2024"}), ("electron_recoil", {"dataset": "xenonnt_s2only_2026"}), ""),
        (("direct_detection", {"dataset": "darkside50_2022"}), ("electron_recoil", {"dataset": "darkside50_2022"}), ""),
        (("planck_neff", {}), ("planck_helium", {}), "N_eff from Planck spectra"),
        (("planck_neff", {"dataset": "lbt_cmb"}), ("bbn", {}), "helium in metal-poor galaxies"),
        (("planck_neff", {}), ("cmb_annihilation", {}), ""),
        (("relic_density", {}), ("direct_detection", {"fraction_from": "omega_dm_h2"}), ""),
        (("gaussian", {"of": "a", "mean": 0.0, "sigma": 1.0, "events": ["XENONnT SR0-SR2"]}), ("xenonnt_events", {}),
         "XENONnT SR0-SR2"),
    ],
)  # fmt: skip
def test_kinds_that_share_data(one: tuple[str, Any], other: tuple[str, Any], shared: str) -> None:
    for pair in ((one, other), (other, one)):
        found = shared_data(*(of(name, **settings) for name, settings in pair), same_kind=False)
        assert found.startswith(shared) and bool(found) == bool(shared)


def test_one_kind_twice_shares_its_tables_and_rows() -> None:
    fraction = {"fraction_from": "omega_dm_h2"}
    lz, cresst = (of("direct_detection", dataset=name, **fraction) for name in ("lz_2024", "cresst_2019"))
    assert shared_data(lz, cresst, same_kind=True) == ""
    assert shared_data(lz, of("direct_detection"), same_kind=True) == "LZ 2022-2025 at 9-1e+04 GeV"
    higgs = [of("higgs_couplings", dataset=name) for name in ("atlas_2022", "cms_2022", "atlas_2022_no_theory")]
    assert shared_data(higgs[0], higgs[1], same_kind=True) == ""
    assert shared_data(higgs[0], higgs[2], same_kind=True) == "ATLAS Higgs rates of Run 2"
    assert shared_data(of("bbn", yp="off"), of("bbn", d_over_h="off"), same_kind=True) == ""


def test_a_users_table_names_its_events(tmp_path: Path) -> None:
    text = "# events: XENONnT SR0-SR2, something else\nmass_gev,sigma_si_cm2\n1,1e-40\n100,1e-45\n"
    (tmp_path / "mine.csv").write_text(text)
    mine = of("direct_detection", path=str(tmp_path / "mine.csv"))
    assert shared_data(mine, of("electron_recoil"), same_kind=False) == "XENONnT SR0-SR2 at 1-3 GeV"
    (tmp_path / "mine.csv").write_text(text.split("\n", 1)[1])
    again = [of("direct_detection", path=str(tmp_path / "mine.csv")) for _ in range(2)]
    assert shared_data(*again, same_kind=True) == "mine.csv at 1-100 GeV"


def test_every_data_set_stands_on_something() -> None:
    for name in ("direct_detection", "electron_recoil", "planck_neff", "higgs_couplings", "fermi_dwarfs"):
        for dataset in likelihood_datasets(name):
            assert data_of(of(name, dataset=dataset)), (name, dataset)
