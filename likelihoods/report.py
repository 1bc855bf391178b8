"""Tables for people: the published limits behind all likelihoods and what log L gives back; all settings."""

from collections.abc import Mapping

from ..common.words import value_text
from . import build_likelihood, declared_settings, likelihood_datasets, usable_likelihoods
from .anchors import Anchor, compared
from .base import Likelihood, LimitLike, Recovered
from .tables import read_packaged

HEAD = (
    "likelihood", "dataset", "quantity", "rule", "points", "published", "recovered", "deviation", "anchors", "citation",
    "validity", "caveats",
)  # fmt: skip

ANCHORS_HEAD = ("likelihood", "dataset", "kind", "stated", "found", "deviation", "reference", "read in", "reason")

SETTINGS_HEAD = ("likelihood", "setting", "default", "values", "meaning")


def setting_rows() -> list[tuple[str, ...]]:
    """A row (`SETTINGS_HEAD`) for every setting of every likelihood; defaults as a run file has them."""
    return [
        (
            name,
            setting.name,
            "(required)" if setting.required else "null" if setting.default is None else value_text(setting.default),
            str(setting.kind),
            setting.help,
        )
        for name in usable_likelihoods()
        for setting in declared_settings(name)
    ]


def recovered_limits() -> list[tuple[str, ...]]:
    """One row (`HEAD`) for every packaged data set and quantity with a published limit.

    anchors: numbers that the experiment states itself, independent of the table, and what is found for them.

    published and recovered are those of the strongest limit (at the given mass in GeV), deviation is the largest over
    all points; deviations below 1e-9, the accuracy of the search, are shown as 0.
    """
    rows, anchors = [], compared()
    for name in usable_likelihoods():
        for dataset in likelihood_datasets(name):
            likelihood = build_likelihood(name, {"dataset": dataset})
            if isinstance(likelihood, LimitLike):
                own = [one for one in likelihood.reproduce() if one.dataset == dataset]
                for kind in dict.fromkeys((one.quantity, one.rule) for one in own):
                    group = [one for one in own if (one.quantity, one.rule) == kind]
                    stated = "; ".join(
                        _anchor(one) for one in anchors if (one.likelihood, one.dataset) == (name, dataset)
                    )
                    rows.append((name, dataset, *_summary(group), stated or "-", *_notes(likelihood, dataset)))
    return rows


def anchor_rows() -> list[tuple[str, ...]]:
    """One row (`ANCHORS_HEAD`) for every number that an experiment states itself."""
    return [
        (
            one.likelihood,
            one.dataset,
            one.kind.replace("_", " "),
            _stated(one),
            f"{one.found:.4g}",
            f"{one.deviation:+.1%}",
            one.reference,
            one.status,
            one.reason or "-",
        )
        for one in compared()
    ]


def _stated(one: Anchor) -> str:
    where = "" if one.mass_gev is None else f" at {one.mass_gev:g}"
    return f"{one.value:g}{' ' if one.unit else ''}{one.unit}{where}"


def _anchor(one: Anchor) -> str:
    return (
        f"{one.kind.replace('_', ' ')} {_stated(one)}: {one.deviation:+.1%}{' (other data)' if one.other_data else ''}"
    )


def _summary(group: list[Recovered]) -> tuple[str, ...]:
    strongest = min(group, key=lambda one: one.published)
    where = "" if strongest.mass_gev is None else f" at {strongest.mass_gev:.4g}"
    unit = f" {strongest.unit}" if strongest.unit else ""
    published, recovered = (f"{value:.4g}{unit}" for value in (strongest.published, strongest.recovered))
    largest = max(abs(one.deviation) for one in group)
    deviation = "0" if largest < 1e-9 else f"{largest:.1e}"
    return strongest.quantity, strongest.rule, str(len(group)), published + where, recovered, deviation


def _notes(likelihood: Likelihood, dataset: str) -> tuple[str, ...]:
    """Citations, range and caveats of the first table, or of the row of the data set if there is one."""
    table = read_packaged(likelihood.data_files[0].name, ())
    header: Mapping[str, str] = table.header
    caveats = header.get("caveat", "")
    if "status" in table.columns and dataset in table.text("dataset"):
        status = table.row(dataset).text("status")
        caveats = "" if status == "ok" else status
    return ", ".join(likelihood.citations), header.get("range", ""), caveats
