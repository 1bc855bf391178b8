"""Parser for the prior specifications of run files, with errors that name the parameter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..common.words import did_you_mean
from .compound import FromScipy, Truncated, is_scipy_frozen
from .dependent import Fixed, Scaled, Sheared, Tied
from .distributions import Distribution, LogNormal, LogUniform, Normal, Uniform
from .surfaces import SURFACES

T = TypeVar("T")
AnyDistribution = Distribution | Fixed | Tied | Scaled | Sheared

_TWO_NUMBERS: dict[str, tuple[Callable[[float, float], Distribution], str]] = {
    "uniform": (Uniform, "[lower, upper]"),
    "log_uniform": (LogUniform, "[lower, upper]"),
    "normal": (Normal, "[mean, sigma]"),
    "log_normal": (LogNormal, "[median, sigma of ln x]"),
}
_KINDS = (*_TWO_NUMBERS, "truncated", "fixed", "tied", "scaled", "sheared", "scipy")


def parse_distribution(spec: Any, name: str = "parameter") -> AnyDistribution:
    """Convert a spec to a distribution; ``name`` is the parameter, for use in error messages.

    Specs: a number (fixed); ``{uniform: [a, b]}``; ``{log_uniform: [a, b]}``; ``{normal: [mean, sigma]}``;
    ``{log_normal: [median, sigma_ln]}``; ``{truncated: {normal: [..], lower: .., upper: ..}}``; ``{fixed: x}``;
    ``{tied: {to: other, factor: 1, power: 1}}``; ``{scaled: {to: other, factor: .., log_uniform: [a, b]}}``;
    ``{sheared: {surface: twin_relic_density, log_uniform: [a, b]}}``;
    ``{scipy: {name: gamma, args: [2.0], kwds: {scale: 3.0}}}``; a frozen SciPy distribution; a distribution of this
    package, which is returned unchanged. Raises ``ValueError`` (one line) for anything else.

    >>> distribution = parse_distribution({"log_uniform": [10.0, 1000.0]})
    >>> distribution.ppf([0.0, 0.5, 1.0])
    array([  10.,  100., 1000.])
    >>> parse_distribution({"uniform": [1.0]}, "m_R")
    Traceback (most recent call last):
        ...
    ValueError: prior of 'm_R': uniform takes two numbers [lower, upper], got [1.0]
    """
    if isinstance(spec, Distribution | Fixed | Tied | Scaled | Sheared):
        return spec
    if is_scipy_frozen(spec):
        return _for_parameter(name, lambda: FromScipy(spec))
    if isinstance(spec, Mapping):
        if len(spec) != 1:
            raise _error(name, f"expected one distribution such as {{uniform: [0, 1]}}, got {_shown(spec)}")
        kind, body = next(iter(spec.items()))
        return _parse_kind(str(kind), body, name)
    value = _number(spec, name, "a number or a distribution such as {uniform: [0, 1]}")
    return _for_parameter(name, lambda: Fixed(value))


def _parse_kind(kind: str, body: Any, name: str) -> AnyDistribution:
    if kind in _TWO_NUMBERS:
        family, form = _TWO_NUMBERS[kind]
        if not isinstance(body, Sequence) or isinstance(body, str) or len(body) != 2:
            raise _error(name, f"{kind} takes two numbers {form}, got {_shown(body)}")
        first, second = (_number(item, name, f"two numbers {form} for {kind}") for item in body)
        return _for_parameter(name, lambda: family(first, second))
    if kind == "fixed":
        value = _number(body, name, "a number for fixed")
        return _for_parameter(name, lambda: Fixed(value))
    if kind == "tied":
        return _parse_tied(body, name)
    if kind == "truncated":
        return _parse_truncated(body, name)
    if kind == "scaled":
        return _parse_scaled(body, name)
    if kind == "sheared":
        return _parse_sheared(body, name)
    if kind == "scipy":
        return _parse_scipy(body, name)
    raise _error(name, f"unknown distribution '{kind}'{did_you_mean(kind, _KINDS)}")


def _parse_tied(body: Any, name: str) -> Tied:
    if isinstance(body, str):
        return Tied(body)
    options = _options(body, name, "tied", ("to", "factor", "power"))
    return _for_parameter(name, lambda: Tied(_target(options, name, "tied"), **_factor_and_power(options, name)))


def _parse_truncated(body: Any, name: str) -> Truncated:
    inner, options = _split_inner(body, name, "truncated", ("lower", "upper"))
    if not options:
        raise _error(name, "truncated needs `lower:`, `upper:` or both")
    lower = _edge(options.get("lower"), -math.inf, name)
    upper = _edge(options.get("upper"), math.inf, name)
    return _for_parameter(name, lambda: Truncated(inner, lower, upper))


def _parse_scaled(body: Any, name: str) -> Scaled:
    inner, options = _split_inner(body, name, "scaled", ("to", "factor", "power"))
    target = _target(options, name, "scaled")
    return _for_parameter(name, lambda: Scaled(target, inner, **_factor_and_power(options, name)))


def _parse_sheared(body: Any, name: str) -> Sheared:
    inner, options = _split_inner(body, name, "sheared", ("surface",))
    if not isinstance(options.get("surface"), str):
        raise _error(name, f"sheared needs `surface:` with one of {', '.join(SURFACES)}")
    return _for_parameter(name, lambda: Sheared(options["surface"], inner))


def _parse_scipy(body: Any, name: str) -> FromScipy:
    import scipy.stats

    options = _options(body, name, "scipy", ("name", "args", "kwds"))
    family_name = str(options.get("name", ""))
    families = [key for key in dir(scipy.stats) if isinstance(getattr(scipy.stats, key), scipy.stats.rv_continuous)]
    if family_name not in families:
        hint = did_you_mean(family_name, families, list_all=False)
        raise _error(name, f"SciPy has no continuous distribution '{family_name}'{hint}")
    listed, named = options.get("args", []), options.get("kwds", {})
    if not isinstance(listed, list | tuple) or not isinstance(named, Mapping):
        raise _error(name, "scipy takes args: [1.0, ...] and kwds: {scale: 1.0, ...}")
    args = [_number(item, name, "numbers in args") for item in listed]
    kwds = {str(key): _number(item, name, f"a number for {key}") for key, item in named.items()}
    try:
        return FromScipy(getattr(scipy.stats, family_name)(*args, **kwds))
    except (TypeError, ValueError) as error:
        raise _error(name, f"scipy distribution '{family_name}': {error}") from error


def _split_inner(body: Any, name: str, kind: str, keys: tuple[str, ...]) -> tuple[Distribution, dict[str, Any]]:
    """Return the distribution inside a ``truncated``, ``scaled`` or ``sheared`` spec, and the other options."""
    if not isinstance(body, Mapping):
        raise _error(name, f"{kind} takes a mapping such as {{normal: [0, 1], {keys[0]}: ...}}, got {_shown(body)}")
    options = {str(key): value for key, value in body.items() if key in keys}
    rest = {str(key): value for key, value in body.items() if key not in keys}
    if len(rest) != 1:
        raise _error(name, f"{kind} needs exactly one distribution inside (and {', '.join(keys)}), got {_shown(body)}")
    inner = parse_distribution(rest, name)
    if not isinstance(inner, Distribution):
        raise _error(name, f"{kind} needs a distribution with a density inside, not '{next(iter(rest))}'")
    return inner, options


def _options(body: Any, name: str, kind: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        raise _error(name, f"{kind} takes a mapping with {', '.join(keys)}, got {_shown(body)}")
    for key in body:
        if key not in keys:
            raise _error(name, f"unknown key '{key}' in {kind}{did_you_mean(str(key), keys)}")
    return {str(key): value for key, value in body.items()}


def _target(options: Mapping[str, Any], name: str, kind: str) -> str:
    if not isinstance(options.get("to"), str):
        raise _error(name, f"{kind} needs `to:` with the other parameter's name")
    return str(options["to"])


def _factor_and_power(options: Mapping[str, Any], name: str) -> dict[str, float]:
    return {key: _number(options.get(key, 1.0), name, f"a number for {key}") for key in ("factor", "power")}


def _edge(value: Any, default: float, name: str) -> float:
    return default if value is None else _number(value, name, "numbers for lower and upper")


def _number(value: Any, name: str, expected: str) -> float:
    """``value`` as a finite float; what stands in quotes is text, here as everywhere in a run file."""
    if value is None or isinstance(value, bool | str | Mapping | list | tuple):
        raise _error(name, f"expected {expected}, got {_shown(value)}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise _error(name, f"expected {expected}, got {_shown(value)}") from None
    if not math.isfinite(number):
        raise _error(name, f"expected {expected}, got {number}: it must be finite")
    return number


def _for_parameter(name: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        raise _error(name, str(error)) from error


def _shown(value: Any) -> str:
    return repr(dict(value) if isinstance(value, Mapping) else value)


def _error(name: str, text: str) -> ValueError:
    return ValueError(f"prior of '{name}': {text}")
