"""Model comparison: log-evidences of several runs, Bayes factors, and whether the runs use the same data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..common.tables import FieldTables
from .chain import Chain
from .conditions import PRIOR, BothEvidences, as_counted, both_evidences, format_both
from .deciders import Averaged, Gain, LikelihoodMeans, averaged_predictions, gain, likelihood_means, strength

LN_10 = math.log(10.0)
NOT_USED = "not used"


@dataclass(frozen=True)
class EvidenceRow:
    """One run: ln Z and its error, and the difference to the best run (ln and log10 Bayes factor) with its error.

    All None if the sampler gives no evidence. The difference of the best run is 0 without error.
    """

    name: str
    model: str
    log_evidence: float | None
    log_evidence_error: float | None
    delta_log_evidence: float | None
    log10_bayes_factor: float | None
    delta_error: float | None


@dataclass(frozen=True, repr=False)
class Comparison(FieldTables):
    """Runs sorted by evidence, and the data to which their evidences refer.

    ``shared`` are likelihoods that all runs use with the same data and settings; ``differing`` maps every other
    likelihood to its use in each run, and ``same_data`` are those of them that all runs use with the same data but
    other settings; ``comparable`` is true if ``differing`` is empty, data files agree and at least two runs
    have an evidence. ``gains`` (in the order of ``rows``), ``likelihoods`` and ``averaged`` say why, see their classes.
    ``conditions`` has both conventions of each ln Z; ``rows`` and ``averaged`` count conditions of consistency as prior
    if all run files do, else as likelihood. ``warnings`` are one sentence each.
    """

    rows: tuple[EvidenceRow, ...]
    shared: tuple[str, ...]
    differing: dict[str, dict[str, str]]
    comparable: bool
    warnings: tuple[str, ...]
    same_data: tuple[str, ...] = ()
    gains: tuple[Gain, ...] = ()
    likelihoods: tuple[LikelihoodMeans, ...] = ()
    averaged: tuple[Averaged, ...] = ()
    conditions: tuple[BothEvidences, ...] = ()


def compare(chains: Sequence[Chain]) -> Comparison:
    """Compare the evidences of runs. Raises ``ValueError`` if fewer than two runs are given.

    ln B = ln Z - ln Z_best, with both errors added in quadrature. Bayes factors of runs with different data are
    computed but flagged: for the likelihoods that differ they carry no information about the models.
    """
    if len(chains) < 2:
        raise ValueError("compare needs at least two runs")
    names = unique_names(chains)
    shared, same_data, differing = _likelihoods(chains, names)
    files = _differing_files(chains, names)
    warnings = [*_data_warnings(differing, files), *_run_warnings(chains, names)]
    with_evidence = [chain for chain in chains if chain.info.log_evidence is not None]
    counted = as_counted(chains)
    rows = _rows(counted, names)
    both = [both_evidences(chain.info, name) for chain, name in zip(chains, names, strict=True)]
    by_name = dict(zip(names, chains, strict=True))
    return Comparison(
        rows=rows,
        gains=tuple(gain(by_name[row.name], row.name) for row in rows),
        likelihoods=likelihood_means(chains, names),
        averaged=averaged_predictions(counted),
        conditions=tuple(one for one in both if one is not None),
        shared=shared,
        differing=differing,
        comparable=not differing and not files and len(with_evidence) > 1,
        warnings=tuple(warnings),
        same_data=same_data,
    )


def format_comparison(comparison: Comparison) -> str:
    """Format the comparison as plain text: table, shared and differing likelihoods, warnings."""
    width = max([len("run"), *(len(row.name) for row in comparison.rows)]) + 2
    models = max([len("model"), *(len(row.model) for row in comparison.rows)]) + 2
    lines = [f"{'run':<{width}}{'model':<{models}}{'ln Z':>20}{'delta ln Z':>20}{'log10 Bayes factor':>22}"]
    for row in comparison.rows:
        evidence = _with_error(row.log_evidence, row.log_evidence_error)
        is_best = row.delta_log_evidence == 0.0 and row.delta_error == 0.0
        delta = "best" if is_best else _with_error(row.delta_log_evidence, row.delta_error)
        factor_error = None if row.delta_error is None else row.delta_error / LN_10
        factor = "0" if is_best else _with_error(row.log10_bayes_factor, factor_error)
        word = "" if is_best or row.delta_log_evidence is None else strength(row.delta_log_evidence, row.delta_error)
        lines.append(f"{row.name:<{width}}{row.model:<{models}}{evidence:>20}{delta:>20}{factor:>22}  {word}".rstrip())
    if comparison.conditions:
        lines += ["", *format_both(comparison.conditions)]
    lines += ["", *_shared_lines(comparison)]
    lines += ["", *_gain_lines(comparison, width), "", *_likelihood_lines(comparison)]
    if comparison.averaged and len({row.model for row in comparison.rows}) > 1:
        lines += ["", *_averaged_lines(comparison)]
    return "\n".join([*lines, *(f"warning: {text}" for text in comparison.warnings)])


def _gain_lines(comparison: Comparison, width: int) -> list[str]:
    head = f"{'run':<{width}}{'information [nats]':>22}{'dimensionality':>20}{'best ln L':>12}"
    return [
        head,
        *(
            f"{one.name:<{width}}{_with_error(one.information, one.information_error):>22}"
            f"{_with_error(one.dimensionality, one.dimensionality_error):>20}{one.best:>z12.3f}"
            for one in comparison.gains
        ),
    ]


def _likelihood_lines(comparison: Comparison) -> list[str]:
    names = [row.name for row in comparison.rows]
    widths = [max(12, len(name) + 2) for name in names]
    head = "".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))
    lines = [f"{'mean of ln L':<28}{head}{'spread':>10}"]
    for row in comparison.likelihoods:
        cells = (
            f"{row.means[name]:>z{width}.3f}" if name in row.means else f"{'-':>{width}}"
            for name, width in zip(names, widths, strict=True)
        )
        lines.append(f"{row.name:<28}{''.join(cells)}{row.spread:>10.3f}")
    return lines


def _averaged_lines(comparison: Comparison) -> list[str]:
    lines = ["predictions of all runs, averaged with their evidences (equal prior odds)"]
    lines.append(f"{'prediction':<30}{'median':>12}{'68% interval':>28}{'95% interval':>28}")
    for one in comparison.averaged:
        label = f"{one.name} [{one.unit}]" if one.unit not in ("", "1", "-") else one.name
        intervals = (f"[{low:z.4g}, {high:z.4g}]" for low, high in (one.interval_68, one.interval_95))
        lines.append(f"{label:<30}{one.median:>z12.4g}" + "".join(f"{text:>28}" for text in intervals))
    return lines


def _rows(chains: Sequence[Chain], names: Sequence[str]) -> tuple[EvidenceRow, ...]:
    best = max(
        (chain.info for chain in chains if chain.info.log_evidence is not None),
        key=lambda info: info.log_evidence or 0.0,
        default=None,
    )
    rows = []
    for chain, name in zip(chains, names, strict=True):
        info = chain.info
        if info.log_evidence is None or best is None or best.log_evidence is None:
            rows.append(EvidenceRow(name, info.model, None, None, None, None, None))
            continue
        delta = info.log_evidence - best.log_evidence
        error: float | None = None
        if info is best:
            error = 0.0
        elif info.log_evidence_error is not None and best.log_evidence_error is not None:
            error = math.hypot(info.log_evidence_error, best.log_evidence_error)
        rows.append(
            EvidenceRow(name, info.model, info.log_evidence, info.log_evidence_error, delta, delta / LN_10, error)
        )
    return tuple(sorted(rows, key=lambda row: math.inf if row.log_evidence is None else -row.log_evidence))


def _shared_lines(comparison: Comparison) -> list[str]:
    """Lines on what the runs share and where they differ, by kind."""
    lines = [f"shared by all, data and settings: {', '.join(comparison.shared) or 'none'}"]
    for name, use in comparison.differing.items():
        if NOT_USED not in use.values():
            kind = "same data, other settings" if name in comparison.same_data else "other data"
            lines.append(f"{kind}: {name}: " + "; ".join(f"{run}: {what}" for run, what in use.items()))
    for run in dict.fromkeys(run for use in comparison.differing.values() for run in use):
        own = [name for name, use in comparison.differing.items() if NOT_USED in use.values() and use[run] != NOT_USED]
        if own:
            lines.append(f"in {run}, not in all: {', '.join(own)}")
    return lines


def _likelihoods(
    chains: Sequence[Chain], names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, dict[str, str]]]:
    """Likelihoods used identically by all runs, those with the same data, and the use of the others in each run."""
    used = _uses(chains)
    every = list(dict.fromkeys(name for uses in used for name in uses))
    shared, same_data, differing = [], [], {}
    for likelihood in every:
        what = [uses.get(likelihood) for uses in used]
        if all(item == what[0] for item in what):
            shared.append(likelihood)
            continue
        there = [item for item in what if item is not None]
        if len(there) == len(what) and there[0].data and all(item.data == there[0].data for item in there):
            same_data.append(likelihood)
        differing[likelihood] = dict(zip(names, _described(what), strict=True))
    return tuple(shared), tuple(same_data), differing


@dataclass(frozen=True)
class _Use:
    """Use of a likelihood in a run: settings, and rows and tables (empty for chains that do not record them)."""

    settings: dict[str, Any]
    data: tuple[str, ...]


def _uses(chains: Sequence[Chain]) -> list[dict[str, _Use]]:
    """Use of each likelihood in each run: resolved if every chain records it, else as in the stored run files."""
    if all(chain.info.likelihood_data for chain in chains):
        return [
            {name: _Use(dict(use["settings"]), tuple(use["data"])) for name, use in chain.info.likelihood_data.items()}
            for chain in chains
        ]
    return [{name: _Use(settings, ()) for name, settings in _run_file_settings(chain).items()} for chain in chains]


def _run_file_settings(chain: Chain) -> dict[str, dict[str, Any]]:
    """Likelihood name -> its settings in the run file that the chain carries (empty where it has none)."""
    from ..common.core_yaml import YamlError, load

    try:
        run_file = load(chain.info.run_file) or {}
    except YamlError:
        run_file = {}
    section = run_file.get("likelihoods") if isinstance(run_file, Mapping) else None
    settings = section if isinstance(section, Mapping) else {}
    names = chain.info.likelihoods or list(chain.log_likelihoods)
    return {name: dict(settings.get(name) or {}) for name in names}


def _described(uses: Sequence[_Use | None]) -> list[str]:
    """Describe the use in each run: only settings that are not the same in all, and data if they differ."""
    there = [use for use in uses if use is not None]
    keys = list(dict.fromkeys(key for use in there for key in use.settings))
    changed = [key for key in keys if any(use.settings.get(key) != there[0].settings.get(key) for use in there)]
    same_data = all(use.data == there[0].data for use in there)
    common = set.intersection(*(set(use.data) for use in there))
    texts = []
    for use in uses:
        if use is None:
            texts.append(NOT_USED)
            continue
        parts = [f"{key}={use.settings[key]}" for key in changed if key in use.settings]
        own = [table.rpartition(" ")[0] for table in use.data if table not in common]
        shared = "the tables that all use" if common else "no data"
        parts += [] if same_data else [" + ".join([*([shared] if common or not own else []), *own])]
        texts.append(", ".join(parts) or ("used" if len(there) < len(uses) else "default settings"))
    return texts


def _differing_files(chains: Sequence[Chain], names: Sequence[str]) -> dict[str, list[str]]:
    """Data files of the same name whose contents differ: file -> runs whose version differs from the first."""
    found: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for chain, name in zip(chains, names, strict=True):
        for file, checksum in chain.info.data_checksums.items():
            if first.setdefault(file, checksum) != checksum:
                found.setdefault(file, []).append(name)
    return found


def _data_warnings(differing: Mapping[str, Any], files: Mapping[str, Sequence[str]]) -> list[str]:
    warnings = []
    if differing:
        warnings.append(
            f"the runs do not share the same data ({', '.join(differing)}): "
            "their evidences are not comparable for those parts; Bayes factors need identical likelihoods"
        )
    for file, runs in files.items():
        warnings.append(f"data file '{file}' has other contents in {', '.join(runs)}: evidences are not comparable")
    return warnings


def _run_warnings(chains: Sequence[Chain], names: Sequence[str]) -> list[str]:
    warnings = []
    ways = {chain.info.conditions.get("counted_as") for chain in chains}
    if PRIOR in ways and len(ways) > 1:
        warnings.append("only some runs have `conditions: prior`: all are compared with conditions as likelihood")
    for chain, name in zip(chains, names, strict=True):
        if chain.info.log_evidence is None:
            warnings.append(f"run '{name}' ({chain.info.sampler}) has no evidence: use nested sampling to compare it")
        elif not chain.info.converged:
            warnings.append(f"run '{name}' has not converged: its evidence is provisional")
    for index, chain in enumerate(chains[1:], start=1):
        first = chains[0]
        if chain.info.model == first.info.model:
            changed = [n for n, spec in chain.info.priors.items() if spec != first.info.priors.get(n, spec)]
            if changed:
                warnings.append(
                    f"runs '{names[0]}' and '{names[index]}' have different priors of {', '.join(changed)}: "
                    "evidence scales with prior volume"
                )
    return warnings


def unique_names(chains: Sequence[Chain]) -> list[str]:
    """Run names; those that occur twice are numbered."""
    names = [chain.info.name for chain in chains]
    return [name if names.count(name) == 1 else f"{name} ({i + 1})" for i, name in enumerate(names)]


def _with_error(value: float | None, error: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:z.3f}" if error is None else f"{value:z.3f} +/- {error:.3f}"
