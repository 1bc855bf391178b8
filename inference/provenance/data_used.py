"""Data and settings of the likelihoods of a run, with defaults resolved; they decide which evidences are comparable."""

from __future__ import annotations

from typing import Any

from ...likelihoods import likelihood_names, likelihood_settings
from ...likelihoods.base import DataFile, Likelihood
from ..configuration.run_config import RunConfig
from ..posterior import Posterior

# Settings that only select data; the selected data are listed as rows and tables.
_CHOOSE_DATA = ("dataset", "path", "yp", "d_over_h", "he3_over_d", "prediction_path", "injection_path")


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
    known = likelihood_settings(likelihood.name) if likelihood.name in likelihood_names() else {}
    chosen = {**known, **config.likelihoods.get(likelihood.name, {})}
    # For user tables, only the setting determines which part is used.
    kept = ("dataset",) if chosen.get("path") is not None and chosen.get("dataset") != "default" else ()
    return {key: value for key, value in chosen.items() if key not in _CHOOSE_DATA or key in kept}


def _text(file: DataFile) -> str:
    rows = f" ({', '.join(file.rows)})" if file.rows else ""
    return f"{file.name}{rows} {file.sha256[:12]}"
