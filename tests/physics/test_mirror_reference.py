"""Every row of the independent reference table, both width models, both reheating modes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.physics.mirror import PARAMETERS, MirrorModel
from twinsector.physics.standard_model.constants import GEV_M2_TO_CM2, M_NEUTRON

INPUTS = [p.name for p in PARAMETERS if p.name not in ("g_ratio", "epsilon_gamma", "omega_b_h2")]


def read_table() -> dict[str, FloatArray]:
    path = Path(__file__).parent / "data" / "mirror_points.csv"
    rows = list(csv.DictReader(line for line in path.read_text().splitlines() if not line.startswith("#")))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


TABLE = read_table()
POINTS = {name: TABLE[name] for name in INPUTS} | {"g_ratio": 1.0, "epsilon_gamma": 0.0, "omega_b_h2": 0.0224}


def predict(**options: Any) -> dict[str, FloatArray]:
    return MirrorModel(portal_feedback=False, late_decays=False, **options).predict(POINTS).values


def worst(values: FloatArray, column: str) -> float:
    reference = TABLE[column]
    used = np.isfinite(reference) & (reference != 0)
    return float(np.max(np.abs(values[used] / reference[used] - 1.0)))


@pytest.fixture(scope="module")
def paper() -> dict[str, FloatArray]:
    return predict(widths="paper", g_star="saikawa_shirai", freeze_out="analytic", cp_asymmetry="hierarchical")


@pytest.fixture(scope="module")
def full() -> dict[str, FloatArray]:
    return predict(widths="full", g_star="saikawa_shirai", cp_asymmetry="exact")


@pytest.mark.parametrize(
    ("prediction", "column", "tolerance"),
    [
        ("gamma_visible", "paper_Gvs", 1e-6),
        ("gamma_dark", "paper_Gds", 1e-6),
        ("br_dark", "paper_BRp", 1e-6),
        ("lambda_qcd_ratio", "Lr", 1e-6),
        ("m_pi_over_m_n_dark", "mpi_over_mn", 1e-6),
        ("x_freeze_out", "xfo", 1e-6),
        ("y_chi", "Ychi_eq11", 1e-6),
        ("eps_cp", "epsCP_eq28", 1e-6),
        ("sigma_si_cm2", "sigSI_cm2", 1e-6),
        ("sigma_self_cm2_g", "bullet", 1e-6),
        ("delta_m_dark", "Dmp", 1e-6),
        ("tau_dark_proton_s", "taup_full_s", 1e-6),
        ("delta_neff", "paper_ode_dneff", 5e-4),
        ("entropy_dilution", "paper_ode_rs", 5e-4),
        ("xi", "paper_ode_xi0", 5e-4),
        ("t_domination", "paper_ode_TReq", 5e-4),
    ],
)
def test_paper_widths_and_integrated_reheating(
    paper: dict[str, FloatArray], prediction: str, column: str, tolerance: float
) -> None:
    assert worst(paper[prediction], column) < tolerance


@pytest.mark.parametrize(
    ("prediction", "column", "tolerance"),
    [
        ("gamma_visible", "full_Gvs", 2e-3),
        ("gamma_dark", "full_Gds", 5e-3),
        ("br_dark", "full_BRp", 5e-3),
        ("eps_cp", "epsCP_loop", 1e-6),
        ("delta_neff", "full_ode_dneff", 3e-3),
        ("entropy_dilution", "full_ode_rs", 1e-3),
    ],
)
def test_full_widths_and_integrated_reheating(
    full: dict[str, FloatArray], prediction: str, column: str, tolerance: float
) -> None:
    assert worst(full[prediction], column) < tolerance


@pytest.mark.parametrize("widths", ["paper", "full"])
def test_another_degrees_of_freedom_table_moves_reheating_by_less_than_two_percent(widths: str) -> None:
    values = predict(widths=widths, g_star="laine_meyer")
    assert 1e-3 < worst(values["delta_neff"], f"{widths}_ode_dneff") < 0.02
    assert worst(values["entropy_dilution"], f"{widths}_ode_rs") < 0.012


@pytest.mark.parametrize(("widths", "tolerance"), [("paper", 2e-3), ("full", 8e-3)])
def test_sudden_decay(widths: str, tolerance: float) -> None:
    values = predict(widths=widths, reheating="instantaneous", g_star="saikawa_shirai")
    assert worst(values["delta_neff"], f"{widths}_instT_dneff") < tolerance
    assert worst(values["entropy_dilution"], f"{widths}_instT_rs") < tolerance


def test_portals(paper: dict[str, FloatArray]) -> None:
    scale = TABLE["m_Zhat"] / TABLE["g_BL"] / TABLE["Mg_min_eq43"]
    np.testing.assert_allclose(paper["portal_scale_ratio"], scale, rtol=1e-6)
    higgs = TABLE["lam_max_eq44_paper"] / TABLE["lambda_HH"]
    np.testing.assert_allclose(paper["higgs_portal_ratio"], higgs, rtol=5e-4)


def test_reduced_mass_is_the_only_change_of_its_option() -> None:
    values = predict(widths="paper", sigma_si="reduced_mass")
    reduced = values["m_dm"] / (M_NEUTRON + values["m_dm"])
    np.testing.assert_allclose(values["sigma_si_cm2"], TABLE["sigSI_cm2"] * reduced**2, rtol=1e-6)
    assert pytest.approx(3.8938e-28, rel=1e-5) == GEV_M2_TO_CM2


def test_small_mixing_angle_tends_to_the_leading_order(paper: dict[str, FloatArray]) -> None:
    small = TABLE["sin2th_small"] < 1e-4
    assert small.sum() >= 4
    np.testing.assert_allclose(paper["sin2_theta_higgs"][small], TABLE["sin2th_small"][small], rtol=3e-4)
