"""Figures 7 and 8 of arXiv:1805.12139: bounds on e_hat theta_1 from annihilation, and right density against epsilon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..likelihoods.cosmology.cmb_annihilation import CmbAnnihilation
from ..likelihoods.cosmology.tau_decay_bbn import TauDecayBbn
from ..likelihoods.searches.fermi_dwarfs import FermiDwarfs
from ..physics.model import Predictions
from ..physics.twin import TwinModel
from . import palette
from .page import FigureKind, Number, Plane, legend_beside, sheet
from .progress import in_blocks, predicted
from .twin_model import PAPER_PROCESSES, VERSIONS, benchmark, observed_density
from .twin_searches import draw_exclusions, exclusion_handles

SHAPES: tuple[tuple[float, float, str], ...] = ((0.05, 0.5, "-"), (0.5, 0.1, "--"), (0.9, 0.1, ":"))
"""(r, Delta) of figure 7: the first is the paper's solid line, the others are chosen here."""
_SMALL = {"e_hat": 0.3, "theta_1": 1e-3}
"""Point at which sigma v ~ (e_hat theta_1)^4 is evaluated."""
_DATASETS = {"today": ("planck18_lensing_bao_limit", "default"), "paper": ("paper", "paper")}
_REFINEMENTS = 4
"""Steps of the secant within the bracket that the grid of masses gives."""
_WEAKENING = 2.0
"""Of the Fermi limit on e+e- by the cascade through two twin photons, as in runs/twin.yaml."""


def coupling_bounds(version: str, m_nu: FloatArray, r: float, delta: float) -> tuple[FloatArray, FloatArray]:
    """Largest e_hat theta_1 (n,) allowed by the CMB and by Fermi at masses (n,): sigma v ~ (e_hat theta_1)^4."""
    point = benchmark(m_nu=m_nu, r=r, delta=delta, **_SMALL)
    values = TwinModel(relic="coannihilation").predict(point).values
    product = _SMALL["e_hat"] * _SMALL["theta_1"]
    cmb_data, fermi_data = _DATASETS[version]
    cmb = CmbAnnihilation.from_settings({"dataset": cmb_data})
    fermi = FermiDwarfs.from_settings({"dataset": fermi_data, "weakening": _WEAKENING})
    assert cmb.limit is not None
    by_cmb = product * (cmb.limit / values["p_ann"]) ** 0.25
    by_fermi = product * (fermi.limit(m_nu) * _WEAKENING / values["sigma_v_cm3_s"]) ** 0.25
    return by_cmb, by_fermi


def plot_coupling(options: Mapping[str, Any]) -> Figure:
    """Figure 7: bounds on e_hat theta_1 against m_nu."""
    version = options["version"]
    m_nu = np.geomspace(0.05, 20.0, options["points"])
    data = {
        "paper": "Planck 2015 (p_ann < 4.1e-28 cm^3/s/GeV) and Fermi 2015",
        "today": "Planck 2018 with lensing and BAO (p_ann < 3.2e-28 cm^3/s/GeV) and Fermi 2015",
    }[version]
    caption = (
        "After figure 7 of arXiv:1805.12139: upper limits (95%) on ê θ_1 if twin neutrinos are all the dark matter,"
        " from annihilation νν̄ → two twin photons, s-wave, σv ~ (ê θ_1)^4 at fixed r, Δ (footnote 2, times 2)."
        f" Data: {data}; the Fermi limit on e+e- is weakened by 2 for the cascade. Solid: the paper's r = 0.05, Δ ="
        " 0.5; the other shapes are chosen here. EDGES is left out: its sources give no number, and SARAS 3 does"
        " not see the profile (arXiv:2112.06778). Kinks: thresholds of the twin photon's decays."
    )
    title = f"Annihilation bounds on the mixing ({VERSIONS[version]})"
    figure, (ax,) = sheet(1, title, caption, (5.0, 3.9), legend=2.2)
    for r, delta, style in SHAPES:
        by_cmb, by_fermi = coupling_bounds(version, m_nu, r, delta)
        ax.plot(m_nu, by_cmb, color=palette.BLUE, ls=style, lw=1.5)
        ax.plot(m_nu, by_fermi, color=palette.VERMILION, ls=style, lw=1.5)
    ax.set(xscale="log", yscale="log", xlim=(m_nu[0], m_nu[-1]), ylim=(1e-4, 1.0))
    ax.set(xlabel=r"$m_{\hat\nu}$ [GeV]", ylabel=r"$\hat e\,\theta_1$")
    handles = [
        Line2D([], [], color=palette.BLUE, label="CMB"),
        Line2D([], [], color=palette.VERMILION, label="Fermi, dwarf galaxies"),
    ]
    handles += [
        Line2D([], [], color=palette.BLACK, ls=style, label=f"$r$ = {r:g}, $\\Delta$ = {delta:g}")
        for r, delta, style in SHAPES
    ]
    legend_beside(ax, handles)
    return figure


@dataclass(frozen=True)
class Benchmark:
    """One curve of figure 8: fixed r, Delta, theta_1; m_nu is what gives the right density."""

    phase: str
    m_nu: float
    """Where the right density is looked for first, GeV (small epsilon)."""
    delta: float
    r: float
    theta_1: float
    color: str


CURVES: tuple[Benchmark, ...] = (
    Benchmark("coscattering", 0.1, 0.2, 0.5, 2.6e-4, palette.VERMILION),
    Benchmark("mixed", 0.3, 0.2, 0.4, 2.55e-4, palette.GREEN),
    Benchmark("coscattering", 1.0, 0.1, 0.5, 4.42e-4, palette.ORANGE),
    Benchmark("coscattering", 1.0, 0.1, 0.8, 1.4e-2, palette.PURPLE),
    Benchmark("coannihilation", 3.0, 0.13, 0.6, 3.54e-2, palette.BLUE),
    Benchmark("coscattering", 10.0, 0.04, 0.5, 1.23e-3, palette.SKY),
)
"""Six benchmarks with the paper's phases (1, 3, 4, 6 coscattering, 2 mixed, 5 coannihilation) and own values."""


@dataclass(frozen=True)
class DensityCurve:
    """Right density at each epsilon (n,); nan where no mass gives it."""

    epsilon: FloatArray
    m_photon: FloatArray
    lifetime_s: FloatArray
    excluded: Any
    """Light elements exclude the decays of twin taus by 2 sigma."""


def _predict(version: str, point: Mapping[str, ArrayLike], relic: str | None = None) -> Predictions:
    """All processes; in the paper's version without nu f -> tau f, of which it has the three-body crossing alone."""
    if version == "today":
        return predicted(TwinModel(), point, "curve:")
    options = {**PAPER_PROCESSES, "sm_conversion": "leptons"}
    model = TwinModel(relic=relic or "paper", **options)  # type: ignore[arg-type]
    return in_blocks(lambda block: model.predict_scaled(block, plasma=-400.0), point, "curve:")


def density_curve(version: str, one: Benchmark, epsilon: FloatArray, points: int) -> DensityCurve:
    """m_photon = r m_nu at which the density is the observed one, for each epsilon (n,)."""
    held = {"delta": one.delta, "r": one.r, "theta_1": one.theta_1}

    def excess(log_m: FloatArray, mixing: FloatArray) -> FloatArray:
        found = _predict(version, benchmark(**held, epsilon=mixing, m_nu=np.exp(log_m)))
        return np.where(found.valid, np.log(found.values["omega_dm_h2"] / observed_density(version)), np.nan)

    nodes = np.log(one.m_nu) + np.linspace(-0.5, 2.1, points)
    mixings, grid = np.meshgrid(epsilon, nodes, indexing="ij")
    coarse = excess(grid.ravel(), mixings.ravel()).reshape(grid.shape)
    m_nu = np.exp(_roots(nodes, coarse, lambda log_m: excess(log_m, epsilon)))
    at = benchmark(**held, epsilon=epsilon, m_nu=np.nan_to_num(m_nu, nan=one.m_nu))
    values = _predict(version, at, "boltzmann").values  # eq. 4.13 has no density of taus
    bbn = TauDecayBbn.from_settings({"dataset": "paper"} if version == "paper" else {})
    needs = {name: np.broadcast_to(at[name] if name in at else values[name], epsilon.shape) for name in bbn.requires}
    needs = {name: np.nan_to_num(value, nan=0.0) for name, value in needs.items()}
    excluded = bbn.log_likelihood(needs) < -2.0
    return DensityCurve(epsilon, one.r * m_nu, values["tau_lifetime_s"], excluded)


def _roots(nodes: FloatArray, coarse: FloatArray, excess: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """ln m (n,) at which the excess first rises through 0; nan if it does not in a row of ``coarse`` (n, points)."""
    rises = (coarse[:, :-1] < 0.0) & (coarse[:, 1:] >= 0.0)
    rows, j = np.arange(len(coarse)), np.argmax(rises, axis=1)
    low, high, below, above = nodes[j], nodes[j + 1], coarse[rows, j], coarse[rows, j + 1]
    root = low
    for _ in range(_REFINEMENTS):
        root = low - below * (high - low) / np.where(rises.any(axis=1), above - below, 1.0)
        root = np.clip(np.nan_to_num(root, nan=nodes[0]), nodes[0], nodes[-1])
        value = excess(root)
        low, below = np.where(value < 0.0, root, low), np.where(value < 0.0, value, below)
        high, above = np.where(value >= 0.0, root, high), np.where(value >= 0.0, value, above)
    return np.where(rises.any(axis=1), root, np.nan)


def plot_epsilon(options: Mapping[str, Any]) -> Figure:
    """Figure 8: right density in the plane of the twin photon, for six benchmarks."""
    version = options["version"]
    half = options["points"] // 2
    epsilon = np.concatenate([np.geomspace(1e-9, 3e-5, half, endpoint=False), np.geomspace(3e-5, 1e-2, half + 1)])
    conversion = {
        "paper": "three-body (inverse) decays alone, as in the paper",
        "today": "scattering on the visible plasma (νf → τf) and three-body (inverse) decays",
    }[version]
    caption = (
        "After figure 8 of arXiv:1805.12139, six benchmarks with the phases of the paper's, whose values its text does"
        " not give: masses of the twin photon with the observed density at fixed r, Δ, θ_1, ê = 0.3, as a function of"
        " ε. At small ε the density does not depend on it; the turn to the right at large ε is due to"
        f" {conversion}. Curves end below where the twin photon is not in equilibrium with the visible plasma. Dots:"
        " lifetime of the twin tau of 1 s, 1e2 s, 1e4 s, ... downwards; thin dashed: excluded by light elements (2"
        " sigma). Shaded: searches for visible decays of the twin photon"
        f" ({'before mid-2018' if version == 'paper' else 'today'}) and the SN1987A criterion."
    )
    title = f"Observed density and kinetic mixing ({VERSIONS[version]})"
    figure, (ax,) = sheet(1, title, caption, (5.2, 4.4), legend=2.6)
    ax.set(xscale="log", yscale="log", xlim=(0.01, 60.0), ylim=(epsilon[0], epsilon[-1]))
    datasets = ("paper",) if version == "paper" else ("default", "paper")
    draw_exclusions(ax, datasets)
    handles: list[Any] = []
    for number, one in enumerate(CURVES, start=1):
        _draw_curve(ax, density_curve(version, one, epsilon, options["masses"]), one.color, number)
        values = f"$r$ = {one.r:g}, $\\Delta$ = {one.delta:g}, $\\theta_1$ = {one.theta_1:g}"
        handles.append(Line2D([], [], color=one.color, lw=1.6, label=f"{number} {one.phase}\n   {values}"))
    handles += [
        Line2D([], [], color=palette.GREY, lw=0.9, ls="--", label="excluded by BBN"),
        Line2D([], [], color=palette.GREY, marker="o", ms=3, ls="", label=r"lifetime $1, 10^2, 10^4, \ldots$ s"),
        *exclusion_handles(datasets),
    ]
    legend_beside(ax, handles)
    ax.set(xlabel=r"$m_{\hat\gamma}$ [GeV]", ylabel=r"$\epsilon$")
    return figure


def _draw_curve(ax: Axes, curve: DensityCurve, color: str, number: int) -> None:
    allowed = np.where(curve.excluded, np.nan, curve.m_photon)
    joined = curve.excluded | np.roll(curve.excluded, 1) | np.roll(curve.excluded, -1)
    joined[[0, -1]] = curve.excluded[[0, -1]]
    ax.plot(allowed, curve.epsilon, color=color, lw=1.6, label=f"{number}")
    ax.plot(np.where(joined, curve.m_photon, np.nan), curve.epsilon, color=color, lw=0.9, ls="--")
    good = np.flatnonzero(np.isfinite(curve.m_photon))
    if good.size:
        at = curve.m_photon[good[0]], curve.epsilon[good[0]]
        ax.annotate(str(number), at, (4, 3), textcoords="offset points", color=color, fontsize=8, weight="bold")
    ticks = lifetime_ticks(curve)
    ax.plot(*ticks, "o", color=color, ms=3)


def lifetime_ticks(curve: DensityCurve) -> tuple[FloatArray, FloatArray]:
    """(m_photon, epsilon) where the lifetime of the twin tau is 1 s, 100 s, 1e4 s, ...; none for on-shell decays."""
    good = np.isfinite(curve.m_photon)
    log_t, log_e = np.log10(curve.lifetime_s[good]), np.log10(curve.epsilon[good])
    if log_t.size < 2 or np.ptp(log_t) < 1.0:
        return np.empty(0), np.empty(0)
    order = np.argsort(log_t)
    wanted = np.arange(0.0, log_t.max(), 2.0)
    wanted = wanted[wanted >= log_t.min()]
    at = np.interp(wanted, log_t[order], log_e[order])
    mass = np.exp(np.interp(at, log_e, np.log(curve.m_photon[good])))
    return mass, 10.0**at


FIGURES: Mapping[str, FigureKind] = {
    "twin-7": FigureKind(
        "bounds on e_hat theta_1 from annihilation (CMB, Fermi) against m_nu",
        plot_coupling,
        {"version": tuple(VERSIONS), "points": Number(60, 5, 300, True)},
        (Plane(0, "m_nu", "e_hat * theta_1"),),
    ),
    "twin-8": FigureKind(
        "observed density against epsilon for six benchmarks, in the plane of the twin photon",
        plot_epsilon,
        {"version": tuple(VERSIONS), "points": Number(120, 6, 300, True), "masses": Number(14, 4, 100, True)},
        (Plane(0, "m_dark_photon", "epsilon"),),
    ),
}
