"""Searches for the twin model: scattering, and the plane of the twin photon; data of the paper's time and current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..likelihoods import build_likelihood
from ..likelihoods.cosmology.planck_neff import PlanckNeff
from ..likelihoods.searches.recoils import RecoilLikelihood
from ..likelihoods.tables import read_packaged
from ..physics.twin import TwinModel
from . import palette
from .page import FigureKind, Number, Plane, legend_beside, levels_inside, sheet
from .progress import predicted
from .twin_model import benchmark, theta_for_observed_density

_NO_PHOTON = 1e-10
"""Kinetic mixing small enough that only the Higgs portal contributes to scattering on nuclei."""
_SHADES: Mapping[str, tuple[str, str]] = {
    "paper": ("#f3cf7f", "searches before mid-2018"),
    "default": ("#f0b08a", "added since"),
    "SN1987A": ("#ecd3e2", "SN1987A (criterion)"),
}
"""Colour and label of the regions of each data set, in the order of legends."""
_SHAPE_OPTIONS: Mapping[str, Number] = {
    "r": Number(0.5, 0.05, 0.999),
    "delta": Number(0.1, 0.005, 1.0),
    "e_hat": Number(0.3, 0.01, 1.0),
}


@dataclass(frozen=True)
class CrossSections:
    """Cross sections (cm^2) at m_nu (n,) in GeV, theta_1 fixed by the observed density (nan if impossible)."""

    m_nu: FloatArray
    theta_1: FloatArray
    higgs: Mapping[float, FloatArray]
    """Per nucleon, Higgs portal only, keyed by f/v."""
    nucleon: FloatArray
    """Per nucleon, including the twin photon."""
    electron: FloatArray


def cross_sections(m_nu: FloatArray, r: float, delta: float, e_hat: float, epsilon: float) -> CrossSections:
    """Predictions as a function of m_nu; f/v = 3 and 5 for the Higgs portal, 5 with the photon."""
    theta = theta_for_observed_density(m_nu, r, delta, e_hat)
    held: dict[str, ArrayLike] = {
        "m_nu": m_nu,
        "theta_1": np.nan_to_num(theta, nan=1e-3),
        "r": r,
        "delta": delta,
        "e_hat": e_hat,
    }
    model = TwinModel(relic="coannihilation")  # the fastest; its density is not used
    portal = {f: model.predict(benchmark(**held, epsilon=_NO_PHOTON, f_over_v=f)).values for f in (3.0, 5.0)}
    mixed = model.predict(benchmark(**held, epsilon=epsilon, f_over_v=5.0)).values
    higgs = {f: values["sigma_si_cm2"] for f, values in portal.items()}
    possible = np.isfinite(theta)
    nucleon, electron = (np.where(possible, mixed[name], np.nan) for name in ("sigma_si_cm2", "sigma_e_cm2"))
    return CrossSections(m_nu, theta, higgs, nucleon, electron)


def plot_scattering(options: Mapping[str, Any]) -> Figure:
    """Scattering on nuclei and electrons with limits of the paper's time and current limits."""
    m_nu = np.geomspace(0.011, 59.0, options["points"])
    found = cross_sections(m_nu, options["r"], options["delta"], options["e_hat"], options["epsilon"])
    values = f"r = {options['r']:g}, Δ = {options['delta']:g}, ê = {options['e_hat']:g}, ε = {options['epsilon']:g}"
    caption = (
        f"Section 6.1 of arXiv:1805.12139. Predictions at {values}, θ_1 fixed by the observed"
        " density (green; ends where no θ_1 gives it). Left: per nucleon, 90% limits; the photon couples to charge and"
        " is scaled to Z/A of xenon, form factor at the momentum transfer for v = 0.001 c. Right: per electron, form"
        " factor 1. 'Paper era' uses successors of the paper's limits if those are not tabulated"
        " (CRESST-III 2019, PandaX-II 2017, XENON1T 2018; SENSEI 2020, XENON10, DarkSide-50 2022)."
        " Current: CRESST-III, DarkSide-50, PandaX-4T, LZ; DAMIC-M, XENONnT."
    )
    figure, (left, right) = sheet(2, "Twin neutrinos in direct detection", caption, (3.9, 3.7), share_y=False)
    for ax, name, data in ((left, "direct_detection", "twin_paper"), (right, "electron_recoil", "paper")):
        for dataset, color, label in ((data, palette.ORANGE, "paper era"), ("default", palette.VERMILION, "current")):
            search = build_likelihood(name, {"dataset": dataset})
            assert isinstance(search, RecoilLikelihood)
            mass = np.geomspace(2e-3, 100.0, 1500)
            limit = search.limit(mass)
            ax.plot(mass, limit, color=color, lw=1.3, label=f"limit, {label}")
            ax.fill_between(mass, limit, 1.0, color=color, alpha=0.13, lw=0)
    for f, style in ((3.0, "-"), (5.0, "--")):
        left.plot(m_nu, found.higgs[f], color=palette.BLUE, ls=style, lw=1.2, label=f"Higgs portal, f/v = {f:g}")
    left.plot(m_nu, found.nucleon, color=palette.GREEN, lw=1.6, label="with twin photon, f/v = 5")
    right.plot(m_nu, found.electron, color=palette.GREEN, lw=1.6, label="twin photon")
    left.set(xlim=(0.1, 60.0), ylim=(1e-52, 1e-34), ylabel=r"$\sigma_{\rm SI}$ [cm$^2$]")
    right.set(xlim=(0.01, 10.0), ylim=(1e-54, 1e-34), ylabel=r"$\sigma_e$ [cm$^2$]")
    for ax in (left, right):
        ax.set(xscale="log", yscale="log", xlabel=r"$m_{\hat\nu}$ [GeV]")
        ax.legend(fontsize=7, loc="upper right", framealpha=0.9)
    return figure


@dataclass(frozen=True)
class PhotonPlane:
    """Grid of the twin-photon mass (n,) in GeV and the mixing epsilon (k,); all other arrays have shape (k, n)."""

    mass: FloatArray
    epsilon: FloatArray
    equilibrium_ratio: FloatArray
    tau_lifetime_s: FloatArray
    """nan if no theta_1 gives the observed density."""
    delta_neff: FloatArray


def photon_plane(mass: FloatArray, epsilon: FloatArray, r: float, delta: float, e_hat: float) -> PhotonPlane:
    """Predictions at m_nu = mass/r, with theta_1 fixed by the observed density."""
    masses, mixings = np.meshgrid(mass, epsilon)
    theta = theta_for_observed_density(mass / r, r, delta, e_hat)
    thetas = np.broadcast_to(theta, masses.shape)
    held: dict[str, ArrayLike] = {
        "m_nu": masses.ravel() / r,
        "epsilon": mixings.ravel(),
        "r": r,
        "delta": delta,
        "e_hat": e_hat,
    }
    model = TwinModel(relic="coannihilation")
    values = predicted(model, benchmark(**held, theta_1=np.nan_to_num(thetas, nan=1e-3).ravel()), "plane:").values
    names = ("photon_equilibrium_ratio", "tau_lifetime_s", "delta_neff")
    ratio, lifetime, neff = (values[name].reshape(masses.shape) for name in names)
    return PhotonPlane(mass, epsilon, ratio, np.where(np.isfinite(thetas), lifetime, np.nan), neff)


def exclusion_regions(dataset: str) -> list[FloatArray]:
    """Polygons (vertices, 2) in mass (GeV) and epsilon: ``default``, ``paper``, or those of one experiment."""
    experiments = read_packaged("dark_photon_experiments.csv", ("experiment", "default", "paper"))
    names = experiments.text("experiment")
    if dataset in ("default", "paper"):
        chosen = {name for name, flag in zip(names, experiments.numbers(dataset), strict=True) if flag}
    else:
        chosen = {dataset}
    table = read_packaged("dark_photon_polygons.csv", ("experiment", "region", "mass_gev", "epsilon"))
    vertices = np.stack([table.numbers("mass_gev"), table.numbers("epsilon")], axis=1)
    rows: dict[tuple[str, str], list[int]] = {}
    for i, key in enumerate(zip(table.text("experiment"), table.text("region"), strict=True)):
        if key[0] in chosen and "doubtful" not in key[1]:
            rows.setdefault(key, []).append(i)
    return [vertices[index] for index in rows.values()]


def lightest_photon(dataset: str, mass: FloatArray, delta_neff: FloatArray) -> float:
    """Smallest mass (GeV) with Delta N_eff (n,) within two sigma of the measurement; ``mass`` is increasing."""
    data = PlanckNeff.from_settings({"dataset": dataset, "joint_omega_b": False})
    fine = np.linspace(np.log(mass[0]), np.log(mass[-1]), 4001)
    shift = np.interp(fine, np.log(mass), delta_neff)
    allowed = data.log_likelihood({"delta_neff": shift}) >= -2.0
    return float(np.exp(fine[np.argmax(allowed)]))


def plot_photon(options: Mapping[str, Any]) -> Figure:
    """Mass and kinetic mixing of the twin photon."""
    n, r, delta = options["points"], options["r"], options["delta"]
    mass = np.geomspace(max(1.1 * 0.01 * r, 0.004), min(59.0 * r, 55.0), n)
    epsilon = np.geomspace(1.1e-10, 9e-3, n)
    plane = photon_plane(mass, epsilon, r, delta, options["e_hat"])
    caption = (
        "Beside figure 8 of arXiv:1805.12139. Visible decays of the twin photon: 90-95% regions of"
        " searches before mid-2018 (as in the paper) and of all current ones; SN1987A is a cooling criterion without"
        " confidence level. Below the green line the twin photon is not in equilibrium with the visible plasma"
        " at T = m_ν/20. Left of the vertical lines it is excluded at 2 sigma by N_eff (Planck 2018;"
        f" P-ACT-LB). Grey lines: lifetime of the twin tau at r = {r:g}, Δ = {delta:g}, ê ="
        f" {options['e_hat']:g}, θ_1 fixed by the observed density (they end where no θ_1 gives it)."
    )
    figure, (ax,) = sheet(1, "Twin photon: mass and kinetic mixing", caption, (5.4, 4.3), legend=2.2)
    _draw_photon(ax, plane)
    handles = [
        *exclusion_handles(("default", "paper")),
        Line2D([], [], color=palette.GREEN, lw=1.6, label="thermal above"),
        Line2D([], [], color=palette.BLUE, lw=1.2, label=r"$N_{\rm eff}$, Planck 2018"),
        Line2D([], [], color=palette.SKY, lw=1.2, ls="--", label=r"$N_{\rm eff}$, P-ACT-LB"),
        Line2D([], [], color=palette.GREY, lw=0.9, label="twin tau lifetime"),
    ]
    legend_beside(ax, handles)
    return figure


def draw_exclusions(ax: Axes, datasets: Sequence[str]) -> None:
    """Shade the SN1987A criterion and the regions of the data sets, later ones on top."""
    for dataset in ("SN1987A", *datasets):
        for vertices in exclusion_regions(dataset):
            ax.fill(*vertices.T, color=_SHADES[dataset][0], lw=0)


def exclusion_handles(datasets: Sequence[str]) -> list[Patch]:
    """For a legend of what `draw_exclusions` shades."""
    shown = ("SN1987A", *datasets)
    return [Patch(color=color, label=label) for dataset, (color, label) in _SHADES.items() if dataset in shown]


def _draw_photon(ax: Axes, plane: PhotonPlane) -> None:
    x, y = plane.mass, plane.epsilon
    ax.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))  # set before the contour labels
    draw_exclusions(ax, ("default", "paper"))
    ratio = np.log10(plane.equilibrium_ratio)
    if ratio.min() < 0.0 < ratio.max():
        ax.contour(x, y, ratio, [0.0], colors=[palette.GREEN], linewidths=1.6)
    lifetime = np.log10(plane.tau_lifetime_s)
    texts = {-9.0: "1 ns", -6.0: "1 μs", -3.0: "1 ms", 0.0: "1 s", 3.0: "$10^3$ s", 6.0: "$10^6$ s", 9.0: "$10^9$ s"}
    levels = levels_inside(texts, lifetime)
    if levels:
        lines = ax.contour(x, y, lifetime, levels, colors=[palette.GREY], linewidths=0.9, linestyles="-")
        ax.clabel(lines, fmt=texts, fontsize=7)
    for dataset, color, style in (("planck18", palette.BLUE, "-"), ("default", palette.SKY, "--")):
        ax.axvline(lightest_photon(dataset, x, plane.delta_neff[0]), color=color, lw=1.2, ls=style)
    ax.set(xlabel=r"$m_{\hat\gamma}$ [GeV]", ylabel=r"$\epsilon$")


FIGURES: Mapping[str, FigureKind] = {
    "twin-scattering": FigureKind(
        "direct detection on nuclei and electrons, paper-era and current limits",
        plot_scattering,
        {
            **_SHAPE_OPTIONS,
            "r": Number(0.9, 0.05, 0.999),
            "epsilon": Number(1e-3, 1e-10, 1e-2),
            "points": Number(60, 5, 300, True),
        },
        (Plane(0, "m_dm", "sigma_si_cm2"), Plane(1, "m_dm", "sigma_e_cm2")),
    ),
    "twin-photon": FigureKind(
        "twin photon: mass and kinetic mixing, paper-era and current searches",
        plot_photon,
        {**_SHAPE_OPTIONS, "points": Number(90, 5, 400, True)},
        (Plane(0, "m_dark_photon", "epsilon"),),
    ),
}
