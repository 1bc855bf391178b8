"""The packaged tables hold the published figures: values copied here from the publications' re-tabulation."""

from __future__ import annotations

import numpy as np
import pytest

from twinsector.likelihoods.tables import read_packaged

# Per table: number of rows, first, middle and last (mass in GeV, cross section in cm^2).
SPIN_INDEPENDENT = {
    "cdmslite": (17, (1.422, 1.013e-37), (2.714, 4.459e-41), (20.04, 5.056e-42)),
    "cresst_2019": (22, (0.1706, 1.212e-34), (0.5013, 6.96e-38), (9.556, 4.024e-42)),
    "darkside50_2022": (15, (1.168, 8.357e-40), (2.413, 9.163e-43), (10.82, 2.184e-43)),
    "darwin_projection": (15, (5.042, 2.292e-45), (17.88, 5.956e-49), (1e04, 2.932e-47)),
    "lux_2016": (16, (5, 2.628e-42), (15.03, 4.398e-46), (1.001e04, 1.566e-44)),
    "lz_2024": (18, (9, 9.797e-47), (46, 2.268e-48), (1e04, 2.93e-46)),
    "pandax2_2017": (13, (4.936, 7.447e-43), (16.39, 3.133e-46), (9988, 1.153e-44)),
    "pandax_2024": (26, (5.053, 9.017e-44), (10.32, 6.4e-46), (9701, 2.29e-45)),
    "pandax_lowmass": (9, (3.156, 3.171e-43), (4.918, 1.061e-44), (9.908, 4.677e-46)),
    "supercdms_snolab_projection": (29, (0.7262, 8.567e-42), (4.511, 2.667e-44), (954.3, 9.406e-45)),
    "xenon1t_2018": (10, (6, 2.49e-44), (50, 5.26e-47), (1e04, 8.21e-45)),
    "xenon1t_2018_lowmass2021": (19, (2.998, 2.684e-42), (9.767, 5.135e-46), (9778, 8.404e-45)),
    "xenonnt_2025": (16, (10, 2.059e-46), (30.54, 1.717e-47), (1000, 3.676e-46)),
    "xenonnt_cevns_2026": (10, (3, 9.335e-42), (8, 4.777e-46), (12, 1.355e-46)),
    "xenonnt_lightwimp_2024": (10, (3, 8.674e-42), (8, 3.289e-46), (12, 9.788e-47)),
    "lz_2025": (10, (3, 2.11e-42), (5.5, 1.884e-45), (9, 1.112e-46)),
    "pandax4t_2025": (12, (2.1, 4.532e-42), (3.5, 3.814e-44), (5.9, 5.003e-45)),
    "darkside50_migdal_2022": (10, (0.03868, 1.734e-35), (0.3773, 5.853e-38), (9.95, 4.154e-41)),
    "pandax4t_migdal_2023": (9, (0.03015, 8.096e-35), (0.07946, 3.022e-37), (1.985, 5.298e-40)),
    "xenon1t_migdal_2019": (30, (0.1107, 2.584e-35), (0.5637, 2.253e-38), (2.009, 2.445e-40)),
    "damicm_migdal_2025": (15, (0.001, 2.032e-28), (0.004394, 2.283e-33), (1, 1.033e-37)),
    "sensei_migdal_2023": (15, (0.001116, 9.614e-28), (0.01999, 2.114e-33), (0.9782, 6.567e-36)),
    "cresst_sos_2024": (22, (0.0727, 2.161e-30), (0.1442, 2.021e-34), (0.4986, 8.658e-37)),
    "tesseract_2025": (30, (0.02999, 6.251e-28), (0.07444, 1.172e-31), (0.9556, 1.134e-34)),
    "xlzd_200ty_projection": (30, (5.114, 7.677e-46), (8.994, 5.558e-48), (9256, 2.819e-47)),
    "xlzd_1000ty_projection": (30, (4.727, 7.595e-46), (8.751, 3.211e-48), (9638, 1.373e-47)),
    "xenonnt_s2only_2026": (10, (3, 3.699e-43), (8, 4.174e-45), (12, 2.928e-45)),
}

XENONNT_S2ONLY_2026 = [
    (3, 3.699e-43, 1.363e-42),
    (4, 2.179e-44, 5.943e-44),
    (5, 5.971e-45, 1.402e-44),
    (6, 3.068e-45, 6.59e-45),
    (7, 2.805e-45, 4.057e-45),
    (8, 4.174e-45, 2.881e-45),
    (9, 4.129e-45, 2.246e-45),
    (10, 3.718e-45, 1.73e-45),
    (11, 3.324e-45, 1.414e-45),
    (12, 2.928e-45, 1.209e-45),
]
XENONNT_CEVNS_2026 = [
    (3, 9.335e-42, 4.144e-42),
    (4, 1.072e-43, 7.186e-44),
    (5, 1.096e-44, 1.053e-44),
    (6, 2.497e-45, 2.817e-45),
    (7, 9.459e-46, 1.034e-45),
    (8, 4.777e-46, 4.993e-46),
    (9, 3.005e-46, 3.2e-46),
    (10, 2.112e-46, 2.213e-46),
    (11, 1.674e-46, 1.713e-46),
    (12, 1.355e-46, 1.383e-46),
]
LZ_2025 = [
    (3, 2.11e-42, 9.45e-43),
    (3.5, 2.516e-43, 1.381e-43),
    (4, 4.584e-44, 3.541e-44),
    (4.5, 1.354e-44, 1.267e-44),
    (5, 4.607e-45, 5.494e-45),
    (5.5, 1.884e-45, 2.708e-45),
    (6, 9.359e-46, 1.368e-45),
    (7, 3.574e-46, 5.068e-46),
    (8, 1.792e-46, 2.417e-46),
    (9, 1.112e-46, 1.51e-46),
]
LZ_2024 = [
    (9, 9.797e-47, 2.315e-46, 6.36e-47),
    (11, 2.64e-47, 6.087e-47, 1.87e-47),
    (13, 1.214e-47, 2.828e-47, 7.865e-48),
    (16, 5.857e-48, 1.4e-47, 4.048e-48),
    (19, 3.919e-48, 9.303e-48, 2.486e-48),
    (21, 3.265e-48, 7.63e-48, 1.974e-48),
    (26, 2.581e-48, 6.096e-48, 1.407e-48),
    (29, 2.428e-48, 5.602e-48, 1.277e-48),
    (40, 2.182e-48, 5.059e-48, 1.224e-48),
    (46, 2.268e-48, 5.195e-48, 1.32e-48),
    (65, 2.546e-48, 5.993e-48, 1.808e-48),
    (91, 3.215e-48, 7.422e-48, 2.401e-48),
    (182, 5.534e-48, 1.32e-47, 4.819e-48),
    (256, 8.154e-48, 1.833e-47, 7.252e-48),
    (361, 1.097e-47, 2.503e-47, 9.787e-48),
    (508, 1.546e-47, 3.458e-47, 1.432e-47),
    (2000, 5.733e-47, 1.339e-46, 5.381e-47),
    (1e04, 2.93e-46, 6.684e-46, 2.77e-46),
]


@pytest.mark.parametrize("name", sorted(SPIN_INDEPENDENT))
def test_cross_section_limits_have_the_published_ends_and_middle(name: str) -> None:
    table = read_packaged(f"si_{name}.csv", ())
    mass, sigma = (
        table.numbers("mass_gev", positive=True, increasing=True),
        table.numbers("sigma_si_cm2", positive=True),
    )
    size, *points = SPIN_INDEPENDENT[name]
    assert mass.size == size
    assert [(mass[i], sigma[i]) for i in (0, size // 2, -1)] == points


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("xenonnt_s2only_2026", XENONNT_S2ONLY_2026),
        ("xenonnt_cevns_2026", XENONNT_CEVNS_2026),
        ("lz_2024", LZ_2024),
        ("lz_2025", LZ_2025),
    ],
)
def test_the_limits_of_the_default_combination_are_complete(name: str, values: list[tuple[float, ...]]) -> None:
    table = read_packaged(f"si_{name}.csv", ())
    columns = ("mass_gev", "sigma_si_cm2", "expected_median_cm2", "sigma_unconstrained_cm2")[: len(values[0])]
    np.testing.assert_array_equal(np.transpose([table.numbers(column) for column in columns]), values)


# The same on electrons, and Fermi-LAT (mass in GeV, cm^3/s).
OTHER_LIMITS = {
    "er_damicm_2025": (27, (0.001003, 2.763e-32), None, (1.024, 1.583e-37)),
    "er_darkside50_2022": (21, (0.01331, 9.217e-36), None, (0.9656, 2.665e-39)),
    "er_pandax4t_2025": (7, (0.05043, 4.956e-41), None, (9.82, 3.919e-40)),
    "er_sensei_snolab_2023": (14, (0.001527, 4.828e-34), None, (0.9942, 8.075e-36)),
    "er_xenonnt_few_electron_2024": (8, (0.004928, 9.64e-35), None, (0.9703, 2.63e-39)),
    "er_sensei_2020": (28, (0.0005324, 9.279e-29), None, (1.0, 1.872e-35)),
    "er_xenon10": (21, (0.004041, 1.034e-32), None, (1.014, 2.868e-38)),
    "er_xenon1t_2019": (18, (0.01963, 1.99e-36), None, (1.006, 2.363e-40)),
    "er_xenonnt_s2only_2026": (22, (0.04, 1.416e-40), None, (10.0, 1.593e-40)),
    "fermi_2015_ee": (17, (2.047, 9.595e-27), (47.78, 6.492e-26), (1.036e4, 2.756e-22)),
    "fermi_2015_mumu": (14, (2.029, 2.414e-26), (239.4, 5.764e-25), (1e4, 3.235e-22)),
    "fermi_2015_tautau": (14, (1.995, 3.075e-27), (256.2, 8.618e-26), (1e4, 1.177e-22)),
}


@pytest.mark.parametrize("name", sorted(OTHER_LIMITS))
def test_limits_on_electrons_and_annihilation_have_the_published_ends(name: str) -> None:
    table = read_packaged(f"{name}.csv", ())
    mass = table.numbers("mass_gev", positive=True, increasing=True)
    limit = table.numbers("sigma_e_cm2" if name.startswith("er") else "sigma_v_cm3_s", positive=True)
    size, first, middle, last = OTHER_LIMITS[name]
    assert mass.size == size and (mass[0], limit[0]) == first and (mass[-1], limit[-1]) == last
    assert middle is None or (mass[size // 2], limit[size // 2]) == middle


def test_annihilation_at_recombination_and_invisible_higgs_decays() -> None:
    table = read_packaged("p_ann.csv", ())
    assert table.text("value") == ("-4.8e-29", "3.5e-28", "3.3e-28", "3.2e-28", "4.1e-28", "1.27e-28")
    assert table.row("planck18_gambit").number("sigma") == 1.75362e-28
    table = read_packaged("higgs_invisible.csv", ())
    assert table.text("observed") == ("0.107", "0.15", "", "", "", "0.24", "0.07", "0.003")
    assert table.text("expected")[:2] == ("0.077", "0.08")
    assert table.text("sigma")[2:5] == ("0.0125", "0.000275", "0.0008")


def test_exclusion_regions_and_energy_injection_are_complete() -> None:
    table = read_packaged("dark_photon_polygons.csv", ())
    x, y = np.log10(table.numbers("mass_gev", positive=True)), np.log10(table.numbers("epsilon", positive=True))
    assert len(x) == 974 and len(set(zip(table.text("experiment"), table.text("region"), strict=True))) == 54
    # Sums over all vertices.
    np.testing.assert_allclose([x.sum(), y.sum()], [-310.067331442, -3535.542389845], rtol=1e-9)
    experiments = read_packaged("dark_photon_experiments.csv", ())
    assert set(experiments.text("experiment")) == set(table.text("experiment")) and len(experiments.lines) == 31
    injection = read_packaged("bbn_em_injection.csv", ())
    names = ("d_over_h_factor", "yp_factor", "he3_over_d_factor")
    assert len(injection.lines) == 294
    np.testing.assert_allclose(
        [injection.numbers(name).sum() for name in names], [2261.251980000, 287.714020000, 2241.341500000], rtol=1e-9
    )


# name, column of the value, column of the error: (dataset: value, error)
MEASUREMENTS = {
    ("neff.csv", "value", "sigma"): {
        "planck18": (2.99, 0.17),
        "p_act_lb": (2.86, 0.13),
        "p_act_lb_bbn": (2.89, 0.11),
        "lbt_cmb": (2.99, 0.07),
        "spt3g_act_planck": (2.81, 0.12),
        "planck15": (3.04, 0.18),
        "forecast_cmb_hd": (3.044, 0.014),
        "forecast_cmb_s4": (3.044, 0.027),
        "forecast_simons": (3.044, 0.05),
        "forecast_mirror_paper": (3.044, 0.03),
    },
    ("omega_dm_h2.csv", "omega_dm_h2", "sigma"): {
        "planck18": (0.12, 0.0012),
        "p_act_lb": (0.118, 0.001),
        "gambit": (0.12, 0.001),
    },
    ("higgs_signal_strength.csv", "err_minus", "err_plus"): {
        "atlas_2022_no_theory": (0.05071, 0.05164),
        "atlas_2022": (0.05494, 0.05668),
        "atlas_2022_common_theory": (0.07083, 0.07714),
        "cms_2022": (0.05442, 0.05593),
        "atlas_2022_global": (0.06, 0.06),
        "cms_2022_global": (0.057, 0.057),
        "cms_2026": (0.053, 0.055),
        "forecast_hl_lhc": (0.0164, 0.0164),
        "forecast_hl_lhc_statistical": (0.0059, 0.0059),
        "forecast_fcc_ee_240": (0.00158, 0.00158),
    },
    ("omega_b_neff.csv", "cov_omega_b_omega_b", "cov_omega_b_neff"): {
        "planck18_nnu_TTTEEE_lowE_BAO": (3.3771e-08, 2.2271e-05)
    },
    ("omega_b_neff.csv", "cov_neff_neff", "omega_b_h2_at_anchor"): {
        "planck18_nnu_TTTEEE_lowE_BAO": (0.031866, 0.02242)
    },
    ("photon_mixing.csv", "mass_min_gev", "mass_max_gev"): {"mirror_paper": (1e-3, 1e-2)},
    ("photon_mixing.csv", "mass_min_gev", "epsilon_max"): {"mirror_paper": (1e-3, 1e-9)},
}
HIGGS_MU = {
    "atlas_2022_no_theory": 1.036,
    "atlas_2022": 1.041,
    "atlas_2022_common_theory": 1.042,
    "cms_2022": 0.9861,
    "atlas_2022_global": 1.05,
    "cms_2022_global": 1.002,
    "cms_2026": 1.014,
    "forecast_hl_lhc": 1.0,
    "forecast_hl_lhc_statistical": 1.0,
    "forecast_fcc_ee_240": 1.0,
}
LIMITS = {
    ("neff.csv", "value"): {"planck18_limit": 0.284, "lbt_cmb_limit": 0.107},
    ("higgs_signal_strength.csv", "mu"): HIGGS_MU,
    ("self_interaction.csv", "sigma_over_m_max_cm2_g"): {
        "bullet_cluster_2003": 1.0,
        "clusters_andrade_2021": 0.13,
        "clusters_sagunski_2020": 0.35,
        "groups_sagunski_2020": 1.1,
        "group_mkw4_2023": 0.16,
        "radio_relics_2026": 0.22,
    },
    ("self_interaction.csv", "velocity_km_s"): {
        "bullet_cluster_2003": 4500.0,
        "clusters_andrade_2021": 1458.0,
        "clusters_sagunski_2020": 1900.0,
        "groups_sagunski_2020": 1150.0,
        "group_mkw4_2023": 350.0,
        "radio_relics_2026": 2000.0,
    },
    ("reheating_temperature.csv", "t_rh_min_mev"): {
        "barbieri_2025": 5.96,
        "de_salas_2015": 4.7,
        "de_salas_2015_bbn": 4.1,
        "hadronic_1999": 2.5,
    },
}
ABUNDANCES = [
    ("lbt_2026", "yp", 0.2458, 0.0013),
    ("pdg_2024", "yp", 0.245, 0.003),
    ("empress_2025", "yp", 0.2402, 0.004),
    ("aver_2015", "yp", 0.2449, 0.004),
    ("pettini_cooke_2025", "d_over_h", 2.51e-05, 2.8e-07),
    ("cooke_2018", "d_over_h", 2.527e-05, 3e-07),
    ("pdg_2024", "d_over_h", 2.547e-05, 2.9e-07),
    ("pdg_2024", "he3_over_d", 0.83, 0.15),
    ("gambit", "he3_over_d", 0.8188, 0.1148),
]


@pytest.mark.parametrize(("key", "values"), MEASUREMENTS.items(), ids=lambda x: "-".join(x))
def test_measurements(key: tuple[str, ...], values: dict[str, tuple[float, float]]) -> None:
    file, first, second = key
    table = read_packaged(file, ())
    found = {name: (table.row(name).number(first), table.row(name).number(second)) for name in values}
    assert found == values
    assert set(values) == set(table.text("dataset")) - {"planck18_limit", "lbt_cmb_limit"}


@pytest.mark.parametrize(("key", "values"), LIMITS.items(), ids=lambda x: "-".join(x))
def test_limits_and_central_values(key: tuple[str, ...], values: dict[str, float]) -> None:
    table = read_packaged(key[0], ())
    assert {name: table.row(name).number(key[1]) for name in values} == values


def test_measured_abundances() -> None:
    table = read_packaged("bbn_abundances.csv", ())
    rows = zip(
        table.text("dataset"), table.text("quantity"), table.numbers("value"), table.numbers("sigma"), strict=True
    )
    assert list(rows) == ABUNDANCES


# First, central (omega_b h^2 = 0.0224, Delta N_eff = 0) and last node; sums of the four columns over the 81 nodes.

PREDICTED = {
    "prymordial_2023": (
        (0.02, -1, 0.231126, 0.000133, 2.6103e-05, 1.06e-06),
        (0.0224, 0, 0.246837, 0.000142, 2.5105e-05, 1.04e-06),
        (0.025, 2, 0.271622, 0.00014, 2.6691e-05, 1.05e-06),
        (20.347227, 0.011108, 0.00216082, 8.5873e-05),
    ),
    "primat_2024": (
        (0.02, -1, 0.231437, 0.000108, 2.5424e-05, 2.79e-07),
        (0.0224, 0, 0.247, 0.000109, 2.441e-05, 2.73e-07),
        (0.025, 2, 0.271609, 0.00011, 2.5908e-05, 2.84e-07),
        (20.357947, 0.008847, 0.002100607, 2.2925e-05),
    ),
}


@pytest.mark.parametrize("name", sorted(PREDICTED))
def test_predicted_abundances(name: str) -> None:
    table = read_packaged(f"bbn_{name}.csv", ())
    columns = ("omega_b_h2", "delta_neff", "yp", "sigma_yp_theory", "d_over_h", "sigma_d_over_h_theory")
    values = np.transpose([table.numbers(column) for column in columns])
    assert values.shape == (81, 6)
    rows = {tuple(row) for row in values.tolist()}
    *nodes, sums = PREDICTED[name]
    assert set(nodes) <= rows and tuple(values[0]) == nodes[0] and tuple(values[-1]) == nodes[-1]
    np.testing.assert_allclose(values[:, 2:].sum(axis=0), sums, rtol=1e-8)
