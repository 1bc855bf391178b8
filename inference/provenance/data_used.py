"""Data and settings of the likelihoods of a run, with defaults resolved; they decide which evidences are comparable."""

from __future__ import annotations

from typing import Any

from ...likelihoods import declared_settings, likelihood_names
from ...likelihoods.base import DataFile, Likelihood
from ...likelihoods.settings import default_values
from ..configuration.run_config import RunConfig
from ..posterior import Posterior


def data_used(config: RunConfig, posterior: Posterior) -> dict[str, dict[str, Any]]:
    """``settings`` (with defaults) and ``data`` (name, rows and checksum of each table) for each likelihood.

    ``dataset: default`` and the corresponding name give the same result, and so does a copy of a table.
    """
    return {
        likelihood.name: {
            "settings": _settings(config, likelihood),
            "data": [_text(file) for file in likelihood.data_files],
        }
        for likelihood in posterior.likelihoods
    }


def _settings(config: RunConfig, likelihood: Likelihood) -> dict[str, Any]:
    kind = config.kind_of(likelihood.name)
    declared = declared_settings(kind) if kind in likelihood_names() else ()
    named = {} if kind == likelihood.name else {"type": kind}
    chosen = {**named, **default_values(declared), **config.settings_of(likelihood.name)}
    # Settings that only select data: the selected data are listed as rows and tables.
    selecting = {setting.name for setting in declared if setting.selects_data}
    # For user tables, only the setting determines which part is used.
    kept = ("dataset",) if chosen.get("path") is not None and chosen.get("dataset") != "default" else ()
    return {key: value for key, value in chosen.items() if key not in selecting or key in kept}


def _text(file: DataFile) -> str:
    rows = f" ({', '.join(file.rows)})" if file.rows else ""
    return f"{file.name}{rows} {file.sha256[:12]}"
