"""Pictures of the examples of ``docs/priors.md``, one for each kind of prior, in ``docs/images/priors/``.

python docs/scripts/prior_pictures.py
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

import twinsector
from twinsector.common.units import read_unit, unit_text
from twinsector.priors import Fixed, Scaled, Sheared, Tied, parse_distribution

DOCS = Path(__file__).parents[1]
COLOR = "#0072b2"
DRAWS = 400


def examples() -> dict[str, tuple[str, Any]]:
    """Kind of prior: parameter and specification of the example below its heading."""
    page = (DOCS / "priors.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (\w+)\n\n```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return {kind: next(iter(yaml.safe_load(text).items())) for kind, text in found}


def draw(kind: str) -> Figure:
    """The picture of one kind."""
    name, spec = examples()[kind]
    prior = parse_distribution(spec, name)
    figure = Figure(figsize=(4.6, 2.2), layout="constrained")
    if isinstance(prior, Sheared):
        _surface(figure.subplots(1, 2, sharey=True), prior)
        return figure
    axis = figure.subplots()
    if isinstance(prior, Fixed):
        axis.vlines(prior.value, 0.0, 1.0, color=COLOR, linewidth=2)
        axis.set(xlabel=_with_unit(name, name), xlim=(0.0, 2.0 * prior.value), ylim=(0.0, 1.1), yticks=[])
    elif isinstance(prior, Tied | Scaled):
        _against_the_other(axis, name, prior)
    else:
        _density(axis, name, prior, logarithmic=kind == "log_uniform")
    for one in (axis.xaxis, axis.yaxis):
        _few_ticks(one)
    return figure


def _with_unit(text: str, name: str, power: int = 1) -> str:
    """``text`` with this power of the unit of parameter ``name`` of the mirror model."""
    (unit,) = (one.unit for one in twinsector.build_model("mirror").parameters if one.name == name)
    whole = unit_text({base: power * exponent for base, exponent in read_unit(unit).items()})
    whole = re.sub(r"\^(-?\d+)", r"$^{\1}$", whole)
    return f"{text} [{whole}]" if whole else text


def _few_ticks(axis: Axis) -> None:
    if axis.get_scale() == "log":
        low, high = axis.get_view_interval()
        if high < 100.0 * low:  # else powers of ten
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    elif len(axis.get_ticklocs()):
        axis.set_major_locator(MaxNLocator(5))


def _density(axis: Axes, name: str, prior: Any, logarithmic: bool) -> None:
    lower, upper = (float(prior.ppf(u)) for u in (1e-3, 0.999))
    margin = 0.08 * (upper - lower)
    first = lower - margin if lower < 0.0 else max(lower - margin, 0.0)
    x = np.geomspace(lower / 1.3, upper * 1.3, 1000) if logarithmic else np.linspace(first, upper + margin, 1000)
    density = np.exp(prior.logpdf(x))
    axis.plot(x, density, color=COLOR)
    axis.fill_between(x, density, color=COLOR, alpha=0.15)
    axis.set(xlabel=_with_unit(name, name), ylabel=_with_unit("density", name, -1))
    axis.set(ylim=(0.0, None), xscale="log" if logarithmic else "linear")
    if x[0] == 0.0:
        axis.set_xlim(left=0.0)
    if logarithmic:
        axis.set(yscale="log", ylim=(0.5 * density[density > 0.0].min(), None))


def _against_the_other(axis: Axes, name: str, prior: Tied | Scaled) -> None:
    sets = twinsector.build_model("mirror").prior_sets["mirror"]
    rng = np.random.default_rng(1)
    other = parse_distribution(sets[prior.to], prior.to).sample(rng, DRAWS)
    value = prior.value(other) if isinstance(prior, Tied) else prior.scale(other) * prior.base.sample(rng, DRAWS)
    axis.plot(other, value, ".", color=COLOR, markersize=2.5)
    axis.set(xlabel=_with_unit(prior.to, prior.to), ylabel=_with_unit(name, name), xscale="log", yscale="log")


def _surface(axes: Any, prior: Sheared) -> None:
    """The surface as a curve in two of the cube's coordinates, for one value of the others."""
    theta = parse_distribution(twinsector.build_model("twin").prior_sets["twin"]["theta_1"], "theta_1")
    u = np.linspace(0.02, 0.98, 300)
    for delta in (0.05, 0.1, 0.2):
        values = {"m_nu": 1.0, "r": 0.5, "delta": delta, "epsilon": 1e-6, "f_over_v": 7.0}
        others = {name: np.full(u.size, value) for name, value in values.items()}
        at = prior.base.cdf(prior.along.value({**others, "theta_1": theta.ppf(u)}))
        inside = (at > 0.0) & (at < 1.0)
        axes[0].plot(u[inside], at[inside], label=rf"$\Delta$ = {delta:g}")
    axes[1].axhline(0.5, color="black")
    axes[0].legend(fontsize=7)
    axes[0].set(xlabel="cube coordinate of theta_1", ylabel="cube coordinate of e_hat", ylim=(0.0, 1.0))
    axes[0].set_title("unsheared")
    axes[1].set(xlabel="cube coordinate of theta_1", xlim=(0.0, 1.0), title="sheared")


def main() -> None:
    folder = DOCS / "images" / "priors"
    folder.mkdir(exist_ok=True)
    for kind in examples():
        draw(kind).savefig(folder / f"{kind}.png", dpi=110)


if __name__ == "__main__":
    main()
