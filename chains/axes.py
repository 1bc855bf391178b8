"""Axis labels with units, tick marks, and the choice between linear and logarithmic axes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..common.arrays import FloatArray
from ..common.words import NO_UNITS
from .chain import Chain

DECADES_FOR_LOG, DECADES_TOGETHER = 1.5, 2.0
"""A positive prediction whose central 95% spans more decades than this is shown on a logarithmic axis; and one for
which those of all runs that are drawn do together."""
BROAD_LOG_NORMAL = 0.3
"""Minimum width in ln x of a log-normal prior for a logarithmic axis; narrower ones are nearly normal."""
NARROW = 1e-4
"""Width of an axis relative to its values below which tick labels (of six digits) are differences to a round number."""


_IN_SCRIPT = re.compile(r"_\{[^{}]*'[^{}]*\}")
"""Subscripts with primes, which mathtext would shrink once more, to a dot."""


def is_logarithmic(chain: Chain, name: str, interval_95: tuple[float, float] | None = None) -> bool:
    """Whether ``name`` has a logarithmic axis: its prior is logarithmic, or it is a prediction with a wide range.

    ``interval_95`` is its central interval, where that is known already: it costs a sort of the samples.
    """
    spec = chain.info.priors.get(name)
    if not _is_positive(chain, name):
        return False
    if spec is not None and name in chain.sampled:
        return _is_log_spec(spec)
    low, high = interval_95 or _interval_95(chain, name) or (1.0, 1.0)
    return math.log10(high / low) > DECADES_FOR_LOG


def are_logarithmic(chains: Sequence[Chain], name: str) -> bool:
    """Whether ``name`` has a logarithmic axis in a picture of several runs: it has one in each, or it is positive, has
    a linear prior in none, and spans decades from one run to another."""
    if all(is_logarithmic(chain, name) for chain in chains):
        return True
    linear = any(name in chain.sampled and not _is_log_spec(chain.info.priors.get(name)) for chain in chains)
    if linear or not all(_is_positive(chain, name) for chain in chains):
        return False
    ends = [found for chain in chains for found in [_interval_95(chain, name)] if found is not None]
    return bool(ends) and math.log10(max(end[1] for end in ends) / min(end[0] for end in ends)) >= DECADES_TOGETHER


def _is_positive(chain: Chain, name: str) -> bool:
    values = chain.column(name)
    return bool(np.all(values[np.isfinite(values)] > 0.0))


def _interval_95(chain: Chain, name: str) -> tuple[float, float] | None:
    """Central interval of the finite samples; None if there are none."""
    if not np.any(np.isfinite(chain.column(name)) & (chain.log_weight > -np.inf)):
        return None
    low, high = chain.quantile(name, [0.025, 0.975]).tolist()
    return low, high


def coordinate(values: FloatArray, logarithmic: bool) -> FloatArray:
    """``values`` in the plot coordinate: log10 if ``logarithmic``."""
    return np.log10(values) if logarithmic else np.asarray(values, dtype=float)


def latex(chain: Chain, name: str) -> str:
    """LaTeX of the quantity between dollar signs, or its plain name if the run has no label."""
    text = chain.info.labels.get(name, "").strip()
    if not text:
        return name
    return text if "$" in text else f"${text}$"


def label(chain: Chain, name: str, offset: float = 0.0, power: int = 0) -> str:
    """Axis label: LaTeX, what is subtracted from the values that ticks show, and power of ten and unit in brackets."""
    from matplotlib import rcParams

    unit = chain.info.units.get(name, "").strip()
    text = latex(chain, name) if rcParams["text.usetex"] else _IN_SCRIPT.sub(_raised, latex(chain, name))
    inside = [f"$10^{{{power}}}$"] if power else []
    inside += [unit_text(unit)] if unit not in NO_UNITS else []
    sign = "+" if offset < 0.0 else "\u2212"
    less = f" {sign} {exact_number(abs(offset))}" if offset else ""
    return f"{text}{less}" + (f" [{' '.join(inside)}]" if inside else "")


def _raised(script: re.Match[str]) -> str:
    """With the letter prime, which is raised already, instead of an apostrophe, which mathtext makes a superscript."""
    return script[0].replace("'", "\u2032")


def offset_and_power(low: float, high: float) -> tuple[float, int]:
    """A round number to subtract from the values on a linear axis, and a power of ten to divide them by, without which
    its tick labels would be long or all alike; 0 and 0 for most axes."""
    span, offset = high - low, 0.0
    if span < NARROW * max(abs(low), abs(high)):
        offset = round(0.5 * (low + high), -math.floor(math.log10(span)) - 1)
    largest = max(abs(low - offset), abs(high - offset))
    power = math.floor(math.log10(largest / 1.5)) if largest > 0.0 else 0  # ticks at 3, 6, 9 rather than 0.3, 0.6, 0.9
    return offset, 0 if -3 <= power < 5 else power


def power_of_logarithmic(low: float, high: float) -> int:
    """A power of ten to divide the values on a logarithmic axis by, without which its tick labels would be products as
    3e-16; 0 where they are plain numbers or powers of ten. ``low`` and ``high`` are log10 of the ends."""
    _, texts = ticks(low, high, logarithmic=True)
    return round(0.5 * (low + high)) if any("times" in text for text in texts) else 0


def unit_text(unit: str) -> str:
    """Format the powers in a unit as superscripts: 'GeV^-2' -> 'GeV$^{-2}$', 'cm2/g' -> 'cm$^{2}$/g'."""
    if "$" in unit:
        return unit
    return re.sub(r"(?<=[A-Za-z])\^?(-?\d+)", r"$^{\1}$", unit)


def _is_log_spec(spec: Any) -> bool:
    if not isinstance(spec, dict):
        return False
    if "log_uniform" in spec:
        return True
    if "log_normal" in spec:
        return float(spec["log_normal"][1]) >= BROAD_LOG_NORMAL
    return any(_is_log_spec(spec[kind]) for kind in ("truncated", "scaled", "sheared") if kind in spec)


def ticks(low: float, high: float, logarithmic: bool, most: int = 4) -> tuple[list[float], list[str]]:
    """Tick positions (in plot coordinates) and labels (in values of the quantity).

    Logarithmic axes get powers of ten, 1-3 or 1-2-5 steps, whichever fits the range best (for small values, whose
    labels are long, two powers of ten are enough); a range too short for these gets round numbers.
    """
    from matplotlib.ticker import MaxNLocator

    if logarithmic:
        for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)):
            decades = range(int(np.floor(low)), int(np.ceil(high)) + 1)
            values = [step * 10.0**k for k in decades for step in steps if low <= k + np.log10(step) <= high]
            if len(values) >= (2 if high - low > 1.2 and steps == (1.0,) and high < -2.0 else min(3, most)):
                every = -(-len(values) // (most + 1))
                values = values[::every]
                return [float(np.log10(value)) for value in values], [short_number(value) for value in values]
    ends = (10.0**low, 10.0**high) if logarithmic else (low, high)
    places = [float(v) for v in MaxNLocator(most, prune=None).tick_values(*ends) if ends[0] <= v <= ends[1]]
    span = max(abs(ends[0]), abs(ends[1]))
    places = [0.0 if abs(v) < 1e-12 * span else v for v in places]
    texts = [short_number(value) for value in places]
    return ([float(np.log10(v)) for v in places] if logarithmic else places), texts


def exact_number(value: float) -> str:
    """Format a round value with all its digits (at most 12)."""
    mantissa, exponent = (*f"{value:z.12g}".split("e"), "")[:2]
    return f"${mantissa}{{\\times}}10^{{{int(exponent)}}}$" if exponent else mantissa.replace("-", "\u2212")


def short_number(value: float) -> str:
    """Format a value concisely; very large and small ones as powers of ten."""
    if value == 0.0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:z.6g}".replace("-", "\u2212")
    exponent = int(np.floor(np.log10(abs(value)) + 1e-9))
    mantissa = f"{value / 10.0**exponent:.4g}"
    return f"$10^{{{exponent}}}$" if mantissa == "1" else f"${mantissa}{{\\times}}10^{{{exponent}}}$"
