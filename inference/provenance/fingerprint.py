"""Fingerprint of a posterior: settings, data, versions, and log L at fixed probe points.

A fingerprint is stored with every run. A run is resumed, and independent seeds are merged, only if the fingerprints
agree; otherwise each difference is named: a prior, a setting, a data table, a version, or a likelihood whose log L
at a probe point has changed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ...common.tolerances import changed, scaled_difference
from ...likelihoods import likelihood_names, likelihood_settings, table_settings
from ...physics.model import OK
from ..configuration.run_config import RunConfig
from ..errors import InputError
from ..posterior import Evaluation, Posterior
from ..samplers.registry import find_sampler

PROBES = 8
"""Number of points at which log L is stored."""

PROBE_DRAWS = 256
"""Number of prior draws from which probe points are selected: allowed points first, then points that are only valid."""

PROBE_SEED = 20261121

PACKAGES = ("twinsector", "numpy", "scipy", "numba")


class Change(NamedTuple):
    """One difference between two fingerprints."""

    what: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.what}: was {self.was}, is {self.now}"


@dataclass(frozen=True)
class Fingerprint:
    """``settings`` (flat: ``"parameters.m_R"`` -> spec), ``seed``, ``data`` (file -> SHA-256), ``versions``,
    and ``probes``: points of the unit cube, their log prior density, and log L of each likelihood there (None: the
    point is invalid or has probability zero).
    """

    settings: dict[str, Any]
    seed: int
    data: dict[str, str]
    versions: dict[str, str]
    points: list[list[float]]
    log_prior: list[float | None]
    log_likelihoods: dict[str, list[float | None]]
    has_adaptive_steps: bool = True
    """Of the model: how far log L may move at a probe (``tolerances``)."""

    @property
    def digest(self) -> str:
        """Short hash of everything except the seed and the points; numbers are rounded to nine digits."""
        numbers = [[_rounded(value) for value in column] for column in (self.log_prior, *self.log_likelihoods.values())]
        text = json.dumps([self.settings, self.data, self.versions, numbers], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {**vars(self), "digest": self.digest}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fingerprint:
        """Restore from :meth:`to_dict`; raises ``KeyError`` for a part that is missing or of another kind."""
        steps = bool(values.get("has_adaptive_steps", True))  # not stored by the first versions
        known = {}
        for name, kind in _KINDS.items():
            if not isinstance(values.get(name), kind):
                raise KeyError(name)
            known[name] = values[name]
        return cls(**known, has_adaptive_steps=steps)


_KINDS: Final[dict[str, type]] = {
    "settings": dict, "seed": int, "data": dict, "versions": dict,
    "points": list, "log_prior": list, "log_likelihoods": dict,
}  # fmt: skip
"""Parts of a fingerprint in a file, as plain data."""


def fingerprint(
    config: RunConfig,
    posterior: Posterior,
    points: list[list[float]] | None = None,
    evaluate: Callable[[FloatArray], Evaluation] | None = None,
) -> Fingerprint:
    """Compute the fingerprint of a run; ``points`` are the probe points of an earlier one (default: select new ones).

    ``evaluate`` replaces ``posterior.evaluate``, for example to use an executor.
    """
    evaluate = evaluate or posterior.evaluate
    u = np.asarray(points) if points is not None else _probe_points(posterior, evaluate)
    log_prior: FloatArray = np.full(len(u), np.nan)
    log_l = np.full((len(u), len(posterior.likelihoods)), np.nan)
    if u.shape[1] == posterior.prior.n_dim:
        found = evaluate(posterior.prior.transform(u))
        log_prior, log_l = found.log_prior, found.log_likelihoods
    return Fingerprint(
        settings=dict(_flat(_settings(config, posterior))),
        seed=config.seed,
        data={file.name: file.sha256 for likelihood in posterior.likelihoods for file in likelihood.data_files},
        versions=installed_versions((*PACKAGES, *find_sampler(config.sampler.name).packages)),
        points=u.tolist(),
        log_prior=_plain(log_prior),
        log_likelihoods={name: _plain(log_l[:, i]) for i, name in enumerate(posterior.likelihood_names)},
        has_adaptive_steps=posterior.has_adaptive_steps,
    )


def changes(before: Fingerprint, now: Fingerprint, *, seed: bool = True) -> list[Change]:
    """Differences between two fingerprints at the same probe points, most informative first; optionally ``seed``.

    Numbers at the probes are compared only if no difference in the settings already explains a change.
    """
    found = list(_changed(before.settings, now.settings, "", _spec))
    found += [Change("seed", str(before.seed), str(now.seed))] if seed and before.seed != now.seed else []
    found += _changed(before.data, now.data, "data table ", lambda checksum: f"sha256 {checksum[:12]}...")
    found += _changed(before.versions, now.versions, "version of ", str)
    explained = {".".join(change.what.split(".")[:2]) for change in found}
    if explained & {"model"} or any(what.startswith(("options.", "parameters.", "derived.")) for what in explained):
        return found
    adaptive = before.has_adaptive_steps and now.has_adaptive_steps
    found += _moved("prior: log density", before.log_prior, now.log_prior, adaptive=False)
    for name in before.log_likelihoods:
        if name in now.log_likelihoods and f"likelihoods.{name}" not in explained:
            was, are = before.log_likelihoods[name], now.log_likelihoods[name]
            found += _moved(f"likelihood {name}: log L", was, are, adaptive=adaptive)
    return found


def changes_since(before: Fingerprint, config: RunConfig, posterior: Posterior, *, seed: bool = True) -> list[Change]:
    """Changes since the fingerprint was taken; the posterior is evaluated at its probe points."""
    return changes(before, fingerprint(config, posterior, before.points), seed=seed)


def refuse_changed(before: Mapping[str, Any], config: RunConfig, posterior: Posterior) -> None:
    """Refuse to resume a run whose stored fingerprint differs from that of ``config`` and ``posterior``.

    Raises :class:`InputError` naming the first difference, with a table of all differences as details.
    """
    try:
        found = changes_since(Fingerprint.from_dict(before), config, posterior)
    except KeyError:
        raise InputError(f"cannot resume {config.folder}: it holds a run of an earlier version; use --force") from None
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise InputError(
            f"cannot resume {config.folder}: its posterior has changed: {found[0]}{more}; undo the change, "
            "or start again with --force, which keeps the old run under another name",
            details=format_changes(found),
        )


def format_changes(found: list[Change], sides: tuple[str, str] = ("was", "is")) -> str:
    """Format the differences as a plain-text table; ``sides`` are the column headings."""
    rows = [("what", *sides), *found]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    return "\n".join(f"  {what:<{widths[0]}}  {was:<{widths[1]}}  {now}".rstrip() for what, was, now in rows)


def _settings(config: RunConfig, posterior: Posterior) -> dict[str, Any]:
    """Everything that determines the results, with all defaults, taken from the posterior itself."""
    return {
        "model": posterior.model.name,
        "options": dict(posterior.model.options),
        "parameters": posterior.prior.describe(),
        "derived": {one.name: one.expression.text for one in posterior.derived},
        "likelihoods": {name: _all_settings(config, name) for name in posterior.likelihood_names},
        "sampler": config.sampler.model_dump(mode="json"),
    }


def _all_settings(config: RunConfig, name: str) -> dict[str, Any]:
    """Settings of a likelihood with defaults, except paths of tables, which are identified by their checksums."""
    kind = config.kind_of(name)
    known = likelihood_settings(kind) if kind in likelihood_names() else {}
    chosen = {**({} if kind == name else {"type": kind}), **known, **config.settings_of(name)}
    tables = table_settings(kind)
    return {key: value for key, value in chosen.items() if key not in tables}


def _flat(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Entries as ``section.name`` (likelihoods: ``likelihoods.name.setting``), and one for each likelihood itself."""
    for key, value in tree.items():
        if not isinstance(value, Mapping):
            yield key, _json(value)
        elif key == "likelihoods":
            for name, settings in value.items():
                yield f"likelihoods.{name}", "used"
                yield from ((f"likelihoods.{name}.{one}", _json(setting)) for one, setting in settings.items())
        else:
            yield from ((f"{key}.{name}", _json(entry)) for name, entry in value.items())


def _json(value: Any) -> Any:
    """Convert ``value`` to JSON and back."""
    return json.loads(json.dumps(value, default=str))


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of installed distributions, "unknown" for others."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "unknown"
    return found


def _probe_points(posterior: Posterior, evaluate: Callable[[FloatArray], Evaluation]) -> FloatArray:
    u = np.random.default_rng(PROBE_SEED).random((PROBE_DRAWS, posterior.prior.n_dim))
    found = evaluate(posterior.prior.transform(u))
    rank = np.where(found.status != OK, 2, np.where(np.isfinite(found.log_likelihood), 0, 1))
    return u[np.argsort(rank, kind="stable")[:PROBES]]


def _changed(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str, show: Any) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *now)):
        if key not in now:
            yield Change(prefix + key, show(before[key]), "absent")
        elif key not in before:
            yield Change(prefix + key, "absent", show(now[key]))
        elif before[key] != now[key]:
            yield Change(prefix + key, show(before[key]), show(now[key]))


def _moved(what: str, before: list[float | None], now: list[float | None], *, adaptive: bool) -> list[Change]:
    """First probe at which two columns differ by more than rounding, if any."""
    was, are = (np.array([np.nan if value is None else value for value in column]) for column in (before, now))
    moved = np.flatnonzero(changed(scaled_difference(was, are), adaptive=adaptive))
    if not len(moved):
        return []
    more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
    return [Change(f"{what} at probe {moved[0] + 1}{more}", _number(before[moved[0]]), _number(now[moved[0]]))]


def _plain(values: FloatArray) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]


def _rounded(value: float | None) -> str:
    return "none" if value is None else f"{value:.8e}"


def _number(value: float | None) -> str:
    return "not allowed" if value is None else f"{value:.10g}"


def _spec(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
