"""Effect of each approximation of the mirror model: the table in docs/approximations.md.

Run: python benchmarks/approximations.py
Evaluates each option on 4,000 draws from the default prior and prints the median and the 95% quantile of the relative
change of a prediction over the points that are allowed with the default options (Delta N_eff < 0.284, T_rh > 4 MeV).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twinsector.common.arrays import FloatArray
from twinsector.physics.cosmology import thermodynamics as t
from twinsector.physics.cosmology.g_star import degrees_of_freedom
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.mirror import freeze_out as f
from twinsector.physics.mirror import reheating as r
from twinsector.physics.standard_model import higgs_widths as h
from twinsector.physics.standard_model.constants import GAMMA_W, M_PLANCK, M_W, VEV
from twinsector.priors import build_prior

SWITCHES = (
    ("widths", "paper", ("gamma_visible", "gamma_dark", "delta_neff")),
    ("reheating", "instantaneous", ("delta_neff", "entropy_dilution")),
    ("freeze_out", "analytic", ("y_chi",)),
    ("portal_feedback", False, ("gamma_visible", "gamma_dark", "delta_neff")),
    ("late_decays", False, ("delta_neff",)),
    ("width_yukawas", "bottom", ("gamma_dark", "delta_neff")),
    ("dark_running", False, ("gamma_dark", "delta_neff", "gamma_h_dark_gev")),
    ("yukawa_scale", "uv", ("gamma_dark", "delta_neff")),
    ("confinement", "two_loops", ("lambda_qcd_ratio",)),
    ("self_scattering", "paper", ("sigma_self_cm2_g",)),
    ("dark_nuclei", "paper", ("t_deuterium_dark", "dark_proton_survival")),
    ("cp_asymmetry", "hierarchical", ("eta_b",)),
    ("sigma_si", "paper", ("sigma_si_cm2",)),
    ("g_star", "saikawa_shirai", ("delta_neff", "entropy_dilution", "y_chi")),
)


def prior_points(n: int = 4000, free_portals: bool = True) -> dict[str, np.ndarray]:
    """Draws from the default prior, also of y_c' and m_psi/m_chi; all other parameters at the benchmark."""
    extra = {"yc_ratio": {"log_normal": [1.0, 0.5]}, "m_psi_over_m_chi": {"uniform": [1.5, 10.0]}}
    prior = build_prior(MirrorModel.prior_sets["mirror"], extra if free_portals else None, MirrorModel.parameters)
    return prior.expand(prior.sample(np.random.default_rng(1), n))


def change(parameters: dict[str, FloatArray], option: str, value: object, names: Sequence[str]) -> None:
    """Print median and 95% of |switched/default - 1| over the allowed points."""
    default = MirrorModel().predict(parameters)
    switched = MirrorModel(**{option: value}).predict(parameters)
    good = (
        default.valid & switched.valid
        & (default.values["delta_neff"] < 0.284) & (default.values["t_reheating"] > 4e-3)
    )  # fmt: skip
    for name in names:
        relative = np.abs(switched.values[name][good] / default.values[name][good] - 1)
        print(
            f"{option + ': ' + str(value):32s} {name:18s} median {np.median(relative):8.2g}"
            f"   95% {np.quantile(relative, 0.95):8.2g}   of {good.sum()} points"
        )


def reheating_step(points: int = 600) -> None:
    """Error of the RK4 step of the entropies, compared with a twelve times finer step."""
    rng = np.random.default_rng(2)
    worst = np.zeros(2)
    for _ in range(points):
        m_r, gamma, br = rng.uniform(60, 1500), 10 ** rng.uniform(-24, -17), 10 ** rng.uniform(-5, -0.3)
        scales = t.DarkScales(rng.uniform(0.5, 3), rng.uniform(0, 2.5))
        coarse, fine = (
            r.solve_reheating(m_r, gamma, br, r.G_STANDARD_MODEL, scales, t.thermodynamics(), step)
            for step in (r.E_FOLD_STEP, 0.01)
        )
        worst = np.maximum(
            worst,
            [abs(coarse.delta_neff / fine.delta_neff - 1), abs(coarse.entropy_dilution / fine.entropy_dilution - 1)],
        )
    print(f"reheating step {r.E_FOLD_STEP}: worst of {points}: delta_neff {worst[0]:.1e}, r_s {worst[1]:.1e}")


def freeze_out_steps(points: int = 600) -> None:
    """Error of the density of chi, compared with 20,000 steps from m/T = 3 to 1000."""
    rng, worst, thermo = np.random.default_rng(3), 0.0, t.thermodynamics()
    for _ in range(points):
        m_chi, sigma_v = 10 ** rng.uniform(2, 5), 10 ** rng.uniform(-16, -12)
        scale, log_m = m_chi * sigma_v * M_PLANCK / f._HUBBLE_OVER_ENTROPY, math.log(m_chi)
        y = f._through_freeze_out(3.0, 1000.0, 20_000, scale, log_m, thermo, 0.0)
        tail = scale * math.sqrt(2.0 * t.entropy_dof(thermo, log_m - math.log(1000.0))) / 1000.0
        worst = max(worst, abs(f.yield_numerical(m_chi, sigma_v, thermo, 0.0) * (1.0 + tail * y) / y - 1))
    print(f"freeze-out in {f._STEPS} and {2 * f._STEPS} steps: worst of {points}: y_chi {worst:.1e}")


def decoupled_neutrinos(parameters: dict[str, FloatArray]) -> None:
    """One bath per sector compared with the published g_s (decoupled neutrinos), scaled with v'/v, below 12 MeV."""
    thermo = t.thermodynamics()
    log_t = thermo.log_t_min + thermo.log_t_step * np.arange(thermo.electroweak_s.size)
    published = degrees_of_freedom(np.exp(log_t)).g_s
    g_s = np.where(log_t < math.log(12e-3), published, thermo.electroweak_s)
    by_entropy = t.entropy_table(log_t, g_s + thermo.confining_s, thermo.electroweak_rho + thermo.confining_rho)
    decoupled = thermo._replace(electroweak_s=g_s, by_entropy=by_entropy)
    default = MirrorModel().predict(parameters)
    for low, high in ((1.2e-3, 4e-3), (4e-3, 1e-2), (1e-2, 2e-2), (2e-2, 1.0)):
        values, t_rh = default.values, default.values["t_reheating"]
        chosen = np.flatnonzero(default.valid & (t_rh > low) & (t_rh < high) & (values["delta_neff"] < 0.284))[:100]
        changes = []
        for i in chosen:
            gamma = values["gamma_visible"][i] + values["gamma_dark"][i]
            scales = t.DarkScales(math.log(parameters["v_dark"][i] / VEV), math.log(values["lambda_qcd_ratio"][i]))
            one, two = (
                r.solve_reheating(
                    parameters["m_R"][i],
                    gamma,
                    values["br_dark"][i],
                    parameters["g_reheaton"][i],
                    scales,
                    bath,
                    r.E_FOLD_STEP,
                )
                for bath in (thermo, decoupled)
            )
            changes.append(abs(two.delta_neff / one.delta_neff - 1))
        print(
            f"decoupled neutrinos, T_rh {1e3 * low:g}-{1e3 * high:g} MeV: delta_neff median {np.median(changes):.2g}"
            f"   95% {np.quantile(changes, 0.95):.2g}   of {len(changes)} points"
        )


def off_shell_tables() -> None:
    """Error of the tabulated off-shell factor of W, compared with direct quadrature with three times the nodes."""
    tables = h.off_shell_tables()
    for low, high in ((0.7, 1.3), (1.3, 1.9), (1.9, 2.1), (2.1, 10.0)):
        ratio = np.geomspace(low, high, 60)
        exact = h.off_shell_factor(ratio, GAMMA_W / M_W, nodes=120)
        got = [
            math.exp(h._log_factor(tables.w, tables.log_ratio_min, tables.log_ratio_step, x, 1.0))
            for x in np.log(ratio)
        ]
        print(f"off-shell factor, m/m_W {low:g}-{high:g}: worst {np.max(np.abs(got / exact - 1)):.1e}")


if __name__ == "__main__":
    points = prior_points()
    for option, value, names in SWITCHES:
        change(points, option, value, names)
    reheating_step()
    freeze_out_steps()
    decoupled_neutrinos(prior_points(40_000, free_portals=False))
    off_shell_tables()
