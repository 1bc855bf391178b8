"""Every published limit comes back from log L, and so do figures that went into none of it."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from constraints import NAMES, POINT, Variants, each_likelihood

from twinsector import likelihoods
from twinsector.likelihoods import build_likelihood, likelihood_datasets
from twinsector.likelihoods.base import LimitLike
from twinsector.likelihoods.forms import cls_limit
from twinsector.likelihoods.recovery import edge
from twinsector.likelihoods.report import (
    ANCHORS_HEAD,
    HEAD,
    SETTINGS_HEAD,
    anchor_rows,
    recovered_limits,
    setting_rows,
)

DATA = Path(likelihoods.__file__).parent / "data"
PAGES = Path(likelihoods.__file__).parents[1] / "docs" / "likelihoods"


def column(file: str, name: str) -> np.ndarray:
    """A column of a packaged table, read without the package."""
    lines = [line for line in (DATA / file).read_text().splitlines() if not line.startswith("#")]
    return np.array([float(row[name]) for row in csv.DictReader(lines)])


def stands_for(file: str, quantity: str) -> np.ndarray:
    """The limit that log L stands for: where power constrained, that before it or the expected one if weaker."""
    text = (DATA / file).read_text()
    names = next(line for line in text.splitlines() if not line.startswith("#")).split(",")
    if "sigma_unconstrained_cm2" in names:
        return column(file, "sigma_unconstrained_cm2")
    limits = column(file, quantity)
    if "# power_constrained: yes" in text and "expected_median_cm2" in names:
        return np.maximum(limits, column(file, "expected_median_cm2"))
    return limits


@each_likelihood
def test_published_limits_are_recovered_within_the_tolerance(variants: Variants) -> None:
    for label, likelihood in variants:
        if isinstance(likelihood, LimitLike):
            for one in likelihood.reproduce():
                assert abs(one.deviation) <= one.tolerance, (label, one)
            point = {name: POINT[name] for name in likelihood.requires}
            if getattr(likelihood, "mode", "smooth") == "smooth":
                drawn = likelihood.simulate(point, np.random.default_rng(1))
                assert likelihood.reproduce() and drawn.reproduce() == ()


@pytest.mark.parametrize("dataset", likelihood_datasets("dark_photon"))
def test_edges_of_every_dark_photon_search_are_recovered(dataset: str) -> None:
    found = build_likelihood("dark_photon", {"dataset": dataset}).reproduce()
    assert len(found) >= 2 and max(abs(one.deviation) for one in found) < 1e-6


@pytest.mark.parametrize(
    ("name", "prefix", "quantity", "mass", "datasets"),
    [
        ("direct_detection", "si_", "sigma_si_cm2", "mass_gev", likelihood_datasets("direct_detection")[4:]),
        ("electron_recoil", "er_", "sigma_e_cm2", "mass_gev", likelihood_datasets("electron_recoil")[2:]),
        ("fermi_dwarfs", "fermi_", "sigma_v_cm3_s", "mass_gev", likelihood_datasets("fermi_dwarfs")[2:]),
    ],
)
def test_the_recovered_curves_are_those_of_the_tables(
    name: str, prefix: str, quantity: str, mass: str, datasets: Collection[str]
) -> None:
    assert len(datasets) >= 3
    for dataset in datasets:
        found = build_likelihood(name, {"dataset": dataset}).reproduce()
        np.testing.assert_allclose([one.mass_gev for one in found], column(f"{prefix}{dataset}.csv", mass), rtol=1e-9)
        limits = stands_for(f"{prefix}{dataset}.csv", quantity)
        np.testing.assert_allclose([one.recovered for one in found], limits, rtol=1e-6)


def test_a_wrong_width_is_noticed() -> None:
    right = build_likelihood("direct_detection", {"dataset": "lz_2024"})
    wrong = replace(right, curve=replace(right.curve, u=1.01 * right.curve.u))
    assert all(abs(one.deviation) > one.tolerance for one in wrong.reproduce())
    gaussian = build_likelihood("direct_detection", {"dataset": "xenonnt_cevns_2026"})
    wrong = replace(gaussian, curve=replace(gaussian.curve, u=1.02 * gaussian.curve.u))
    assert all(abs(one.deviation) > one.tolerance for one in wrong.reproduce())


def test_a_search_without_an_edge_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not change"):
        edge(lambda x: x > 10.0, np.array([1.0]), np.array([2.0]))


# --- figures that the likelihoods were not made from


def credible(name: str, quantity: str, options: dict, upper: float, level: float, low: float = 0.0) -> float:
    """One-sided credible limit with a flat prior above ``low``."""
    x = np.linspace(low, upper, 20_001)
    density = np.exp(build_likelihood(name, options).log_likelihood({quantity: x}))
    total = np.cumsum(density)
    return float(np.interp(level, total / total[-1], x))


def test_the_gaussian_of_planck_annihilation_gives_plancks_own_limit() -> None:
    # GAMBIT's Gaussian (arXiv:2405.17548) against Planck 2018 TTTEEE+lowE+lensing+BAO: p_ann < 3.2e-28 at 95%.
    assert credible("cmb_annihilation", "p_ann", {}, 2e-27, 0.95) == pytest.approx(3.2e-28, rel=0.03)


def test_measurements_of_neff_give_the_limits_quoted_with_them() -> None:
    # LBT with CMB: 2.99 +- 0.07, and < 0.107 at 95% for N_eff >= 3.044. The mirror paper: < 0.284 (Planck 2018).
    options = {"dataset": "lbt_cmb", "joint_omega_b": False}
    assert credible("planck_neff", "delta_neff", options, 1.0, 0.95) == pytest.approx(0.107, rel=0.02)
    planck = build_likelihood("planck_neff", {"dataset": "planck18", "joint_omega_b": False})
    two_sigma = edge(lambda x: planck.log_likelihood({"delta_neff": x}) < -2.0, np.array([0.01]), np.array([1.0]))
    assert two_sigma[0] == pytest.approx(0.284, rel=0.01)


@pytest.mark.parametrize(
    ("name", "options", "quantity", "held", "quoted"),
    [
        ("planck_neff", {"joint_omega_b": False}, "delta_neff", {}, "0.16"),
        ("planck_neff", {"joint_omega_b": False, "dataset": "planck18"}, "delta_neff", {}, "0.30"),
        ("planck_neff", {"joint_omega_b": False, "dataset": "paper"}, "delta_neff", {}, "0.34"),
        ("bbn", {}, "delta_neff", {"omega_b_h2": 0.0224}, "0.14"),
        ("bbn", {"dataset": "paper"}, "delta_neff", {"omega_b_h2": 0.0224}, "0.32"),
        ("higgs_invisible", {}, "br_h_invisible", {"higgs_coupling_squared": 1.0}, "0.107"),
        ("higgs_invisible", {"dataset": "paper"}, "br_h_invisible", {}, "0.29"),
        ("cmb_annihilation", {"dataset": "paper"}, "p_ann", {}, "4.9e-28"),
        ("fermi_dwarfs", {}, "sigma_v_cm3_s", {"m_dm": 10.0}, "2.29e-26"),
    ],
)
def test_credible_limits_that_the_documentation_quotes(
    name: str, options: dict[str, Any], quantity: str, held: dict[str, float], quoted: str
) -> None:
    upper = 8.0 * float(quoted)
    x = np.linspace(0.0, upper, 40_001)
    points = {quantity: x, **{key: np.full(x.size, value) for key, value in held.items()}}
    total = np.cumsum(np.exp(build_likelihood(name, options).log_likelihood(points)))
    found = float(np.interp(0.95, total / total[-1], x))
    digits = len(quoted.split("e")[0].replace(".", "").lstrip("0"))
    assert found == pytest.approx(float(quoted), rel=0.6 * 10.0 ** (1 - digits))
    assert quoted in (PAGES / f"{page_of(name)}.md").read_text()


def test_the_expected_band_of_xenonnt_is_wider_than_that_of_a_gaussian() -> None:
    """The one-sigma band of the expected limit was not used: a Gaussian has 0.70 to 1.45 times the median."""
    median, low, high = (
        column("si_xenonnt_cevns_2026.csv", f"expected_{name}_cm2") for name in ("median", "minus1sigma", "plus1sigma")
    )
    scaled = [cls_limit(shift, 1.0, 0.90) / cls_limit(0.0, 1.0, 0.90) for shift in (-1.0, 1.0)]
    np.testing.assert_allclose(scaled, [0.697, 1.446], atol=1e-3)
    inside = column("si_xenonnt_cevns_2026.csv", "mass_gev") >= 5.0
    assert np.all((low / median)[inside] < 0.47) and np.all((high / median)[inside] > 1.9)


# --- the tables in the documentation


TABLES: dict[str, tuple[tuple[str, ...], Callable[[], list[tuple[str, ...]]]]] = {
    "settings": (SETTINGS_HEAD, setting_rows),
    "limits": (HEAD, cache(recovered_limits)),
    "anchors": (ANCHORS_HEAD, anchor_rows),
}
SHOWN = sorted(
    (path.stem, name) for path in PAGES.glob("*.md") for name in TABLES if f"<!-- {name}: begin -->" in path.read_text()
)


def page_of(name: str) -> str:
    """The page of a likelihood: called after the folder or the module that it is defined in."""
    room = likelihoods.BUILTIN[name].partition(":")[0].partition(".")[0]
    return {"consistency": "conditions", "generic": "forms", "counting": "forms"}.get(room, room)


def markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("-" * 3 for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in lines)


def generated(page: str, name: str) -> str:
    head, rows = TABLES[name]
    return markdown(head, [row for row in rows() if page_of(row[0]) == page])


def test_every_row_of_the_tables_has_a_page() -> None:
    for name, (_, rows) in TABLES.items():
        assert {page_of(row[0]) for row in rows()} == {page for page, shown in SHOWN if shown == name}, name


def test_every_likelihood_is_named_in_the_overview_and_on_its_page() -> None:
    overview = (PAGES / "index.md").read_text()
    for name in NAMES:
        assert f"`{name}`" in overview and f"`{name}`" in (PAGES / f"{page_of(name)}.md").read_text(), name


@pytest.mark.parametrize(("page", "name"), SHOWN)
def test_the_documented_tables_are_the_recomputed_ones(page: str, name: str) -> None:
    path = PAGES / f"{page}.md"
    head, begin, rest = path.read_text().partition(f"<!-- {name}: begin -->\n")
    shown, end, tail = rest.partition(f"\n<!-- {name}: end -->")
    assert begin and end
    if os.environ.get("TWINSECTOR_UPDATE"):
        path.write_text(head + begin + generated(page, name) + end + tail)
    else:
        assert shown == generated(page, name), (
            "TWINSECTOR_UPDATE=1 python -m pytest tests/likelihoods/test_reproduce.py"
        )


def test_every_limit_like_likelihood_is_in_the_table() -> None:
    named = {row[0] for row in recovered_limits()}
    assert named == {n for n in NAMES if isinstance(build_likelihood(n), LimitLike)}
