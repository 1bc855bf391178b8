"""What the likelihoods of a run do, every default resolved: what makes two runs' evidences comparable."""

from __future__ import annotations

from typing import Any

from ...likelihoods import declared_settings, likelihood_names
from ...likelihoods.base import DataFile, Likelihood
from ...likelihoods.settings import default_values
from ..configuration.run_config import RunConfig
from ..posterior import Posterior


def data_used(config: RunConfig, posterior: Posterior) -> dict[str, dict[str, Any]]:
    """For each likelihood ``settings`` (defaults filled in) and ``data``, each table's name, rows and checksum.

    ``dataset: default`` and the name that it stands for give the same, and so does a copy of a table elsewhere.
    """
    return {
        likelihood.name: {
            "settings": _settings(config, likelihood),
            "data": [_text(file) for file in likelihood.data_files],
        }
        for likelihood in posterior.likelihoods
    }


def _settings(config: RunConfig, likelihood: Likelihood) -> dict[str, Any]:
    declared = declared_settings(likelihood.name) if likelihood.name in likelihood_names() else ()
    chosen = {**default_values(declared), **config.likelihoods.get(likelihood.name, {})}
    # What these led to stands among the rows and tables.
    selecting = {setting.name for setting in declared if setting.selects_data}
    # Of a user's table only the choice tells which part of it is used.
    kept = ("dataset",) if chosen.get("path") is not None and chosen.get("dataset") != "default" else ()
    return {key: value for key, value in chosen.items() if key not in selecting or key in kept}


def _text(file: DataFile) -> str:
    rows = f" ({', '.join(file.rows)})" if file.rows else ""
    return f"{file.name}{rows} {file.sha256[:12]}"
